/* A plugin for host.c. It is linked with libsley.so, with libsley.a, or holds the amalgamation; it exports only the functions that
 * begin with plugin_. */
#ifdef AMALGAMATED
#define SLEY_API static
#include "sley.c"
#else
#include <sley.h>
#endif

#define EXPORTED __attribute__((visibility("default")))

typedef void host_fn(void);

EXPORTED const char *plugin_version(void);
EXPORTED int plugin_own(void);
EXPORTED sley_promise *plugin_promise(void);
EXPORTED int plugin_take(sley_promise *p);
EXPORTED sley_resolver *plugin_park(void);
EXPORTED int plugin_call(host_fn *f);
EXPORTED int plugin_finish(void);
EXPORTED const void *plugin_library(void);

EXPORTED const char *plugin_version(void) { return sley_version_text(); }

static sley_promise *plugin_fiber(void *p)
{
  sley_value v;
  sley_error *e = sley_await(p, &v);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(v.i + 1));
}

/* Runs a fiber that parks and continues: 42. */
EXPORTED int plugin_own(void)
{
  sley_resolver *r;
  sley_promise *result = sley_spawn(plugin_fiber, sley_pending(&r), NULL);
  sley_fulfill(&r, sley_int(41));
  const sley_value *v = sley_promise_value(result);
  int got = v != NULL ? (int)v->i : -1;
  sley_drop(result);
  return got;
}

EXPORTED sley_promise *plugin_promise(void) { return sley_return(sley_int(42)); }

static sley_promise *plugin_same(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

EXPORTED int plugin_take(sley_promise *p)
{
  sley_promise *bound = sley_bind(p, plugin_same, NULL);
  const sley_value *v = sley_promise_value(bound);
  int got = v != NULL ? (int)v->i : -1;
  sley_drop(bound);
  return got;
}

/* Leaves a fiber that waits for the resolver. */
EXPORTED sley_resolver *plugin_park(void)
{
  sley_resolver *r;
  sley_drop(sley_spawn(plugin_fiber, sley_pending(&r), NULL));
  return r;
}

static sley_promise *plugin_calls(void *f)
{
  (*(host_fn **)f)();
  return sley_return(sley_int(42));
}

EXPORTED int plugin_call(host_fn *f)
{
  sley_promise *result = sley_spawn(plugin_calls, &f, NULL);
  const sley_value *v = sley_promise_value(result);
  int got = v != NULL ? (int)v->i : -1;
  sley_drop(result);
  return got;
}

EXPORTED int plugin_finish(void) { return (int)sley_finish(); }

/* Some address in the copy that the plugin uses. */
EXPORTED const void *plugin_library(void) { return &sley_kind_sley; }
