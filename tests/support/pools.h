/* Worker pools, and jobs for them. */
#ifndef TESTS_SUPPORT_POOLS_H
#define TESTS_SUPPORT_POOLS_H

#include <errno.h>

#include "support/gate.h"
#include "support/process.h"
#include "support/tokens.h"

static inline sley_workers *pool_of(unsigned maximum)
{
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "test", .maximum = maximum};
  assert_int_equal(sley_workers_new(&o, &pool), 0);
  return pool;
}

/* Returns after all of its threads have ended. */
static inline void close_pool(sley_workers *pool) { run_gives(sley_workers_close(pool, -1), 0); }

/* Jobs. Their argument is a token. */
static inline sley_error *doubled(sley_value *arg, sley_value *out)
{
  *out = sley_int(number_in(arg) * 2);
  return NULL;
}

static inline sley_error *gated(sley_value *arg, sley_value *out)
{
  gate_pass();
  return doubled(arg, out);
}

static inline sley_error *given_back(sley_value *arg, sley_value *out)
{
  return sley_take(arg, out) == 0 ? NULL : sley_error_nomem();
}

static inline sley_error *failing(sley_value *arg, sley_value *out)
{
  (void)out;
  return sley_error_new(&sley_kind_errno, EIO, "job %d", (int)number_in(arg));
}

/* Returns a value that cannot be sent. */
static inline sley_error *gives_local(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = local(0);
  return NULL;
}

#endif
