/* How a job gets a thread: src/preempt/help.c, submit.c, thread.c and main.c, under TSO (Owens, Sarkar, Sewell, "A
 * better x86 memory model: x86-TSO", 2009). docs/decisions/models.md maps the steps to accesses in the code.
 *
 * Submitters push jobs without a lock and call for help if they find the sleeper armed. Threads are started, woken,
 * time out if there are more than MINIMUM, and leave; a thread that began can take any time. The sleeper is stored
 * to only under the lock, and releasing the lock waits until the store buffer is empty: so one buffer is enough for
 * all. Pushing and taking all are read-modify-writes.
 *
 *   -DCLOSE        the pool is closed
 *   -DFAILS=n      n starts of threads fail
 *   -DBEGIN        threads run the pool's begin, which takes any time; -DBEGIN_FAILS=n: n of these fail;
 *                  -DBEGIN_WAITS: all but the first take longer than every job
 *   -DIN_MAIN      the first job goes to its domain and comes back; -DMAIN_NEEDS: its domain answers when a second
 *                  job has begun
 *   -DBLOCK        the first job ends when all jobs have begun
 *   -DBATCH        a submitter pushes its jobs together and calls for help once
 *   -DFIRST=n, -DSECOND=n, -DMAXIMUM=n, -DMINIMUM=n, -DTHREADS=n   jobs of the submitters, and sizes
 *
 * Checked: every job is run or refused, once; no process waits forever (invalid end states); no thread takes a job
 * while MAXIMUM others run theirs. A thread times out only while there is no job, so that a lost job is not found by
 * a thread that happens to time out.
 *
 * These leave a part out, or put it in the wrong place; each must fail, see scripts/model: -DNO_FENCE, -DNO_RECHECK,
 * -DEARLY_LOOK, -DNO_CHAIN, -DNO_TOKEN, -DNO_HAND_OVER (a thread leaves above the maximum and calls no other),
 * -DNO_MAXIMUM, -DNO_REARM (a start fails, and idle threads are not woken for it), -DBEGIN_DEAF (a thread in its
 * begin is waited for), -DNO_STAND_IN (no thread is called to replace one that waits for its domain). */

#ifndef FIRST
#define FIRST 2
#endif
#ifndef SECOND
#define SECOND 1
#endif
#ifndef MAXIMUM
#define MAXIMUM 2
#endif
#ifndef MINIMUM
#define MINIMUM 0
#endif
#ifndef THREADS
#define THREADS 3
#endif
#ifndef FAILS
#define FAILS 0
#endif
#ifndef BEGIN_FAILS
#define BEGIN_FAILS 0
#endif
#define JOBS (FIRST + SECOND)
#define NOBODY 9

bit sleeping = 1; /* memory */
byte incoming;    /* pushed, not sorted */

bit lock;
byte queued;           /* under lock */
byte begun, done;      /* jobs; done: run or refused */
byte running;          /* inside a job and not in main */
byte threads, in_main, beginning, leaving; /* threads: counted, whether started or being started */
bit resting[THREADS], arriving[THREADS], help_coming, later, closing;
bit started[THREADS], token[THREADS];
byte fails = FAILS, begin_fails = BEGIN_FAILS;

chan buffer = [2] of { bit }; /* stores to sleeping */
#define FENCED (len(buffer) == 0)
#define ACTIVE (threads - in_main - leaving)
#if THREADS == 3
#define SOME(what) (what[0] || what[1] || what[2])
#define ALL(what) (what[0] && what[1] && what[2])
#define EACH(is, do) :: is[0] -> do(0) :: !is[0] && is[1] -> do(1) :: !is[0] && !is[1] && is[2] -> do(2)
#else
#define SOME(what) (what[0] || what[1])
#define ALL(what) (what[0] && what[1])
#define EACH(is, do) :: is[0] -> do(0) :: !is[0] && is[1] -> do(1)
#endif

active proctype store_buffer()
{
  bit value;
end:
  do
  :: atomic { buffer?value -> sleeping = value }
  od
}

