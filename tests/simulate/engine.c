/* The simulated engine: it sleeps on the virtual clock and is woken as by the kernel: a wake-up before the sleep
 * ends that sleep immediately. Descriptors are not simulated. */
#include "reactor/engine.h"

#include "simulate.h"

struct sley__engine {
  bool woken; /* any thread */
};

static struct sley__engine *engine_open(sley_domain *d, const char *name)
{
  (void)name;
  struct sley__engine *engine = sley__alloc(d, sizeof(*engine));
  if (engine != NULL) engine->woken = false;
  return engine;
}

static void engine_close(sley_domain *d, struct sley__engine *engine)
{
  sley__free(d, engine, sizeof(*engine));
}

static void engine_add(struct sley__engine *engine, struct sley__handle *handle)
{
  (void)engine;
  (void)handle;
  simulate_fail("a descriptor is waited for, and the simulated engine knows none");
}

static void engine_want(struct sley__engine *engine, struct sley__handle *handle, unsigned what)
{
  (void)what;
  engine_add(engine, handle);
}

static void engine_remove(struct sley__engine *engine, struct sley__handle *handle, bool close_fd)
{
  (void)close_fd;
  engine_add(engine, handle);
}

static void engine_iterate(struct sley__engine *engine, sley_time timeout)
{
  simulate_point("the engine", 0);
  if (timeout != 0 && !engine->woken)
    simulate_block(engine, timeout < 0 ? FOREVER : simulate_clock() + timeout, "sleeps");
  engine->woken = false;
}

static bool engine_wake(struct sley__engine *engine)
{
  simulate_point("a wake-up", 0);
  engine->woken = true;
  simulate_wake(engine, true);
  return true;
}

static const char *engine_name(const struct sley__engine *engine)
{
  (void)engine;
  return "simulated";
}

static const char *engine_why_not(const char *name, char *text, size_t size)
{
  (void)name;
  (void)text;
  (void)size;
  return NULL;
}

static const char *const engine_names[] = {"simulated", NULL};

static const sley__engine_type simulated = {.names = engine_names,
                                            .why_not = engine_why_not,
                                            .open = engine_open,
                                            .close = engine_close,
                                            .name = engine_name,
                                            .add = engine_add,
                                            .want = engine_want,
                                            .remove = engine_remove,
                                            .iterate = engine_iterate,
                                            .wake = engine_wake};
const sley__engine_type *const sley__engine_default = &simulated;
