/* sley_placement: which processors and threads everything runs on. */
#include "domain/life/life.h"

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
  for (const seat *s = r->seats; s != NULL; s = s->placement.next) {
    sley__append(text, size, &used, "domain %u %s: ", s->id, s->name);
    if (s->placement.placed) {
      sley__processor_list(s->placement.thread_number, list, sizeof(list));
      sley__append(text, size, &used, "thread %ld, processors %s, ", s->placement.thread_number,
                   list);
    } else {
      sley__append(text, size, &used, "starting, ");
    }
    sley__append(text, size, &used, "engine %s\n", s->placement.engine);
  }
  sley__process_unlock(SLEY__LOCK_SEATS);
  return used;
}
