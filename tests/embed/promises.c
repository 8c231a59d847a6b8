/* Promises alone: a pending promise, steps behind it, a rejection and its answer, a fiber that waits for another. */
#ifdef SLEY_API
#include "sley.c"
#else
#include "sley.h"
#endif

#include <stdio.h>
#include <stdlib.h>

static sley_promise *doubled(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(2 * sley_value_int(v)));
}

static sley_promise *refuse(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, "%d", (int)sley_value_int(v)));
}

static sley_promise *answer(void *ctx, sley_error *e)
{
  int64_t *told = ctx;
  *told = atoll(sley_error_message(e));
  return sley_return(sley_int(-1));
}

static sley_promise *in_fiber(void *p)
{
  int64_t n = 0;
  sley_error *e = sley_await_int(p, &n);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(n + 1));
}

int main(void)
{
  sley_domain *domain = NULL;
  sley_error *e = sley_domain_new(NULL, "embed", &domain);
  if (e != NULL) return 2;
  sley_domain_enter(domain);
  sley_resolver *resolver;
  sley_promise *first = sley_pending(&resolver);
  int64_t told = 0, got = 0;
  sley_promise *fiber = sley_spawn(in_fiber, sley_bind(first, doubled, NULL));
  sley_promise *last = sley_catch(sley_bind(fiber, refuse, NULL), answer, &told);
  if (!sley_is_pending(last)) return 3;
  sley_fulfill(&resolver, sley_int(20));
  for (int i = 0; i < 10 && sley_is_pending(last); i++) sley_wakeup_paused();
  if (sley_state(last) == SLEY_PROMISE_STATE_FULFILLED)
    got = sley_value_int(sley_promise_value(last));
  sley_drop(last);
  sley_domain_leave(domain);
  size_t left = sley_domain_end(domain);
  printf("%d %d, %zu left, %s\n", (int)told, (int)got, left, sley_version_text());
  return told == 41 && got == -1 && left == 0 && sley_finish() == 0 ? 0 : 1;
}
