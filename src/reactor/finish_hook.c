/* Hooks of a domain that finishes. Those that have run stay until the loop ends, so that removing one does no harm. */
#include <sley/loop_hooks.h>

#include "reactor/engine.h"

struct sley_finish_hook {
  struct sley__dlist place; /* among the loop's hooks, until it runs or is removed */
  struct sley__ending ending;
  struct sley__loop *loop;
  sley_start_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
};

static void hook_end(struct sley__loop *loop, struct sley__ending *ending)
{
  sley_finish_hook *hook = SLEY__CONTAINER(ending, sley_finish_hook, ending);
  sley_drop_fn *drop = hook->drop;
  void *ctx = hook->ctx;
  sley__dlist_leave(&hook->place);
  sley__dlist_remove(&ending->place);
  sley__free(loop->domain, hook, sizeof(*hook));
  if (drop != NULL) drop(ctx);
}

static void hooks_run(sley_domain *d)
{
  struct sley__loop *loop = d->loop;
  for (struct sley__dlist *place; (place = sley__dlist_pop(&loop->finish_hooks)) != NULL;) {
    sley_finish_hook *hook = SLEY__CONTAINER(place, sley_finish_hook, place);
    sley_promise *p = sley__returned(hook->f(hook->ctx), "sley_at_finish", hook->site);
    sley_error *e = sley_run(p, NULL);
    if (e != NULL) sley__async_error(d, e, hook->site);
    sley_drop_fn *drop = hook->drop;
    hook->drop = NULL;
    if (drop != NULL) drop(hook->ctx);
  }
}

sley_error *sley_at_finish_at(const char *site, bool last, sley_start_fn *f, void *ctx,
                              sley_drop_fn *drop, sley_finish_hook **out)
{
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, out);
  sley_domain *d = sley__self_at("sley_at_finish", site);
  int code = sley__loop_open(d);
  sley_error *e = code != 0 ? sley__loop_error(site, code) : NULL;
  sley_finish_hook *hook = code == 0 ? sley__alloc(d, sizeof(*hook)) : NULL;
  *out = hook;
  if (hook == NULL) {
    if (drop != NULL) drop(ctx);
    return e != NULL ? e : sley_error_nomem();
  }
  struct sley__loop *loop = d->loop;
  *hook = (sley_finish_hook){
      .ending.end = hook_end, .loop = loop, .f = f, .ctx = ctx, .drop = drop, .site = site};
  if (d->finish == NULL) sley__dlist_init(&loop->finish_hooks);
  d->finish = hooks_run;
  if (last) sley__dlist_append(&loop->finish_hooks, &hook->place);
  else sley__dlist_prepend(&loop->finish_hooks, &hook->place);
  sley__loop_add_ending(loop, &hook->ending);
  return NULL;
}

void sley_finish_hook_remove(sley_finish_hook *hook)
{
  if (hook == NULL) return;
  if (sley__current != hook->loop->domain)
    sley__abort("sley_finish_hook_remove: the hook belongs to another domain");
  if (sley__dlist_is_on(&hook->place)) hook_end(hook->loop, &hook->ending);
}
