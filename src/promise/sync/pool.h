/* What pool.c and pool_lease.c share. */
#ifndef SLEY_PROMISE_POOL_H
#define SLEY_PROMISE_POOL_H

#include <sley/pool.h>

#include "promise/sync/waiters.h"

typedef struct member {
  struct member *next; /* of the free ones */
  sley_pool *pool;     /* in use */
  sley_promise *made;  /* fulfilled with the value; NULL while it is being made */
  bool has_place;      /* counted by the pool until its place is given back */
  bool serves;         /* its place goes to a waiter once it is disposed of, unlike in Lwt */
} member;

struct sley_pool {
  object head;
  sley_pool_options options;
  /* Places taken, as Lwt counts them: a replacement for a member has no place of its own but still gives one back,
   * so this can fall below zero. */
  int64_t count;
  bool serving;             /* sley__pool_place_back is running */
  uint64_t epoch;           /* times it was cleared */
  member *free, **free_end; /* FIFO */
  waiters queue;            /* each with its lease as a value */
};

void sley__pool_unuse(sley_domain *d, sley_pool *pool);

/* A member without a value yet; NULL when out of memory. */
member *sley__member_new(sley_domain *d, sley_pool *pool);
void sley__member_free(sley_domain *d, member *m);
/* Frees m without disposing of it. Its place, if it still has one, goes back to the pool. */
void sley__member_lose(sley_domain *d, member *m);
/* Frees a place, and makes members for waiters as long as places are free. */
void sley__pool_place_back(sley_domain *d, sley_pool *pool);
/* pool_lease.c: makes a member, which takes a place, for the longest waiter. False: there is no waiter. */
bool sley__pool_serve(sley_domain *d, sley_pool *pool);
/* Ends a member; its place is free again unless dispose fails. Consumes m. */
sley_promise *sley__member_dispose(sley_domain *d, const char *site, member *m);
/* sley__member_dispose without a result: an error goes to the async hook. */
void sley__member_dispose_unattended(sley_domain *d, const char *site, member *m);

static inline bool sley__pool_has_room(const sley_pool *pool)
{
  return pool->count < 0 || (uint64_t)pool->count < pool->options.max;
}

static inline sley_value *sley__member_value(member *m) { return sley__value_of(m->made); }

#endif
