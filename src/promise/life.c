/* How long a cell lives: references and makers, proxies, orphans, and taking the dead apart.
 *
 * A cell lives while it has references or makers. A pending cell whose last maker is gone is an
 * orphan: nobody can settle it, so its callbacks are let go; unless it can be cancelled by itself
 * and somebody holds it, for then that would settle it. A proxy counts for its target as one
 * reference while it has any, and as one maker while it has any.
 *
 * A pending guard or group that nobody holds, and that no callback follows, is of no use to anybody,
 * since it calls none itself: it leaves the lists it is on and dies, so that choosing again and again
 * between a promise that lives long and short ones leaves nothing behind. A pick does cancel others in
 * the end; it stays, until one of its elements settles, where anybody could notice.
 *
 * Nothing here recurses: what dies is put on the domain's dead list and taken apart by sley__bury,
 * which never nests, so a destructor that drops the next promise only lengthens the list. */
#include "promise/promise_internal.h"
#include "promise/walk.h"

/* Of the kinds whose cells are not FLAG_SIZED. */
const uint8_t sley__cell_class[KINDS] = {
    [KIND_PLAIN] = SLAB_CLASS(sizeof(sley_promise)), [KIND_TASK] = SLAB_CLASS(sizeof(sley_promise)),
    [KIND_PAUSE] = SLAB_CLASS(sizeof(pause_cell)),   [KIND_BIND] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_MAP] = SLAB_CLASS(SINGLE_BYTES),           [KIND_CATCH] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_TRY_BIND] = SLAB_CLASS(sizeof(single)),    [KIND_FINALIZE] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_FIBER] = SLAB_CLASS(sizeof(fiber_cell)),   [KIND_RESTORE] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_WALK] = SLAB_CLASS(sizeof(walk)),          [KIND_PROTECTED] = SLAB_CLASS(sizeof(guard)),
    [KIND_NO_CANCEL] = SLAB_CLASS(sizeof(guard)),    [KIND_WRAP] = SLAB_CLASS(sizeof(guard)),
};

size_t sley__cell_bytes(const sley_promise *p)
{
  if (p->flags & FLAG_RESERVE) return SLEY__RESERVE_BYTES;
  if (!(p->flags & FLAG_SIZED)) return slab_class_bytes[sley__cell_class[p->kind]];
  if (p->kind == KIND_OPERATION) return ((const operation *)(const void *)p)->bytes;
  if (p->kind == KIND_READ) return sley__read_bytes(p);
  return sizeof(group) + ((const group *)(const void *)p)->count * sizeof(node);
}

void sley__doom(sley_domain *d, sley_promise *p)
{
  if (p->flags & (FLAG_DOOMED | FLAG_FRAME)) return;
  p->flags |= FLAG_DOOMED;
  p->link = d->dead;
  d->dead = p;
  d->untidy = true;
}

void sley__cell_release_slow(sley_domain *d, sley_promise *p)
{
  TRACE(d, dropped, p);
  sley__cell_free(d, p, sley__cell_bytes(p));
}

/* Neither references nor makers are left. Most cells own nothing by then; an operation's only part,
 * its node for cancel, is off its list once it is settled. */
static void died(sley_domain *d, sley_promise *p)
{
  enum { OWNING = FLAG_SHARED | FLAG_DOOMED | FLAG_FRAME | FLAG_RESERVE | FLAG_NAMED };
  bool is_quiet_operation = p->kind == KIND_OPERATION && p->state == STATE_FULFILLED &&
                            p->value.type == NULL && p->callbacks == NULL && !(p->flags & OWNING) &&
                            ((const operation *)(const void *)p)->cancel_node.source == NULL;
  bool is_quiet_proxy = p->state == STATE_PROXY && !(p->flags & (OWNING | FLAG_LOADED));
  bool is_quiet_group = (p->flags & FLAG_SIZED) && p->kind != KIND_OPERATION &&
                        p->state == STATE_FULFILLED && p->value.type == NULL &&
                        p->callbacks == NULL && !(p->flags & (OWNING | FLAG_LOADED));
  if (is_bare(p) || is_quietly_canceled(p)) cell_release(d, p);
  else if (is_quiet_operation || is_quiet_group || is_quiet_proxy) sley__cell_release_slow(d, p);
  else sley__doom(d, p);
}

