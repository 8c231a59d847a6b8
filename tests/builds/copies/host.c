/* Loads two plugins, each with its own copy of the library, and gives objects of one copy to another. Arguments:
 * how the plugins are loaded, local or global; what is given; each must end in an abort that names both
 * copies, but for "alone". (fault 40)
 * Tests src/promise/base/copy.c. */
#include <dlfcn.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *a, *b;

/* ISO C has no conversion between the two kinds of pointer. */
typedef void any_fn(void);
static any_fn *of(void *plugin, const char *name)
{
  union {
    void *in;
    any_fn *out;
  } u = {dlsym(plugin, name)};
  if (u.in == NULL) exit(3);
  return u.out;
}
#define OF(plugin, type, name) ((type(*)(void))of(plugin, name))

static void run(sley_promise *p) { sley_error_drop(sley_run(p, NULL)); }

static void both(void)
{
  run(sley_both(OF(a, sley_promise *, "a_promise")(), OF(b, sley_promise *, "b_promise")()));
}
static void promise(void) { run(OF(a, sley_promise *, "a_promise")()); }
static void promise_after_finish(void) /* numbers are not equal */
{
  sley_drop(sley_return_unit());
  if (sley_finish() != 0) exit(3);
  promise();
}
static void resolver(void)
{
  sley_resolver *r = OF(a, sley_resolver *, "a_resolver")();
  sley_drop(sley_return_unit());
  sley_fulfill(&r, sley_unit());
}
static void mutex(void) { run(sley_mutex_lock(OF(a, sley_mutex *, "a_mutex")())); }
static void stream(void) { run(sley_stream_get(OF(a, sley_stream *, "a_stream")())); }
static void error(void) { sley_drop(sley_fail(OF(a, sley_error *, "a_error")())); }
static void error_asked(void)
{
  (void)sley_error_is(OF(a, sley_error *, "a_error")(), &sley_kind_sley, 4711);
}
static void canceled(void) { (void)sley_error_is_canceled(OF(a, sley_error *, "a_canceled")()); }
static void list(void)
{
  sley_value v = OF(a, sley_value, "a_list")();
  (void)sley_list_in(&v);
}
static void port(void)
{
  sley_drop(sley_return_unit());
  if (sley_port_try_put(OF(a, sley_port *, "a_port")(), sley_int(1)) != 0) exit(6);
}
static void port_dropped(void) { sley_port_drop(OF(a, sley_port *, "a_port")()); }
static void cross_mutex(void)
{
  run(sley_cross_mutex_lock(OF(a, sley_cross_mutex *, "a_cross_mutex")()));
}
static void domain(void)
{
  (void)OF(a, sley_promise *, "a_promise")();
  sley_domain_enter(OF(a, sley_domain *, "a_domain")());
}
static void domain_kept(void)
{
  (void)OF(a, sley_promise *, "a_promise")();
  sley_domain_keep(OF(a, sley_domain *, "a_domain")());
}
static void runtime(void) { sley_runtime_drop(OF(a, sley_runtime *, "a_runtime")()); }
static sley_error *nothing(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  return NULL;
}
static void workers(void)
{
  run(sley_detach(OF(a, sley_workers *, "a_workers")(), nothing, sley_unit()));
}
static void alone(void)
{
  if (!OF(a, int, "a_alone")() || !OF(b, int, "b_alone")()) exit(4);
  run(sley_sleep(0.001));
  if (!OF(a, int, "a_alone")() || sley_finish() != 0) exit(5);
  puts("each works on its own");
}

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {{"both", both},
             {"promise", promise},
             {"promise_after_finish", promise_after_finish},
             {"resolver", resolver},
             {"mutex", mutex},
             {"stream", stream},
             {"error", error},
             {"error_asked", error_asked},
             {"canceled", canceled},
             {"list", list},
             {"port", port},
             {"port_dropped", port_dropped},
             {"cross_mutex", cross_mutex},
             {"domain", domain},
             {"domain_kept", domain_kept},
             {"runtime", runtime},
             {"workers", workers},
             {"alone", alone}};

int main(int count, char **arguments)
{
  if (count < 3) { /* the names */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) puts(cases[i].name);
    return 0;
  }
  int how = RTLD_NOW | (strcmp(arguments[1], "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL);
  a = dlopen("./a.so", how);
  b = dlopen("./b.so", how);
  if (a == NULL || b == NULL) {
    puts(dlerror());
    return 2;
  }
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    if (strcmp(cases[i].name, arguments[2]) == 0) cases[i].run();
  return 0;
}
