/* Where everything runs: a list of the domains that others know, for reports. */

#include "domain/processors.h"
#include "domain/seat.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of every runtime's list */

/* Once on becoming known, and again when its thread is. */
void sley__seat_list(seat *s)
{
  pthread_mutex_lock(&lock);
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
  pthread_mutex_unlock(&lock);
}

void sley__seat_unlist(seat *s)
{
  pthread_mutex_lock(&lock);
  *s->seat_place = s->next_seat;
  if (s->next_seat != NULL) s->next_seat->seat_place = s->seat_place;
  s->seat_place = NULL;
  pthread_mutex_unlock(&lock);
}

size_t sley_placement(sley_runtime *runtime, char *text, size_t size)
{
  if (size > 0) SLEY__NEEDS(text);
  size_t used = 0;
  char list[128];
  unsigned affinity, quota;
  sley_runtime *r = runtime != NULL ? runtime : sley__self()->runtime;
  sley__processors(&affinity, &quota);
  sley__processor_list(0, list, sizeof(list));
  sley__append(text, size, &used, "processors: %u allowed (%s), ", affinity, list);
  if (quota > 0) sley__append(text, size, &used, "quota of %u\n", quota);
  else sley__append(text, size, &used, "no quota\n");
  pthread_mutex_lock(&lock);
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
  pthread_mutex_unlock(&lock);
  return used;
}