static bool is_alone_on(const node *list, const node *n) { return list == n && n->next == n; }

/* Whether nothing listens for p to be cancelled, apart from p itself. */
static bool has_no_cancel_callback(const sley_promise *p)
{
  if (p->cancel_nodes == NULL) return true;
  bool is_guard = p->kind == KIND_PROTECTED || p->kind == KIND_WRAP;
  const node *own = is_guard ? &((const guard *)(const void *)p)->cancel_node : NULL;
  return own != NULL && is_alone_on(p->cancel_nodes, own);
}

/* Whether cancelling the element that n is on does nothing that anybody could notice: it cannot be
 * cancelled, or settles alone and nobody looks. */
static bool is_cancelled_unseen(const node *n)
{
  const sley_promise *p = n->source;
  if (p == NULL || p->kind == KIND_PLAIN || p->kind == KIND_NO_CANCEL) return true;
  return (p->kind == KIND_TASK || p->kind == KIND_PROTECTED) && p->refs == 0 &&
         is_alone_on(p->callbacks, n) && has_no_cancel_callback(p);
}

static bool is_useless(const sley_promise *p)
{
  if (p->kind < KIND_PROTECTED || p->state != STATE_PENDING || p->refs != 0 ||
      p->callbacks != NULL || (p->flags & FLAG_FRAME) || !has_no_cancel_callback(p))
    return false;
  if (p->kind != KIND_PICK && p->kind != KIND_NPICK) return true;
  const group *g = (const group *)(const void *)p;
  for (uint32_t i = 0; i < g->count; i++)
    if (!is_cancelled_unseen(&g->nodes[i])) return false;
  return true;
}

void sley__node_leave(sley_domain *d, node *n)
{
  sley_promise *source = n->source;
  node_unlink_from(&source->callbacks, n);
  if (source->state != STATE_PENDING) return;
  source->flags |= FLAG_READ;
  if (is_useless(source)) sley__doom(d, source);
}

static void sources_leave(sley_domain *d, sley_promise *p)
{
  node *nodes = &((guard *)(void *)p)->node;
  uint32_t count = 1;
  if (p->kind >= KIND_JOIN) {
    group *g = (group *)(void *)p;
    nodes = g->nodes;
    count = g->count;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (nodes[i].source == NULL) continue;
    sley__node_leave(d, &nodes[i]);
    p->makers--;
  }
}

static inline bool is_guard(const sley_promise *p)
{
  return p != NULL && p->kind >= KIND_PROTECTED && p->kind <= KIND_WRAP;
}

static sley_promise *followed(sley_promise *p)
{
  while (p != NULL && (p->flags & FLAG_FOLLOWS)) p = p->delegate;
  return p;
}

/* The guard that p waits for, over single inputs only, where it guards p itself (a callback returned
 * sley_protected of its own bind's result; a fiber awaits that of its own) and nothing else listens: only
 * who holds p, or something on the way, could still cancel it. */
static guard *guard_of_itself(sley_promise *p)
{
  enum { HOPS = 64 };
  sley_promise *at = p;
  sley_promise *how = followed(p);
  for (int hops = 0; how != NULL && how->kind >= KIND_BIND && how->kind <= KIND_WALK; hops++) {
    const node *n = &((single *)(void *)how)->node;
    if (at->cancel_nodes != NULL || hops == HOPS) return NULL;
    at = n->source;
    if (at == NULL || at->refs != 0 || !is_alone_on(at->callbacks, n)) return NULL;
    how = followed(at);
  }
  if (!is_guard(how)) return NULL;
  guard *g = (guard *)(void *)how;
  bool is_alone = is_alone_on(p->callbacks, &g->node) &&
                  (at->cancel_nodes == NULL || is_alone_on(at->cancel_nodes, &g->cancel_node));
  return is_alone ? g : NULL;
}

