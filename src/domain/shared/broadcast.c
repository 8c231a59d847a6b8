/* Broadcasts: one port per subscriber. All subscribers see values in one order: a put holds the order lock from its
 * first port to its last. Functions of the value's type run under that lock and might use the broadcast: so the lock
 * is recursive, and the list of ports has its own. */
#include "domain/shared/port.h"

struct sley_broadcast {
  shared_object shared;
  size_t capacity;
  pthread_mutex_t order;
  /* Under shared.lock. */
  bool closed;
  sley_port **ports; /* one hold each */
  size_t count, room;
};

static int order_init(pthread_mutex_t *order)
{
  pthread_mutexattr_t attributes;
  int code = pthread_mutexattr_init(&attributes);
  if (code != 0) return code;
  code = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  if (code == 0) code = pthread_mutex_init(order, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return code;
}

sley_error *sley_broadcast_new(size_t capacity, sley_broadcast **out)
{
  SLEY__NEEDS(out);
  sley_port *probe; /* checks capacity, since ports have the same limits */
  *out = NULL;
  sley_error *e = sley_port_new(capacity, &probe);
  if (e != NULL) return e;
  sley_port_drop(probe);
  *out = sley__shared_new(sizeof(**out));
  if (*out == NULL) return sley_error_nomem();
  if (order_init(&(*out)->order) != 0) {
    sley__shared_free(*out);
    *out = NULL;
    return sley_error_nomem();
  }
  (*out)->capacity = capacity;
  return NULL;
}

sley_broadcast *sley_broadcast_keep(sley_broadcast *broadcast)
{
  SLEY__NEEDS(broadcast);
  sley__shared_keep(broadcast);
  return broadcast;
}

void sley_broadcast_drop(sley_broadcast *broadcast)
{
  if (broadcast == NULL || !sley__shared_release(broadcast)) return;
  for (size_t i = 0; i < broadcast->count; i++) {
    sley_port_close(broadcast->ports[i]);
    sley_port_drop(broadcast->ports[i]);
  }
  sley__runtime_free(broadcast->shared.runtime, broadcast->ports,
                     broadcast->room * sizeof(sley_port *));
  pthread_mutex_destroy(&broadcast->order);
  sley__shared_free(broadcast);
}

/* Removes the ports without readers and returns them, to be dropped without the lock. Under the lock. */
static sley_port *broadcast_prune(sley_broadcast *b)
{
  size_t kept = 0;
  sley_port *gone = NULL;
  for (size_t i = 0; i < b->count; i++) {
    sley_port *port = b->ports[i];
    if (!sley__port_mark(&port->unread)) {
      b->ports[kept++] = port;
    } else {
      port->next_gone = gone;
      gone = port;
    }
  }
  b->count = kept;
  return gone;
}

static void ports_drop(sley_port *gone)
{
  while (gone != NULL) {
    sley_port *port = gone;
    gone = port->next_gone;
    sley_port_drop(port);
  }
}

static bool broadcast_grow(sley_broadcast *b)
{
  if (b->count < b->room) return true;
  size_t room = b->room == 0 ? 4 : b->room * 2;
  sley_runtime *runtime = b->shared.runtime;
  sley_port **ports = sley__runtime_alloc(runtime, room * sizeof(sley_port *));
  if (ports == NULL) return false;
  if (b->count > 0) memcpy(ports, b->ports, b->count * sizeof(sley_port *));
  sley__runtime_free(runtime, b->ports, b->room * sizeof(sley_port *));
  b->ports = ports;
  b->room = room;
  return true;
}

sley_error *sley_broadcast_subscribe(sley_broadcast *broadcast, sley_port **out)
{
  SLEY__NEEDS(broadcast);
  SLEY__NEEDS(out);
  sley__shared_use(broadcast, "a broadcast");
  sley_port *port;
  *out = NULL;
  sley_error *e = sley_port_new(broadcast->capacity, &port);
  if (e != NULL) return e;
  port->is_subscription = true;
  pthread_mutex_lock(&broadcast->shared.lock);
  sley_port *gone = broadcast_prune(broadcast);
  if (broadcast->closed) e = sley_error_closed();
  else if (!broadcast_grow(broadcast)) e = sley_error_nomem();
  else broadcast->ports[broadcast->count++] = sley_port_keep(port);
  pthread_mutex_unlock(&broadcast->shared.lock);
  ports_drop(gone);
  if (e == NULL) *out = port;
  else sley_port_drop(port);
  return e;
}

/* A put's subscribers and promises. */
typedef struct round {
  size_t count, made;
  sley_port **ports; /* one hold each; NULL: none */
  sley_promise **promises;
} round;

static size_t round_bytes(const round *r)
{
  return r->count * (sizeof(sley_port *) + sizeof(sley_promise *));
}

/* 0 or a negated code. */
static int round_begin(sley_broadcast *b, round *r)
{
  int code = 0;
  pthread_mutex_lock(&b->shared.lock);
  sley_port *gone = broadcast_prune(b);
  if (b->closed) code = -SLEY_ECLOSED;
  *r = (round){.count = code == 0 ? b->count : 0};
  if (r->count > 0) {
    r->ports = sley__runtime_alloc(b->shared.runtime, round_bytes(r));
    if (r->ports == NULL) code = -SLEY_ENOMEM;
  }
  if (r->ports == NULL) {
    r->count = 0;
  } else {
    r->promises = (sley_promise **)(void *)(r->ports + r->count);
    for (size_t i = 0; i < r->count; i++) r->ports[i] = sley_port_keep(b->ports[i]);
  }
  pthread_mutex_unlock(&b->shared.lock);
  ports_drop(gone);
  return code;
}

static void round_end(sley_broadcast *b, round *r)
{
  for (size_t i = 0; i < r->count; i++) sley_port_drop(r->ports[i]);
  sley__runtime_free(b->shared.runtime, r->ports, round_bytes(r));
}

/* Puts a copy of v into each port, and stops when copying fails. */
static int broadcast_put_all(const char *site, round *r, sley_value *v)
{
  for (size_t i = 0; i < r->count; i++) {
    sley_value own = *v;
    if (i + 1 < r->count) {
      int code = sley_value_dup(v, &own);
      if (code != 0) return code;
    } else {
      *v = sley_unit();
    }
    r->promises[r->made++] = sley_port_put_at(site, r->ports[i], own);
  }
  return 0;
}

static sley_error *broadcast_put_error(const char *site, int code)
{
  if (code == -SLEY_ECLOSED) return sley_error_closed();
  return sley_error_new_at(site, &sley_kind_sley, -code, "the value of a broadcast: %s",
                           sley_code_text(code));
}

sley_promise *sley_broadcast_put_at(const char *site, sley_broadcast *broadcast, sley_value v)
{
  SLEY__NEEDS_AT(site, broadcast);
  sley__shared_use_at(site, broadcast, "a broadcast");
  round r;
  sley_broadcast_keep(broadcast); /* a value's drop can drop it */
  pthread_mutex_lock(&broadcast->order);
  int code = round_begin(broadcast, &r);
  if (code == 0) code = broadcast_put_all(site, &r, &v);
  pthread_mutex_unlock(&broadcast->order);
  sley_value_drop(&v);
  sley_promise *all = sley_join_at(site, r.promises, r.made);
  round_end(broadcast, &r);
  sley_broadcast_drop(broadcast);
  if (code == 0) return all;
  sley_error_drop(sley_ignore_result(all));
  return code == -SLEY_ENOMEM ? sley__nomem_promise()
                              : sley_fail_at(site, broadcast_put_error(site, code));
}

void sley_broadcast_close(sley_broadcast *broadcast)
{
  SLEY__NEEDS(broadcast);
  sley__shared_use(broadcast, "a broadcast");
  pthread_mutex_lock(&broadcast->shared.lock);
  broadcast->closed = true;
  for (size_t i = 0; i < broadcast->count; i++) sley_port_close(broadcast->ports[i]);
  pthread_mutex_unlock(&broadcast->shared.lock);
}

size_t sley_broadcast_count(sley_broadcast *broadcast)
{
  SLEY__NEEDS(broadcast);
  sley__shared_use(broadcast, "a broadcast");
  pthread_mutex_lock(&broadcast->shared.lock);
  sley_port *gone = broadcast_prune(broadcast);
  size_t count = broadcast->count;
  pthread_mutex_unlock(&broadcast->shared.lock);
  ports_drop(gone);
  return count;
}

static void *broadcast_dup(void *ptr) { return sley_broadcast_keep(ptr); }

static void broadcast_value_drop(void *ptr) { sley_broadcast_drop(ptr); }

const sley_type sley_type_broadcast = {.size = sizeof(sley_type),
                                       .name = "broadcast",
                                       .drop = broadcast_value_drop,
                                       .dup = broadcast_dup,
                                       .send = sley_send_plain};
