/* Several connections of one listener: those that are there, and one after the other with a limit of how many are served
 * at a time. */
#include <sley/bind.h>
#include <sley/cancel.h>
#include <sley/list.h>

#include "io/socket/listen.h"

/* ---- what is there ---- */

enum { AT_ONCE = 256 };

typedef struct several {
  sley_listener *listener; /* held */
  size_t most;
} several;

static void several_release(void *ctx)
{
  several *s = ctx;
  sley__listener_release(s->listener);
  sley__free(sley__self(), s, sizeof(*s));
}

/* What accepting those behind the first fails with is found again by the next call. */
static sley_promise *take_more(void *ctx, sley_value *v)
{
  const several *s = ctx;
  sley_value all[AT_ONCE], list;
  size_t n = 0;
  if (sley_take(v, &all[n++]) != 0) return sley_fail(sley_error_nomem());
  while (n < s->most && !s->listener->closed) {
    sley_io *io = sley__listener_take(s->listener);
    if (io == NULL) break;
    all[n++] = sley_io_to_value(io);
  }
  sley_error *e = sley_list_new(all, n, &list);
  return e != NULL ? sley_fail(e) : sley_return(list);
}

sley_promise *sley_accept_n_at(const char *site, sley_listener *listener, size_t n)
{
  if (n == 0)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_accept_n was asked for no connection"));
  several *s = sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL) return sley__nomem_promise();
  sley_promise *first = sley_accept_at(site, listener); /* looks at the listener */
  *s = (several){listener, n < AT_ONCE ? n : AT_ONCE};
  listener->holders++;
  return sley_bind_at(site, first, take_more, s, several_release);
}

/* ---- one after the other ---- */

/* Counted: every callback still to run has a hold, and so has the operation until it ends. */
typedef struct each {
  unsigned holders;
  const char *site;
  sley_listener *listener; /* held */
  sley_accepted_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  size_t most, served;
  sley_promise *accepting; /* one reference */
  sley_resolver *resolver; /* NULL: it was canceled, or has ended */
  bool is_over;            /* nothing more is accepted */
  sley_error *error;       /* of the listener; NULL: it was closed */
  struct sley__dlist services;
} each;

typedef struct service {
  struct sley__dlist place;
  each *each;
  sley_promise *promise; /* of f; one reference */
} service;

static void each_release(void *ctx)
{
  each *e = ctx;
  if (--e->holders > 0) return;
  if (e->drop != NULL) e->drop(e->ctx);
  sley_error_drop(e->error);
  sley__listener_release(e->listener);
  sley__free(sley__self(), e, sizeof(*e));
}

static void each_settle_if_over(each *e)
{
  if (!e->is_over || e->served > 0 || e->resolver == NULL) return;
  sley_error *error = e->error;
  e->error = NULL;
  sley_settle(&e->resolver, error, sley_unit());
  each_release(e);
}

/* Consumes error. */
static void accept_ends(each *e, sley_error *error)
{
  e->is_over = true;
  if (sley_error_is(error, &sley_kind_sley, SLEY_ECLOSED)) sley_error_drop(error);
  else e->error = error;
  each_settle_if_over(e);
}

static void go_on(each *e);

static void service_over(void *ctx)
{
  service *s = ctx;
  each *e = s->each;
  sley_error *error = sley_promise_error(s->promise);
  if (error != NULL && !(sley_error_is_canceled(error) && e->resolver == NULL))
    sley__async_error(sley__self(), sley_error_keep(error), e->site);
  sley__dlist_leave(&s->place);
  sley_drop(s->promise);
  sley__free(sley__self(), s, sizeof(*s));
  e->served--;
  each_settle_if_over(e);
  go_on(e);
  each_release(e);
}

static void serve(each *e, sley_io *io)
{
  service *s = sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL) {
    sley_io_drop(io);
    sley__async_error(sley__self(), sley_error_nomem(), e->site);
    return;
  }
  s->each = e;
  e->holders++;
  e->served++;
  sley_promise *p = sley__returned(e->f(e->ctx, io), "sley_accept_each", e->site);
  s->promise = p;
  sley__dlist_append(&e->services, &s->place);
  bool is_canceled = e->resolver == NULL; /* by f */
  if (is_canceled) sley_keep(p);
  sley_on_termination(p, service_over, s);
  if (!is_canceled) return;
  sley_cancel(p);
  sley_drop(p);
}

/* One that was taken by a callback before this one is another's. */
static void accepted(each *e, sley_value *v)
{
  sley_value taken;
  if (sley_take(v, &taken) == 0) serve(e, sley_io_take(&taken));
}

static void accept_over(void *ctx)
{
  each *e = ctx;
  sley_promise *p = e->accepting;
  sley_value v;
  e->accepting = NULL;
  sley_error *error = sley__finish(p, &v);
  if (e->resolver == NULL) {
    if (error == NULL) sley_value_drop(&v);
    sley_error_drop(error);
  } else if (error != NULL) {
    accept_ends(e, error);
  } else {
    accepted(e, &v);
    go_on(e);
  }
  each_release(e);
}

static void go_on(each *e)
{
  while (e->resolver != NULL && !e->is_over && e->accepting == NULL && e->served < e->most) {
    if (e->listener->closed) {
      accept_ends(e, sley_error_closed());
      return;
    }
    sley_promise *p = sley_accept_at(e->site, e->listener);
    sley_value v;
    if (sley_is_pending(p)) {
      e->accepting = p;
      e->holders++;
      sley_on_termination(p, accept_over, e);
      return;
    }
    sley_error *error = sley__finish(p, &v);
    if (error == NULL) accepted(e, &v);
    else accept_ends(e, error);
  }
}

typedef struct each_operation {
  each *each;
} each_operation;

/* The promise is settled. Those that run are canceled one by one: a callback can end others. */
static void each_cancel(void *data)
{
  each *e = ((each_operation *)data)->each;
  sley_resolver_drop(&e->resolver);
  e->is_over = true;
  if (e->accepting != NULL) sley_cancel(e->accepting);
  struct sley__dlist now;
  sley__dlist_move(&now, &e->services);
  for (struct sley__dlist *place; (place = sley__dlist_pop(&now)) != NULL;) {
    sley__dlist_append(&e->services, place);
    sley_cancel(SLEY__CONTAINER(place, service, place)->promise);
  }
  each_release(e);
}

static const sley__operation_type each_type = {"accept each", each_cancel};

sley_promise *sley_accept_each_at(const char *site, sley_listener *listener, size_t most,
                                  sley_accepted_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, listener);
  SLEY__NEEDS_AT(site, f);
  sley__listener_check(listener, "sley_accept_each", site);
  sley_domain *d = sley__self();
  void *data;
  each *e = sley__alloc(d, sizeof(*e));
  sley_resolver *r = NULL;
  sley_promise *p =
      e == NULL ? NULL : sley__operation_new(site, &each_type, sizeof(each_operation), &data, &r);
  if (p == NULL) {
    if (e != NULL) sley__free(d, e, sizeof(*e));
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *e = (each){.holders = 2, /* until its end, and this function's */
              .site = site,
              .listener = listener,
              .f = f,
              .ctx = ctx,
              .drop = drop,
              .most = most > 0 ? most : SIZE_MAX,
              .resolver = r};
  sley__dlist_init(&e->services);
  listener->holders++;
  ((each_operation *)data)->each = e;
  go_on(e);
  each_release(e);
  return p;
}
