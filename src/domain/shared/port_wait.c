/* Puts and gets that wait for a port.
 *
 * The protocol is that of sleeper and producer (src/queue/sleeper.c): a waiter counts itself under the lock, fences,
 * and checks the channel once more (port_match); a thread that has changed the channel fences and checks the counts.
 * So at least one of them sees the other.
 *
 * A waiting put leaves its value with the port, and the thread that makes room puts it. A waiting get is only
 * called: its domain takes the value itself when the call arrives. Until then it keeps its place in the list, called
 * or not, and no other get overtakes it: so a get canceled on the way does not cost a value its place. */
#include "domain/shared/port.h"

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
  ticket **place;  /* home: set while it waits; can be NULL */
  bool called;     /* under the port's lock: it is on its way home */
  struct reader *next_called;
} reader;

static writer *writer_of(ticket *t) { return SLEY__CONTAINER(t, writer, ticket); }
static reader *reader_of(ticket *t) { return SLEY__CONTAINER(t, reader, ticket); }

static void count_waiting(unsigned *count, int by)
{
  __atomic_store_n(count, *count + (unsigned)by, __ATOMIC_RELAXED);
}

/* ---- matching ---- */

/* Tickets to be sent once the lock is released. */
typedef struct calls {
  reader *readers;
  writer *writers;
} calls;

static void writers_match(sley_port *port, calls *c)
{
  while (!sley__dlist_is_empty(&port->writers)) {
    writer *w = writer_of(sley__ticket_at(port->writers.next));
    w->closed = sley__port_mark(&port->closed);
    if (!w->closed && !sley__port_channel_put(port, w->value)) return;
    if (!w->closed) w->value = sley_unit();
    w->queued = false;
    sley__dlist_remove(&w->ticket.place);
    count_waiting(&port->writers_waiting, -1);
    w->next_answered = c->writers;
    c->writers = w;
  }
}

static void readers_match(sley_port *port, calls *c)
{
  unsigned there = sley__channel_length(port->channel);
  if (sley__channel_is_over(port->channel))
    there = port->readers_waiting; /* the end concerns all of them */
  for (struct sley__dlist *i = port->readers.next;
       i != &port->readers && port->readers_called < there; i = i->next) {
    reader *r = reader_of(sley__ticket_at(i));
    if (r->called) continue;
    r->called = true;
    port->readers_called++;
    r->next_called = c->readers;
    c->readers = r;
  }
}

/* Under the lock, after counting the waiters. */
static void port_match(sley_port *port, calls *c)
{
  sley__fence();
  writers_match(port, c);
  readers_match(port, c);
}

static void calls_send(calls *c)
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

static void port_match_all(sley_port *port)
{
  calls c = {NULL, NULL};
  pthread_mutex_lock(&port->shared.lock);
  port_match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  calls_send(&c);
}

void sley__port_changed(sley_port *port)
{
  sley__fence();
  if (sley__port_waiting(&port->readers_waiting) != 0 ||
      sley__port_waiting(&port->writers_waiting) != 0)
    port_match_all(port);
}

void sley__port_close_all(sley_port *port)
{
  calls c = {NULL, NULL};
  pthread_mutex_lock(&port->shared.lock);
  if (!sley__port_mark(&port->closed)) {
    __atomic_store_n(&port->closed, true, __ATOMIC_SEQ_CST);
    sley__channel_close(port->channel);
  }
  port_match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  calls_send(&c);
}

/* ---- puts ---- */

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
    sley__dlist_remove(&t->place);
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
  bool refused = w->closed && sley__port_refusal(w->port) != 0;
  writer_end(w);
  if (refused && r != NULL) sley_reject(&r, sley_error_closed());
  else sley__operation_fulfill(&r, sley_unit());
  return true;
}

static void writer_lost(ticket *t) { writer_end(writer_of(t)); }

static const ticket_type writer_type = {.operation = {"port put", sley__ticket_cancel},
                                        .size = sizeof(writer),
                                        .withdraw = writer_withdraw,
                                        .arrived = writer_arrived,
                                        .lost = writer_lost};

sley_promise *sley__port_put_later(const char *site, sley_port *port, sley_value v)
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
  sley__dlist_append(&port->writers, &t->place);
  count_waiting(&port->writers_waiting, 1);
  port_match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  calls_send(&c);
  return p;
}

/* ---- gets ---- */

/* Under the lock. */
static void reader_leave(reader *r)
{
  sley__dlist_remove(&r->ticket.place);
  count_waiting(&r->port->readers_waiting, -1);
  if (r->called) r->port->readers_called--;
}

/* Home: clears the place of a get that no longer waits. */
static void reader_leave_place(reader *r)
{
  if (r->place != NULL) *r->place = NULL;
}

static bool reader_withdraw(ticket *t)
{
  reader *r = reader_of(t);
  sley_port *port = r->port;
  calls c = {NULL, NULL};
  reader_leave_place(r);
  pthread_mutex_lock(&port->shared.lock);
  bool called = r->called;
  reader_leave(r);
  port_match(port, &c); /* its call can go to another get */
  pthread_mutex_unlock(&port->shared.lock);
  calls_send(&c);
  if (!called) sley_port_drop(port);
  return !called;
}

static bool reader_arrived(ticket *t)
{
  reader *r = reader_of(t);
  sley_port *port = r->port;
  sley_value v = sley_none();
  calls c = {NULL, NULL};
  if (t->resolver == NULL) {
    sley_port_drop(port);
    return true;
  }
  pthread_mutex_lock(&port->shared.lock);
  bool taken = sley__port_channel_take(port, &v);
  bool over = !taken && sley__channel_is_over(port->channel);
  if (taken || over) {
    reader_leave(r);
  } else { /* another get took the value first */
    r->called = false;
    port->readers_called--;
  }
  port_match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  calls_send(&c);
  if (!taken && !over) return false;
  reader_leave_place(r);
  sley_resolver *resolver = sley__ticket_end(t);
  sley_port_drop(port);
  if (over && r->place == NULL) sley_reject(&resolver, sley_error_eof());
  else sley__operation_fulfill(&resolver, v);
  return true;
}

static void reader_lost(ticket *t) { sley_port_drop(reader_of(t)->port); }

static const ticket_type reader_type = {.operation = {"port get", sley__ticket_cancel},
                                        .size = sizeof(reader),
                                        .withdraw = reader_withdraw,
                                        .arrived = reader_arrived,
                                        .lost = reader_lost};

sley_promise *sley__port_get_later(const char *site, sley_port *port, ticket **place)
{
  sley_promise *p, *failed;
  ticket *t = sley__ticket_new(site, &reader_type, &p, &failed);
  if (t == NULL) return failed;
  reader *r = reader_of(t);
  calls c = {NULL, NULL};
  r->port = sley_port_keep(port);
  r->place = place;
  if (place != NULL) *place = t;
  pthread_mutex_lock(&port->shared.lock);
  sley__dlist_append(&port->readers, &t->place);
  count_waiting(&port->readers_waiting, 1);
  port_match(port, &c);
  pthread_mutex_unlock(&port->shared.lock);
  calls_send(&c);
  return p;
}

void sley__port_get_give_up(ticket **place)
{
  ticket *t = *place;
  if (t == NULL) return;
  sley_resolver *r = sley__ticket_end(t);
  if (t->type->withdraw(t)) sley__ticket_free(t);
  sley_resolver_drop(&r);
}
