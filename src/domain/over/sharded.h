/* Sharded objects: an instance in each domain, found there by the number of the whole. Calls carry that
 * number and no pointer, so that one which arrives late finds nothing rather than something freed.
 * sharded.c is the handle to all of them, instance.c what there is in each domain. */
#ifndef SLEY_DOMAIN_SHARDED_H
#define SLEY_DOMAIN_SHARDED_H

#include <sley/sharded.h>

#include "domain/shared/shared.h"

/* A function of the user's, as the extra of a call carries it. */
typedef union shard_function {
  void (*any)(void);
  sley_shard_make_fn *make;
  sley_shard_fn *use;
} shard_function;

/* ---- instance.c: what calls run in an instance's domain. Their extra has the number of the whole, that of
 * the instance where it is made, and the user's function. */
sley_promise *sley__shard_make_here(sley_value *arg);
sley_promise *sley__shard_use_here(sley_value *arg);
sley_promise *sley__shard_stop_here(sley_value *arg);
/* The current domain's, or NULL. */
void *sley__shard_here(uint64_t id);

#endif
