/* join, all, both: a group that waits for every element.
 *
 * Lwt builds all and both from bind, join and map. Here they are one group; a fulfilled element restores the
 * storage that was current at registration, as those binds and maps would. */
#include "promise/combine/group.h"

static void join_done(sley_domain *d, group *g, const sley_promise *from)
{
  sley_promise *p = sley__underlying(d, &g->cell);
  if (p->state != STATE_PENDING) return;
  if (g->error != NULL) {
    sley_error *e = g->error;
    g->error = NULL;
    sley__settle_error(d, p, e);
  } else if (g->list != NULL) {
    sley_list *list = g->list;
    g->list = NULL;
    sley__settle_value(d, p, sley_own(list, &sley_type_list));
  } else {
    sley__settle_value(d, p, sley_unit());
  }
  sley__publish_from(d, p, from);
}

static void join_note(group *g, uint32_t i, sley_promise *source, uint32_t held)
{
  if (source->state == STATE_REJECTED) {
    sley__mark_read(source);
    if (g->error == NULL) {
      g->error = sley_error_keep(source->error);
      sley__error_pass(g->error, g->cell.site);
      g->cell.flags |= FLAG_LOADED;
    } else if (g->tells_errors) {
      sley__superseded(sley__self(), source->error, g->error, source->site);
    }
  } else if (g->list != NULL) {
    sley__list_put(g->list, i, source, held);
  }
}

static sley_promise *join(const char *site, int kind, sley_promise *const *ps, size_t n,
                          const char *function)
{
  sley_domain *d = sley__self();
  sley__group_check(d, site, ps, n, function);
  group *g = sley__group_new(d, site, kind, n);
  if (g != NULL && kind == KIND_ALL) {
    g->list = sley__list_new(d, n);
    if (g->list == NULL) {
      sley__cell_free(d, g, sley__cell_bytes(&g->cell));
      g = NULL;
    } else {
      for (size_t i = 0; i < n; i++) {
        g->list->entries[i].owner = NULL;
        g->list->entries[i].value = sley_unit();
      }
      g->list->count = n;
      g->storage = sley__storage_keep(d->storage);
      g->cell.flags |= FLAG_LOADED;
    }
  }
  if (g == NULL) {
    sley__group_drop_all(d, ps, n);
    sley__settle_down(d);
    return sley__nomem_promise();
  }
  for (uint32_t i = 0; i < n; i++) {
    sley_promise *u = sley__underlying(d, ps[i]);
    if (u->state == STATE_PENDING) {
      g->waiting++;
      sley__element_listen(d, g, i, u);
    } else {
      sley__element_idle(g, i);
      join_note(g, i, u, u == ps[i] ? 1 : 0);
    }
    sley__ref_drop(d, ps[i]);
  }
  if (g->waiting == 0) join_done(d, g, NULL);
  sley__settle_down(d);
  return &g->cell;
}

sley_promise *sley_join_at(const char *site, sley_promise *const *ps, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, ps);
  return join(site, KIND_JOIN, ps, n, "sley_join");
}

sley_promise *sley__join_of_ends(const char *site, sley_promise *const *ps, size_t n)
{
  sley_domain *d = sley__self();
  const sley_error *first = NULL;
  for (size_t i = 0; i < n; i++) {
    const sley_promise *u = sley__underlying(d, ps[i]);
    if (u->state != STATE_REJECTED) continue;
    if (first == NULL) first = u->error;
    else sley__superseded(d, u->error, first, u->site);
  }
  sley_promise *p = sley_join_at(site, ps, n);
  if (p->state == STATE_PENDING) ((group *)(void *)p)->tells_errors = true;
  return p;
}

sley_promise *sley_all_at(const char *site, sley_promise *const *ps, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, ps);
  return join(site, KIND_ALL, ps, n, "sley_all");
}

sley_promise *sley_both_at(const char *site, sley_promise *a, sley_promise *b)
{
  sley_promise *ps[] = {a, b};
  return join(site, KIND_ALL, ps, 2, "sley_both");
}

/* ---- an element settles ---- */

static void run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  group *g = sley__group_of(n);
  (void)held;
  if (g->cell.kind == KIND_ALL && source->state == STATE_FULFILLED)
    sley__storage_switch(d, g->storage);
  join_note(g, n->index, source, 0);
  if (--g->waiting == 0) join_done(d, g, source);
}

/* An element of an all also makes its storage current: see sley__is_stored_over. */
static bool is_useless_all(const sley_domain *d, sley_promise *cell)
{
  group *g = (group *)(void *)cell;
  for (uint32_t i = 0; d->has_stored && i < g->count; i++)
    if (!sley__is_stored_over(&g->nodes[i])) return false;
  return sley__has_no_cancel_callback(cell);
}

const struct sley__kind sley__kind_join = {GROUP_KIND, .name = "join",
                                           .properties = COUNTS_INPUTS | NEEDS_ALL, .run = run,
                                           .is_useless = sley__group_is_useless};
const struct sley__kind sley__kind_all = {GROUP_KIND, .name = "all",
                                          .properties = COUNTS_INPUTS | NEEDS_ALL, .run = run,
                                          .is_useless = is_useless_all};