/* Nobody holds p: what it waits for is let go if that is p itself. */
static void self_wait_end(sley_domain *d, sley_promise *p)
{
  guard *g = guard_of_itself(p);
  if (g == NULL) return;
  node_unlink_from(&p->callbacks, &g->node);
  maker_drop(d, &g->cell);
}

/* p has lost its last reference, but has makers. */
static void unheld(sley_domain *d, sley_promise *p)
{
  if (p->state != STATE_PENDING) return;
  if (is_useless(p)) sley__doom(d, p);
  if (p->flags & (FLAG_FOLLOWS | FLAG_AWAITS_GUARD)) self_wait_end(d, p);
  if (!is_guard(p)) return;
  sley_promise *guarded = ((guard *)(void *)p)->node.source;
  bool waits = guarded != NULL && guarded->state == STATE_PENDING && guarded->refs == 0;
  if (waits && (guarded->flags & (FLAG_FOLLOWS | FLAG_AWAITS_GUARD))) self_wait_end(d, guarded);
}

/* A proxy has lost its last reference, and so may the one it stands for. */
static SLEY__NOINLINE void proxy_ref_gone(sley_domain *d, sley_promise *p)
{
  do {
    sley_promise *target = p->state == STATE_PROXY ? p->target : NULL;
    if (p->makers == 0) died(d, p);
    else unheld(d, p);
    p = target;
  } while (p != NULL && --p->refs == 0);
}

void sley__ref_gone(sley_domain *d, sley_promise *p)
{
  if (p->state == STATE_PROXY) proxy_ref_gone(d, p);
  else if (p->makers == 0) died(d, p);
  else unheld(d, p);
}

static void makerless(sley_domain *d, sley_promise *p)
{
  if (p->refs == 0) {
    died(d, p);
  } else if (p->state == STATE_PENDING || p->callbacks != NULL) {
    sley__doom(d, p);
  }
}

static SLEY__NOINLINE void proxy_maker_gone(sley_domain *d, sley_promise *p)
{
  do {
    sley_promise *target = p->state == STATE_PROXY ? p->target : NULL;
    if (target != NULL && target->state != STATE_FULFILLED && target->state != STATE_REJECTED &&
        (target->flags & FLAG_FOLLOWS) && target->delegate == p)
      target->delegate = NULL;
    makerless(d, p);
    p = target;
  } while (p != NULL && --p->makers == 0);
}

void sley__maker_gone(sley_domain *d, sley_promise *p)
{
  if (SLEY__LIKELY(p->state != STATE_PROXY)) makerless(d, p);
  else proxy_maker_gone(d, p);
}

/* Follows proxies to the end and shortens the way: every second link is moved on, with its counts. */
sley_promise *sley__underlying_slow(sley_domain *d, sley_promise *p)
{
  while (p->state == STATE_PROXY) {
    sley_promise *middle = p->target;
    if (middle->state != STATE_PROXY) return middle;
    sley_promise *end = middle->target;
    if (middle->delegate == p) {
      middle->delegate = NULL;
      if (end->state == STATE_PROXY || end->state == STATE_PENDING) {
        if ((end->flags & FLAG_FOLLOWS) && end->delegate == middle) end->delegate = p;
      }
    }
    p->target = end;
    if (p->refs > 0) {
      end->refs++;
      ref_drop(d, middle);
    }
    if (p->makers > 0) {
      end->makers++;
      maker_drop(d, middle);
    }
    p = end;
  }
  return p;
}

bool sley__is_cancelable_alone(const sley_promise *p)
{
  if (p->flags & FLAG_FOLLOWS) {
    const sley_promise *how = p;
    while (how != NULL && (how->flags & FLAG_FOLLOWS)) how = how->delegate;
    return how != NULL && sley__is_cancelable_alone(how);
  }
  return p->kind == KIND_TASK || p->kind == KIND_PAUSE || p->kind == KIND_OPERATION ||
         p->kind == KIND_PROTECTED || p->kind == KIND_WRAP ||
         (p->kind == KIND_READ && sley__read_is_guarded(p));
}

