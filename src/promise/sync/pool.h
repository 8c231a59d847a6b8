/* Of pools: what pool.c and pool_lease.c share. */
#ifndef SLEY_PROMISE_POOL_H
#define SLEY_PROMISE_POOL_H

#include <sley/pool.h>

#include "promise/sync/waiters.h"

typedef struct member {
  struct member *next; /* of the free ones */
  sley_pool *pool;     /* in use */
  sley_promise *made;  /* fulfilled with the value; NULL while it is being made */
} member;

struct sley_pool {
  object head;
  sley_pool_options options;
  /* Members, as Lwt counts: some that are lost, not those made in place of others; so less than none, too. */
  int64_t count;
  uint64_t epoch;           /* times it was cleared */
  member *free, **free_end; /* FIFO */
  waiters queue;            /* each with its lease as a value */
};

void sley__pool_unuse(sley_domain *d, sley_pool *pool);

/* A member that is to be made; NULL when out of memory. */
member *sley__member_new(sley_domain *d, sley_pool *pool);
void sley__member_free(sley_domain *d, member *m);
/* Ends a member and frees its place. Consumes m. */
sley_promise *sley__member_dispose(sley_domain *d, const char *site, member *m);

static inline sley_value *sley__member_value(member *m) { return value_of(m->made); }

#endif
