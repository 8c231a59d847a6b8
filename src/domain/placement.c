/* Where everything runs: a list of the domains that others know, for reports. */
#include <stdarg.h>
#include <stdio.h>

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

static void append(char *text, size_t size, size_t *used, const char *format, ...)
    SLEY_PRINTF(4, 5);
static void append(char *text, size_t size, size_t *used, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  size_t room = *used < size ? size - *used : 0;
  int n = vsnprintf(room > 0 ? text + *used : NULL, room, format, arguments);
  va_end(arguments);
  if (n > 0) *used += (size_t)n;
}

size_t sley_placement(sley_runtime *runtime, char *text, size_t size)
{
  size_t used = 0;
  char list[128];
  unsigned affinity, quota;
  sley_runtime *r = runtime != NULL ? runtime : sley__self()->runtime;
  sley__processors(&affinity, &quota);
  sley__processor_list(0, list, sizeof(list));
  append(text, size, &used, "processors: %u allowed (%s), ", affinity, list);
  if (quota > 0) append(text, size, &used, "quota of %u\n", quota);
  else append(text, size, &used, "no quota\n");
  pthread_mutex_lock(&lock);
  for (const seat *s = r->seats; s != NULL; s = s->next_seat) {
    append(text, size, &used, "domain %u %s: ", s->id, s->name);
    if (s->placed) {
      sley__processor_list(s->thread_number, list, sizeof(list));
      append(text, size, &used, "thread %ld, processors %s, ", s->thread_number, list);
    } else {
      append(text, size, &used, "starting, ");
    }
    append(text, size, &used, "engine %s\n", s->engine);
  }
  pthread_mutex_unlock(&lock);
  return used;
}
