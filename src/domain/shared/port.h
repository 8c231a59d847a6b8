/* Ports. Values pass through a lock-free channel; only a put or get that has to wait takes the lock.
 *
 * Reading guide: port.c, puts and gets that need not wait, and closing; port_wait.c, waiting puts and gets;
 * port_stream.c, a port read as a stream; broadcast.c, a port for each subscriber. The protocol between them is
 * models/port.pml. */
#ifndef SLEY_DOMAIN_PORT_H
#define SLEY_DOMAIN_PORT_H

#include <sley/port.h>

#include "domain/shared/shared.h"

struct sley_port {
  shared_object shared;
  struct sley__channel *channel; /* any thread */
  unsigned slots;
  /* Values of sley_type_port_writer and _reader; any thread, __atomic. */
  unsigned writing_ends, reading_ends;
  bool closed, unread; /* any thread, __atomic; written under the lock (unread: before it) */
  bool is_listed;      /* some thread will empty it; any thread, __atomic */
  sley_port *next_listed;
  bool is_subscription; /* puts after reading closed succeed: others got the value */
  sley_port *next_gone; /* in the list that its broadcast drops */
  unsigned readers_waiting, writers_waiting; /* any thread, __atomic; written under the lock */
  /* Under the lock. */
  unsigned readers_called;
  struct sley__dlist readers, writers;
};

static inline bool sley__port_mark(const bool *mark)
{
  return __atomic_load_n(mark, __ATOMIC_ACQUIRE);
}
static inline unsigned sley__port_waiting(const unsigned *count)
{
  return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* ---- port.c: any thread */
bool sley__port_channel_put(sley_port *port, sley_value v); /* false: full, or closed */
bool sley__port_channel_take(sley_port *port, sley_value *v);
/* The result of a put that came too late. */
int sley__port_refusal(const sley_port *port);
/* Of the current domain. place: NULL, or where the ticket is stored while the get waits; with a place, the end is
 * sley_none() instead of a rejection. */
sley_promise *sley__port_get(const char *site, sley_port *port, ticket **place);

/* ---- port_wait.c */
/* After a change of the channel without the lock: serves the puts and gets that wait for it. Any thread. */
void sley__port_changed(sley_port *port);
/* Closes the port and answers waiting puts and gets. Any thread. */
void sley__port_close_all(sley_port *port);
/* Waits until v, prepared for sending, has been put. Consumes v. */
sley_promise *sley__port_put_later(const char *site, sley_port *port, sley_value v);
/* Waits for a value. */
sley_promise *sley__port_get_later(const char *site, sley_port *port, ticket **place);
/* Stops the get waiting at *place; no value is lost. */
void sley__port_get_give_up(ticket **place);

#endif
