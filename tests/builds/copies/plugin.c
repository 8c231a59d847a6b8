/* A plugin with promises to hand out. Built as two shared objects, each with its own copy of the library. */
#include <sley.h>

#define JOIN_1(a, b) a##b
#define JOIN(a, b) JOIN_1(a, b)
#define NAMED(name) JOIN(PREFIX, name)

static sley_promise *woke(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_int(1));
}
sley_promise *NAMED(promise)(void) { return sley_bind(sley_sleep(0.01), woke, NULL); }
sley_domain *NAMED(domain)(void) { return sley_domain_current(); }
sley_mutex *NAMED(mutex)(void)
{
  sley_mutex *m = NULL;
  return sley_mutex_new(&m) == NULL ? m : NULL;
}
sley_stream *NAMED(stream)(void) { return sley_stream_from_bytes("abc", 3); }
sley_error *NAMED(error)(void) { return sley_error_new(&sley_kind_sley, 4711, "of a plugin"); }
sley_error *NAMED(canceled)(void) { return sley_error_canceled(); }
sley_value NAMED(list)(void)
{
  sley_value v = sley_unit();
  sley_error_drop(sley_run(sley_all(SLEY_PROMISES(sley_return(sley_int(1)))), &v));
  return v;
}
sley_port *NAMED(port)(void)
{
  sley_port *port = NULL;
  if (sley_port_new(4, &port) != 0) return NULL;
  return port;
}
sley_cross_mutex *NAMED(cross_mutex)(void)
{
  sley_cross_mutex *m = NULL;
  return sley_cross_mutex_new(&m) == 0 ? m : NULL;
}
sley_runtime *NAMED(runtime)(void)
{
  sley_runtime *r = NULL;
  return sley_runtime_new(&r, NULL) == 0 ? r : NULL;
}
sley_workers *NAMED(workers)(void) { return sley_workers_default(SLEY_WORKERS_PURPOSE_IO); }
sley_resolver *NAMED(resolver)(void)
{
  sley_resolver *r;
  return sley_is_pending(sley_pending(&r)) ? r : NULL;
}
/* How much it works: on its own it does. */
int NAMED(alone)(void)
{
  sley_value v;
  sley_error *e = sley_run(NAMED(promise)(), &v);
  return e == NULL && v.i == 1 && sley_finish() == 0;
}
