/* What a server has its domains do: listen, if the kernel balances, stop, and go on accepting. */
#include "io/server/server.h"

struct order {
  sley_server *server; /* one hold */
  member *member;
  acceptor *acceptor;
  double seconds;
};

static void order_drop(void *ptr)
{
  struct order *o = ptr;
  sley_server *s = o->server;
  sley__runtime_free(s->runtime, o, sizeof(*o));
  sley_server_drop(s);
}

static const sley_type order_type = {.size = sizeof(sley_type),
                                     .name = "order to a server",
                                     .drop = order_drop,
                                     .send = sley_send_plain};

static struct order *order_new(sley_server *s, member *m, acceptor *a, double seconds)
{
  struct order *o = sley__runtime_alloc(s->runtime, sizeof(*o));
  if (o == NULL) return NULL;
  *o = (struct order){sley_server_keep(s), m, a, seconds};
  return o;
}

static sley_promise *order_to(const char *site, member *m, sley_call_fn *f, double seconds)
{
  struct order *o = order_new(m->server, m, NULL, seconds);
  if (o == NULL) return sley__nomem_promise();
  return sley_call_at(site, m->domain, f, sley_own(o, &order_type));
}

static sley_promise *gone_has_stopped(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EGONE)) return sley_return(sley_unit());
  return sley_fail(sley_error_keep(e));
}

static sley_promise *orders_send(const char *site, sley_server *s, size_t from, sley_call_fn *f,
                                 double seconds, sley_catch_fn *otherwise)
{
  size_t n = s->count - from, bytes = n * sizeof(sley_promise *) + 1;
  sley_promise **ps = sley__runtime_alloc(s->runtime, bytes);
  if (ps == NULL) return sley__nomem_promise();
  for (size_t i = 0; i < n; i++) {
    ps[i] = order_to(site, &s->members[from + i], f, seconds);
    if (otherwise != NULL) ps[i] = sley_catch_at(site, ps[i], otherwise, NULL, NULL);
  }
  sley_promise *all = sley_join_at(site, ps, n);
  sley__runtime_free(s->runtime, ps, bytes);
  return all;
}

/* If the system picks a port for the first member, all use it. */
static sley_promise *listen_here(sley_value *arg)
{
  member *m = ((struct order *)sley_value_ptr(arg, &order_type))->member;
  sley_server *s = m->server;
  sley_promise *done = sley_return(sley_unit()); /* first, so that success can be reported */
  if (sley_state(done) != SLEY_PROMISE_STATE_FULFILLED) return done;
  sley_error *e = NULL;
  for (size_t i = 0; i < s->listens && e == NULL; i++)
    if (sley__place_is_shared(s, i)) e = sley__accept_open(&m->acceptors[i], m == &s->members[0]);
  if (e != NULL) {
    sley__accept_undo(s, m);
    sley_drop(done);
    return sley_fail(e);
  }
  for (size_t i = 0; i < s->listens; i++) sley__accept_next(&m->acceptors[i]);
  return done;
}

static sley_promise *stop_here(sley_value *arg)
{
  const struct order *o = sley_value_ptr(arg, &order_type);
  return sley__member_stop(o->server->site, o->member, o->seconds);
}

/* ---- starting ---- */

/* All must listen, or none: what undoes a listener is allocated before it. Watched by observers, which do not fail
 * when memory runs out. */
typedef struct starting {
  sley_server *server; /* one hold */
  sley_resolver *result;
} starting;

static void starting_free(starting *s) { sley__free(sley__self(), s, sizeof(*s)); }

static void undo_here(sley_value *arg)
{
  const struct order *o = sley_value_ptr(arg, &order_type);
  sley__accept_undo(o->server, o->member);
}

static sley_promise *undo_called(sley_value *arg)
{
  undo_here(arg);
  return sley_return(sley_unit());
}

/* An ended domain has already closed its listener. If there is no room for a post, there is for a call. */
static void undo_send(member *m)
{
  struct order *undo = m->undo;
  m->undo = NULL;
  if (sley_post(m->domain, undo_here, sley_own(undo, &order_type)) == -SLEY_EAGAIN)
    sley_error_drop(sley_ignore_result(order_to("", m, undo_called, 0)));
}

