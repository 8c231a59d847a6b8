/* Catching some errors: a catch whose function passes on what does not match. */
#include <sley/match.h>

#include "promise/combine/combine.h"

static bool is_not_canceled(const sley_error *e) { return !sley_error_is_canceled(e); }

sley_match sley_match_kind(const sley_error_kind *kind)
{
  return (sley_match){kind, SLEY_ANY_CODE, NULL};
}

sley_match sley_match_code(const sley_error_kind *kind, int code)
{
  return (sley_match){kind, code, NULL};
}

sley_match sley_match_test(bool (*test)(const sley_error *e))
{
  return (sley_match){NULL, SLEY_ANY_CODE, test};
}

sley_match sley_match_canceled(void) { return sley_match_test(sley_error_is_canceled); }

sley_match sley_match_not_canceled(void) { return sley_match_test(is_not_canceled); }

bool sley_matches(sley_match m, const sley_error *e)
{
  const sley_error *found = e;
  while (found != NULL && ((m.kind != NULL && sley_error_kind_get(found) != m.kind) ||
                           (m.code != SLEY_ANY_CODE && sley_error_code(found) != m.code)))
    found = sley_error_cause(found);
  return found != NULL && (m.test == NULL || m.test(e));
}

typedef struct filter {
  sley_match match;
  sley_catch_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
} filter;

static void filter_drop(void *ctx)
{
  filter *f = ctx;
  sley_drop_fn *drop = f->drop;
  void *inner = f->ctx;
  sley__free(sley__self(), f, sizeof(*f));
  if (drop != NULL) drop(inner);
}

static sley_promise *filter_run(void *ctx, sley_error *e)
{
  filter *f = ctx;
  if (sley_matches(f->match, e)) return f->f(f->ctx, e);
  return sley_fail_at(f->site, sley_error_keep(e));
}

/* Fast path: p is settled, so there is nothing to wait for and nothing to allocate. */
static sley_promise *settled(const char *site, sley_promise *p, sley_promise *u, sley_match m,
                             sley_catch_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (u->state == STATE_REJECTED) {
    if (sley_matches(m, u->error)) return sley_catch_at(site, p, f, ctx, drop);
    sley__error_pass(u->error, site);
  }
  if (drop != NULL) drop(ctx);
  return p;
}

sley_promise *sley_catch_if_at(const char *site, sley_promise *p, sley_match m, sley_catch_fn *f,
                               void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  sley__check_at(d, p, "sley_catch_if", site);
  sley_promise *u = sley__underlying(d, p);
  if (u->state != STATE_PENDING) return settled(site, p, u, m, f, ctx, drop);
  filter *how = sley__alloc(d, sizeof(*how));
  if (how == NULL) {
    sley_drop(p);
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *how = (filter){m, f, ctx, drop, site};
  return sley_catch_at(site, p, filter_run, how, filter_drop);
}
