/* Sleep, wake and end of a domain that others send to: src/queue/sleeper.c, and seat.c, peer.c, turn.c and open.c in
 * src/domain/link, on a processor that orders memory as weakly as ARMv8. docs/decisions/models.md maps the steps to
 * accesses in the code.
 *
 * Two producers with a ring each, which they announce through the inbox; one poster to the inbox; one consumer; with
 * -DSHUTDOWN one process that asks the consumer to end, at any time. The first message of the first producer is a
 * call: its answer comes back through a ring that the consumer writes. -DONE_RING and -DNO_POST leave out a producer
 * or the poster.
 *
 * Weak order: a store becomes visible at any time before the next fence of its process, so that later loads pass it;
 * the consumer's mark that it sleeps also passes, and is passed by, its other stores. What is published is a store
 * with release, behind what was published before. A read-modify-write is no fence, and before each stands the plain
 * load of the code, a step of its own. Of two loads behind one fence the later may be satisfied first. Unlocking is
 * a release. No process loads what it stores itself, so buffers need no forwarding.
 *
 * Checked: every message is taken exactly once, by the consumer or by its sender; the call is answered, by the
 * consumer or, if it was taken back, by its sender; no process waits forever (invalid end states).
 *
 * -DNO_FENCE_PRODUCER, -DNO_FENCE_CONSUMER, -DNO_FENCE_POSTER, -DNO_FENCE_GONE, -DNO_FENCE_FINISHED, -DNO_RECHECK,
 * -DNO_TAKE_BACK, -DNO_LATE_RINGS, -DCLOSE_UNREAD, -DANSWER_UNPUBLISHED and -DANSWER_AFTER_FINISHED leave a part out
 * or put it in the wrong place: each must fail. scripts/model runs them all. */

#define PRODUCERS 2
#ifdef ONE_RING
#define RUNNING 1
#else
#define RUNNING 2
#endif
#define MESSAGES(producer) (2 - producer) /* the first sends two, the second one */
#define NUMBER(producer, n) (2 * producer + n)
#define CONSUMER 2 /* its store buffer */
#ifdef IN_ORDER
#define MARK CONSUMER
#else
#define MARK 3 /* its other one, for the mark that it sleeps */
#endif
#define POSTER 4   /* has none: it only pushes */

/* Shared memory. */
#define TAIL 0 /* and 1: one for each ring; the number of the last message that can be read */
#define SLEEPING 2
#define GONE 3
#define FINISHED 4
#define ANSWER 5 /* the tail of the ring of answers */
byte memory[6];
byte inbox; /* set of items: changed only by read-modify-writes */
#define POST 1
#define REQUEST 2
#define RING(n) (4 << n)

/* Store buffers. */
chan buffer[4] = [3] of { byte, byte };
#define STORE(me, address, value) buffer[me]!address, value
#define FENCE(me) (len(buffer[me]) == 0)
#define FENCE_CONSUMER (FENCE(CONSUMER) && FENCE(MARK))

bit wake_up;                       /* the kernel's: set by a wake-up, cleared by the sleeper */
bit loop = 1;                      /* under the seat's lock */
#define ANNOUNCED 0
#define KNOWN 1
#define CLOSED 2
byte state[PRODUCERS];             /* of each ring, under state_lock */
bit state_lock[PRODUCERS];
byte head[PRODUCERS];              /* the consumer's; the producer's once the ring is closed */
bit known[PRODUCERS];              /* the consumer's list */
bit taken[3];
bit post_taken;
bit owed; /* the consumer's: an answer not published yet */
byte finished;

inline lock(which) { atomic { which == 0 -> which = 1 } }
inline unlock(which) { which = 0 }
#define UNLOCK(which) atomic { FENCE_CONSUMER -> which = 0 } /* the consumer's */

inline take(ring)
{
  d_step {
    assert(!taken[NUMBER(ring, head[ring])]);
    taken[NUMBER(ring, head[ring])] = 1;
    head[ring]++
  }
}

active [4] proctype store_buffer()
{
  byte address, value;
end:
  do
  :: atomic { buffer[_pid]?address, value -> memory[address] = value }
  od
}

/* Loads that may be satisfied early: value is what was loaded. -DIN_ORDER: they are not, and stores become visible
 * in order, which allows more producers. */
inline may_look_early(address, value, early)
{
#ifdef IN_ORDER
  skip
#else
  if
  :: d_step { !early -> value = memory[address]; early = 1 }
  :: skip
  fi
#endif
}

inline look(address, value, early)
{
  d_step {
    if
    :: !early -> value = memory[address]
    :: else
    fi;
    early = 0
  }
}

/* After publishing, behind the fence: sley__sleeper_notify and what its caller does, then the load of gone or
 * finished. */
inline notify_and_look(me, mark)
{
  may_look_early(mark, saw_mark, early_mark);
  look(SLEEPING, saw_sleeping, early_sleeping);
  if
  :: !saw_sleeping
  :: else ->
    d_step { saw_sleeping = 0; found = memory[SLEEPING]; memory[SLEEPING] = 0 };
    atomic { /* under the seat's lock */
      if
      :: found && loop -> wake_up = 1
      :: else
      fi;
      found = 0
    }
  fi;
  look(mark, saw_mark, early_mark)
}