/* A callback that will never run: whoever owns the node loses a maker. */
static void node_discard(sley_domain *d, node *n)
{
  switch (n->kind) {
    case NODE_CELL: {
      single *s = SLEY__CONTAINER(n, single, node);
      if (s->cell.kind == KIND_FIBER) sley__fiber_abandon(d, s);
      else maker_drop(d, &s->cell);
      break;
    }
    case NODE_ELEMENT: {
      group *g = SLEY__CONTAINER(n - n->index, group, nodes);
      maker_drop(d, &g->cell);
      break;
    }
    default: doom_node(d, n); break;
  }
}

static void callbacks_discard(sley_domain *d, sley_promise *p)
{
  while (p->callbacks != NULL) {
    node *n = p->callbacks;
    node_unlink_from(&p->callbacks, n);
    node_discard(d, n);
  }
}

static void cancel_node_forget(node *n)
{
  if (n->source != NULL) node_unlink_from(&n->source->cancel_nodes, n);
}

static void parts_release(sley_domain *d, sley_promise *p)
{
  switch (p->kind) {
    case KIND_BIND:
    case KIND_MAP:
    case KIND_CATCH:
    case KIND_TRY_BIND:
    case KIND_FINALIZE:
    case KIND_RESTORE: {
      single *s = (single *)(void *)p;
      storage_drop(d, s->storage);
      if (p->kind == KIND_RESTORE) ref_drop(d, s->f.body);
      else if (s->drop != NULL) s->drop(s->ctx);
      break;
    }
    case KIND_PROTECTED:
    case KIND_NO_CANCEL:
    case KIND_WRAP: {
      guard *g = (guard *)(void *)p;
      cancel_node_forget(&g->cancel_node);
      storage_drop(d, g->storage);
      break;
    }
    case KIND_READ: sley__read_release(d, p); break;
    case KIND_WALK: sley__walk_release(d, (walk *)(void *)p); break;
    case KIND_OPERATION: cancel_node_forget(&((operation *)(void *)p)->cancel_node); break;
    case KIND_FIBER:
    case KIND_PLAIN:
    case KIND_TASK:
    case KIND_PAUSE: break;
    default: {
      group *g = (group *)(void *)p;
      ref_drop(d, g->winner);
      sley_error_drop(g->error);
      if (g->list != NULL) sley__list_drop(d, g->list);
      if (g->split != NULL) sley__split_drop(d, g->split);
      storage_drop(d, g->storage);
      break;
    }
  }
}

static void outcome_release(sley_domain *d, sley_promise *p)
{
  if (p->state == STATE_FULFILLED) {
    if (p->flags & FLAG_SHARED) {
      ref_drop(d, p->owner);
    } else {
      sley_value_drop(&p->value);
    }
  } else if (p->state == STATE_REJECTED) {
    if (!(p->flags & FLAG_READ) && p->error != &sley__canceled)
      sley__unhandled(d, p->error, p->site);
    sley_error_drop(p->error);
  }
}

static void cell_bury(sley_domain *d, sley_promise *p)
{
  if (is_useless(p)) sources_leave(d, p);
  if (p->refs != 0 || p->makers != 0) {
    if (p->state == STATE_PENDING) p->born = 0; /* the dead list took its place */
    if (p->makers != 0) return;
    /* Attachments of a settled cell whose operation is over; everything of an orphan. */
    bool is_orphan = p->state == STATE_PENDING && !sley__is_cancelable_alone(p);
    if (is_settled(p) || is_orphan) callbacks_discard(d, p);
    return;
  }
  /* Destructors may look at or drop anything but this cell, which nobody can name any more. */
  callbacks_discard(d, p);
  if (p->state == STATE_PENDING || p->state == STATE_REJECTED) {
    while (p->cancel_nodes != NULL) {
      node *n = p->cancel_nodes;
      node_unlink_from(&p->cancel_nodes, n);
      if (n->kind == NODE_ON_CANCEL) doom_node(d, n);
    }
  }
  outcome_release(d, p);
  if (p->flags & FLAG_LOADED) parts_release(d, p);
  if (p->flags & FLAG_NAMED) sley__name_forget(d, p);
  sley__cell_release_slow(d, p);
}

