/* Who gets a connection: by the kernel, in a listener of every domain's own; or one acceptor hands
 * them over, each by a call that is answered as soon as it is there. */
#include "io/balance.h"

#include <stdio.h>

enum { MOST_UNANSWERED = 64 /* hand-overs, before accepting waits for one */ };

/* ---- handles ---- */

sley_balance *sley_balance_keep(sley_balance *balance)
{
  __atomic_add_fetch(&balance->holders, 1, __ATOMIC_RELAXED);
  return balance;
}

static size_t balance_bytes(size_t count) { return sizeof(sley_balance) + count * sizeof(member); }

void sley_balance_drop(sley_balance *balance)
{
  if (balance == NULL || __atomic_sub_fetch(&balance->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  for (size_t i = 0; i < balance->count; i++) sley_domain_drop(balance->members[i].domain);
  sley_value_drop(&balance->context);
  sley__runtime_free(balance->runtime, balance, balance_bytes(balance->count));
}

static void balance_release(void *ctx) { sley_balance_drop(ctx); }

static void *balance_dup(void *ptr) { return sley_balance_keep(ptr); }

const sley_type sley_type_balance = {.size = sizeof(sley_type),
                                     .name = "balance",
                                     .drop = balance_release,
                                     .dup = balance_dup,
                                     .send = sley_send_plain};

sley_balance *sley_balance_of(const sley_value *v) { return sley_value_ptr(v, &sley_type_balance); }

unsigned sley_balance_port(const sley_balance *balance) { return balance->port; }

static uint64_t load(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

void sley_balance_counters_get(const sley_balance *balance, size_t index,
                               sley_balance_counters *out)
{
  sley_balance_counters now = {0};
  size_t size = out->size < sizeof(now) ? out->size : sizeof(now);
  if (index < balance->count) {
    const member *m = &balance->members[index];
    now.accepted = load(&m->accepted);
    now.open = load(&m->open);
    now.failed = load(&m->failed);
    now.lost = load(&m->lost);
  }
  now.size = size;
  memcpy(out, &now, size);
}

/* ---- handing over ---- */

/* A connection on its way to a member. */
typedef struct handover {
  member *member; /* its balance is held */
  sley_tcp *tcp;  /* NULL once it is there */
} handover;

static void handover_drop(void *ptr)
{
  handover *h = ptr;
  sley_balance *b = h->member->balance;
  if (h->tcp != NULL) { /* it never came */
    sley_tcp_close(h->tcp);
    member_count(&h->member->open, -1);
    member_count(&h->member->lost, 1);
  }
  sley__runtime_free(b->runtime, h, sizeof(*h));
  sley_balance_drop(b);
}

static void *handover_send(void *ptr)
{
  handover *h = ptr;
  return sley_type_tcp.send(h->tcp) == NULL ? NULL : h;
}

static const sley_type handover_type = {.size = sizeof(sley_type),
                                        .name = "connection handed over",
                                        .drop = handover_drop,
                                        .send = handover_send};

static sley_promise *receive_here(sley_value *arg)
{
  handover *h = sley_value_ptr(arg, &handover_type);
  sley_tcp *tcp = h->tcp;
  h->tcp = NULL;
  sley__serve(h->member, tcp);
  return sley_return(sley_unit());
}

static void answered(void *ctx) { ((sley_balance *)ctx)->unanswered--; }

/* Fulfilled when it is there; whatever becomes of it, it is nobody else's concern. */
static sley_promise *hand_over(member *m, sley_tcp *tcp)
{
  sley_balance *b = m->balance;
  member_count(&m->accepted, 1);
  member_count(&m->open, 1);
  if (m->domain == sley_domain_current()) {
    sley__serve(m, tcp);
    return sley_return(sley_unit());
  }
  handover *h = sley__runtime_alloc(b->runtime, sizeof(*h));
  if (h == NULL) {
    sley_tcp_close(tcp);
    member_count(&m->open, -1);
    member_count(&m->failed, 1);
    return sley_return(sley_unit());
  }
  *h = (handover){m, tcp};
  sley_balance_keep(b);
  sley_promise *p = sley_call(m->domain, receive_here, sley_own(h, &handover_type));
  b->unanswered++;
  sley_on_termination_own(p, answered, sley_balance_keep(b), balance_release);
  return p;
}

static member *least_open(sley_balance *b)
{
  member *least = NULL;
  uint64_t open = UINT64_MAX;
  for (size_t i = 0; i < b->count; i++) {
    member *m = &b->members[(b->next + i) % b->count];
    uint64_t other = load(&m->open);
    if (other >= open || !sley_domain_is_open(m->domain)) continue;
    open = other;
    least = m;
  }
  b->next++;
  return least;
}

static member *by_key(sley_balance *b, sley_tcp *tcp)
{
  return &b->members[b->key(tcp, &b->context) % b->count];
}

/* ---- accepting ---- */

static sley_promise *accept_next(sley_balance *b);

static sley_promise *go_on(void *ctx, sley_value *v)
{
  (void)v;
  return accept_next(ctx);
}

static sley_promise *go_on_anyway(void *ctx, sley_error *e)
{
  (void)e;
  return accept_next(ctx);
}

static sley_promise *accepted(void *ctx, sley_value *v)
{
  sley_balance *b = ctx;
  sley_value taken;
  if (sley_take(v, &taken) != 0) return accept_next(b);
  sley_tcp *tcp = sley_tcp_of(&taken);
  member *m = b->mode == SLEY_BALANCE_KEY ? by_key(b, tcp) : least_open(b);
  if (m == NULL) { /* every domain has ended */
    sley_tcp_close(tcp);
    member_count(&b->members[0].lost, 1);
    return accept_next(b);
  }
  sley_promise *there = hand_over(m, tcp);
  if (b->unanswered >= MOST_UNANSWERED) return sley_try_bind(there, go_on, go_on_anyway, b);
  sley_drop(there);
  return accept_next(b);
}

static sley_promise *accept_next(sley_balance *b)
{
  if (b->listener == NULL) return sley_return(sley_unit());
  return sley_bind(sley_accept(b->listener), accepted, b);
}

static sley_promise *accept_here(member *m);

static sley_promise *accepted_here(void *ctx, sley_value *v)
{
  member *m = ctx;
  sley_value taken;
  if (sley_take(v, &taken) == 0) {
    member_count(&m->accepted, 1);
    member_count(&m->open, 1);
    sley__serve(m, sley_tcp_of(&taken));
  }
  return accept_here(m);
}

static sley_promise *accept_here(member *m)
{
  if (m->listener == NULL) return sley_return(sley_unit());
  return sley_bind(sley_accept(m->listener), accepted_here, m);
}

/* Runs until the listener is closed: the rejection that says so is no news. */
static void accept_for_ever(sley_balance *b, sley_promise *p)
{
  p = sley_attach(p, sley_balance_keep(b), balance_release);
  sley_error *e = sley_ignore_result(p);
  sley_error_drop(e);
}

static sley_promise *end_quietly(void *ctx, sley_error *e)
{
  (void)ctx;
  if (e == sley_error_closed()) return sley_return(sley_unit());
  return sley_fail(sley_error_keep(e));
}

/* ---- a listener in every domain ---- */

typedef struct order {
  member *member; /* its balance is held */
  double seconds;
} order;

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

static sley_promise *order_to(const char *site, member *m, sley_call_fn *f, double seconds)
{
  sley_balance *b = m->balance;
  order *o = sley__runtime_alloc(b->runtime, sizeof(*o));
  if (o == NULL) return sley__nomem_promise();
  *o = (order){m, seconds};
  sley_balance_keep(b);
  return sley_call_at(site, m->domain, f, sley_own(o, &order_type));
}

static sley_promise *orders(const char *site, sley_balance *b, size_t from, sley_call_fn *f,
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

/* The first one's port, if the system picks it, is that of all. */
static sley_promise *listen_here(sley_value *arg)
{
  member *m = ((order *)sley_value_ptr(arg, &order_type))->member;
  sley_balance *b = m->balance;
  sley_listen_options listen = b->listen;
  listen.share_port = true;
  if (m != &b->members[0]) listen.port = b->port;
  sley_error *e = sley_listen(&listen, &m->listener);
  if (e != NULL) return sley_fail(e);
  if (m == &b->members[0]) b->port = sley_listener_port(m->listener);
  accept_for_ever(b, sley_catch(accept_here(m), end_quietly, NULL));
  return sley_return(sley_unit());
}

static sley_promise *stop_here(sley_value *arg)
{
  const order *o = sley_value_ptr(arg, &order_type);
  return sley__serve_stop(o->member, o->seconds);
}

static sley_promise *the_others_listen(void *ctx, sley_value *v)
{
  (void)v;
  return orders("", ctx, 1, listen_here, 0);
}

/* ---- starting and stopping ---- */

static sley_promise *started(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_own(sley_balance_keep(ctx), &sley_type_balance));
}

static sley_promise *not_started(void *ctx, sley_error *e)
{
  sley_error_drop(sley_ignore_result(orders("", ctx, 0, stop_here, 0)));
  return sley_fail(sley_error_keep(e));
}

static sley_error *options_check(const char *site, const sley_balance_options *o)
{
  bool good = o->size >= sizeof(*o) && o->count > 0 && o->serve != NULL &&
              o->mode <= SLEY_BALANCE_KERNEL && (o->key != NULL) == (o->mode == SLEY_BALANCE_KEY);
  if (good) return NULL;
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "sley_balance_start: %zu domains, mode %d%s", o->count, (int)o->mode,
                           o->mode == SLEY_BALANCE_KEY && o->key == NULL ? " without a key" : "");
}

static sley_balance *balance_new(const sley_balance_options *o)
{
  sley_runtime *runtime = sley__self()->runtime;
  sley_balance *b = sley__runtime_alloc(runtime, balance_bytes(o->count));
  if (b == NULL) return NULL;
  memset(b, 0, balance_bytes(o->count));
  b->runtime = runtime;
  b->holders = 1;
  b->mode = o->mode;
  b->serve = o->serve;
  b->key = o->key;
  b->listen = o->listen;
  if (o->listen.host != NULL) {
    snprintf(b->host, sizeof(b->host), "%s", o->listen.host);
    b->listen.host = b->host;
  }
  b->count = o->count;
  for (size_t i = 0; i < o->count; i++) {
    b->members[i].balance = b;
    b->members[i].domain = sley_domain_keep(o->domains[i]);
  }
  return b;
}

static sley_promise *start(const char *site, sley_balance *b)
{
  if (b->mode == SLEY_BALANCE_KERNEL) {
    sley_promise *p = order_to(site, &b->members[0], listen_here, 0);
    p = sley_try_bind_at(site, sley_bind_at(site, p, the_others_listen, b), started, not_started,
                         b);
    return sley_attach(p, sley_balance_keep(b), balance_release);
  }
  b->listen.share_port = false;
  sley_error *e = sley_listen(&b->listen, &b->listener);
  if (e != NULL) return sley_fail_at(site, e);
  b->port = sley_listener_port(b->listener);
  accept_for_ever(b, sley_catch_at(site, accept_next(b), end_quietly, NULL));
  return started(b, NULL);
}

sley_promise *sley_balance_start_at(const char *site, const sley_balance_options *options)
{
  sley_value context = options->context;
  sley_error *e = options_check(site, options);
  if (e == NULL && sley__value_send(&context) != 0)
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_ESEND,
                          "the context of a balance, of type %s: %s", context.type->name,
                          sley_code_text(SLEY_ESEND));
  sley_balance *b = e == NULL ? balance_new(options) : NULL;
  if (b == NULL) {
    sley_value_drop(&context);
    return sley_fail_at(site, e != NULL ? e : sley_error_nomem());
  }
  b->context = context;
  sley_promise *p = start(site, b);
  sley_balance_drop(b);
  return p;
}

sley_promise *(sley_balance_start)(const sley_balance_options *options)
{
  return sley_balance_start_at("", options);
}

static sley_promise *gone_has_stopped(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EGONE)) return sley_return(sley_unit());
  return sley_fail(sley_error_keep(e));
}

sley_promise *sley_balance_stop_at(const char *site, sley_balance *balance, double seconds)
{
  sley_listener *listener = balance->listener;
  balance->listener = NULL;
  sley_listener_close(listener);
  return sley_catch_at(site, orders(site, balance, 0, stop_here, seconds), gone_has_stopped, NULL);
}

sley_promise *(sley_balance_stop)(sley_balance *balance, double seconds)
{
  return sley_balance_stop_at("", balance, seconds);
}
