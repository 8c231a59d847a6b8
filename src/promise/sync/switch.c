/* Switches: a list of hooks, newest first, that is run once. */
#include <sley/switch.h>

#include <sley/hooks.h>

#include "promise/combine/combine.h"

typedef struct hook {
  struct hook *next;
  sley_start_fn *start;
  void *ctx;
  sley_drop_fn *drop;
} hook;

struct sley_switch {
  object head;
  bool off;
  hook *hooks;
  size_t count;
};

sley_error *sley_switch_new(sley_switch **out)
{
  SLEY__NEEDS(out);
  sley_switch *s = sley__object_new(sley__self(), sizeof(sley_switch));
  *out = s;
  return s == NULL ? sley_error_nomem() : NULL;
}

sley_switch *sley_switch_keep(sley_switch *s)
{
  sley__object_enter(s, "sley_switch_keep");
  s->head.handles++;
  return s;
}

/* Runs the newest hook. */
static sley_promise *run_newest(sley_domain *d, sley_switch *s)
{
  hook *h = s->hooks;
  s->hooks = h->next;
  sley_promise *p = h->start(h->ctx);
  sley__returned(p, "sley_switch_add_hook", "");
  if (h->drop != NULL) h->drop(h->ctx);
  sley__free(d, h, sizeof(*h));
  return p;
}

/* Runs all hooks without waiting for their promises. */
static void run_and_forget(sley_domain *d, sley_switch *s)
{
  while (s->hooks != NULL) {
    sley_promise *p = run_newest(d, s);
    sley_error *e = sley_ignore_result(p);
    if (e != NULL) sley__async_error(d, e, "");
  }
}

void sley_switch_drop(sley_switch *s)
{
  if (s == NULL) return;
  sley_domain *d = sley__object_enter(s, "sley_switch_drop");
  if (!sley__object_drop(s)) return;
  bool was_off = s->off;
  s->off = true;
  if (!was_off) run_and_forget(d, s); /* otherwise it already is, or is being turned off */
  sley__object_unuse(d, s, sizeof(*s));
}

bool sley_switch_is_on(const sley_switch *s)
{
  sley__object_enter(s, "sley_switch_is_on");
  return !s->off;
}

int sley_switch_check(const sley_switch *s)
{
  if (s == NULL) return 0;
  sley__object_enter(s, "sley_switch_check");
  return s->off ? -SLEY_ECLOSED : 0;
}

static int hook_add(sley_domain *d, sley_switch *s, sley_start_fn *start, void *ctx,
                    sley_drop_fn *drop)
{
  if (s->off) return -SLEY_ECLOSED;
  hook *h = sley__alloc(d, sizeof(*h));
  if (h == NULL) return -SLEY_ENOMEM;
  *h = (hook){s->hooks, start, ctx, drop};
  s->hooks = h;
  s->count++;
  return 0;
}

sley_error *(sley_switch_add_hook)(sley_switch *s, sley_start_fn *start, void *ctx,
                                   sley_drop_fn *drop)
{
  int code = 0;
  bool kept = false;
  if (s != NULL) {
    code = hook_add(sley__object_enter(s, "sley_switch_add_hook"), s, start, ctx, drop);
    kept = code == 0;
  }
  if (!kept && drop != NULL) drop(ctx);
  if (code == 0) return NULL;
  return code == -SLEY_ECLOSED ? sley_error_closed() : sley_error_nomem();
}

sley_promise *(sley_switch_add_hook_or_exec)(sley_switch *s, sley_start_fn *start, void *ctx,
                                             sley_drop_fn *drop)
{
  sley_domain *d = s == NULL ? sley__self() : sley__object_enter(s, "sley_switch_add_hook_or_exec");
  if (s != NULL && hook_add(d, s, start, ctx, drop) == 0) return sley__unit_promise(d);
  sley_promise *p = s == NULL ? sley__unit_promise(d) : start(ctx);
  sley__returned(p, "sley_switch_add_hook_or_exec", "");
  if (drop != NULL) drop(ctx);
  return p;
}

sley_promise *sley_switch_turn_off_at(const char *site, sley_switch *s)
{
  sley_domain *d = sley__object_enter(s, "sley_switch_turn_off");
  bool was_off = s->off;
  s->off = true;
  if (was_off || s->hooks == NULL) return sley__unit_promise(d);
  size_t count = s->count, bytes = count * sizeof(sley_promise *);
  sley_promise **started = sley__alloc(d, bytes);
  sley__object_use(s);
  sley_promise *all;
  if (started == NULL) {
    run_and_forget(d, s);
    all = sley__nomem_promise();
  } else {
    for (size_t i = 0; i < count; i++) started[i] = run_newest(d, s);
    all = sley__join_of_ends(site, started, count);
    sley__free(d, started, bytes);
  }
  sley__object_unuse(d, s, sizeof(*s));
  return all;
}

/* ---- with_switch ---- */

static sley_promise *turn_off(void *s) { return sley_switch_turn_off_at("", s); }

static void handle_drop(void *s) { sley_switch_drop(s); }

sley_promise *sley_with_switch_at(const char *site, sley_switch_fn *start, void *ctx)
{
  SLEY__NEEDS_AT(site, start);
  sley_switch *s;
  if (sley_switch_new(&s) != NULL) return sley__nomem_promise();
  sley_promise *p = start(ctx, s);
  sley__returned(p, "sley_with_switch", site);
  return sley_finalize_at(site, p, turn_off, s, handle_drop);
}
