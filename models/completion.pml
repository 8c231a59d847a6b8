/* How finished jobs come home and how a domain ends under them: src/preempt/office.c, under TSO (Owens,
 * Sarkar, Sewell, "A better x86 memory model: x86-TSO", 2009).
 *
 * Two workers push two parcels each; the loop takes all, sleeps, is woken, and with -DENDS ends at any
 * time: then it marks the office as ended and takes all once more, and whoever pushes later and sees the
 * mark takes all back. Each job came with a hold of the office: a worker keeps that of its first until it
 * rests, the second parcel carries its own home. The last one who holds the office frees it.
 *
 * Checked: every parcel is taken once; nobody waits for ever; nothing is touched after it was freed, and
 * in the end it is.
 *
 * -DNO_FENCE, -DNO_RECHECK, -DNO_TAKE_BACK, -DNO_HOLD and -DNO_CARRY leave a part out: each must fail. */

#define WORKERS 2
#define ALL 15
#define FIRST(worker) (1 << (2 * (worker)))
#define SECOND(worker) (2 << (2 * (worker)))
#define CARRIED(set) ((((set) >> 1) & 1) + (((set) >> 3) & 1))

bit sleeping;   /* memory; its plain stores are the loop's, through a store buffer */
byte inbox;     /* set of parcels: only ever changed by read-modify-writes */
bit ended, loop = 1, lock, wake_up, freed;
byte taken;     /* set */
byte holders = 1 + 2 * WORKERS;
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
    got = inbox;
    taken = taken | inbox;
    inbox = 0
  }
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

inline push(parcel)
{
  d_step { TOUCH; inbox = inbox | parcel };
  if
  :: d_step { sleeping == 0 -> TOUCH }
  :: d_step { sleeping == 1 -> TOUCH; sleeping = 0; found = 1 }
  fi;
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
  fi;
#ifndef NO_TAKE_BACK
  TOUCH;
  if
  :: ended ->
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
  bit found;
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
  give_back(1 + spare + CARRIED(got));
  finished++
}

active proctype verdict()
{
  finished == WORKERS + 1;
  assert(taken == ALL && freed)
}