void sley__bury(sley_domain *d)
{
  if (d->burying) return;
  d->burying = true;
  d->untidy = false;
  for (;;) {
    if (d->dead != NULL) {
      sley_promise *p = d->dead;
      d->dead = p->link;
      p->flags &= (uint16_t)~FLAG_DOOMED;
      cell_bury(d, p);
    } else if (d->dead_nodes != NULL) {
      node *n = d->dead_nodes;
      d->dead_nodes = n->next;
      sley__observer_free(d, (observer *)(void *)n);
    } else if (d->dead_storage != NULL) {
      storage *s = d->dead_storage;
      d->dead_storage = s->next_dead;
      sley__storage_free(d, s);
    } else {
      break;
    }
  }
  d->burying = false;
  d->untidy = d->depth == 0 && d->deferred != NULL;
}

/* ---- making and holding ---- */

static SLEY__ALWAYS_INLINE sley_promise *fulfilled_init(sley_domain *d, sley_promise *p,
                                                        const char *site, const sley_value *v)
{
  cell_init_settled(d, p, KIND_PLAIN, STATE_FULFILLED, site);
  value_copy(&p->value, v);
  return p;
}

static SLEY__NOINLINE sley_promise *return_slowly(const char *site, sley_value v)
{
  sley_domain *d = sley__self();
  sley_promise *p = sley__cell_alloc_slow(d, sizeof(sley_promise));
  if (p == NULL) {
    sley_value_drop(&v);
    return sley__nomem_promise();
  }
  fulfilled_init(d, p, site, &v);
  TRACE(d, created, p);
  return p;
}

sley_promise *sley_return_at(const char *site, sley_value v)
{
  sley_domain *d = sley__current;
  sley_promise *p = cell_alloc_quick(d, sizeof(sley_promise));
  if (SLEY__UNLIKELY(p == NULL)) return return_slowly(site, v);
  return fulfilled_init(d, p, site, &v);
}

sley_promise *sley_fail_at(const char *site, sley_error *e)
{
  if (e == NULL) sley__abort("sley_fail was given no error; use sley_error_new to make one");
  sley_domain *d = sley__self();
  error_filter(d, e);
  sley_promise *p = cell_alloc(d, sizeof(sley_promise));
  if (SLEY__UNLIKELY(p == NULL)) {
    sley_error_drop(e);
    return sley__nomem_promise();
  }
  cell_init_settled(d, p, KIND_PLAIN, STATE_REJECTED, site);
  p->error = e;
  p->cancel_nodes = NULL;
  TRACE(d, created, p);
  return p;
}

static SLEY__ALWAYS_INLINE sley_promise *pending_init(sley_domain *d, sley_promise *p, int kind,
                                                      const char *site, sley_resolver **r)
{
  cell_init(d, p, kind, site);
  p->makers = 1;
  *r = (sley_resolver *)(void *)p;
  return p;
}

static SLEY__NOINLINE sley_promise *pending_slowly(const char *site, sley_resolver **r, int kind)
{
  sley_domain *d = sley__self();
  sley_promise *p = sley__cell_alloc_slow(d, sizeof(sley_promise));
  *r = NULL;
  if (p == NULL) return sley__nomem_promise();
  pending_init(d, p, kind, site, r);
  TRACE(d, created, p);
  return p;
}

static SLEY__ALWAYS_INLINE sley_promise *pending_new(const char *site, sley_resolver **r, int kind)
{
  sley_domain *d = sley__current;
  sley_promise *p = cell_alloc_quick(d, sizeof(sley_promise));
  if (SLEY__UNLIKELY(p == NULL)) return pending_slowly(site, r, kind);
  return pending_init(d, p, kind, site, r);
}

