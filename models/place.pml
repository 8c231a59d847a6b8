/* Waiting for a place: src/io/server/limit.c with accept.c and each.c, under TSO (Owens, Sarkar, Sewell, "A better x86 memory
 * model: x86-TSO", 2009). docs/decisions/models.md maps the steps to accesses in the code.
 *
 * Connections come into the queues of the acceptors, one in each domain; at most MOST are open. An acceptor that finds
 * no place marks itself and looks again; whoever gives a place back takes one mark and sends that acceptor a message.
 * Places are counted by read-modify-writes; an acceptor's mark is stored through its store buffer, and taken by
 * read-modify-writes, which wait until the buffer is empty, as the fence after the store does.
 *
 *   -DWRAP    a connection needs a second place at first, of which there is one
 *   -DCLOSE   the first acceptor closes at any time, and takes one that is in its queue; what is left there is lost
 *
 * Checked: no connection waits forever; no more than MOST are open.
 *
 * These leave a part out, or put it in the wrong place; each must fail: -DNO_FENCE, -DNO_RECHECK, -DNO_OFFER (who was
 * woken wakes no other), -DWAKE_FIRST (marks are taken before the place is given back). */

#ifndef MOST
#define MOST 1
#endif
#ifndef CONNECTIONS
#define CONNECTIONS 3
#endif
#define ACCEPTORS 2
#define WRAPS 1

byte queue[ACCEPTORS]; /* connections that came */
byte open, wrapping;   /* places taken */
byte wrapped, served;  /* connections in these states */
byte done, came;       /* done: ended or lost */
bit marked[ACCEPTORS];   /* memory */
bit mail[ACCEPTORS], closed;

chan buffer[ACCEPTORS] = [2] of { bit }; /* stores to marked */
#define FENCED(me) (len(buffer[me]) == 0)

active [ACCEPTORS] proctype store_buffer()
{
  bit value;
end:
  do
  :: atomic { buffer[_pid]?value -> marked[_pid] = value }
  od
}

/* Exchanges of marks. */
inline one_wake()
{
  found = 0;
  atomic { found = marked[0]; marked[0] = 0 };
  if
  :: found -> mail[0] = 1
  :: else ->
    atomic { found = marked[1]; marked[1] = 0 };
    if
    :: found -> mail[1] = 1
    :: else
    fi
  fi;
  found = 0
}

#ifdef WRAP
#define IS_THERE (open < MOST && wrapping < WRAPS)
#else
#define IS_THERE (open < MOST)
#endif

/* has: whether the places were taken. */
inline take()
{
  atomic {
    if
    :: open < MOST -> open++; has = 1
    :: else -> has = 0
    fi
  };
#ifdef WRAP
  if
  :: has ->
    atomic {
      if
      :: wrapping < WRAPS -> wrapping++
      :: else -> has = 0
      fi
    };
    if
    :: !has ->
      open--;
      one_wake()
    :: else
    fi
  :: else
  fi
#endif
}

#ifdef WRAP
#define BEGIN wrapped++
#else
#define BEGIN served++
#endif

active [ACCEPTORS] proctype acceptor()
{
  byte me = _pid - ACCEPTORS;
  bit parked, accepting, has, found, woken;
next: /* sley__accept_next */
  if
  :: accepting || (me == 0 && closed) -> goto went_on
  :: else
  fi;
  if
  :: parked ->
    take();
    if
    :: has -> d_step { parked = 0; has = 0; BEGIN }
    :: else
    fi
  :: else
  fi;
  if
  :: !parked && IS_THERE -> accepting = 1; goto went_on
  :: else /* somebody may give one back from now on */
  fi;
  buffer[me]!1;
#ifndef NO_FENCE
  FENCED(me);
#endif
#ifndef NO_RECHECK
  if
  :: IS_THERE ->
    FENCED(me);
    atomic { found = marked[me]; marked[me] = 0 };
    if
    :: found -> found = 0; goto next
    :: else
    fi
  :: else
  fi;
#endif
went_on:
#ifndef NO_OFFER
  if
  :: woken ->
    woken = 0;
    if
    :: IS_THERE -> FENCED(me); one_wake()
    :: else
    fi
  :: else
  fi;
#endif
  woken = 0;
end_loop:
  if
  :: d_step { mail[me] -> mail[me] = 0; woken = 1 }; goto next
  :: d_step { accepting && queue[me] > 0 -> queue[me]--; accepting = 0 };
    take();
    if
    :: has -> d_step { has = 0; BEGIN }
    :: else -> parked = 1
    fi;
    goto next
#ifdef CLOSE
  :: me == 0 && !closed ->
    FENCED(me);
    d_step { closed = 1; accepting = 0; marked[0] = 0; queue[0] = queue[0] + parked; parked = 0 };
    if
    :: queue[0] > 0 -> /* taken, if there is a place */
      take();
      if
      :: has -> d_step { has = 0; queue[0]--; BEGIN }
      :: else
      fi
    :: else
    fi;
    d_step { done = done + queue[0]; queue[0] = 0 };
    goto end_loop
#endif
  fi
}

/* Connections end in domains of their own. */
active [MOST] proctype domain()
{
  bit found;
end:
  do
#ifdef WRAP
  :: atomic { wrapped > 0 -> wrapped--; served++ };
#ifdef WAKE_FIRST
    one_wake();
    wrapping--
#else
    wrapping--;
    one_wake()
#endif
#endif
  :: atomic { served > 0 -> served-- };
    assert(open <= MOST);
#ifdef WAKE_FIRST
    one_wake();
    open--;
#else
    open--;
    one_wake();
#endif
    done++
  od
}

active proctype peers()
{
  do
  :: came < CONNECTIONS ->
    if
    :: d_step { came++; queue[1]++ }
    :: d_step {
        came++;
        if
        :: closed -> done++
        :: else -> queue[0]++
        fi
      }
    fi
  :: else -> break
  od;
  done == CONNECTIONS
}
