/* Envelopes of calls: allocated, and kept for later calls.
 *
 * An envelope stays at home; only its address travels. A cancel message can cross the reply, so it has a hold too,
 * and the last holder frees the envelope. Replies that come after home has ended are dropped in the called domain. */
#include "domain/link/call.h"

enum { SPARE_MOST = 2 * CREDITS };

envelope *sley__envelope_new(seat *home)
{
  envelope *e = home->made.spare;
  if (SLEY__LIKELY(e != NULL)) {
    home->made.spare = e->next_waiting;
    home->made.spare_count--;
    return e;
  }
  e = sley__runtime_alloc(home->runtime, sizeof(*e));
  if (e == NULL) return NULL;
  *e = (envelope){.home = home, .runtime = home->runtime, .holders = 1};
  sley__seat_hold(home);
  return e;
}

static void envelope_free(envelope *e)
{
  seat *home = e->home;
  sley__runtime_free(e->runtime, e, sizeof(*e));
  sley__seat_release(home);
}

/* Whether this is the only hold; the count is then as it was when the envelope was made. */
static bool envelope_is_last(envelope *e)
{
  if (__atomic_load_n(&e->holders, __ATOMIC_ACQUIRE) == 1) return true;
  if (__atomic_sub_fetch(&e->holders, 1, __ATOMIC_ACQ_REL) != 0) return false;
  e->holders = 1;
  return true;
}

void sley__envelope_let_go(envelope *e)
{
  if (envelope_is_last(e)) envelope_free(e);
}

void sley__envelope_release(envelope *e)
{
  if (!envelope_is_last(e)) return;
  seat *home = e->home;
  if (home->made.spare_count >= SPARE_MOST) {
    envelope_free(e);
    return;
  }
  e->next_waiting = home->made.spare;
  home->made.spare = e;
  home->made.spare_count++;
}

void sley__envelopes_end(seat *here)
{
  while (here->made.spare != NULL) {
    envelope *e = here->made.spare;
    here->made.spare = e->next_waiting;
    envelope_free(e);
  }
}
