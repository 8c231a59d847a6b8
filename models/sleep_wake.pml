/* Sleep, wake and end of a domain that others send to: src/queue/sleeper.c, src/domain/seat.c and
 * pair.c, under TSO (Owens, Sarkar, Sewell, "A better x86 memory model: x86-TSO", 2009).
 *
 * Two producers with a ring each, which they announce through the inbox, one poster to the inbox, one
 * consumer; with -DSHUTDOWN one who asks the consumer to end, at any time. The first message of the first
 * producer is a call: its answer comes back through a ring that the consumer writes. -DONE_RING and
 * -DNO_POST leave out a producer or the poster. Every plain store goes through its process's store
 * buffer, which empties whenever it likes; a fence waits until it is empty; read-modify-writes and
 * locks wait too. No process loads what it stores itself, so buffers need no forwarding.
 *
 * Checked: every message is taken exactly once, by the consumer or by its sender; the call is answered,
 * by the consumer or, if it was taken back, by its sender; nobody waits for ever (invalid end states).
 *
 * -DNO_FENCE_PRODUCER, -DNO_FENCE_CONSUMER, -DNO_RECHECK, -DNO_TAKE_BACK, -DNO_LATE_RINGS, -DCLOSE_UNREAD,
 * -DANSWER_UNPUBLISHED and -DANSWER_AFTER_FINISHED leave a part out or in the wrong place: each must
 * fail. scripts/model runs them all. */

#define PRODUCERS 2
#ifdef ONE_RING
#define RUNNING 1
#else
#define RUNNING 2
#endif
#define MESSAGES(producer) (2 - producer) /* the first sends two, the second one */
#define NUMBER(producer, n) (2 * producer + n)
#define CONSUMER 2 /* its store buffer */

/* Shared memory. */
#define TAIL 0 /* and 1: one for each ring; the number of the last message that can be read */
#define SLEEPING 2
#define GONE 3
#define FINISHED 4
#define ANSWER 5 /* the tail of the ring of answers */
byte memory[6];
byte inbox; /* set of items: only ever changed by read-modify-writes */
#define POST 1
#define REQUEST 2
#define RING(n) (4 << n)

/* Store buffers. */
chan buffer[3] = [3] of { byte, byte };
#define STORE(me, address, value) buffer[me]!address, value
#define FENCE(me) (len(buffer[me]) == 0)

bit wake_up;                       /* the kernel's: set by a wake-up, cleared by who sleeps */
bit loop = 1, seat_lock;           /* loop under seat_lock */
#define ANNOUNCED 0
#define KNOWN 1
#define CLOSED 2
byte state[PRODUCERS];             /* of each ring, under state_lock */
bit state_lock[PRODUCERS];
byte head[PRODUCERS];              /* the consumer's; the producer's once the ring is closed */
bit known[PRODUCERS];              /* the consumer's list */
bit taken[3];
bit post_taken;
bit owed; /* the consumer's: an answer that is not published */
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

/* What nobody will read any more; a ring there that was not met is its producer's. The state's lock
 * covers nothing else that could come between. */
inline discard_inbox()
{
  d_step {
    if
    :: (inbox & POST) -> assert(!post_taken); post_taken = 1
    :: else
    fi;
    if
    :: (inbox & RING(0)) && state[0] == ANNOUNCED -> state[0] = CLOSED
    :: else
    fi;
    if
    :: (inbox & RING(1)) && state[1] == ANNOUNCED -> state[1] = CLOSED
    :: else
    fi;
    inbox = 0
  }
}

