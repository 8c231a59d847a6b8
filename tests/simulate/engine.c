/* The simulated engine: it sleeps on the virtual clock and is woken as by the kernel: a wake-up before the sleep
 * ends that sleep immediately. Descriptors are not simulated. */
#include "reactor/engine.h"

#include "simulate.h"

struct sley__engine {
  bool woken; /* any thread */
};

static struct sley__engine *engine_open(sley_domain *d)
{
  struct sley__engine *engine = sley__alloc(d, sizeof(*engine));
  if (engine != NULL) engine->woken = false;
  return engine;
}

static void engine_close(sley_domain *d, struct sley__engine *engine)
{
  sley__free(d, engine, sizeof(*engine));
}

static void engine_arm(struct sley__engine *engine, struct sley__handle *handle, int direction,
                       bool on)
{
  (void)engine;
  (void)handle;
  (void)direction;
  (void)on;
  simulate_fail("a descriptor is waited for, and the simulated engine knows none");
}

static void engine_iterate(struct sley__engine *engine, sley_time timeout)
{
  simulate_point("the engine", 0);
  if (timeout != 0 && !engine->woken)
    simulate_block(engine, timeout < 0 ? FOREVER : simulate_clock() + timeout, "sleeps");
  engine->woken = false;
}

static void engine_wake(struct sley__engine *engine)
{
  simulate_point("a wake-up", 0);
  engine->woken = true;
  simulate_wake(engine, true);
}

static const char *engine_backend(const struct sley__engine *engine)
{
  (void)engine;
  return "simulated";
}

static bool engine_has(const char *backend) { return strcmp(backend, "simulated") == 0; }

static const sley__engine_type simulated = {"simulated",    engine_open,    engine_close,
                                            engine_arm,     engine_iterate, engine_wake,
                                            engine_backend, engine_has,     NULL};
const sley__engine_type *const sley__engine_default = &simulated;
