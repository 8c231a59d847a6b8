/* The runtime's list of seats: the domains that other threads can reach, for reports. */
#include "domain/life/life.h"

static void seat_list(seat *s)
{
  s->spin.processors = (unsigned)sley_domain_default_count(); /* link/ has no access to it */
  sley__process_lock(SLEY__LOCK_SEATS);
  SLEY__LIST_PREPEND(s->runtime->seats, s, placement.next, placement.place);
  s->placement.engine = sley__loop_engine(s->loop);
  if (sley__current == s->domain) {
    s->placement.thread_number = sley__thread_number();
    s->placement.placed = true;
  }
  sley__process_unlock(SLEY__LOCK_SEATS);
}

void sley__seat_placed(seat *s)
{
  sley__process_lock(SLEY__LOCK_SEATS);
  s->placement.thread_number = sley__thread_number();
  s->placement.placed = true;
  sley__process_unlock(SLEY__LOCK_SEATS);
}

static void seat_unlist(seat *s)
{
  sley__process_lock(SLEY__LOCK_SEATS);
  SLEY__LIST_REMOVE(s, placement.next, placement.place);
  s->placement.place = NULL;
  sley__process_unlock(SLEY__LOCK_SEATS);
}

const seat_part sley__seats_part = {.open = seat_list, .close = seat_unlist};
