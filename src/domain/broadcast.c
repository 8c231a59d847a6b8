/* Broadcasts: a port for each subscriber. Values are put under one lock, so that all see one order. */
#include "domain/port.h"

struct sley_broadcast {
  shared_object shared;
  size_t capacity;
  /* Under the lock. */
  bool closed;
  sley_port **ports; /* a hold each */
  size_t count, room;
};

int sley_broadcast_new(size_t capacity, sley_broadcast **out)
{
  SLEY__NEEDS(out);
  sley_port *probe; /* the same limits */
  *out = NULL;
  int code = sley_port_new(capacity, &probe);
  if (code != 0) return code;
  sley_port_drop(probe);
  *out = sley__shared_new(sizeof(**out));
  if (*out == NULL) return -SLEY_ENOMEM;
  (*out)->capacity = capacity;
  return 0;
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
  sley__shared_free(broadcast);
}

/* Lets those go that nobody reads any more. Under the lock. */
static void prune(sley_broadcast *b)
{
  size_t kept = 0;
  for (size_t i = 0; i < b->count; i++) {
    if (!port_mark(&b->ports[i]->unread)) b->ports[kept++] = b->ports[i];
    else sley_port_drop(b->ports[i]);
  }
  b->count = kept;
}

static bool grow(sley_broadcast *b)
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

int sley_broadcast_subscribe(sley_broadcast *broadcast, sley_port **out)
{
  SLEY__NEEDS(broadcast);
  SLEY__NEEDS(out);
  sley_port *port;
  *out = NULL;
  int code = sley_port_new(broadcast->capacity, &port);
  if (code != 0) return code;
  port->is_subscription = true;
  sley__shared_use(broadcast, "a broadcast");
  pthread_mutex_lock(&broadcast->shared.lock);
  prune(broadcast);
  if (broadcast->closed) code = -SLEY_ECLOSED;
  else if (!grow(broadcast)) code = -SLEY_ENOMEM;
  else broadcast->ports[broadcast->count++] = sley_port_keep(port);
  pthread_mutex_unlock(&broadcast->shared.lock);
  if (code == 0) *out = port;
  else sley_port_drop(port);
  return code;
}

/* Under the lock; no callback runs. ps has room. Consumes v's copies as far as it comes. */
static int put_all(const char *site, sley_broadcast *b, sley_value *v, sley_promise **ps,
                   size_t *made)
{
  for (size_t i = 0; i < b->count; i++) {
    sley_value own = *v;
    if (i + 1 < b->count) {
      int code = sley_value_dup(v, &own);
      if (code != 0) return code;
    } else {
      *v = sley_unit();
    }
    ps[(*made)++] = sley_port_put_at(site, b->ports[i], own);
  }
  return 0;
}

sley_promise *sley_broadcast_put_at(const char *site, sley_broadcast *broadcast, sley_value v)
{
  SLEY__NEEDS_AT(site, broadcast);
  sley_runtime *runtime = broadcast->shared.runtime;
  sley_promise **ps = NULL;
  size_t made = 0, bytes = 0;
  sley__shared_use(broadcast, "a broadcast");
  pthread_mutex_lock(&broadcast->shared.lock);
  prune(broadcast);
  int code = broadcast->closed ? -SLEY_ECLOSED : 0;
  if (code == 0 && broadcast->count > 0) {
    bytes = broadcast->count * sizeof(sley_promise *);
    ps = sley__runtime_alloc(runtime, bytes);
    code = ps == NULL ? -SLEY_ENOMEM : put_all(site, broadcast, &v, ps, &made);
  }
  pthread_mutex_unlock(&broadcast->shared.lock);
  sley_value_drop(&v);
  sley_promise *all = sley_join_at(site, ps, made);
  sley__runtime_free(runtime, ps, bytes);
  if (code == 0) return all;
  sley_error_drop(sley_ignore_result(all));
  if (code == -SLEY_ENOMEM) return sley__nomem_promise();
  return sley_fail_at(
      site, code == -SLEY_ECLOSED
                ? sley_error_closed()
                : sley_error_new_at(site, &sley_kind_sley, -code, "the value of a broadcast: %s",
                                    sley_code_text(code)));
}

sley_promise *(sley_broadcast_put)(sley_broadcast *broadcast, sley_value v)
{
  return sley_broadcast_put_at("", broadcast, v);
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
  prune(broadcast);
  size_t count = broadcast->count;
  pthread_mutex_unlock(&broadcast->shared.lock);
  return count;
}

static void *broadcast_dup(void *ptr) { return sley_broadcast_keep(ptr); }

static void broadcast_value_drop(void *ptr) { sley_broadcast_drop(ptr); }

const sley_type sley_type_broadcast = {.size = sizeof(sley_type),
                                       .name = "broadcast",
                                       .drop = broadcast_value_drop,
                                       .dup = broadcast_dup,
                                       .send = sley_send_plain};
