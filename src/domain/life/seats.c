/* The runtime's list of seats: the domains that others know, for reports. */
#include "domain/life/life.h"

static void seat_list(seat *s)
{
  s->spin.processors = (unsigned)sley_domain_default_count(); /* which link/ does not know */
  sley__process_lock(SLEY__LOCK_SEATS);
  s->placement.next = s->runtime->seats;
  s->placement.place = &s->runtime->seats;
  if (s->placement.next != NULL) s->placement.next->placement.place = &s->placement.next;
  s->runtime->seats = s;
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
  *s->placement.place = s->placement.next;
  if (s->placement.next != NULL) s->placement.next->placement.place = s->placement.place;
  s->placement.place = NULL;
  sley__process_unlock(SLEY__LOCK_SEATS);
}

const seat_part sley__seats_part = {.open = seat_list, .close = seat_unlist};
