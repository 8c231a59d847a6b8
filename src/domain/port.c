/* Ports. Values pass through a lock-free channel; only who has to wait takes the lock.
 *
 * Waiting, both ways, as between sleeper and producer (src/queue/sleeper.c): who waits counts itself
 * under the lock, fences, and looks at the channel once more (match); who has changed the channel
 * fences and looks at the counts. So one of both sees the other.
 *
 * A waiting put leaves its value with the port, and whoever makes room puts it. A waiting get is only
 * called: its domain takes the value itself when the call arrives. Called or not, it keeps its
 * place in the list until then, and nobody overtakes: so a get that is cancelled on the way costs no
 * value its place. */
#include "domain/port.h"

enum { MOST_CAPACITY = 1 << 20 };

typedef struct writer {
  ticket ticket;
  sley_port *port; /* one hold */
  sley_value value;
  bool queued; /* under the port's lock */
  bool closed; /* answered because the port was closed */
  struct writer *next_answered;
} writer;

typedef struct reader {
  ticket ticket;
  sley_port *port; /* one hold */
  bool called;     /* under the port's lock: it is on its way home */
  struct reader *next_called;
} reader;

struct sley_port {
  shared_object shared;
  struct sley__channel *channel; /* any thread */
  unsigned slots;
  bool closed, unread; /* any thread, __atomic; written under the lock */
  bool is_subscription;
  unsigned readers_waiting, writers_waiting; /* any thread, __atomic; written under the lock */
  /* Under the lock. */
  unsigned readers_called;
  ticket_list readers, writers;
};

static writer *writer_of(ticket *t) { return SLEY__CONTAINER(t, writer, ticket); }
static reader *reader_of(ticket *t) { return SLEY__CONTAINER(t, reader, ticket); }

static struct sley__item item_of(sley_value v)
{
  union {
    const sley_type *in;
    uintptr_t out;
  } u = {v.type};
  return (struct sley__item){{v.u, u.out}};
}

static bool channel_put(sley_port *port, sley_value v)
{
  struct sley__item i = item_of(v);
  return sley__channel_put(port->channel, &i);
}

static bool channel_take(sley_port *port, sley_value *v)
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

static void count_waiting(unsigned *count, int by)
{
  __atomic_store_n(count, *count + (unsigned)by, __ATOMIC_RELAXED);
}

static unsigned waiting(const unsigned *count) { return __atomic_load_n(count, __ATOMIC_RELAXED); }

static bool is_set(const bool *mark) { return __atomic_load_n(mark, __ATOMIC_ACQUIRE); }

/* ---- matching ---- */

/* Who is to be told once the lock is let go. */
typedef struct calls {
  reader *readers;
  writer *writers;
} calls;

static void writers_match(sley_port *port, calls *c)
{
  while (port->writers.first != NULL) {
    writer *w = writer_of(port->writers.first);
    w->closed = is_set(&port->closed);
    if (!w->closed && !channel_put(port, w->value)) return;
    if (!w->closed) w->value = sley_unit();
    w->queued = false;
    ticket_list_remove(&port->writers, &w->ticket);
    count_waiting(&port->writers_waiting, -1);
    w->next_answered = c->writers;
    c->writers = w;
  }
}

static void readers_match(sley_port *port, calls *c)
{
  unsigned there = sley__channel_length(port->channel);
  if (is_set(&port->closed)) there = port->readers_waiting; /* to hear of the end */
  for (ticket *t = port->readers.first; t != NULL && port->readers_called < there; t = t->next) {
    reader *r = reader_of(t);
    if (r->called) continue;
    r->called = true;
    port->readers_called++;
    r->next_called = c->readers;
    c->readers = r;
  }
}

/* Under the lock, after what waits has been counted. */
static void match(sley_port *port, calls *c)
{
  sley__fence();
  writers_match(port, c);
  readers_match(port, c);
}

static void tell(calls *c)
{
  while (c->readers != NULL) {
    reader *r = c->readers;
    c->readers = r->next_called;
    sley__ticket_send(&r->ticket);
  }
  writer *oldest = NULL;
  while (c->writers != NULL) { /* in the order of their values */
    writer *w = c->writers;
    c->writers = w->next_answered;
    w->next_answered = oldest;
    oldest = w;
  }
  while (oldest != NULL) {
    writer *w = oldest;
    oldest = w->next_answered;
    sley__ticket_send(&w->ticket);
  }
}

static void match_all(sley_port *port)
{
  calls c = {NULL, NULL};
  pthread_mutex_lock(&port->shared.lock);
  match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  tell(&c);
}

/* After a change of the channel without the lock. */
static void changed(sley_port *port)
{
  sley__fence();
  if (waiting(&port->readers_waiting) != 0 || waiting(&port->writers_waiting) != 0) match_all(port);
}

/* ---- who waits ---- */

static void writer_end(writer *w)
{
  sley_value_drop(&w->value);
  sley_port_drop(w->port);
}

