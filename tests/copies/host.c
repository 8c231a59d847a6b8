/* A program with libsley.so, that loads a plugin which has a copy of the library of its own, or shares this one, and does one
 * thing with it; prints what became of it. The program's own fibers come first, so that its handlers of faults are those that
 * are installed. Usage: host PLUGIN local|global own|give|take|after|during|inside
 * check_combinations.py runs it. Tests src/promise/base/copy.c, src/promise/base/pin.c, src/promise/fiber/fiber_fault.c. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                            \
    }                                                                     \
  } while (0)

static void *plugin;
static const char *file;

/* ISO C has no conversion between the two kinds of pointer. */
typedef void any_fn(void);
static any_fn *of(const char *name)
{
  union {
    void *in;
    any_fn *out;
  } u = {dlsym(plugin, name)};
  CHECK(u.in != NULL);
  return u.out;
}
#define OF(type, name, arguments) ((type(*) arguments)of(name))

static sley_promise *await(void *p)
{
  sley_error *e = sley_await(p, NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(42));
}

/* The host's own promises run: a fiber that parks, in the loop. */
static void host_runs(void)
{
  sley_value v;
  CHECK(sley_run(sley_spawn(await, sley_sleep(0.001), NULL), &v) == NULL && v.i == 42);
}

static void own(void)
{
  CHECK(OF(int, "plugin_own", (void))() == 42);
  host_runs();
  CHECK(OF(int, "plugin_own", (void))() == 42);
  printf("both run, the plugin with sley %s\n", OF(const char *, "plugin_version", (void))());
}

static sley_promise *same(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

static void give(void)
{
  sley_value v;
  CHECK(sley_run(sley_bind(OF(sley_promise *, "plugin_promise", (void))(), same, NULL), &v) ==
            NULL &&
        v.i == 42);
  puts("accepted");
}

static void take(void)
{
  CHECK(OF(int, "plugin_own", (void))() == 42); /* it has a domain */
  CHECK(OF(int, "plugin_take", (sley_promise *))(sley_return(sley_int(42))) == 42);
  puts("accepted");
}

static void closed(void)
{
  CHECK(dlclose(plugin) == 0);
  puts(dlopen(file, RTLD_NOW | RTLD_NOLOAD) != NULL ? "stays" : "goes");
  fflush(stdout);
}

/* What would lead into the memory of what was unloaded: forks, fibers, the end. */
static void go_on(void)
{
  pid_t child = fork();
  if (child == 0) _exit(0);
  int status;
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  host_runs();
}

static void after(void)
{
  CHECK(OF(int, "plugin_own", (void))() == 42);
  CHECK(OF(int, "plugin_finish", (void))() == 0);
  closed();
  go_on();
}

static void during(void)
{
  bool is_shared = OF(const void *, "plugin_library", (void))() == &sley_kind_sley;
  sley_resolver *r = OF(sley_resolver *, "plugin_park", (void))();
  closed();
  go_on();
  if (is_shared) sley_fulfill(&r, sley_int(41)); /* the fiber continues */
  printf("the host goes on\n");
}

static void inside(void)
{
  CHECK(OF(int, "plugin_call", (any_fn *))(closed) == 42);
  puts("the fiber goes on");
}

static const struct {
  const char *name;
  void (*run)(void);
} things[] = {{"own", own},     {"give", give},     {"take", take},
              {"after", after}, {"during", during}, {"inside", inside}};

int main(int count, char **words)
{
  CHECK(count == 4);
  file = words[1];
  plugin = dlopen(file, RTLD_NOW | (strcmp(words[2], "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL));
  if (plugin == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(plugin != NULL);
  host_runs();
  for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
    if (strcmp(things[i].name, words[3]) == 0) things[i].run();
  return (int)sley_finish();
}