inline acquire() { atomic { lock == 0 -> lock = 1 } }
inline release() { atomic { FENCED -> lock = 0 } }
inline sort() { d_step { queued = queued + incoming; incoming = 0 } }
inline refuse() { d_step { done = done + queued; queued = 0; assert(done <= JOBS) } }

inline announce()
{
  buffer!1;
#ifndef NO_FENCE
  FENCED
#else
  skip
#endif
}

#define WAKE(n) resting[n] = 0; arriving[n] = 1; woken = n

/* Under the lock: woken is the thread to wake, starts whether one is to be started. */
inline help_wanted()
{
  woken = NOBODY;
  starts = 0;
  if
  :: help_coming
  :: !help_coming && !SOME(resting) && (beginning > 0 || ACTIVE >= MAXIMUM)
  :: !help_coming && !SOME(resting) && beginning == 0 && ACTIVE > 0 && ACTIVE < MAXIMUM && later ->
    announce() /* too early to try again */
  :: !help_coming && (SOME(resting) || (beginning == 0 && ACTIVE < MAXIMUM)) ->
    if
    :: queued == 0 ->
      announce();
#ifndef NO_RECHECK
      if
      :: incoming > 0 -> buffer!0; sort()
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
        EACH(resting, WAKE)
        :: else -> threads++; starts = 1; later = 0
        fi
      }
    :: else
    fi
  fi
}

#define START(n) started[n] = 1; arriving[n] = 1
#define IS_FREE(n) !started[n]

/* Without the lock; refused: no thread can be started and none is left. */
inline help()
{
  refused = 0;
  do
  :: starts ->
    atomic { lock == 0 && !ALL(started) -> lock = 1 };
    starts = 0;
    if
    :: fails > 0 ->
      d_step { fails--; threads--; help_coming = 0; later = 1 };
      if
      :: ACTIVE > 0 ->
#ifndef NO_REARM
        help_wanted()
#else
        skip
#endif
      :: else -> announce(); refused = 1
      fi
    :: d_step {
        if
        :: !started[0] -> START(0)
        :: started[0] && !started[1] -> START(1)
#if THREADS == 3
        :: started[0] && started[1] && !started[2] -> START(2)
#endif
        fi
      }
    fi;
    release()
  :: else -> break
  od;
  if
  :: woken != NOBODY ->
    d_step {
      assert(started[woken]); /* a thread that has ended is freed memory */
      token[woken] = 1;
      woken = NOBODY
    }
  :: else
  fi
}

/* Called if the sleeper was found armed, and by a thread that leaves. */
inline call_help()
{
  acquire();
  if
  :: closing && threads == 0 -> announce(); release(); refused = 1
  :: else -> help_wanted(); release(); help()
  fi;
  if
  :: refused ->
    acquire();
    if
    :: ACTIVE == 0 -> sort(); refuse()
    :: else
    fi;
    refused = 0;
    release()
  :: else
  fi
}

