/* Tickets: how any thread answers a promise of this domain. A ticket is made at home together with its promise,
 * handed to the thread that will answer, and sent home once, through the inbox; there its promise is settled and the
 * ticket freed. Between being sent and arriving it belongs to the inbox.
 *
 * A domain that waits for a shared object (a port, a mutex) has a ticket in the object's list, under the object's
 * lock. Removing a ticket from the list takes ownership of it, and the duty to send it home. */
#ifndef SLEY_DOMAIN_TICKET_H
#define SLEY_DOMAIN_TICKET_H

#include "domain/link/seat.h"

typedef struct ticket_type {
  sley__operation_type operation; /* its cancel is sley__ticket_cancel */
  size_t size;                    /* of the struct that begins with the ticket */
  /* Home: the promise was canceled, or home ends. true: the ticket was taken back and will not be sent, so the
   * caller frees it; false: it comes home, or is lost, later. */
  bool (*withdraw)(ticket *t);
  /* Home: settles t->resolver through sley__ticket_end (NULL: already settled). true: done, and the ticket is freed;
   * false: it keeps waiting. */
  bool (*arrived)(ticket *t);
  /* Any thread: home has ended. The ticket is freed afterwards. */
  void (*lost)(ticket *t);
} ticket_type;

struct ticket {
  item item; /* first */
  const ticket_type *type;
  seat *home; /* one hold */
  const char *site;
  /* Home only. */
  sley_resolver *resolver; /* NULL once settled */
  ticket *next_out, **out_place;
  struct sley__dlist place; /* in an object's list, under its lock */
};

/* A promise and its ticket. NULL: out of memory or descriptors, or home is ending; *failed is then a rejected
 * promise. Home. */
ticket *sley__ticket_new(const char *site, const ticket_type *type, sley_promise **promise,
                         sley_promise **failed);
void sley__ticket_cancel(void *data);
/* Takes the resolver, to settle it; NULL if the promise is already settled. Home. */
sley_resolver *sley__ticket_end(ticket *t);
void sley__ticket_free(ticket *t); /* without sending it. Any thread */
void sley__ticket_send(ticket *t); /* home. Any thread */
void sley__ticket_arrived(ticket *t);
void sley__tickets_end(seat *here);

/* ---- lists of tickets, under the lock of their object ---- */

static inline ticket *sley__ticket_at(struct sley__dlist *place)
{
  return SLEY__CONTAINER(place, ticket, place);
}
/* Removes the oldest ticket from the list. NULL: the list is empty. */
static inline ticket *sley__ticket_pop(struct sley__dlist *list)
{
  struct sley__dlist *place = sley__dlist_pop(list);
  return place == NULL ? NULL : sley__ticket_at(place);
}
/* Sends the tickets of a list that was moved out of its object. Without the lock. */
void sley__tickets_send(struct sley__dlist *list);

#endif
