/* Tickets: how any thread answers a promise of this domain. A ticket is made at home with its
 * promise, handed to whatever will answer, and sent home through the inbox once; there its promise
 * is settled and the ticket freed. Between being sent and arriving it is the inbox's.
 *
 * Whoever waits for a shared object (a port, a mutex) is a ticket in that object's list, under the
 * object's lock: taken out of it, the ticket is the taker's, who sends it home. */
#ifndef SLEY_DOMAIN_TICKET_H
#define SLEY_DOMAIN_TICKET_H

#include "domain/link/seat.h"

typedef struct ticket_type {
  sley__operation_type operation; /* its cancel is sley__ticket_cancel */
  size_t size;                    /* of the struct that begins with the ticket */
  /* Home: it was cancelled, or home ends. true: it was taken back and will not be sent any more, so it
   * is freed; false: it comes home, or is lost, later. */
  bool (*withdraw)(ticket *t);
  /* Home: settle t->resolver through sley__ticket_end (NULL: nobody waits). true: it is over, and
   * freed; false: it waits on. */
  bool (*arrived)(ticket *t);
  /* Any thread: home has ended. Freed afterwards. */
  void (*lost)(ticket *t);
} ticket_type;

struct ticket {
  struct sley__inbox_node node;
  int kind; /* ITEM_TICKET */
  const ticket_type *type;
  seat *home; /* one hold */
  const char *site;
  /* Home only. */
  sley_resolver *resolver; /* NULL once settled */
  ticket *next_out, **out_place;
  /* In an object's list, under its lock. */
  ticket *next, *previous;
};

/* A promise and its ticket. NULL: out of memory or of descriptors, or home is ending: *failed is a
 * rejected promise then. Home. */
ticket *sley__ticket_new(const char *site, const ticket_type *type, sley_promise **promise,
                         sley_promise **failed);
void sley__ticket_cancel(void *data);
/* Takes the resolver to settle; NULL once nobody waits. Home. */
sley_resolver *sley__ticket_end(ticket *t);
void sley__ticket_free(ticket *t); /* without sending it. Any thread */
void sley__ticket_send(ticket *t); /* home. Any thread */
void sley__ticket_arrived(ticket *t);
void sley__ticket_lost(ticket *t);
void sley__tickets_end(seat *here);

/* Lists of tickets, under the lock of their object. */
static inline void ticket_list_add(ticket_list *list, ticket *t)
{
  t->next = NULL;
  t->previous = list->last;
  if (list->last != NULL) list->last->next = t;
  else list->first = t;
  list->last = t;
}
static inline void ticket_list_remove(ticket_list *list, ticket *t)
{
  if (t->previous != NULL) t->previous->next = t->next;
  else list->first = t->next;
  if (t->next != NULL) t->next->previous = t->previous;
  else list->last = t->previous;
  t->next = t->previous = NULL;
}

#endif
