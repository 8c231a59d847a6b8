/* Locals: what other files and floors keep in a domain until it ends. */
#include "domain/link/local.h"

#include "domain/link/seat.h"

uint64_t sley__local_id(void)
{
  static uint64_t last; /* any thread, __atomic */
  return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

void sley__local_add(sley__local *local, seat *here)
{
  SLEY__LIST_PREPEND(here->locals, local, next, place);
}

void sley__local_remove(sley__local *local) { SLEY__LIST_REMOVE(local, next, place); }

sley__local *sley__local_find(const seat *here, uint64_t id)
{
  sley__local *local = here->locals;
  while (local != NULL && local->id != id) local = local->next;
  return local;
}

void sley__locals_end(seat *here)
{
  while (here->locals != NULL) here->locals->end(here->locals);
}