static void undos_drop(sley_server *s)
{
  for (size_t i = 0; i < s->count; i++) {
    struct order *undo = s->members[i].undo;
    s->members[i].undo = NULL;
    if (undo != NULL) order_drop(undo);
  }
}

static bool undos_make(sley_server *s)
{
  for (size_t i = 0; i < s->count; i++) {
    s->members[i].undo = order_new(s, &s->members[i], NULL, 0);
    if (s->members[i].undo != NULL) continue;
    undos_drop(s);
    return false;
  }
  return true;
}

static void server_started(void *ctx, sley_value *v)
{
  starting *start = ctx;
  sley_server *s = start->server;
  sley_resolver *r = start->result;
  (void)v;
  starting_free(start);
  undos_drop(s);
  for (size_t i = 0; i < s->listens; i++) sley__accept_next(&s->acceptors[i]);
  sley_fulfill(&r, sley_own(s, &sley_type_server));
}

static void server_not_started(void *ctx, sley_error *e)
{
  starting *start = ctx;
  sley_server *s = start->server;
  sley_resolver *r = start->result;
  starting_free(start);
  sley__accept_undo(s, NULL);
  for (size_t i = 0; i < s->count; i++) undo_send(&s->members[i]);
  sley_reject(&r, sley_error_keep(e));
  sley_server_drop(s);
}

static void the_others_listen(void *ctx, sley_value *v)
{
  starting *start = ctx;
  (void)v;
  sley_promise *p = orders_send("", start->server, 1, listen_here, 0, NULL);
  sley_on_any(p, server_started, server_not_started, start);
  sley_drop(p);
}

sley_promise *sley__server_listen_each(const char *site, sley_server *s)
{
  starting *start = sley__alloc(sley__self(), sizeof(*start));
  if (start == NULL || !undos_make(s)) {
    if (start != NULL) starting_free(start);
    sley__accept_undo(s, NULL);
    return sley__nomem_promise();
  }
  sley_promise *result = sley_pending_at(site, &start->result);
  if (start->result == NULL) {
    starting_free(start);
    undos_drop(s);
    sley__accept_undo(s, NULL);
    return result;
  }
  start->server = sley_server_keep(s);
  sley_promise *p = order_to(site, &s->members[0], listen_here, 0);
  sley_on_any(p, the_others_listen, server_not_started, start);
  sley_drop(p);
  return result;
}

sley_promise *sley__server_stop_each(const char *site, sley_server *s, double seconds)
{
  return orders_send(site, s, 0, stop_here, seconds, gone_has_stopped);
}

static void hold_back_none_here(sley_value *arg)
{
  const struct order *o = sley_value_ptr(arg, &order_type);
  sley__accept_hold_back_none(o->server, o->member);
}

void sley__server_hold_back_none(sley_server *s)
{
  sley__accept_hold_back_none(s, NULL);
  if (s->options.mode != SLEY_SERVER_MODE_KERNEL) return;
  for (size_t i = 0; i < s->count; i++) {
    struct order *o = order_new(s, &s->members[i], NULL, 0);
    if (o == NULL) continue;
    /* One that cannot be told resets them as it closes. */
    (void)!sley_post(s->members[i].domain, hold_back_none_here, sley_own(o, &order_type));
  }
}

/* ---- going on ---- */

static void go_on_here(sley_value *arg)
{
  const struct order *o = sley_value_ptr(arg, &order_type);
  sley__accept_next(o->acceptor);
  sley__place_offer(o->server); /* it may have closed, or nothing to accept */
}

bool sley__acceptor_wake(acceptor *a)
{
  sley_server *s = a->server;
  struct order *o = order_new(s, NULL, a, 0);
  if (o == NULL) return false;
  return sley_post(a->member != NULL ? a->member->domain : s->home, go_on_here,
                   sley_own(o, &order_type)) == 0;
}
