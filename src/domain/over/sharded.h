/* Sharded objects: one instance in each domain, found there by the object's number. Calls carry this number and no
 * pointer, so a late one finds nothing instead of freed memory. sharded.c is the handle, sharded_all.c calls to all
 * instances, instance.c the instance in each domain. */
#ifndef SLEY_DOMAIN_SHARDED_H
#define SLEY_DOMAIN_SHARDED_H

#include <sley/sharded.h>

#include "domain/shared/shared.h"

/* A user function as carried in the extra of a call. */
typedef union shard_function {
  void (*any)(void);
  sley_shard_make_fn *make;
  sley_shard_fn *use;
} shard_function;

struct sley_sharded {
  shared_object shared;
  uint64_t id;
  size_t count;
  sley_domain *domains[]; /* one handle each */
};

/* ---- sharded.c ---- */

/* Calls f, a function of instance.c, in the domain of an instance; function is the user's. */
sley_promise *sley__shard_call(const char *site, sley_sharded *s, size_t index, sley_call_fn *f,
                               shard_function function, sley_value arg);

/* ---- sharded_all.c ---- */

typedef sley_promise *sley__together_fn(const char *site, sley_promise *const *ps, size_t n);
/* As sley__shard_call to all instances, each with a duplicate of arg; together combines their promises. */
sley_promise *sley__shard_gather(const char *site, sley_sharded *s, sley_call_fn *f,
                                 shard_function function, sley_value arg,
                                 sley__together_fn *together);
/* Replaces each promise with one that follows it. */
sley_promise *sley__follow_all(const char *site, sley_promise *const *ps, size_t n,
                               sley_promise *(*follow)(const char *site, sley_promise *p),
                               sley__together_fn *together);

/* ---- instance.c: what calls run in an instance's domain. Their extra has the object's number, the instance's index
 * when it is made, and the user's function. */
sley_promise *sley__shard_make_here(sley_value *arg);
sley_promise *sley__shard_use_here(sley_value *arg);
sley_promise *sley__shard_stop_here(sley_value *arg);
/* The current domain's instance, or NULL. */
void *sley__shard_here(uint64_t id);

#endif
