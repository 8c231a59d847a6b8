/* What a balance has each of its domains do: listen, if the kernel balances, and stop. */
#include "io/server/balance.h"

struct order {
  member *member; /* with a hold on its balance */
  double seconds;
};

static void order_drop(void *ptr)
{
  order *o = ptr;
  sley_balance *b = o->member->balance;
  sley__runtime_free(b->runtime, o, sizeof(*o));
  sley_balance_drop(b);
}

static const sley_type order_type = {.size = sizeof(sley_type),
                                     .name = "order to a balance",
                                     .drop = order_drop,
                                     .send = sley_send_plain};

static order *order_new(member *m, double seconds)
{
  order *o = sley__runtime_alloc(m->balance->runtime, sizeof(*o));
  if (o == NULL) return NULL;
  *o = (order){m, seconds};
  sley_balance_keep(m->balance);
  return o;
}

static sley_promise *order_to(const char *site, member *m, sley_call_fn *f, double seconds)
{
  order *o = order_new(m, seconds);
  if (o == NULL) return sley__nomem_promise();
  return sley_call_at(site, m->domain, f, sley_own(o, &order_type));
}

static sley_promise *orders_send(const char *site, sley_balance *b, size_t from, sley_call_fn *f,
                                 double seconds)
{
  size_t n = b->count - from, bytes = n * sizeof(sley_promise *) + 1;
  sley_promise **ps = sley__runtime_alloc(b->runtime, bytes);
  if (ps == NULL) return sley__nomem_promise();
  for (size_t i = 0; i < n; i++) ps[i] = order_to(site, &b->members[from + i], f, seconds);
  sley_promise *all = sley_join_at(site, ps, n);
  sley__runtime_free(b->runtime, ps, bytes);
  return all;
}

/* If the system picks the first member's port, all use it. */
static sley_promise *listen_here(sley_value *arg)
{
  member *m = ((order *)sley_value_ptr(arg, &order_type))->member;
  sley_balance *b = m->balance;
  sley_listen_options listen = b->listen;
  listen.share_port = true;
  if (m != &b->members[0]) listen.port = b->port;
  sley_promise *done = sley_return(sley_unit()); /* first, so that success can be reported */
  if (sley_state(done) != SLEY_PROMISE_STATE_FULFILLED) return done;
  sley_error *e = sley_listen(&listen, &m->listener);
  if (e != NULL) {
    sley_drop(done);
    return sley_fail(e);
  }
  if (m == &b->members[0]) b->port = sley_listener_port(m->listener);
  sley__accept_here(m);
  return done;
}

static sley_promise *stop_here(sley_value *arg)
{
  const order *o = sley_value_ptr(arg, &order_type);
  return sley__serve_stop(o->member, o->seconds);
}

/* ---- starting ---- */

/* All must listen, or none: what undoes a listener is allocated before it. Watched by observers, which do not fail
 * when memory runs out. */
typedef struct starting {
  sley_balance *balance; /* one hold */
  sley_resolver *result;
} starting;

static void starting_free(starting *s) { sley__free(sley__self(), s, sizeof(*s)); }

static void undo_here(sley_value *arg)
{
  member *m = ((order *)sley_value_ptr(arg, &order_type))->member;
  sley_listener *listener = m->listener;
  m->listener = NULL;
  sley_listener_close(listener);
  sley__pause_end(&m->pausing);
}

static sley_promise *undo_called(sley_value *arg)
{
  undo_here(arg);
  return sley_return(sley_unit());
}

/* An ended domain has already closed its listener. If there is no room for a post, there is for a call. */
static void undo_send(member *m)
{
  order *undo = m->undo;
  m->undo = NULL;
  if (sley_post(m->domain, undo_here, sley_own(undo, &order_type)) == -SLEY_EAGAIN)
    sley_error_drop(sley_ignore_result(order_to("", m, undo_called, 0)));
}

static void undos_drop(sley_balance *b)
{
  for (size_t i = 0; i < b->count; i++) {
    order *undo = b->members[i].undo;
    b->members[i].undo = NULL;
    if (undo != NULL) order_drop(undo);
  }
}

static bool undos_make(sley_balance *b)
{
  for (size_t i = 0; i < b->count; i++) {
    b->members[i].undo = order_new(&b->members[i], 0);
    if (b->members[i].undo != NULL) continue;
    undos_drop(b);
    return false;
  }
  return true;
}

static void balance_started(void *ctx, sley_value *v)
{
  starting *s = ctx;
  sley_balance *b = s->balance;
  sley_resolver *r = s->result;
  (void)v;
  starting_free(s);
  undos_drop(b);
  sley_fulfill(&r, sley_own(b, &sley_type_balance));
}

static void balance_not_started(void *ctx, sley_error *e)
{
  starting *s = ctx;
  sley_balance *b = s->balance;
  sley_resolver *r = s->result;
  starting_free(s);
  for (size_t i = 0; i < b->count; i++) undo_send(&b->members[i]);
  sley_reject(&r, sley_error_keep(e));
  sley_balance_drop(b);
}

static void the_others_listen(void *ctx, sley_value *v)
{
  starting *s = ctx;
  (void)v;
  sley_promise *p = orders_send("", s->balance, 1, listen_here, 0);
  sley_on_any(p, balance_started, balance_not_started, s);
  sley_drop(p);
}

sley_promise *sley__balance_listen_each(const char *site, sley_balance *b)
{
  starting *s = sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL || !undos_make(b)) {
    if (s != NULL) starting_free(s);
    return sley__nomem_promise();
  }
  sley_promise *result = sley_pending_at(site, &s->result);
  if (s->result == NULL) {
    starting_free(s);
    undos_drop(b);
    return result;
  }
  s->balance = sley_balance_keep(b);
  sley_promise *p = order_to(site, &b->members[0], listen_here, 0);
  sley_on_any(p, the_others_listen, balance_not_started, s);
  sley_drop(p);
  return result;
}

sley_promise *sley__balance_stop_each(const char *site, sley_balance *b, double seconds)
{
  return orders_send(site, b, 0, stop_here, seconds);
}
