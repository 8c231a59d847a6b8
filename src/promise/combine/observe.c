/* Callbacks without a result: on_success and the like, attachments, async and dont_wait. Observers must not be lost:
 * out of memory, their node comes from the domain's reserve. */
#include "promise/combine/combine.h"

static observer *observer_new(sley_domain *d, int kind, void *ctx, sley_drop_fn *drop)
{
  size_t bytes = kind == NODE_ON_ANY ? sizeof(observer) : offsetof(observer, on_failed);
  observer *o = sley__alloc(d, bytes);
  bool reserve = o == NULL;
  if (SLEY__UNLIKELY(reserve)) o = sley__reserve_take(d, false);
  o->node.kind = (uint8_t)kind;
  o->node.reserve = reserve;
  o->node.source = NULL;
  o->on_done = NULL;
  o->ctx = ctx;
  o->drop = drop;
  o->storage = NULL;
  return o;
}

static void release(sley_domain *d, node *n)
{
  observer *o = (observer *)(void *)n;
  if (o->drop != NULL) o->drop(o->ctx);
  sley__storage_drop(d, o->storage);
  size_t bytes = n->kind == NODE_ON_ANY ? sizeof(observer) : offsetof(observer, on_failed);
  sley__free(d, o, n->reserve ? SLEY__RESERVE_BYTES : bytes);
}

static void call_value(sley_domain *d, sley_value_fn *f, void *ctx, sley_promise *source,
                       uint32_t held)
{
  struct sley__lent lent = {sley__value_of(source), source, held, d->lent};
  d->lent = &lent;
  f(ctx, lent.value);
  d->lent = lent.outer;
}

static void run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  const observer *o = (const observer *)(const void *)n;
  bool good = source->state == STATE_FULFILLED;
  switch (o->node.kind) {
    case NODE_ON_SUCCESS:
      if (!good) return;
      sley__storage_switch(d, o->storage);
      call_value(d, o->on_value, o->ctx, source, held);
      break;
    case NODE_ON_FAILURE:
      if (good) return;
      sley__storage_switch(d, o->storage);
      o->on_error(o->ctx, source->error);
      break;
    case NODE_ON_TERMINATION:
      sley__storage_switch(d, o->storage);
      o->on_done(o->ctx);
      break;
    case NODE_ON_ANY:
      sley__storage_switch(d, o->storage);
      if (good && o->on_value != NULL) call_value(d, o->on_value, o->ctx, source, held);
      if (!good && o->on_failed != NULL) o->on_failed(o->ctx, source->error);
      break;
    case NODE_ASYNC:
      if (!good) sley__async_error(d, sley_error_keep(source->error), source->site);
      break;
    case NODE_DONT_WAIT:
      if (!good) o->on_error(o->ctx, source->error);
      break;
    default: break;
  }
}

static void canceled(sley_domain *d, node *n)
{
  const observer *o = (const observer *)(const void *)n;
  sley__storage_switch(d, o->storage);
  o->on_done(o->ctx);
  sley__node_schedule_free(d, n);
}

const struct sley__node_kind sley__node_observer = {
    .run = run, .discard = sley__node_schedule_free, .release = release};
const struct sley__node_kind sley__node_on_success = {
    .run = run, .discard = sley__node_schedule_free, .release = release, .ignores_errors = true};
const struct sley__node_kind sley__node_on_cancel = {
    .canceled = canceled, .discard = sley__node_schedule_free, .release = release};

typedef struct watch {
  int kind;
  sley_value_fn *on_value;
  sley_error_fn *on_error;
  sley_done_fn *on_done;
  void *ctx;
  sley_drop_fn *drop;
} watch;

static observer *watch_node(sley_domain *d, const watch *w)
{
  observer *o = observer_new(d, w->kind, w->ctx, w->drop);
  if (w->kind == NODE_ON_ANY) o->on_failed = w->on_error;
  if (w->on_value != NULL) o->on_value = w->on_value;
  else if (w->on_done != NULL) o->on_done = w->on_done;
  else if (w->kind != NODE_ON_ANY) o->on_error = w->on_error;
  o->storage = sley__storage_keep(d->storage);
  return o;
}

static void watch_now(sley_domain *d, const watch *w, sley_promise *u)
{
  bool good = u->state == STATE_FULFILLED;
  sley__ref_keep(u);
  if (w->kind != NODE_ON_SUCCESS) sley__mark_read(u);
  sley__immediate_enter(d);
  if (w->on_done != NULL) w->on_done(w->ctx);
  else if (good && w->on_value != NULL) call_value(d, w->on_value, w->ctx, u, 1);
  else if (!good && w->on_error != NULL) sley__call_error(d, w->on_error, w->ctx, u);
  if (w->drop != NULL) w->drop(w->ctx);
  sley__immediate_leave(d);
  sley__ref_drop(d, u);
  sley__settle_down(d);
}

