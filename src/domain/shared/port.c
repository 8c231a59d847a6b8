/* Ports: putting and getting without waiting, closing, handles. port.h has the reading guide. */
#include "domain/shared/port.h"

enum { MOST_CAPACITY = 1 << 20 };

static struct sley__item port_item_of(sley_value v)
{
  union {
    const sley_type *in;
    uintptr_t out;
  } u = {v.type};
  return (struct sley__item){{v.u, u.out}};
}

bool sley__port_channel_put(sley_port *port, sley_value v)
{
  struct sley__item i = port_item_of(v);
  return sley__channel_put(port->channel, &i);
}

bool sley__port_channel_take(sley_port *port, sley_value *v)
{
  struct sley__item i;
  if (!sley__channel_take(port->channel, &i)) return false;
  union {
    uintptr_t in;
    const sley_type *out;
  } u = {(uintptr_t)i.word[1]};
  v->u = i.word[0];
  v->type = u.out;
  return true;
}

/* ---- putting ---- */

int sley__port_refusal(const sley_port *port)
{
  return port->is_subscription && sley__port_mark(&port->unread) ? 0 : -SLEY_ECLOSED;
}

/* v is prepared for sending. Consumed unless the result is -SLEY_EAGAIN. */
static int port_put_now(sley_port *port, sley_value v)
{
  if (sley__port_mark(&port->closed)) {
    sley_value_drop(&v);
    return sley__port_refusal(port);
  }
  /* A channel closed meanwhile stays full. */
  if (sley__port_waiting(&port->writers_waiting) != 0 || !sley__port_channel_put(port, v))
    return -SLEY_EAGAIN;
  sley__port_changed(port);
  /* Reading can have been closed in between, with no reader left to take this value out. */
  if (sley__port_mark(&port->unread)) sley_port_close_reading(port);
  return 0;
}

int sley_port_try_put(sley_port *port, sley_value v)
{
  SLEY__NEEDS(port);
  sley__shared_use(port, "a port");
  int code = sley__value_send(&v);
  if (code == 0) code = port_put_now(port, v);
  if (code == -SLEY_EAGAIN && sley__port_mark(&port->closed)) {
    sley_value_drop(&v);
    return sley__port_refusal(port);
  }
  if (code == -SLEY_EAGAIN || code == -SLEY_ESEND) sley_value_drop(&v);
  return code;
}

sley_promise *sley_port_put_at(const char *site, sley_port *port, sley_value v)
{
  SLEY__NEEDS_AT(site, port);
  sley__shared_use_at(site, port, "a port");
  if (sley__value_send(&v) != 0) {
    sley_error *e = sley__send_error(site, &v, "sley_port_put: the value");
    sley_value_drop(&v);
    return sley_fail_at(site, e);
  }
  sley_promise *done = sley_return_at(site, sley_unit()); /* made first: a put cannot be undone */
  if (sley_state(done) != SLEY_PROMISE_STATE_FULFILLED) {
    sley_value_drop(&v);
    return done;
  }
  int code = port_put_now(port, v);
  if (code == 0) return done;
  sley_drop(done);
  if (code == -SLEY_ECLOSED) return sley_fail_at(site, sley_error_closed());
  return sley__port_put_later(site, port, v);
}

/* ---- getting ---- */

int sley_port_try_get(sley_port *port, sley_value *out)
{
  SLEY__NEEDS(port);
  SLEY__NEEDS(out);
  sley__shared_use(port, "a port");
  *out = sley_unit();
  if (sley__port_waiting(&port->readers_waiting) != 0 || !sley__port_channel_take(port, out))
    return sley__channel_is_over(port->channel) ? -SLEY_EEOF : -SLEY_EAGAIN;
  sley__port_changed(port);
  return 0;
}

/* NULL: must wait. */
static sley_promise *port_get_now(const char *site, sley_port *port, bool end_is_none)
{
  if (!sley__port_mark(&port->closed) && sley__channel_length(port->channel) == 0) return NULL;
  sley_resolver *r;
  sley_promise *p = sley_pending_at(site, &r); /* made first: a value taken must be delivered */
  if (r == NULL) return p;
  sley_value v;
  int code = sley_port_try_get(port, &v);
  if (code == -SLEY_EEOF && !end_is_none) {
    sley_reject(&r, sley_error_eof());
    return p;
  }
  sley_fulfill(&r, code == -SLEY_EEOF ? sley_none() : v);
  if (code != -SLEY_EAGAIN) return p;
  sley_drop(p);
  return NULL;
}

