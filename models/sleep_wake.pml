/* Sleep, wake and end of a domain that others send to: src/queue/sleeper.c, src/domain/seat.c and
 * pair.c, under TSO (Owens, Sarkar, Sewell, "A better x86 memory model: x86-TSO", 2009).
 *
 * Two producers with a ring each, one poster to the inbox, one consumer; with -DSHUTDOWN one who asks
 * the consumer to end, at any time. Every plain store goes through its process's store buffer, which
 * empties whenever it likes; a fence waits until it is empty; read-modify-writes and locks wait too.
 * No process loads what it stores itself, so buffers need no forwarding.
 *
 * Checked: every message is taken exactly once, by the consumer or by its sender; nobody waits for
 * ever (invalid end states).
 *
 * -DNO_FENCE_PRODUCER, -DNO_FENCE_CONSUMER, -DNO_RECHECK and -DNO_TAKE_BACK leave a part out: each
 * must fail. scripts/model runs them all. */

#define PRODUCERS 2
#define MESSAGES(producer) (2 - producer) /* the first sends two, the second one */
#define NUMBER(producer, n) (2 * producer + n)
#define CONSUMER 2 /* its store buffer */

/* Shared memory. */
#define TAIL 0 /* and 1: one for each ring */
#define SLEEPING 2
#define GONE 3
byte memory[4];
byte inbox; /* set of items: only ever changed by read-modify-writes */
#define POST 1
#define REQUEST 2

/* Store buffers. */
chan buffer[3] = [2] of { byte, byte };
#define STORE(me, address, value) buffer[me]!address, value
#define FENCE(me) (len(buffer[me]) == 0)

bit wake_up;                       /* the kernel's: set by a wake-up, cleared by who sleeps */
bit loop = 1, seat_lock;           /* loop under seat_lock */
bit reading_lock[PRODUCERS];
byte head[PRODUCERS];              /* the reader's, under reading_lock once the domain has ended */
bit taken[3];
bit post_taken;
byte finished;

inline lock(which) { atomic { which == 0 -> which = 1 } }
inline unlock(which) { which = 0 }

inline take(ring)
{
  d_step {
    assert(!taken[NUMBER(ring, head[ring])]);
    taken[NUMBER(ring, head[ring])] = 1;
    head[ring]++
  }
}

active [3] proctype store_buffer()
{
  byte address, value;
end:
  do
  :: atomic { buffer[_pid]?address, value -> memory[address] = value }
  od
}

/* After publishing: sley__sleeper_notify and what its caller does. */
inline notify(me, buffered)
{
  if
  :: memory[SLEEPING] == 0
  :: else ->
    if
    :: atomic { (!buffered || FENCE(me)) && memory[SLEEPING] == 0 -> skip }
    :: atomic { (!buffered || FENCE(me)) && memory[SLEEPING] == 1 -> memory[SLEEPING] = 0 };
      lock(seat_lock);
      if
      :: loop -> wake_up = 1
      :: else
      fi;
      unlock(seat_lock)
    fi
  fi
}

active [PRODUCERS] proctype producer()
{
  byte me = _pid - 3, sent = 0;
  do
  :: sent == MESSAGES(me) -> break
  :: else ->
    sent++;
    STORE(me, TAIL + me, sent); /* publish */
#ifndef NO_FENCE_PRODUCER
    FENCE(me);
#endif
    notify(me, 1);
    if
    :: memory[GONE] == 0
    :: else ->
#ifndef NO_TAKE_BACK
      atomic { FENCE(me) && reading_lock[me] == 0 -> reading_lock[me] = 1 };
      do
      :: head[me] < sent -> take(me)
      :: else -> break
      od;
      unlock(reading_lock[me])
#else
      skip
#endif
    fi
  od;
  finished++
}

/* Its push is a read-modify-write, and so is taking all back. */
active proctype poster()
{
  byte all;
  inbox = inbox | POST;
  notify(0, 0);
  if
  :: memory[GONE] == 0
  :: else ->
    d_step {
      all = inbox;
      inbox = 0;
      if
      :: (all & POST) -> assert(!post_taken); post_taken = 1
      :: else
      fi;
      all = 0
    }
  fi;
  finished++
}

#ifdef SHUTDOWN
active proctype asker()
{
  inbox = inbox | REQUEST;
  notify(0, 0);
  finished++
}
#endif

inline take_inbox()
{
  d_step {
    all = inbox;
    inbox = 0;
    if
    :: (all & POST) -> assert(!post_taken); post_taken = 1
    :: else
    fi;
    if
    :: (all & REQUEST) -> asked = 1
    :: else
    fi;
    all = 0
  }
}

inline take_ring(ring)
{
  do
  :: head[ring] != memory[TAIL + ring] -> take(ring)
  :: else -> break
  od
}

#define ANYTHING_CAME \
  (inbox != 0 || head[0] != memory[TAIL] || head[1] != memory[TAIL + 1])
#define ALL_TAKEN (taken[0] && taken[1] && taken[2] && post_taken)

active proctype consumer()
{
  byte all;
  bit asked = 0;
turn:
  take_inbox();
  take_ring(0);
  take_ring(1);
#ifdef SHUTDOWN
  if
  :: asked -> goto ending
  :: else
  fi;
#else
  if
  :: ALL_TAKEN -> finished++; goto done
  :: else
  fi;
#endif
  STORE(CONSUMER, SLEEPING, 1); /* announce */
#ifndef NO_FENCE_CONSUMER
  FENCE(CONSUMER);
#endif
#ifndef NO_RECHECK
  if
  :: ANYTHING_CAME -> goto awake
  :: else
  fi;
#endif
  atomic { wake_up -> wake_up = 0 } /* asleep */
awake:
  STORE(CONSUMER, SLEEPING, 0);
  goto turn;

#ifdef SHUTDOWN
ending:
  atomic { FENCE(CONSUMER) -> memory[GONE] = 1 }; /* sequentially consistent */
  lock(seat_lock);
  loop = 0;
  unlock(seat_lock);
  lock(reading_lock[0]);
  take_ring(0);
  unlock(reading_lock[0]);
  lock(reading_lock[1]);
  take_ring(1);
  unlock(reading_lock[1]);
  take_inbox();
  finished++;
#endif
done:
  skip
}

#ifdef SHUTDOWN
#define PROCESSES 5
#else
#define PROCESSES 4
#endif

active proctype verdict()
{
  finished == PROCESSES;
  assert(ALL_TAKEN)
}
