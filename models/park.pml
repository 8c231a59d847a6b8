/* Where an engine sleeps, and how other threads wake it: src/reactor/park.c, engine_libev.c and signal.c.
 * docs/decisions/models.md maps the steps to accesses in the code.
 *
 * One engine; two other threads, each of which hands it something twice and wakes it; and a signal that comes twice,
 * whose handler raises a mark and wakes the engine. The handler runs on the engine's thread, on another's or on one
 * that does nothing else; the thread that it interrupts takes no step meanwhile. All accesses to the state are
 * read-modify-writes, which empty the store buffer: so there is none here. The futex compares the state and goes to
 * sleep in one step. A handler takes the thread that it interrupts off the futex; after the handler the kernel ends
 * the call or restarts it, with another compare. Each time the engine sleeps it may or may not have descriptors to
 * watch, and there are turns in which it does not sleep.
 *
 * Checked: no process waits forever (invalid end states), and everything that was handed over or raised is taken.
 *
 * -DBEGIN_UNCHECKED, -DTAKE_FIRST, -DFUTEX_UNCHECKED, -DNO_CALL_ENDED, -DRESTART_UNCHECKED, -DHANDLER_LOOKS (the
 * handler wakes the engine only if it sees it asleep) and -DRAISE_LAST leave a part out or put it in the wrong
 * place: each must fail. scripts/model runs them all. */

#define OTHERS 2
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef SIGNALS
#define SIGNALS 2
#endif

#define AWAKE 0
#define PARKED 1
#define WATCHING 2
#define WOKEN 3
byte state;
bit on_futex;   /* asleep there */
bit call_ended; /* the engine's own wake-up: kept until the next call */

byte handed[OTHERS], taken[OTHERS];
bit raised;
byte signals = SIGNALS; /* to come */

#define ENGINE 0
#define NOBODY 9
byte interrupted = NOBODY; /* the process whose thread the handler runs on */

inline take(which)
{
  taken[which] = handed[which]
}

inline take_all()
{
  take(0);
  take(1);
  raised = 0
}

active proctype engine() provided (interrupted != ENGINE)
{
  byte wanted;
  bit sleeps;
  do
  :: taken[0] == ROUNDS && taken[1] == ROUNDS && signals == 0 && !raised -> break
  :: else ->
    if
    :: take_all() /* a turn in which it does not sleep */
    :: skip ->
      if
      :: wanted = PARKED
      :: wanted = WATCHING
      fi;
#ifdef BEGIN_UNCHECKED
      state = wanted;
      sleeps = 1;
#else
      atomic {
        sleeps = (state == AWAKE);
        if
        :: sleeps -> state = wanted
        :: else
        fi
      };
#endif
      if
      :: sleeps && wanted == PARKED ->
        atomic {
#ifdef FUTEX_UNCHECKED
          on_futex = 1
#else
          if
          :: state == PARKED -> on_futex = 1
          :: else
          fi
#endif
        };
        !on_futex
      :: sleeps && wanted == WATCHING ->
        atomic { call_ended -> call_ended = 0 }
      :: else
      fi;
#ifdef TAKE_FIRST
      take_all();
      state = AWAKE
#else
      state = AWAKE;
      take_all()
#endif
    fi
  od
}

inline wake()
{
  atomic { old = state; state = WOKEN };
  if
  :: old == PARKED -> on_futex = 0
#ifndef NO_CALL_ENDED
  :: old == WATCHING -> call_ended = 1
#endif
  :: else
  fi
}

active [OTHERS] proctype other() provided (interrupted != _pid)
{
  byte me = _pid - 1, old;
  do
  :: handed[me] == ROUNDS -> break
  :: else ->
    handed[me]++;
    wake()
  od
}

active proctype handler()
{
  byte old;
  bit was_asleep;
  do
  :: signals == 0 -> break
  :: else ->
    atomic {
      signals--;
      if
      :: interrupted = ENGINE; was_asleep = on_futex; on_futex = 0
      :: interrupted = 1
      :: skip /* a thread that does nothing else */
      fi
    };
#ifndef RAISE_LAST
    raised = 1;
#endif
#ifdef HANDLER_LOOKS
    if
    :: state == PARKED || state == WATCHING -> wake()
    :: else
    fi;
#else
    wake();
#endif
#ifdef RAISE_LAST
    raised = 1;
#endif
    atomic {
      if
      :: was_asleep ->
        was_asleep = 0;
        if
        :: skip /* the call has ended */
#ifdef RESTART_UNCHECKED
        :: on_futex = 1
#else
        :: state == PARKED -> on_futex = 1
#endif
        fi
      :: else
      fi;
      interrupted = NOBODY
    }
  od
}