sley_promise *sley__port_get(const char *site, sley_port *port, ticket **place)
{
  sley__refuse_elsewhere_in("sley_port_get", site, port->shared.origin, "a port", "");
  sley_promise *p = port_get_now(site, port, place != NULL);
  return p != NULL ? p : sley__port_get_later(site, port, place);
}

sley_promise *sley_port_get_at(const char *site, sley_port *port)
{
  SLEY__NEEDS_AT(site, port);
  return sley__port_get(site, port, NULL);
}

/* ---- life ---- */

sley_error *sley_port_new(size_t capacity, sley_port **out)
{
  SLEY__NEEDS(out);
  *out = NULL;
  if (capacity == 0 || capacity > MOST_CAPACITY)
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                          "a port has room for 1 to %zu values, not %zu", (size_t)MOST_CAPACITY,
                          capacity);
  unsigned slots = 4;
  while (slots < capacity + 1) slots *= 2;
  sley_port *port = sley__shared_new(sizeof(*port));
  void *memory =
      port == NULL ? NULL : sley__runtime_alloc(port->shared.runtime, sley__channel_bytes(slots));
  if (memory == NULL) {
    if (port != NULL) sley__shared_free(port);
    return sley_error_nomem();
  }
  port->channel = sley__channel_init(memory, slots);
  port->slots = slots;
  sley__dlist_init(&port->readers);
  sley__dlist_init(&port->writers);
  *out = port;
  return NULL;
}

sley_port *sley_port_keep(sley_port *port)
{
  SLEY__NEEDS(port);
  sley__shared_keep(port);
  return port;
}

static void port_values_drop(sley_port *port)
{
  sley_value v;
  while (sley__port_channel_take(port, &v)) sley_value_drop(&v);
}

/* Ports that this thread must empty, each with a hold. A value in one can be the last end of another, and so on: the
 * outermost call empties them one by one, however deep they nest. */
static _Thread_local struct {
  sley_port *first;
  bool is_emptying;
} listed;

static void port_list(sley_port *port)
{
  sley__fence(); /* the put, then the load of is_listed; ports_empty has the other half */
  if (!__atomic_exchange_n(&port->is_listed, true, __ATOMIC_ACQ_REL)) {
    port->next_listed = listed.first;
    listed.first = port;
  } else if (sley__shared_release(port)) { /* meanwhile the thread that listed it has emptied it */
    sley__shared_keep(port);
    port_list(port);
  }
}

static SLEY__NOINLINE void ports_empty(void)
{
  while (listed.first != NULL) {
    sley_port *port = listed.first;
    listed.first = port->next_listed;
    __atomic_store_n(&port->is_listed, false, __ATOMIC_RELEASE);
    sley__fence(); /* then the load of what was put */
    port_values_drop(port);
    if (!sley__shared_release(port)) continue;
    port_values_drop(port);
    sley__runtime_free(port->shared.runtime, port->channel, sley__channel_bytes(port->slots));
    sley__shared_free(port);
  }
}

/* Consumes a hold. Inside a value's drop the port is emptied later. */
static void port_empty(sley_port *port)
{
  port_list(port);
  if (listed.is_emptying) return;
  listed.is_emptying = true;
  ports_empty();
  listed.is_emptying = false;
}

void sley_port_drop(sley_port *port)
{
  if (port == NULL || !sley__shared_release(port)) return;
  sley__shared_keep(port);
  port_empty(port);
}

void sley_port_close(sley_port *port)
{
  SLEY__NEEDS(port);
  sley__shared_use(port, "a port");
  sley__port_close_all(port);
}

void sley_port_close_reading(sley_port *port)
{
  SLEY__NEEDS(port);
  sley__shared_use(port, "a port");
  __atomic_store_n(&port->unread, true, __ATOMIC_SEQ_CST);
  sley__port_close_all(port);
  sley__shared_keep(port);
  port_empty(port);
}

bool sley_port_is_closed(const sley_port *port)
{
  SLEY__NEEDS(port);
  return sley__port_mark(&port->closed);
}

size_t sley_port_count(const sley_port *port)
{
  SLEY__NEEDS(port);
  return sley__channel_length(port->channel);
}