static void observe(sley_promise *p, const watch *w, const char *function)
{
  sley_domain *d = sley__self();
  sley__check(d, p, function);
  sley_promise *u = sley__underlying(d, p);
  if (u->state == STATE_PENDING) {
    observer *o = watch_node(d, w);
    sley__node_listen(u, &o->node);
    TRACE(d, waits, NULL, u);
  } else if (SLEY__UNLIKELY(sley__must_queue(d))) {
    sley__ref_keep(u);
    sley__queue(d, &watch_node(d, w)->node, u);
  } else {
    watch_now(d, w, u);
  }
}

void(sley_on_success)(sley_promise *p, sley_value_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(f);
  watch w = {.kind = NODE_ON_SUCCESS, .on_value = f, .ctx = ctx, .drop = drop};
  observe(p, &w, "sley_on_success");
}

void(sley_on_failure)(sley_promise *p, sley_error_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(f);
  watch w = {.kind = NODE_ON_FAILURE, .on_error = f, .ctx = ctx, .drop = drop};
  observe(p, &w, "sley_on_failure");
}

void(sley_on_termination)(sley_promise *p, sley_done_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(f);
  watch w = {.kind = NODE_ON_TERMINATION, .on_done = f, .ctx = ctx, .drop = drop};
  observe(p, &w, "sley_on_termination");
}

void(sley_on_any)(sley_promise *p, sley_value_fn *ok, sley_error_fn *failed, void *ctx,
                  sley_drop_fn *drop)
{
  watch w = {.kind = NODE_ON_ANY, .on_value = ok, .on_error = failed, .ctx = ctx, .drop = drop};
  observe(p, &w, "sley_on_any");
}

void(sley_on_cancel)(sley_promise *p, sley_done_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(f);
  sley_domain *d = sley__self();
  sley__check(d, p, "sley_on_cancel");
  sley_promise *u = sley__underlying(d, p);
  watch w = {.kind = NODE_ON_CANCEL, .on_done = f, .ctx = ctx, .drop = drop};
  if (u->state == STATE_PENDING) {
    sley__node_listen_cancel(u, &watch_node(d, &w)->node);
  } else if (u->state == STATE_REJECTED && u->error == &sley__canceled) {
    watch_now(d, &w, u);
  } else if (drop != NULL) {
    drop(ctx);
  }
}

sley_promise *sley_attach(sley_promise *p, void *obj, sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  sley__check(d, p, "sley_attach");
  sley_promise *u = sley__underlying(d, p);
  if (sley__is_immortal(u) || (sley__is_settled(u) && u->producers == 0)) {
    drop(obj);
    return p;
  }
  observer *o = observer_new(d, NODE_ATTACH, obj, drop);
  o->node.source = u;
  sley__node_append(&u->callbacks, &o->node);
  return p;
}

/* ---- async, dont_wait, ignore_result ---- */

static void let_go(sley_domain *d, sley_promise *p, int kind, sley_error_fn *handler, void *ctx,
                   sley_drop_fn *drop)
{
  sley_promise *u = sley__underlying(d, p);
  if (u->state == STATE_PENDING) {
    observer *o = observer_new(d, kind, ctx, drop);
    o->on_error = handler;
    sley__node_listen(u, &o->node);
    drop = NULL;
  } else if (u->state == STATE_REJECTED) {
    sley__mark_read(u);
    sley__immediate_enter(d);
    if (handler != NULL) handler(ctx, u->error);
    else sley__async_error(d, sley_error_keep(u->error), u->site);
    sley__immediate_leave(d);
  }
  if (drop != NULL) drop(ctx);
  sley__ref_drop(d, p);
  sley__settle_down(d);
}

static sley_promise *started(sley_domain *d, sley_start_fn *start, void *ctx, const char *function)
{
  sley_promise *p = start(ctx);
  sley__returned(p, function, "");
  sley__check(d, p, function);
  return p;
}

void sley_async(sley_start_fn *start, void *ctx)
{
  SLEY__NEEDS(start);
  sley_domain *d = sley__self();
  let_go(d, started(d, start, ctx, "sley_async"), NODE_ASYNC, NULL, NULL, NULL);
}

void(sley_dont_wait)(sley_start_fn *start, sley_error_fn *handler, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(start);
  SLEY__NEEDS(handler);
  sley_domain *d = sley__self();
  let_go(d, started(d, start, ctx, "sley_dont_wait"), NODE_DONT_WAIT, handler, ctx, drop);
}

sley_error *sley_ignore_result(sley_promise *p)
{
  sley_domain *d = sley__self();
  sley__check(d, p, "sley_ignore_result");
  sley_promise *u = sley__underlying(d, p);
  if (u->state == STATE_REJECTED) {
    sley__mark_read(u);
    sley_error *e = sley_error_keep(u->error);
    sley__ref_drop(d, p);
    sley__settle_down(d);
    return e;
  }
  let_go(d, p, NODE_ASYNC, NULL, NULL, NULL);
  return NULL;
}
