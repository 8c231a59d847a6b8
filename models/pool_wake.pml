/* Who sees to a thread for a job: src/preempt/help.c and thread.c, under TSO (Owens, Sarkar, Sewell, "A
 * better x86 memory model: x86-TSO", 2009).
 *
 * Submitters push jobs without a lock and call for help where they find the sleeper armed; two threads
 * are started, woken, time out and end; with -DCLOSE somebody closes the pool, with -DNO_THREAD the start
 * of a thread fails once, with -DBLOCK the first job waits for the second, with -DBATCH the first submitter
 * pushes its two jobs at once and asks for help once. A plain store goes through the store buffer of its process; a fence, and giving
 * the lock back, wait until that is empty. Pushing and taking all are read-modify-writes.
 *
 * Checked: every job is run or refused, once; nobody waits for ever (invalid end states).
 *
 * -DNO_FENCE, -DNO_RECHECK, -DNO_CHAIN and -DNO_TOKEN leave a part out: each must fail. */

#define THREADS 2
#define SUBMITTERS 2
#define JOBS 3 /* the first submits two */
#define NOBODY 9

bit sleeping = 1; /* memory */
byte incoming;    /* pushed, not sorted */

bit lock;
byte begun;
byte queued, done; /* under lock; done: run or refused */
byte threads;      /* counted: started or being started */
bit resting[THREADS], help_coming, arriving[THREADS], closing;
bit started[THREADS], token[THREADS];
#ifdef NO_THREAD
bit may_fail = 1;
#else
bit may_fail = 0;
#endif

chan buffer[5] = [2] of { bit }; /* stores to sleeping; process numbers below */
#define FENCED(me) (len(buffer[me]) == 0)
#define ME_SUBMITTER(n) (n)
#define ME_WORKER(n) (SUBMITTERS + n)
#define ME_CLOSER 4

active [5] proctype store_buffer()
{
  bit value;
end:
  do
  :: atomic { buffer[_pid]?value -> sleeping = value }
  od
}

inline acquire() { atomic { lock == 0 -> lock = 1 } }
inline release(me) { atomic { FENCED(me) -> lock = 0 } }
inline sort() { d_step { queued = queued + incoming; incoming = 0 } }

inline announce(me)
{
  buffer[me]!1;
#ifndef NO_FENCE
  FENCED(me)
#else
  skip
#endif
}

/* Under the lock: woken is who is to be woken, starts whether one is to be started. */
inline help_wanted(me)
{
  woken = NOBODY;
  starts = 0;
  if
  :: help_coming || (!resting[0] && !resting[1] && threads == THREADS)
  :: else ->
    if
    :: queued == 0 ->
      announce(me);
#ifndef NO_RECHECK
      if
      :: incoming > 0 -> buffer[me]!0; sort()
      :: else
      fi
#endif
    :: else
    fi;
    if
    :: queued > 0 ->
      d_step {
        help_coming = 1;
        if
        :: resting[0] -> resting[0] = 0; arriving[0] = 1; woken = 0
        :: !resting[0] && resting[1] -> resting[1] = 0; arriving[1] = 1; woken = 1
        :: else -> threads++; starts = 1
        fi
      }
    :: else
    fi
  fi
}

/* Without the lock. Where not even one thread can be started, what waits is refused. */
inline help(me)
{
  if
  :: woken != NOBODY ->
    assert(started[woken]); /* one that has ended is memory that was freed */
    token[woken] = 1
  :: else
  fi;
  if
  :: starts ->
    acquire();
    if
    :: may_fail -> may_fail = 0;
      threads--;
      help_coming = 0;
      if
      :: threads == 0 -> announce(me); sort(); d_step { done = done + queued; queued = 0 }
      :: else
      fi
    :: d_step { !started[0] -> started[0] = 1; arriving[0] = 1 }
    :: d_step { started[0] && !started[1] -> started[1] = 1; arriving[1] = 1 }
    fi;
    release(me)
  :: else
  fi
}

active [SUBMITTERS] proctype submitter()
{
  byte me = ME_SUBMITTER(_pid - 5), left = 2 - (_pid - 5), woken;
  bit starts, found;
  do
  :: left == 0 -> break
  :: else ->
#ifdef BATCH
    d_step { incoming = incoming + left; left = 0 }; /* read-modify-write */
#else
    left--;
    incoming++; /* read-modify-write */
#endif
    if
    :: sleeping == 0
    :: atomic { sleeping == 1 -> sleeping = 0; found = 1 }
    fi;
    if
    :: found ->
      found = 0;
      acquire();
      if
      :: closing && threads == 0 ->
        announce(me);
        sort();
        d_step { done = done + queued; queued = 0 };
        release(me)
      :: else ->
        help_wanted(me);
        release(me);
        help(me)
      fi
    :: else
    fi
  od
}

active [THREADS] proctype worker()
{
  byte self = _pid - 5 - SUBMITTERS, me = ME_WORKER(_pid - 5 - SUBMITTERS), woken;
  bit starts;
dormant:
end_dormant:
  started[self];
  acquire();
work:
  skip;
  d_step {
    if
    :: arriving[self] -> arriving[self] = 0; help_coming = 0
    :: else
    fi
  };
  sort();
  if
  :: queued > 0 ->
    queued--;
#ifndef NO_CHAIN
    help_wanted(me);
#else
    woken = NOBODY; starts = 0;
#endif
    release(me);
    help(me);
    begun++;
#ifdef BLOCK
    begun >= 2; /* the first job waits for the second: two threads, so both must get one */
#endif
    done++; /* the job */
    acquire();
    goto work
  :: else
  fi;
  if
  :: closing -> goto leave
  :: else
  fi;
  resting[self] = 1;
  if
  :: !help_coming -> announce(me)
  :: else
  fi;
#ifndef NO_RECHECK
  if
  :: incoming > 0 -> resting[self] = 0; goto work
  :: else
  fi;
#endif
  release(me);
end_rest:
  if
  :: token[self] -> token[self] = 0; acquire(); goto work
  :: (queued == 0) -> /* the time is over */
    acquire();
    if
    :: resting[self] -> resting[self] = 0
    :: else ->
#ifndef NO_TOKEN
      release(me);
      token[self] -> token[self] = 0;
      acquire();
#endif
      goto work
    fi
  fi;
leave:
  sort();
  if
  :: queued > 0 -> goto work
  :: else
  fi;
  if
  :: !help_coming -> announce(me)
  :: else
  fi;
#ifndef NO_RECHECK
  if
  :: incoming > 0 -> goto work
  :: else
  fi;
#endif
  d_step {
    assert(!token[self]);
    threads--;
    started[self] = 0
  };
  release(me);
  goto dormant
}

#ifdef CLOSE
active proctype closer()
{
  bit was[THREADS];
  acquire();
  d_step {
    closing = 1;
    was[0] = resting[0];
    was[1] = resting[1];
    resting[0] = 0;
    resting[1] = 0
  };
  announce(ME_CLOSER);
  release(ME_CLOSER);
  if
  :: was[0] -> assert(started[0]); token[0] = 1
  :: else
  fi;
  if
  :: was[1] -> assert(started[1]); token[1] = 1
  :: else
  fi
}
#endif

active proctype verdict()
{
  done == JOBS
}

/* Never more. */
active proctype once()
{
end:
  if
  :: done > JOBS -> assert(false)
  fi
}
