/* The work of one domain, with another domain started and idle beside it (argument 1) or without one (0).
 * check_idle_domain.py counts each function named work_. */
#include <sley.h>
#include <stdlib.h>

enum { TIMES = 2000 };

static sley_promise *same(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

__attribute__((noinline)) static void work_promises(void)
{
  for (int i = 0; i < TIMES; i++) {
    sley_resolver *r;
    sley_promise *p = sley_bind(sley_pending(&r), same, NULL);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}

static sley_promise *pause_again(void *ctx, sley_value *v)
{
  int *left = ctx;
  (void)v;
  if (--*left <= 0) return sley_return(sley_unit());
  return sley_bind(sley_pause(), pause_again, ctx);
}

__attribute__((noinline)) static void work_pauses(void)
{
  int left = TIMES;
  sley_error_drop(sley_run(pause_again(&left, NULL), NULL));
}

/* Turns that poll the kernel and do almost nothing else: here the cost of a second domain would show most. */
__attribute__((noinline)) static void work_turns(void)
{
  for (int i = 0; i < TIMES; i++) sley_error_drop(sley_run(sley_pause(), NULL));
}

int main(int count, char **words)
{
  bool beside = count > 1 && words[1][0] == '1';
  sley_domain *other = NULL;
  sley_domain_options o = {.size = sizeof(o), .name = "idle"};
  if (beside && sley_domain_spawn(&o, &other) != NULL) return 1;
  for (int i = 0; i < 2; i++) {
    work_promises();
    work_pauses();
    work_turns();
  }
  if (beside) {
    sley_error_drop(sley_run(sley_domain_shutdown(other, 1), NULL));
    sley_domain_drop(other);
  }
  return sley_finish() != 0;
}