active [THREADS] proctype worker()
{
  byte self = _pid - 1, woken = NOBODY, mine;
  bit starts, refused, spare;
dormant:
  skip;
  d_step { woken = NOBODY; mine = 0; starts = 0; refused = 0; spare = 0 };
end_dormant:
  started[self];
  acquire();
#ifdef BEGIN
#ifndef BEGIN_DEAF
  d_step { arriving[self] = 0; help_coming = 0 };
#endif
  beginning++;
  help_wanted();
  release();
  help();
  if
  :: begin_fails > 0 -> atomic { lock == 0 -> lock = 1; begin_fails-- };
    d_step {
      beginning--; leaving++; later = 1;
      if
      :: arriving[self] -> arriving[self] = 0; help_coming = 0
      :: else
      fi
    };
    if
    :: ACTIVE == 0 ->
      sort();
      refuse()
    :: else
    fi;
    goto hand_over
  :: 
#ifdef BEGIN_WAITS
    self == 0 || done == JOBS ->
#endif
    atomic { lock == 0 -> lock = 1; beginning-- }
  fi;
#endif
work:
  atomic {
    if
    :: arriving[self] -> arriving[self] = 0; help_coming = 0
    :: else
    fi;
#ifndef NO_MAXIMUM
    if
    :: ACTIVE - beginning - help_coming > MAXIMUM -> leaving++; goto hand_over
    :: else
    fi;
#endif
    sort()
  };
  if
  :: queued > 0 ->
    d_step { queued--; running++; assert(running <= MAXIMUM) };
#ifndef NO_CHAIN
    help_wanted();
#else
    woken = NOBODY; starts = 0;
#endif
    release();
    help();
    d_step { begun++; mine = begun };
#ifdef IN_MAIN
    if
    :: mine == 1 ->
      acquire();
      d_step { in_main++; running-- };
#ifndef NO_STAND_IN
      help_wanted();
#else
      woken = NOBODY; starts = 0;
#endif
      release();
      help();
#ifdef MAIN_NEEDS
      if
      :: refused -> skip /* the call is refused, and the job goes on */
      :: !refused -> begun >= 2 || done > 0
      fi;
#endif
      acquire();
      d_step { in_main--; running++ };
      release()
    :: else
    fi;
#endif
#ifdef BLOCK
    if
    :: mine == 1 -> begun == JOBS
    :: else
    fi;
#endif
    d_step { done++; mine = 0; assert(done <= JOBS) };
    atomic { lock == 0 -> lock = 1; running--; goto work }
  :: else
  fi;
  if
  :: closing -> goto may_leave
  :: else
  fi;
  d_step { resting[self] = 1; spare = (threads - leaving > MINIMUM) };
  if
  :: !help_coming -> announce()
  :: else
  fi;
#ifndef NO_RECHECK
  if
  :: incoming > 0 -> resting[self] = 0; goto work
  :: else
  fi;
#endif
  release();
end_rest:
  if
  :: atomic { token[self] && lock == 0 -> token[self] = 0; lock = 1; spare = 0; goto work }
  :: spare && queued + incoming == 0 -> /* timed out */
    atomic { lock == 0 -> lock = 1; spare = 0 };
    if
    :: resting[self] ->
      atomic {
        resting[self] = 0;
        if
        :: threads - leaving <= MINIMUM -> goto work
        :: else
        fi
      }
    :: else ->
#ifndef NO_TOKEN
      release();
      atomic { token[self] && lock == 0 -> token[self] = 0; lock = 1 };
#endif
      goto work
    fi
  fi;
may_leave:
  if
  :: queued > 0 -> goto work
  :: else
  fi;
  if
  :: !help_coming -> announce()
  :: else
  fi;
#ifndef NO_RECHECK
  if
  :: incoming > 0 -> goto work
  :: else
  fi;
#endif
  leaving++;
hand_over:
#ifndef NO_HAND_OVER
  release();
  call_help();
  acquire();
#endif
gone:
  skip;
  d_step {
    assert(!token[self]);
    threads--;
    leaving--;
    started[self] = 0
  };
  release();
  goto dormant
}

active [2] proctype submitter()
{
  byte left = (_pid == THREADS + 1 -> FIRST : SECOND), woken = NOBODY;
  bit starts, refused, found;
  do
  :: left == 0 -> break
  :: else ->
#ifdef EARLY_LOOK
    found = sleeping;
#endif
#ifdef BATCH
    d_step { incoming = incoming + left; left = 0 }; /* read-modify-write */
#else
    d_step { left--; incoming++ }; /* read-modify-write */
#endif
#ifndef EARLY_LOOK
    found = sleeping;
#endif
    if
    :: found -> atomic { found = sleeping; sleeping = 0 }
    :: else
    fi;
    if
    :: found -> found = 0; call_help()
    :: else
    fi
  od
}

#ifdef CLOSE
#define END(n) was[n] = resting[n]; resting[n] = 0
#define TELL(n) if :: was[n] -> assert(started[n]); token[n] = 1 :: else fi
active proctype closer()
{
  bit was[THREADS];
  acquire();
  d_step {
    closing = 1;
    END(0);
    END(1)
#if THREADS == 3
    ; END(2)
#endif
  };
  announce();
  release();
  TELL(0);
  TELL(1)
#if THREADS == 3
  ; TELL(2)
#endif
}
#endif

active proctype verdict()
{
  done == JOBS
}
