/* Waiting for a port, and its end: src/domain/shared/port.c and port_wait.c over src/queue/channel.c, under TSO
 * (Owens, Sarkar, Sewell, "A better x86 memory model: x86-TSO", 2009).
 *
 * Two producers put into a channel with one place, the first two values, the second one; one consumer gets until it
 * has all, or, with -DCLOSE, until the port is over, which is closed at any time. A process that finds no room or no
 * value counts itself under the lock, and checks the channel once more; one that has changed the channel checks the
 * counts. Every plain store goes through its process's store buffer, which empties at any time; a fence waits until
 * it is empty; read-modify-writes and releasing the lock wait too. A producer first takes a place (a
 * read-modify-write), then fills it, then, in turn, stores the tail. How a ticket comes home is
 * models/sleep_wake.pml.
 *
 * Checked: a value whose put reported success is got, once, in order, before the end; one whose put was refused is
 * not got; no process waits forever (invalid end states).
 *
 * -DNO_FENCE_CHANGE, -DNO_FENCE_WAIT, -DNO_RECHECK_GET and -DNO_RECHECK_PUT leave a part out, -DCLOSE_BY_MARK closes
 * the port but not the channel: each must fail. */

#define ROOM 1
#define VALUES 3
#define ALL 7
#define CONSUMER 2 /* the producers are 0 and 1 */
#define CLOSER 3

/* Stored through buffers. */
#define TAIL 0
#define READERS 1 /* how many wait */
#define WRITERS 2
byte memory[3];
chan buffer[4] = [5] of { byte, byte };
#define STORE(me, address, value) buffer[me]!address, value
#define FENCED(me) (len(buffer[me]) == 0)

/* The channel: changed only by read-modify-writes. */
byte put_next, get_next;
bit shut;
byte place[VALUES];

bit closed, lock; /* closed is sequentially consistent */
/* Under the lock. */
chan writers = [2] of { byte };
byte offered[2];
bit reader_waits, reader_called;

byte answer[2]; /* to a waiting put */
#define PUT 1
#define REFUSED 2
bit call; /* to the waiting get */

byte accepted, got; /* sets of values */
byte finished;

active [4] proctype store_buffer()
{
  byte address, value;
end:
  do
  :: atomic { buffer[_pid]?address, value -> memory[address] = value }
  od
}

inline acquire() { atomic { lock == 0 -> lock = 1 } }
inline release(me) { atomic { FENCED(me) -> lock = 0 } }

/* The tail only grows, and no process stores it while a store of it waits in a buffer. */
#define SEEN_TAIL (stored > memory[TAIL] -> stored : memory[TAIL])
#define LENGTH (SEEN_TAIL - get_next)
#ifdef CLOSE_BY_MARK
#define OVER (closed && LENGTH == 0)
#else
#define OVER (shut && get_next == put_next)
#endif

/* Sets done. */
inline channel_put(me, value)
{
  if
  :: atomic { FENCED(me) && !shut && put_next - get_next < ROOM ->
      mine = put_next;
      place[mine] = value;
      put_next++ };
    SEEN_TAIL == mine;
    atomic { STORE(me, TAIL, mine + 1); stored = mine + 1; done = 1 }
  :: atomic { shut || put_next - get_next >= ROOM -> done = 0 }
  fi
}

/* Sets done. */
inline channel_get()
{
  if
  :: atomic { FENCED(CONSUMER) && get_next < SEEN_TAIL ->
      assert((got & (1 << place[get_next])) == 0);
      assert(place[get_next] != 1 || (got & 1));
      got = got | (1 << place[get_next]);
      get_next++;
      done = 1 }
  :: atomic { get_next == SEEN_TAIL -> done = 0 }
  fi
}

/* Under the lock. */
inline match(me)
{
#ifndef NO_FENCE_WAIT
  FENCED(me);
#endif
  do
  :: len(writers) == 0 -> break
  :: else ->
    writers?<first>;
    if
    :: closed -> answer[first] = REFUSED; done = 1
    :: else ->
      channel_put(me, offered[first]);
      if
      :: done -> answer[first] = PUT
      :: else
      fi
    fi;
    if
    :: done -> atomic { writers?first; STORE(me, WRITERS, len(writers)) }
    :: else -> break
    fi
  od;
  if
  :: atomic { reader_waits && !reader_called && (LENGTH > 0 || OVER) -> reader_called = 1; call = 1 }
  :: atomic { !(reader_waits && !reader_called && (LENGTH > 0 || OVER)) -> skip }
  fi
}

/* After a change of the channel. */
inline changed(me)
{
#ifndef NO_FENCE_CHANGE
  FENCED(me);
#endif
  if
  :: memory[READERS] != 0 || memory[WRITERS] != 0 ->
    acquire();
    match(me);
    release(me)
  :: else
  fi
}

active [2] proctype producer()
{
  byte me = _pid - 4, value = 2 * (_pid - 4), mine, stored, first, left = 2 - (_pid - 4);
  bit done;
  do
  :: left == 0 -> break
  :: else ->
    left--;
    if
    :: closed
    :: !closed ->
      if
      :: memory[WRITERS] != 0 -> done = 0
      :: else -> channel_put(me, value)
      fi;
      if
      :: done ->
        accepted = accepted | (1 << value);
        changed(me)
      :: else ->
        acquire();
        offered[me] = value;
        atomic { writers!me; STORE(me, WRITERS, len(writers)) };
#ifndef NO_RECHECK_PUT
        match(me);
#endif
        release(me);
        atomic { answer[me] != 0 ->
          if
          :: answer[me] == PUT -> accepted = accepted | (1 << value)
          :: else
          fi;
          answer[me] = 0 }
      fi
    fi;
    value++
  od;
  finished++
}

active proctype consumer()
{
  byte mine, stored, first;
  bit done, over;
next:
#ifndef CLOSE
  if
  :: got == ALL -> goto finish
  :: else
  fi;
#endif
  if
  :: closed || LENGTH > 0 ->
    channel_get();
    if
    :: done -> changed(CONSUMER); goto next
    :: !done && OVER -> goto finish
    :: !done && !OVER
    fi
  :: else
  fi;
  acquire();
  atomic { reader_waits = 1; STORE(CONSUMER, READERS, 1) };
#ifndef NO_RECHECK_GET
  match(CONSUMER);
#endif
  release(CONSUMER);
asleep:
  atomic { call -> call = 0 };
  acquire();
  channel_get();
  atomic {
    over = !done && OVER;
    reader_called = 0;
    if
    :: done || over -> reader_waits = 0; STORE(CONSUMER, READERS, 0)
    :: else
    fi
  };
  match(CONSUMER);
  release(CONSUMER);
  if
  :: over -> goto finish
  :: !over && reader_waits -> goto asleep
  :: else -> goto next
  fi;
finish:
  finished++
}

#ifdef CLOSE
active proctype closer()
{
  byte mine, stored, first;
  bit done;
  acquire();
  closed = 1;
#ifndef CLOSE_BY_MARK
  shut = 1;
#endif
  match(CLOSER);
  release(CLOSER);
  finished++
}
#define PROCESSES 4
#else
#define PROCESSES 3
#endif

active proctype verdict()
{
  finished == PROCESSES;
  assert(got == accepted);
#ifndef CLOSE
  assert(got == ALL)
#endif
}