active [RUNNING] proctype producer()
{
  byte me = _pid - 3, sent = 0;
  bit answered = (me != 0); /* only the first sends a call */
  inbox = inbox | RING(me); /* announce */
  notify(me, 0);
  if
  :: memory[FINISHED] == 0
  :: else -> discard_inbox()
  fi;
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
      atomic { FENCE(me) && state_lock[me] == 0 ->
        if
        :: state[me] == ANNOUNCED -> state[me] = CLOSED
        :: else
        fi
      };
      if
      :: state[me] == CLOSED ->
        do
        :: head[me] < sent -> if :: head[me] == 0 -> answered = 1 :: else fi; take(me)
        :: else -> break
        od
      :: else
      fi
#else
      skip
#endif
    fi
  od;
  /* How its caller sleeps is the same protocol once more, and left out. */
  if
  :: answered
  :: !answered && memory[ANSWER] == 1
  :: !answered && memory[FINISHED] == 1 -> assert(memory[ANSWER] == 1) /* reads the ring once more */
  fi;
  finished++
}

/* Its push is a read-modify-write, and so is taking all back. */
#ifndef NO_POST
active proctype poster()
{
  inbox = inbox | POST;
  notify(0, 0);
  if
  :: memory[FINISHED] == 0
  :: else -> discard_inbox()
  fi;
  finished++
}
#endif

#ifdef SHUTDOWN
active proctype asker()
{
  inbox = inbox | REQUEST;
  notify(0, 0);
  finished++
}
#endif

inline meet(ring)
{
  if
  :: (all & RING(ring)) && state[ring] == ANNOUNCED -> state[ring] = KNOWN; known[ring] = 1
  :: else
  fi
}

/* Each item is looked at after the inbox has been emptied; only the rings' states matter between. */
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
    fi
  };
  atomic { (all & RING(0)) == 0 || state_lock[0] == 0 -> d_step { meet(0) } };
  atomic { (all & RING(1)) == 0 || state_lock[1] == 0 -> d_step { meet(1); all = 0 } }
}

inline take_ring(ring)
{
  do
  :: known[ring] && head[ring] != memory[TAIL + ring] ->
    atomic { if :: ring == 0 && head[0] == 0 -> owed = 1 :: else fi; take(ring) }
  :: else -> break
  od
}

inline publish_answer()
{
  if
  :: owed -> owed = 0; STORE(CONSUMER, ANSWER, 1)
  :: else
  fi
}

inline close_ring(ring)
{
  do
  :: !known[ring] -> break
  :: else ->
    take_ring(ring);
    lock(state_lock[ring]);
#ifndef CLOSE_UNREAD
    if
    :: head[ring] == memory[TAIL + ring] ->
#endif
      state[ring] = CLOSED;
      unlock(state_lock[ring]);
      break
#ifndef CLOSE_UNREAD
    :: else -> unlock(state_lock[ring])
    fi
#endif
  od
}

#define ANYTHING_CAME \
  (inbox != 0 || (known[0] && head[0] != memory[TAIL]) || (known[1] && head[1] != memory[TAIL + 1]))
#ifdef ONE_RING
#define RINGS_TAKEN (taken[0] && taken[1])
#else
#define RINGS_TAKEN (taken[0] && taken[1] && taken[2])
#endif
#ifdef NO_POST
#define ALL_TAKEN RINGS_TAKEN
#define POSTERS 0
#else
#define ALL_TAKEN (RINGS_TAKEN && post_taken)
#define POSTERS 1
#endif

active proctype consumer()
{
  byte all;
  bit asked = 0;
turn:
  take_inbox();
  take_ring(0);
  take_ring(1);
  publish_answer();
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
#ifndef NO_LATE_RINGS
  take_inbox();
#endif
  lock(seat_lock);
  loop = 0;
  unlock(seat_lock);
  close_ring(0);
  close_ring(1);
#ifdef ANSWER_AFTER_FINISHED
  memory[FINISHED] = 1;
#endif
#ifndef ANSWER_UNPUBLISHED
  publish_answer();
#endif
  atomic { FENCE(CONSUMER) -> memory[FINISHED] = 1 }; /* sequentially consistent */
  discard_inbox();
  finished++;
#endif
done:
  skip
}

#ifdef SHUTDOWN
#define PROCESSES (RUNNING + POSTERS + 2)
#else
#define PROCESSES (RUNNING + POSTERS + 1)
#endif

active proctype verdict()
{
  finished == PROCESSES;
  assert(ALL_TAKEN)
}
