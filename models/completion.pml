/* How finished jobs come home and how a domain ends under them: src/preempt/office.c, under TSO (Owens,
 * Sarkar, Sewell, "A better x86 memory model: x86-TSO", 2009).
 *
 * Three workers push a parcel each; the loop takes all, sleeps, is woken, and with -DENDS ends at any
 * time: then it marks the office as ended and takes all once more, and whoever pushes later and sees the
 * mark takes all back. The last one who holds the office frees it.
 *
 * Checked: every parcel is taken once; nobody waits for ever; nothing is touched after it was freed.
 *
 * -DNO_FENCE, -DNO_RECHECK, -DNO_TAKE_BACK and -DNO_HOLD leave a part out: each must fail. */

#define WORKERS 3
#define ALL 7

bit sleeping;   /* memory; its plain stores are the loop's, through a store buffer */
byte inbox;     /* set of parcels: only ever changed by read-modify-writes */
bit ended, loop = 1, lock, wake_up, freed;
byte taken;     /* set */
byte holders = WORKERS + 1;
byte finished;

chan buffer = [2] of { bit };
#define FENCED (len(buffer) == 0)
#define TOUCH assert(!freed)

active proctype store_buffer()
{
  bit value;
end:
  do
  :: atomic { buffer?value -> sleeping = value }
  od
}

inline take_all()
{
  d_step {
    TOUCH;
    assert((taken & inbox) == 0);
    taken = taken | inbox;
    inbox = 0
  }
}

inline give_back()
{
  d_step {
    TOUCH;
    holders--;
    if
    :: holders == 0 -> assert(inbox == 0); freed = 1
    :: else
    fi
  }
}

active [WORKERS] proctype worker()
{
  bit found;
#ifdef NO_HOLD
  give_back();
#endif
  d_step { TOUCH; inbox = inbox | (1 << (_pid - 1)) };
  if
  :: d_step { sleeping == 0 -> TOUCH }
  :: d_step { sleeping == 1 -> TOUCH; sleeping = 0; found = 1 }
  fi;
  if
  :: found ->
    atomic { lock == 0 -> TOUCH; lock = 1 };
    if
    :: loop -> wake_up = 1
    :: else
    fi;
    lock = 0
  :: else
  fi;
#ifndef NO_TAKE_BACK
  TOUCH;
  if
  :: ended -> take_all()
  :: else
  fi;
#endif
#ifndef NO_HOLD
  give_back();
#endif
  finished++
}

active proctype home()
{
turn:
  take_all();
  if
  :: taken == ALL -> goto ending
#ifdef ENDS
  :: goto ending
#endif
  :: taken != ALL
  fi;
  buffer!1;
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
  atomic { FENCED -> lock = 0 };
  ended = 1; /* sequentially consistent, and nothing is buffered */
  take_all();
  give_back();
  finished++
}

active proctype verdict()
{
  finished == WORKERS + 1;
  assert(taken == ALL && freed)
}