static bool writer_withdraw(ticket *t)
{
  writer *w = writer_of(t);
  pthread_mutex_lock(&w->port->shared.lock);
  bool queued = w->queued;
  if (queued) {
    ticket_list_remove(&w->port->writers, t);
    count_waiting(&w->port->writers_waiting, -1);
  }
  pthread_mutex_unlock(&w->port->shared.lock);
  if (queued) writer_end(w);
  return queued;
}

static bool writer_arrived(ticket *t)
{
  writer *w = writer_of(t);
  sley_resolver *r = sley__ticket_end(t);
  bool closed = w->closed && !w->port->is_subscription;
  writer_end(w);
  if (closed && r != NULL) sley_reject(&r, sley_error_closed());
  else sley_fulfill(&r, sley_unit());
  return true;
}

static void writer_lost(ticket *t) { writer_end(writer_of(t)); }

static const ticket_type writer_type = {.operation = {"port put", sley__ticket_cancel},
                                        .size = sizeof(writer),
                                        .withdraw = writer_withdraw,
                                        .arrived = writer_arrived,
                                        .lost = writer_lost};

/* Under the lock. */
static void reader_leave(reader *r)
{
  ticket_list_remove(&r->port->readers, &r->ticket);
  count_waiting(&r->port->readers_waiting, -1);
  if (r->called) r->port->readers_called--;
}

static bool reader_withdraw(ticket *t)
{
  reader *r = reader_of(t);
  sley_port *port = r->port;
  calls c = {NULL, NULL};
  pthread_mutex_lock(&port->shared.lock);
  bool called = r->called;
  reader_leave(r);
  match(port, &c); /* its call is another's */
  pthread_mutex_unlock(&port->shared.lock);
  tell(&c);
  if (!called) sley_port_drop(port);
  return !called;
}

static bool reader_arrived(ticket *t)
{
  reader *r = reader_of(t);
  sley_port *port = r->port;
  sley_value v = sley_unit();
  calls c = {NULL, NULL};
  if (t->resolver == NULL) {
    sley_port_drop(port);
    return true;
  }
  pthread_mutex_lock(&port->shared.lock);
  bool taken = channel_take(port, &v), over = !taken && is_set(&port->closed);
  if (taken || over) {
    reader_leave(r);
  } else { /* another came first, by a hair */
    r->called = false;
    port->readers_called--;
  }
  match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  tell(&c);
  if (!taken && !over) return false;
  sley_resolver *resolver = sley__ticket_end(t);
  sley_port_drop(port);
  if (taken) sley_fulfill(&resolver, v);
  else sley_reject(&resolver, sley_error_eof());
  return true;
}

static void reader_lost(ticket *t) { sley_port_drop(reader_of(t)->port); }

static const ticket_type reader_type = {.operation = {"port get", sley__ticket_cancel},
                                        .size = sizeof(reader),
                                        .withdraw = reader_withdraw,
                                        .arrived = reader_arrived,
                                        .lost = reader_lost};

/* ---- putting ---- */

/* v is ready to leave. Consumed unless -SLEY_EAGAIN. */
static int put_now(sley_port *port, sley_value v)
{
  if (is_set(&port->closed)) {
    sley_value_drop(&v);
    return -SLEY_ECLOSED;
  }
  if (waiting(&port->writers_waiting) != 0 || !channel_put(port, v)) return -SLEY_EAGAIN;
  changed(port);
  /* It may have been closed for reading in between, with nobody left to take this out. */
  if (is_set(&port->unread)) sley_port_close_reading(port);
  return 0;
}

int sley_port_try_put(sley_port *port, sley_value v)
{
  int code = sley__value_send(&v);
  if (code == 0) code = put_now(port, v);
  if (code == -SLEY_EAGAIN || code == -SLEY_ESEND) sley_value_drop(&v);
  return code;
}

static sley_promise *put_later(const char *site, sley_port *port, sley_value v)
{
  sley_promise *p, *failed;
  ticket *t = sley__ticket_new(site, &writer_type, &p, &failed);
  if (t == NULL) {
    sley_value_drop(&v);
    return failed;
  }
  writer *w = writer_of(t);
  calls c = {NULL, NULL};
  w->port = sley_port_keep(port);
  w->value = v;
  w->queued = true;
  pthread_mutex_lock(&port->shared.lock);
  ticket_list_add(&port->writers, t);
  count_waiting(&port->writers_waiting, 1);
  match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  tell(&c);
  return p;
}

sley_promise *sley_port_put_at(const char *site, sley_port *port, sley_value v)
{
  if (sley__value_send(&v) != 0) {
    sley_error *e = sley_error_new_at(site, &sley_kind_sley, SLEY_ESEND,
                                      "a value of type %s put into a port: %s", v.type->name,
                                      sley_code_text(SLEY_ESEND));
    sley_value_drop(&v);
    return sley_fail_at(site, e);
  }
  sley_promise *done = sley_return_at(site, sley_unit()); /* first: what is put stays put */
  if (sley_state(done) != SLEY_FULFILLED) {
    sley_value_drop(&v);
    return done;
  }
  int code = put_now(port, v);
  if (code == 0) return done;
  sley_drop(done);
  if (code == -SLEY_ECLOSED) return sley_fail_at(site, sley_error_closed());
  return put_later(site, port, v);
}