/* What will not be read any more; a ring in it that the consumer has not met is its producer's. The state's lock
 * covers nothing else that could come between. */
inline discard_inbox()
{
  if
  :: inbox == 0
  :: inbox != 0 ->
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
  fi
}

#ifdef NO_FENCE_POSTER
#define PUSHER_MAY_LOOK_EARLY \
  may_look_early(SLEEPING, saw_sleeping, early_sleeping); \
  may_look_early(FINISHED, saw_mark, early_mark)
#else
#define PUSHER_MAY_LOOK_EARLY skip
#endif

active [RUNNING] proctype producer()
{
  byte me = _pid - 4, sent = 0;
  bit answered = (me != 0); /* only the first sends a call */
  bit saw_sleeping, saw_mark, early_sleeping, early_mark, found;
  PUSHER_MAY_LOOK_EARLY;
  inbox = inbox | RING(me); /* announce */
  notify_and_look(me, FINISHED);
  if
  :: !saw_mark
  :: else -> discard_inbox()
  fi;
  saw_mark = 0;
  do
  :: sent == MESSAGES(me) -> break
  :: else ->
    sent++;
    saw_mark = 0;
    STORE(me, TAIL + me, sent); /* publish */
#ifndef NO_FENCE_PRODUCER
    FENCE(me);
#endif
    notify_and_look(me, GONE);
    if
    :: !saw_mark
    :: else ->
#ifndef NO_TAKE_BACK
      atomic { state_lock[me] == 0 ->
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
  /* How the caller's domain sleeps is the same protocol once more, and left out. */
  if
  :: answered
  :: !answered && memory[ANSWER] == 1
  :: !answered && memory[FINISHED] == 1 -> assert(memory[ANSWER] == 1) /* reads the ring once more */
  fi;
  finished++
}

/* Its push is a read-modify-write, and so is taking all back; the fence stands behind the push. */
#ifndef NO_POST
active proctype poster()
{
  bit saw_sleeping, saw_mark, early_sleeping, early_mark, found;
  PUSHER_MAY_LOOK_EARLY;
  inbox = inbox | POST;
  notify_and_look(POSTER, FINISHED);
  if
  :: !saw_mark
  :: else -> discard_inbox()
  fi;
  finished++
}
#endif

#ifdef SHUTDOWN
active proctype asker()
{
  bit saw_sleeping, saw_mark, early_sleeping, early_mark, found;
  inbox = inbox | REQUEST;
  notify_and_look(POSTER, FINISHED);
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

/* Each item is handled after the inbox has been emptied; only the rings' states matter between. */
inline take_inbox()
{
  if
  :: inbox == 0
  :: inbox != 0 ->
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
    }
  fi;
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
      UNLOCK(state_lock[ring]);
      break
#ifndef CLOSE_UNREAD
    :: else -> UNLOCK(state_lock[ring])
    fi
#endif
  od
}

#define CAME_THROUGH(ring) (known[ring] && head[ring] != memory[TAIL + ring])
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
  STORE(MARK, SLEEPING, 1); /* announce */
#ifndef NO_FENCE_CONSUMER
  FENCE_CONSUMER;
#endif
#ifndef NO_RECHECK
  /* Loads in steps of their own, the rings' first, or the inbox's. */
  if
#ifdef IN_ORDER
  :: inbox != 0 || CAME_THROUGH(0) || CAME_THROUGH(1) -> goto awake
  :: else
#else
  :: (inbox != 0) -> goto awake
  :: inbox == 0 -> if :: CAME_THROUGH(0) || CAME_THROUGH(1) -> goto awake :: else fi
  :: CAME_THROUGH(0) || CAME_THROUGH(1) -> goto awake
  :: !CAME_THROUGH(0) && !CAME_THROUGH(1) -> if :: inbox != 0 -> goto awake :: else fi
#endif
  fi;
#endif
  atomic { wake_up -> wake_up = 0 } /* asleep */
awake:
  STORE(MARK, SLEEPING, 0);
  goto turn;

#ifdef SHUTDOWN
ending:
  STORE(CONSUMER, GONE, 1);
#ifndef NO_FENCE_GONE
  FENCE_CONSUMER;
#endif
#ifndef NO_LATE_RINGS
  take_inbox();
#endif
  atomic { FENCE_CONSUMER -> loop = 0 }; /* under the seat's lock, whose unlocking is a release */
  close_ring(0);
  close_ring(1);
#ifdef ANSWER_AFTER_FINISHED
  STORE(CONSUMER, FINISHED, 1);
#endif
#ifndef ANSWER_UNPUBLISHED
  publish_answer();
#endif
  STORE(CONSUMER, FINISHED, 1);
#ifndef NO_FENCE_FINISHED
  FENCE_CONSUMER;
#endif
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
