/* A plugin with a copy of the library of its own. unload.c loads it, has it do one thing, and unloads it. */
#include <signal.h>
#include <sley.h>
#include <string.h>

static sley_promise *nothing(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static sley_error *job(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_unit();
  return NULL;
}

/* 0, or what went wrong. */
int plugin(const char *what);
int plugin(const char *what)
{
  if (strcmp(what, "promises") == 0) {
    if (sley_run(sley_pause(), NULL) != NULL) return 1;
    return (int)sley_finish();
  }
  if (strcmp(what, "fibers") == 0) {
    if (sley_run(sley_spawn(nothing, NULL), NULL) != NULL) return 1;
    return (int)sley_finish();
  }
  if (strcmp(what, "fibers_unfinished") == 0)
    return sley_run(sley_spawn(nothing, NULL), NULL) != NULL ? 1 : 0;
  if (strcmp(what, "domain_unfinished") == 0) {
    sley_domain *d;
    sley_domain_options o = {.size = sizeof(o), .name = "left"};
    return sley_domain_spawn(&o, &d) == NULL ? 0 : 1;
  }
  if (strcmp(what, "pool_unfinished") == 0)
    return sley_run(sley_detach(NULL, job, sley_unit()), NULL) != NULL ? 1 : 0;
  if (strcmp(what, "signal_unfinished") == 0)
    return sley_state(sley_wait_signal(SIGUSR1)) == SLEY_PROMISE_STATE_PENDING ? 0 : 1;
  return 2;
}
