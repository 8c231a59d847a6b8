/* Tickets: promises of a domain that other threads answer. */
#include "domain/link/ticket.h"

static void out_begin(ticket *t, sley_resolver *r)
{
  t->resolver = r;
  SLEY__LIST_PREPEND(t->home->tickets, t, next_out, out_place);
}

sley_resolver *sley__ticket_end(ticket *t)
{
  sley_resolver *r = t->resolver;
  if (r == NULL) return NULL;
  t->resolver = NULL;
  SLEY__LIST_REMOVE(t, next_out, out_place);
  return r;
}

void sley__ticket_free(ticket *t)
{
  seat *home = t->home;
  sley__runtime_free(home->runtime, t, t->type->size);
  sley__seat_release(home);
}

void sley__tickets_send(struct sley__dlist *list)
{
  for (ticket *t = sley__ticket_pop(list); t != NULL; t = sley__ticket_pop(list))
    sley__ticket_send(t);
}

void sley__ticket_arrived(ticket *t)
{
  if (t->type->arrived(t)) sley__ticket_free(t);
}

static void ticket_deliver(seat *here, item *i)
{
  (void)here;
  sley__ticket_arrived(SLEY__CONTAINER(i, ticket, item));
}

static void ticket_lose(item *i)
{
  ticket *t = SLEY__CONTAINER(i, ticket, item);
  t->type->lost(t);
  sley__ticket_free(t);
}

static const item_kind ticket_kind = {.deliver = ticket_deliver, .lose = ticket_lose};

ticket *sley__ticket_new(const char *site, const ticket_type *type, sley_promise **promise,
                         sley_promise **failed)
{
  sley_domain *d = sley__self();
  int code = 0;
  seat *here = sley__seat_open(d, &code);
  *promise = NULL;
  if (here == NULL) {
    *failed = code == -SLEY_ENOMEM ? sley__nomem_promise()
                                   : sley_fail_at(site, sley__loop_error(site, code));
    return NULL;
  }
  if (here->ending) {
    *failed = sley_fail_at(site, sley__gone_error(site, "this domain"));
    return NULL;
  }
  void *data;
  sley_resolver *r;
  ticket *t = sley__runtime_alloc(d->runtime, type->size);
  if (t != NULL)
    *promise = sley__operation_new(site, &type->operation, sizeof(ticket *), &data, &r);
  if (*promise == NULL) {
    sley__runtime_free(d->runtime, t, type->size);
    *failed = sley__nomem_promise();
    return NULL;
  }
  *(ticket **)data = t;
  memset(t, 0, type->size);
  t->item.kind = &ticket_kind;
  t->type = type;
  t->home = here;
  t->site = site;
  sley__seat_hold(here);
  out_begin(t, r);
  return t;
}

void sley__ticket_cancel(void *data)
{
  ticket *t = *(ticket **)data;
  sley_resolver *r = sley__ticket_end(t);
  if (t->type->withdraw(t)) sley__ticket_free(t);
  sley_resolver_drop(&r);
}

void sley__ticket_send(ticket *t)
{
  /* The hold keeps home's inbox until the push has finished: arriving frees the ticket. */
  seat *home = t->home;
  sley__seat_hold(home);
  sley__seat_send(home, &t->item);
  sley__seat_release(home);
}

/* Home ends: rejects its waiting promises; tickets held elsewhere are lost when sent. */
void sley__tickets_end(seat *here)
{
  while (here->tickets != NULL) {
    ticket *t = here->tickets;
    sley_resolver *r = sley__ticket_end(t);
    const char *site = t->site;
    if (t->type->withdraw(t)) sley__ticket_free(t);
    sley__reject_if_watched(&r, sley__gone_error(site, "the domain that waited"));
  }
}
