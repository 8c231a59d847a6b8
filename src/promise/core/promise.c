/* Promises without callbacks: making, holding and querying them. */
#include "promise/core/core.h"

/* ---- making and holding ---- */

static SLEY__ALWAYS_INLINE sley_promise *fulfilled_init(sley_domain *d, sley_promise *p,
                                                        const char *site, const sley_value *v)
{
  sley__cell_init_settled(d, p, KIND_PLAIN, STATE_FULFILLED, site);
  sley__value_put(&p->value, v);
  return p;
}

static SLEY__NOINLINE sley_promise *return_slowly(const char *site, sley_value v)
{
  sley_domain *d = sley__self_at("sley_return", site);
  sley__value_given(d, &v, "sley_return", site);
  sley_promise *p = sley__cell_alloc_slow(d, sizeof(sley_promise));
  if (p == NULL) {
    sley_value_drop(&v);
    return sley__nomem_promise();
  }
  fulfilled_init(d, p, site, &v);
  sley__trace_created(d, p);
  return p;
}

sley_promise *sley_return_at(const char *site, sley_value v)
{
  sley_domain *d = sley__current;
  sley_promise *p = sley__cell_alloc_quick(d, sizeof(sley_promise));
  if (SLEY__UNLIKELY(p == NULL)) return return_slowly(site, v);
  return fulfilled_init(d, p, site, &v);
}

sley_promise *sley_fail_at(const char *site, sley_error *e)
{
  if (e == NULL) sley__no_error("sley_fail", site);
  sley_domain *d = sley__self_at("sley_fail", site);
  sley__error_given(d, e, "sley_fail", site);
  sley__error_filter(d, e);
  sley_promise *p = sley__cell_alloc(d, sizeof(sley_promise));
  if (SLEY__UNLIKELY(p == NULL)) {
    sley_error_drop(e);
    return sley__nomem_promise();
  }
  sley__cell_init_settled(d, p, KIND_PLAIN, STATE_REJECTED, site);
  p->error = e;
  p->cancel_nodes = NULL;
  sley__trace_created(d, p);
  return p;
}

sley_promise *sley__nomem_promise(void)
{
  static sley_promise immortal = {.refs = 1,
                                  .domain = SLEY__IMMORTAL,
                                  .state = STATE_REJECTED,
                                  .kind = KIND_PLAIN,
                                  .flags = FLAG_READ,
                                  .error = &sley__nomem,
                                  .site = ""};
  sley__error_filter(sley__current, &sley__nomem);
  return &immortal;
}

static SLEY__ALWAYS_INLINE sley_promise *pending_init(sley_domain *d, sley_promise *p, int kind,
                                                      const char *site, sley_resolver **r)
{
  sley__cell_init(d, p, kind, site);
  p->producers = 1;
  *r = (sley_resolver *)(void *)p;
  return p;
}

static SLEY__NOINLINE sley_promise *pending_slowly(const char *site, sley_resolver **r, int kind)
{
  sley_domain *d = sley__self_at(kind == KIND_TASK ? "sley_cancelable" : "sley_pending", site);
  sley_promise *p = sley__cell_alloc_slow(d, sizeof(sley_promise));
  *r = NULL;
  if (p == NULL) return sley__nomem_promise();
  pending_init(d, p, kind, site, r);
  sley__trace_created(d, p);
  return p;
}

static SLEY__ALWAYS_INLINE sley_promise *pending_new(const char *site, sley_resolver **r, int kind)
{
  sley_domain *d = sley__current;
  sley_promise *p = sley__cell_alloc_quick(d, sizeof(sley_promise));
  if (SLEY__UNLIKELY(p == NULL)) return pending_slowly(site, r, kind);
  return pending_init(d, p, kind, site, r);
}

sley_promise *sley_pending_at(const char *site, sley_resolver **r)
{
  return pending_new(site, r, KIND_PLAIN);
}

sley_promise *sley_cancelable_at(const char *site, sley_resolver **r)
{
  return pending_new(site, r, KIND_TASK);
}

static SLEY__NOINLINE sley_promise *keep_slowly(sley_promise *p)
{
  sley_domain *d = sley__self_at("sley_keep", "");
  if (sley__check(d, p, "sley_keep") && p->refs++ == 0) sley__misuse(d, p, "sley_keep", "");
  return p;
}

sley_promise *sley_keep(sley_promise *p)
{
  const sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(p == NULL || p->domain != d->id || p->refs == 0)) return keep_slowly(p);
  p->refs++;
  return p;
}