sley_promise *sley_wait_at(const char *site, sley_resolver **r)
{
  return pending_new(site, r, KIND_PLAIN);
}

sley_promise *sley_task_at(const char *site, sley_resolver **r)
{
  return pending_new(site, r, KIND_TASK);
}

sley_promise *(sley_return)(sley_value v) { return sley_return_at("", v); }

sley_promise *(sley_fail)(sley_error *e) { return sley_fail_at("", e); }

sley_promise *(sley_wait)(sley_resolver **r) { return sley_wait_at("", r); }

sley_promise *(sley_task)(sley_resolver **r) { return sley_task_at("", r); }

sley_promise *sley_keep(sley_promise *p)
{
  sley_domain *d = sley__self();
  if (check(d, p, "sley_keep")) {
    p->refs++;
    if (SLEY__UNLIKELY(p->refs == 1)) sley__misuse(d, p, "sley_keep");
  }
  return p;
}

static SLEY__NOINLINE void drop_slowly(sley_promise *p)
{
  sley_domain *d = sley__self_of(p, "sley_drop");
  if (SLEY__UNLIKELY(p->refs == 0)) sley__misuse(d, p, "sley_drop");
  ref_drop(d, p);
  sley__settle_down(d);
}

void sley_drop(sley_promise *p)
{
  if (p == NULL) return;
  sley_domain *d = sley__current;
  if (p->domain == d->id && p->refs > 1) p->refs--;
  else if (SLEY__UNLIKELY(p->domain != d->id || p->refs != 1 || p->makers != 0 || !is_bare(p)))
    drop_slowly(p);
  else cell_release(d, p);
}

/* ---- queries ---- */

static sley_promise *query(const sley_promise *p, const char *function)
{
  sley_domain *d = sley__self();
  union {
    const sley_promise *in;
    sley_promise *out;
  } u = {p}; /* shortening proxies changes no promise that anybody can see */
  check(d, p, function);
  return underlying(d, u.out);
}

sley_promise_state sley_state(const sley_promise *p)
{
  return (sley_promise_state)query(p, "sley_state")->state;
}

bool sley_is_pending(const sley_promise *p)
{
  return query(p, "sley_is_pending")->state == STATE_PENDING;
}

const sley_value *sley_value_of(const sley_promise *p)
{
  sley_promise *u = query(p, "sley_value_of");
  return u->state == STATE_FULFILLED ? value_of(u) : NULL;
}

sley_error *sley_error_of(sley_promise *p)
{
  sley_promise *u = query(p, "sley_error_of");
  if (u->state != STATE_REJECTED) return NULL;
  mark_read(u);
  return u->error;
}

int sley_poll(sley_promise *p, const sley_value **v, sley_error **e)
{
  sley_promise *u = query(p, "sley_poll");
  if (u->state == STATE_PENDING) return 0;
  if (u->state == STATE_FULFILLED) {
    if (v != NULL) *v = value_of(u);
    return 1;
  }
  mark_read(u);
  if (e != NULL) *e = u->error;
  return -1;
}

bool sley_is_same(const sley_promise *a, const sley_promise *b)
{
  return query(a, "sley_is_same") == query(b, "sley_is_same");
}

const char *sley_site(const sley_promise *p)
{
  check(sley__self(), p, "sley_site");
  return p->site;
}

sley_error *sley__finish(sley_promise *p, sley_value *out)
{
  sley_domain *d = sley__self();
  sley_promise *u = query(p, "sley_run");
  sley_error *e = NULL;
  if (u->state == STATE_REJECTED) {
    mark_read(u);
    e = sley_error_keep(u->error);
  } else if (out != NULL) {
    struct sley__lent lent = {value_of(u), u, u == p ? 1 : u->refs, d->lent};
    d->lent = &lent;
    int code = sley_take(lent.value, out);
    d->lent = lent.outer;
    if (code == -SLEY_ENOMEM) e = sley_error_nomem();
    else if (code != 0) e = sley_error_new(&sley_kind_sley, -code, NULL);
  }
  ref_drop(d, p);
  sley__settle_down(d);
  return e;
}
