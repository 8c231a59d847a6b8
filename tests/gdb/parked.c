/* For tests/gdb/test_gdb.py: two fibers wait, in functions with names to be found, and then it stops. */
#include <signal.h>
#include <sley.h>

static __attribute__((noinline)) sley_error *wait_deep_inside(sley_promise *p, volatile int *depth)
{
  sley_error *e = sley_await(p, NULL);
  *depth += 1;
  return e;
}

static sley_promise *patient(void *ctx)
{
  volatile int depth = 0;
  sley_error *e = wait_deep_inside(*(sley_promise **)ctx, &depth);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(depth));
}

int main(void)
{
  sley_resolver *first, *second;
  sley_promise *a = sley_cancelable(&first), *b = sley_cancelable(&second);
  sley_spawn_options o = {.size = sizeof(o), .name = "patient one"};
  sley_promise *p = sley_spawn_with(&o, patient, &a, NULL);
  sley_promise *q = sley_spawn(patient, &b);
  raise(SIGTRAP);
  sley_fulfill(&first, sley_unit());
  sley_fulfill(&second, sley_unit());
  sley_drop(p);
  sley_drop(q);
  return sley_finish() != 0;
}
