/* Where an engine sleeps, and how others get it out: src/reactor/park.c and engine_libev.c.
 *
 * One engine, two others who each hand it something twice and wake it. All accesses to the state are
 * read-modify-writes, which empty the store buffer: so there is none here. The futex compares the state and
 * goes to sleep in one step. Each time the engine sleeps it has descriptors to watch or not, as it likes.
 *
 * Checked: nobody waits for ever (invalid end states), and all that was handed over is taken.
 *
 * -DBEGIN_UNCHECKED, -DTAKE_FIRST, -DFUTEX_UNCHECKED and -DNO_CALL_ENDED leave a part out or in the wrong
 * place: each must fail. scripts/model runs them all. */

#define OTHERS 2
#define ROUNDS 2

#define AWAKE 0
#define PARKED 1
#define WATCHING 2
#define WOKEN 3
byte state;
bit on_futex;   /* asleep there */
bit call_ended; /* the engine's own way to be woken: kept until the next call */

byte handed[OTHERS], taken[OTHERS];

active [OTHERS] proctype other()
{
  byte me = _pid, old;
  do
  :: handed[me] == ROUNDS -> break
  :: else ->
    handed[me]++;
    atomic { old = state; state = WOKEN };
    if
    :: old == PARKED -> on_futex = 0
#ifndef NO_CALL_ENDED
    :: old == WATCHING -> call_ended = 1
#endif
    :: else
    fi
  od
}

inline take(which)
{
  taken[which] = handed[which]
}

active proctype engine()
{
  byte wanted;
  bit sleeps;
  do
  :: taken[0] == ROUNDS && taken[1] == ROUNDS -> break
  :: else ->
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
    take(0);
    take(1);
    state = AWAKE
#else
    state = AWAKE;
    take(0);
    take(1)
#endif
  od
}
