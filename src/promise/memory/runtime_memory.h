/* The memory side of runtimes: their struct, and memory that belongs to no domain. Any thread. */
#ifndef SLEY_MEMORY_RUNTIME_MEMORY_H
#define SLEY_MEMORY_RUNTIME_MEMORY_H

#include <sley/runtime.h>

#include "promise/base/base.h"

struct sley_runtime {
  sley_allocator allocator;
  bool single_objects;
  bool is_default;
  bool no_fault_handler;
  bool tells;       /* SLEY_DEBUG is set */
  char engine[16];  /* of domains that name none; empty: the best available */
  uintptr_t origin; /* sley__origin at creation */
  unsigned max_threads;
  unsigned domains;          /* live domains; any thread, __atomic */
  sley_domain *first_domain; /* their list, by next_in_runtime; runtime.c's lock */
  sley_time slow;            /* see sley_runtime_options; 0: off */
  unsigned threads;          /* threads starting now; any thread, __atomic */
  unsigned holders;          /* users of its memory; any thread, __atomic */
  void *workers;             /* the preempt floor's pools; NULL until used; any thread, __atomic */
  void (*workers_end)(sley_runtime *); /* set together with it; called when the runtime ends */
  /* Of the domain floor: requests to end a domain whose requester has ended, and the seats of such domains whose
   * threads are still to be joined. Under that floor's lock. */
  unsigned abandoned;
  struct sley__seat *uncollected;
  void (*abandoned_wait)(sley_runtime *); /* any thread, __atomic; called when the runtime ends */
  struct sley__seat *seats;               /* of all domains known to others; its own lock */
};

/* Memory that is not tied to a domain: any thread. sley__runtime_alloc does not zero. */
void *sley__runtime_alloc(sley_runtime *runtime, size_t bytes);
void sley__runtime_free(sley_runtime *runtime, void *memory, size_t bytes);
/* Holds the runtime's own memory, which the last holder frees. */
void sley__runtime_hold(sley_runtime *runtime);
void sley__runtime_release(sley_runtime *runtime);
/* Aborts if another copy of the library, or the parent of a fork, made runtime. Any thread. */
static inline void sley__own_runtime(const sley_runtime *runtime, const char *function)
{
  if (SLEY__UNLIKELY(runtime->origin != sley__origin))
    sley__of_elsewhere(runtime->origin, function, "", "a runtime", "");
}

#endif