sley_promise *(sley_port_put)(sley_port *port, sley_value v)
{
  return sley_port_put_at("", port, v);
}

/* ---- getting ---- */

int sley_port_try_get(sley_port *port, sley_value *out)
{
  *out = sley_unit();
  bool closed = is_set(&port->closed); /* asked first: nothing is put behind it */
  if (waiting(&port->readers_waiting) != 0 || !channel_take(port, out))
    return closed && sley__channel_length(port->channel) == 0 ? -SLEY_EEOF : -SLEY_EAGAIN;
  changed(port);
  return 0;
}

/* NULL: has to wait. */
static sley_promise *get_now(const char *site, sley_port *port)
{
  if (!is_set(&port->closed) && sley__channel_length(port->channel) == 0) return NULL;
  sley_resolver *r;
  sley_promise *p = sley_wait_at(site, &r); /* first: what is taken is given */
  if (r == NULL) return p;
  sley_value v;
  int code = sley_port_try_get(port, &v);
  if (code == 0) {
    sley_fulfill(&r, v);
  } else if (code == -SLEY_EEOF) {
    sley_reject(&r, sley_error_eof());
  } else {
    sley_fulfill(&r, v);
    sley_drop(p);
    p = NULL;
  }
  return p;
}

sley_promise *sley_port_get_at(const char *site, sley_port *port)
{
  sley_promise *p = get_now(site, port), *failed;
  if (p != NULL) return p;
  ticket *t = sley__ticket_new(site, &reader_type, &p, &failed);
  if (t == NULL) return failed;
  calls c = {NULL, NULL};
  reader_of(t)->port = sley_port_keep(port);
  pthread_mutex_lock(&port->shared.lock);
  ticket_list_add(&port->readers, t);
  count_waiting(&port->readers_waiting, 1);
  match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  tell(&c);
  return p;
}

sley_promise *(sley_port_get)(sley_port *port) { return sley_port_get_at("", port); }

/* ---- life ---- */

int sley_port_new(size_t capacity, sley_port **out)
{
  *out = NULL;
  if (capacity == 0 || capacity > MOST_CAPACITY) return -SLEY_EINVAL;
  unsigned slots = 4;
  while (slots < capacity + 1) slots *= 2;
  sley_port *port = sley__shared_new(sizeof(*port));
  void *memory =
      port == NULL ? NULL : sley__runtime_alloc(port->shared.runtime, sley__channel_bytes(slots));
  if (memory == NULL) {
    if (port != NULL) sley__shared_free(port);
    return -SLEY_ENOMEM;
  }
  port->channel = sley__channel_init(memory, slots);
  port->slots = slots;
  *out = port;
  return 0;
}

sley_port *sley_port_keep(sley_port *port)
{
  sley__shared_keep(port);
  return port;
}

static void values_drop(sley_port *port)
{
  sley_value v;
  while (channel_take(port, &v)) sley_value_drop(&v);
}

void sley_port_drop(sley_port *port)
{
  if (port == NULL || !sley__shared_release(port)) return;
  values_drop(port);
  sley__runtime_free(port->shared.runtime, port->channel, sley__channel_bytes(port->slots));
  sley__shared_free(port);
}

void sley_port_close(sley_port *port)
{
  calls c = {NULL, NULL};
  pthread_mutex_lock(&port->shared.lock);
  __atomic_store_n(&port->closed, true, __ATOMIC_SEQ_CST);
  match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  tell(&c);
}

void sley_port_close_reading(sley_port *port)
{
  __atomic_store_n(&port->unread, true, __ATOMIC_SEQ_CST);
  sley_port_close(port);
  values_drop(port);
}

bool sley_port_is_closed(const sley_port *port) { return is_set(&port->closed); }

size_t sley_port_length(const sley_port *port) { return sley__channel_length(port->channel); }

void sley__port_subscribe(sley_port *port) { port->is_subscription = true; }

bool sley__port_is_read(const sley_port *port) { return !is_set(&port->unread); }

static void *port_dup(void *ptr) { return sley_port_keep(ptr); }

static void port_value_drop(void *ptr) { sley_port_drop(ptr); }

const sley_type sley_type_port = {.size = sizeof(sley_type),
                                  .name = "port",
                                  .drop = port_value_drop,
                                  .dup = port_dup,
                                  .send = sley_send_plain};

sley_value sley_port_value(sley_port *port)
{
  return sley_own(sley_port_keep(port), &sley_type_port);
}

sley_port *sley_port_of(const sley_value *v) { return sley_value_ptr(v, &sley_type_port); }
