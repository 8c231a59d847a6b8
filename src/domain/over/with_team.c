/* A team for as long as a function needs it: made of public functions. */
#include <sley/team.h>

#include <sley/bind.h>
#include <sley/cancel.h>

#include "promise/promise_floor.h"

typedef struct use {
  const char *site;
  sley_team *team;
  double seconds;
  void *ctx;
  sley_drop_fn *drop;
} use;

static void use_release(void *ctx)
{
  use *u = ctx;
  sley_team_drop(u->team);
  if (u->drop != NULL) u->drop(u->ctx);
  sley__free(sley__self(), u, sizeof(*u));
}

static sley_promise *end_team(void *ctx)
{
  const use *u = ctx;
  return sley_no_cancel_at(u->site, sley_team_shutdown_at(u->site, u->team, u->seconds));
}

sley_promise *sley_with_team_at(const char *site, const sley_team_options *options, double seconds,
                                sley_team_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, f);
  use *u = sley__alloc(sley__self(), sizeof(*u));
  if (u == NULL) {
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *u = (use){.site = site, .seconds = seconds, .ctx = ctx, .drop = drop};
  sley_error *e = sley_team_new(options, &u->team);
  if (e != NULL) {
    use_release(u);
    return sley_fail_at(site, e);
  }
  sley_promise *p = sley__returned(f(ctx, u->team), "sley_with_team", site);
  return sley_finalize_at(site, p, end_team, u, use_release);
}
