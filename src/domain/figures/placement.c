/* Where everything runs: a list of the domains that others know, for reports. */

#include "domain/life/processors.h"
#include "domain/link/seat.h"

/* Once on becoming known, and again when its thread is. */
void sley__seat_list(seat *s)
{
  sley__process_lock(SLEY__LOCK_SEATS);
  if (s->seat_place == NULL) {
    s->next_seat = s->runtime->seats;
    s->seat_place = &s->runtime->seats;
    if (s->next_seat != NULL) s->next_seat->seat_place = &s->next_seat;
    s->runtime->seats = s;
  }
  if (sley__current == s->domain) {
    s->thread_number = sley__thread_number();
    s->placed = true;
  }
  sley__process_unlock(SLEY__LOCK_SEATS);
}

void sley__seat_unlist(seat *s)
{
  sley__process_lock(SLEY__LOCK_SEATS);
  *s->seat_place = s->next_seat;
  if (s->next_seat != NULL) s->next_seat->seat_place = s->seat_place;
  s->seat_place = NULL;
  sley__process_unlock(SLEY__LOCK_SEATS);
}

size_t sley_placement(sley_runtime *runtime, char *text, size_t size)
{
  if (size > 0) SLEY__NEEDS(text);
  size_t used = 0;
  char list[128];
  unsigned affinity, quota;
  sley_runtime *r = runtime != NULL ? runtime : sley__self()->runtime;
  sley__own_runtime(r, "sley_placement");
  sley__processors(&affinity, &quota);
  sley__processor_list(0, list, sizeof(list));
  sley__append(text, size, &used, "processors: %u allowed (%s), ", affinity, list);
  if (quota > 0) sley__append(text, size, &used, "quota of %u\n", quota);
  else sley__append(text, size, &used, "no quota\n");
  sley__process_lock(SLEY__LOCK_SEATS);
  for (const seat *s = r->seats; s != NULL; s = s->next_seat) {
    sley__append(text, size, &used, "domain %u %s: ", s->id, s->name);
    if (s->placed) {
      sley__processor_list(s->thread_number, list, sizeof(list));
      sley__append(text, size, &used, "thread %ld, processors %s, ", s->thread_number, list);
    } else {
      sley__append(text, size, &used, "starting, ");
    }
    sley__append(text, size, &used, "engine %s\n", s->engine);
  }
  sley__process_unlock(SLEY__LOCK_SEATS);
  return used;
}
