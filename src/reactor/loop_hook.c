/* Hooks around the asking of the kernel. A hook that is removed while hooks are being called is freed after that. */
#include <sley/loop_hooks.h>

#include "reactor/engine.h"

struct sley_loop_hook {
  struct sley__dlist place; /* among those of its moment */
  struct sley__ending ending;
  struct sley__loop *loop;
  sley_loop_hook_fn *f; /* NULL: removed */
  void *ctx;
  sley_drop_fn *drop;
};

static void hook_free(sley_loop_hook *hook)
{
  sley__dlist_remove(&hook->place);
  sley__free(hook->loop->domain, hook, sizeof(*hook));
}

static void hook_remove(sley_loop_hook *hook)
{
  void *ctx = hook->ctx;
  sley_drop_fn *drop = hook->drop;
  sley__dlist_remove(&hook->ending.place);
  hook->f = NULL;
  if (!hook->loop->calls_moments) hook_free(hook);
  if (drop != NULL) drop(ctx);
}

static void hook_end(struct sley__loop *loop, struct sley__ending *ending)
{
  (void)loop;
  hook_remove(SLEY__CONTAINER(ending, sley_loop_hook, ending));
}

/* Hooks that are added meanwhile wait for the next time if they stand behind the ones there. */
static void hooks_call(struct sley__loop *loop, int moment)
{
  struct sley__dlist *list = &loop->moments[moment], *last = list->prev, *place = list;
  loop->calls_moments = true;
  while (place != last) {
    place = place->next;
    const sley_loop_hook *hook = SLEY__CONTAINER(place, sley_loop_hook, place);
    if (hook->f != NULL) hook->f(hook->ctx);
  }
  loop->calls_moments = false;
  for (int i = 0; i < LOOP_MOMENTS; i++)
    for (struct sley__dlist *at = loop->moments[i].next, *next; at != &loop->moments[i];
         at = next) {
      sley_loop_hook *hook = SLEY__CONTAINER(at, sley_loop_hook, place);
      next = at->next;
      if (hook->f == NULL) hook_free(hook);
    }
}

sley_error *sley_loop_hook_add(sley_loop_moment moment, bool first, sley_loop_hook_fn *f, void *ctx,
                               sley_drop_fn *drop, sley_loop_hook **out)
{
  SLEY__NEEDS(f);
  SLEY__NEEDS(out);
  sley_domain *d = sley__self();
  bool is_known = moment == SLEY_LOOP_MOMENT_ENTER || moment == SLEY_LOOP_MOMENT_LEAVE;
  int code = is_known ? sley__loop_open(d) : -SLEY_EINVAL;
  sley_error *e = !is_known
                      ? sley_error_new_at("", &sley_kind_sley, SLEY_EINVAL,
                                          "sley_loop_hook_add was given moment %d", (int)moment)
                  : code != 0 ? sley__loop_error("", code)
                              : NULL;
  sley_loop_hook *hook = code == 0 ? sley__alloc(d, sizeof(*hook)) : NULL;
  *out = hook;
  if (hook == NULL) {
    if (drop != NULL) drop(ctx);
    return e != NULL ? e : sley_error_nomem();
  }
  struct sley__loop *loop = d->loop;
  *hook = (sley_loop_hook){.ending.end = hook_end, .loop = loop, .f = f, .ctx = ctx, .drop = drop};
  if (loop->call_moments == NULL)
    for (int i = 0; i < LOOP_MOMENTS; i++) sley__dlist_init(&loop->moments[i]);
  loop->call_moments = hooks_call;
  struct sley__dlist *list = &loop->moments[moment == SLEY_LOOP_MOMENT_LEAVE];
  if (first) sley__dlist_prepend(list, &hook->place);
  else sley__dlist_append(list, &hook->place);
  sley__loop_add_ending(loop, &hook->ending);
  return NULL;
}

void sley_loop_hook_remove(sley_loop_hook *hook)
{
  if (hook == NULL) return;
  if (hook->f == NULL || sley__current != hook->loop->domain)
    sley__abort("sley_loop_hook_remove: the hook was removed, or belongs to another domain");
  hook_remove(hook);
}
