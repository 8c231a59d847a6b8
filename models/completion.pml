/* How finished jobs come home, and how a domain ends meanwhile: src/preempt/completion.c, on a processor that orders
 * memory as weakly as ARMv8. docs/decisions/models.md maps the steps to accesses in the code.
 *
 * Two workers push two completions each; the loop takes all, sleeps, is woken, and with -DENDS ends at any time:
 * then it marks the completion queue as ended and takes all once more; a worker that pushes later and sees the mark
 * takes all back. Each job came with a hold on the completion queue: a worker keeps that of its first until it
 * rests, and the second completion carries its own home. The last holder of the completion queue frees it.
 *
 * Weak order: a plain store, or one with release, becomes visible at any time before the next fence, so that later
 * loads pass it; a read-modify-write is no fence. Before every read-modify-write stands the plain load of the code,
 * a step of its own. Of two loads behind one fence the later may be satisfied first.
 *
 * Checked: every completion is taken once; no process waits forever; nothing is accessed after it was freed, and in
 * the end it is freed.
 *
 * -DNO_FENCE, -DNO_FENCE_END, -DNO_FENCE_PUSH, -DNO_RECHECK, -DNO_TAKE_BACK, -DNO_HOLD and -DNO_CARRY leave a part
 * out: each must fail. */

#define WORKERS 2
#define ALL 15
#define FIRST(worker) (1 << (2 * (worker)))
#define SECOND(worker) (2 << (2 * (worker)))
#define CARRIED(set) ((((set) >> 1) & 1) + (((set) >> 3) & 1))

bit sleeping, ended; /* memory; the loop's stores go through the buffers */
byte inbox;          /* set of completions: changed only by read-modify-writes */
bit loop = 1, lock, wake_up, freed;
byte taken;          /* set */
byte holders = 1 + 2 * WORKERS;
byte finished;

chan buffer = [2] of { bit }; /* of sleeping */
chan late = [1] of { bit };   /* of ended: the two may become visible in either order */
#define FENCED (len(buffer) == 0 && len(late) == 0)
#define TOUCH assert(!freed)

active proctype store_buffers()
{
  bit value;
end:
  do
  :: atomic { buffer?value -> sleeping = value }
  :: atomic { late?value -> ended = value }
  od
}

/* The plain load, then the exchange. */
inline take_all()
{
  if
  :: d_step { inbox == 0 -> TOUCH; got = 0 }
  :: d_step { inbox != 0 -> TOUCH };
    d_step {
      TOUCH;
      assert((taken & inbox) == 0);
      got = inbox;
      taken = taken | inbox;
      inbox = 0
    }
  fi
}

inline give_back(count)
{
  d_step {
    TOUCH;
    assert(holders >= count);
    holders = holders - (count);
    if
    :: holders == 0 -> assert(inbox == 0); freed = 1
    :: else
    fi
  }
}

/* A load that may be satisfied before others of the same worker. */
inline may_look_early(place, value, early)
{
  if
  :: d_step { !early -> TOUCH; value = place; early = 1 }
  :: skip
  fi
}

inline look(place, value, early)
{
  d_step {
    TOUCH;
    if
    :: !early -> value = place
    :: else
    fi;
    early = 0
  }
}

inline push(completion)
{
#ifdef NO_FENCE_PUSH
  may_look_early(sleeping, saw_sleeping, early_sleeping);
  may_look_early(ended, saw_ended, early_ended);
#endif
  d_step { TOUCH; inbox = inbox | completion };
  /* the fence of notify */
  may_look_early(ended, saw_ended, early_ended);
  look(sleeping, saw_sleeping, early_sleeping);
  if
  :: saw_sleeping ->
    d_step { TOUCH; found = sleeping; sleeping = 0 };
    if
    :: found ->
      found = 0;
      atomic { lock == 0 -> TOUCH; lock = 1 };
      if
      :: loop -> wake_up = 1
      :: else
      fi;
      lock = 0
    :: else
    fi
  :: else
  fi;
  look(ended, saw_ended, early_ended);
#ifndef NO_TAKE_BACK
  if
  :: saw_ended ->
    take_all();
    if
    :: CARRIED(got) > 0 -> give_back(CARRIED(got))
    :: else
    fi
  :: else
  fi
#else
  skip
#endif
}

active [WORKERS] proctype worker()
{
  bit found, saw_sleeping, saw_ended, early_sleeping, early_ended;
  byte got;
#ifdef NO_HOLD
  give_back(1);
#endif
  push(FIRST(_pid - 1));
  push(SECOND(_pid - 1));
#ifndef NO_HOLD
  give_back(1);
#endif
  finished++
}

active proctype home()
{
  byte got, spare;
turn:
  take_all();
#ifndef NO_CARRY
  spare = spare + CARRIED(got);
#endif
  if
  :: taken == ALL -> goto ending
#ifdef ENDS
  :: goto ending
#endif
  :: taken != ALL
  fi;
  buffer!1; /* announce */
#ifndef NO_FENCE
  FENCED;
#endif
#ifndef NO_RECHECK
  if
  :: inbox != 0 -> goto awake
  :: else
  fi;
#endif
  atomic { wake_up -> wake_up = 0 };
awake:
  buffer!0;
  goto turn;
ending:
  atomic { lock == 0 -> lock = 1 };
  loop = 0;
  atomic { FENCED -> lock = 0 }; /* unlocking is a release */
  late!1;
#ifndef NO_FENCE_END
  FENCED;
#endif
  take_all();
  FENCED; /* giving back is a release */
  give_back(1 + spare + CARRIED(got));
  finished++
}

active proctype verdict()
{
  finished == WORKERS + 1;
  assert(taken == ALL && freed)
}
