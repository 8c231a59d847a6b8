/* The signals that ask a program to end. */
#include <signal.h>

#include <sley/bind.h>
#include <sley/combine.h>
#include <sley/server.h>

#include "reactor/reactor_floor.h"

/* A second signal must end the process, also one whose loop stands still. */
static sley_promise *default_again(void *ctx, sley_value *v)
{
  (void)ctx;
  sley__signal_give_up(SIGINT);
  sley__signal_give_up(SIGTERM);
  return sley_return(sley_int(v->i));
}

sley_promise *sley_stop_on_signals_at(const char *site)
{
  sley_promise *both[] = {sley_wait_signal_at(site, SIGINT), sley_wait_signal_at(site, SIGTERM)};
  return sley_bind_at(site, sley_pick_at(site, both, 2), default_again, NULL, NULL);
}