static SLEY__ALWAYS_INLINE void drop_any(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(p->refs == 0)) sley__misuse(d, p, "sley_drop", "");
  sley__ref_drop(d, p);
  sley__settle_down(d);
}

static SLEY__NOINLINE void drop_checked(sley_promise *p)
{
  drop_any(sley__self_of(p, "sley_drop", ""), p);
}

static SLEY__NOINLINE void drop_slowly(sley_promise *p)
{
  sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(p->domain != d->id)) drop_checked(p);
  else drop_any(d, p);
}

void sley_drop(sley_promise *p)
{
  if (p == NULL) return;
  sley_domain *d = sley__current;
  if (p->domain == d->id && p->refs > 1) p->refs--;
  else if (SLEY__UNLIKELY(p->domain != d->id || p->refs != 1 || p->producers != 0 ||
                          !sley__is_bare(p)))
    drop_slowly(p);
  else sley__cell_release(d, p);
}

/* ---- the kinds ---- */

const struct sley__kind sley__kind_plain = {.name = "pending", .properties = NEEDS_ALL};
const struct sley__kind sley__kind_task = {
    .name = "cancelable", .properties = IS_ROOT | NEEDS_ALL, .cancel = sley__cancel_root};

/* ---- as values ---- */

static void promise_drop(void *p) { sley_drop(p); }
static void *promise_dup(void *p) { return sley_keep(p); }
const sley_type sley_type_promise = {
    .size = sizeof(sley_type), .name = "sley_promise", .drop = promise_drop, .dup = promise_dup};

SLEY__HANDLE(promise)

/* ---- queries ---- */

static SLEY__NOINLINE sley_promise *query_slowly(sley_promise *p, const char *function)
{
  sley_domain *d = sley__self_at(function, "");
  sley__check(d, p, function);
  return sley__underlying(d, p);
}

static inline sley_promise *query(const sley_promise *p, const char *function)
{
  sley_domain *d = sley__current;
  union {
    const sley_promise *in;
    sley_promise *out;
  } u = {p}; /* shortening proxy chains changes nothing visible */
  if (SLEY__UNLIKELY(p == NULL || p->domain != d->id)) return query_slowly(u.out, function);
  return sley__underlying(d, u.out);
}

void sley__promise_check(sley_domain *d, const sley_promise *p, const char *function)
{
  sley__check(d, p, function);
}

sley_promise_state sley_state(const sley_promise *p)
{
  return (sley_promise_state)query(p, "sley_state")->state;
}

bool sley_is_pending(const sley_promise *p)
{
  return query(p, "sley_is_pending")->state == STATE_PENDING;
}

const sley_value *sley_promise_value(const sley_promise *p)
{
  sley_promise *u = query(p, "sley_promise_value");
  return u->state == STATE_FULFILLED ? sley__value_of(u) : NULL;
}

sley_error *sley_promise_error(sley_promise *p)
{
  sley_promise *u = query(p, "sley_promise_error");
  if (u->state != STATE_REJECTED) return NULL;
  sley__mark_read(u);
  return u->error;
}

int sley_poll(sley_promise *p, const sley_value **v, sley_error **e)
{
  sley_promise *u = query(p, "sley_poll");
  if (u->state == STATE_PENDING) return 0;
  if (u->state == STATE_FULFILLED) {
    if (v != NULL) *v = sley__value_of(u);
    return 1;
  }
  sley__mark_read(u);
  if (e != NULL) *e = u->error;
  return -1;
}

bool sley_is_same(const sley_promise *a, const sley_promise *b)
{
  return query(a, "sley_is_same") == query(b, "sley_is_same");
}

const char *sley_site(const sley_promise *p)
{
  sley__check(sley__self(), p, "sley_site");
  return p->site;
}

sley_error *sley__finish(sley_promise *p, sley_value *out)
{
  sley_domain *d = sley__self();
  sley_promise *u = query(p, "sley_run");
  sley_error *e = NULL;
  if (u->state == STATE_REJECTED) {
    sley__mark_read(u);
    e = sley_error_keep(u->error);
  } else if (out != NULL) {
    struct sley__lent lent = {sley__value_of(u), u, u == p ? 1 : u->refs, d->lent};
    d->lent = &lent;
    int code = sley_take(lent.value, out);
    d->lent = lent.outer;
    if (code == -SLEY_ENOMEM) e = sley_error_nomem();
    else if (code != 0) e = sley_error_new_at(u->site, &sley_kind_sley, -code, NULL);
  }
  sley__ref_drop(d, p);
  sley__settle_down(d);
  return e;
}
