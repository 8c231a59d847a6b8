/* The beginning and end of a seat. */
#include "domain/link/link.h"

/* Flushing a link runs callbacks, which can reorder the list; so links are removed one by one. */
static void outgoing_end(seat *s)
{
  while (s->outgoing != NULL) {
    peer *p = s->outgoing;
    s->outgoing = p->next_outgoing;
    sley__peer_flush(p);
    sley__peer_release(p);
  }
}

static void incoming_end(seat *s)
{
  for (peer *p = s->incoming, *next; p != NULL; p = next) {
    next = p->next_incoming;
    sley__peer_close(p);
    sley__peer_release(p);
  }
}

static bool has_unread_of_its_own(const seat *s)
{
  for (const peer *p = s->incoming; p != NULL; p = p->next_incoming)
    if (p->from == s && !sley__ring_is_empty(p->ring)) return true;
  return false;
}

/* Links announced too late for any turn: what was published before anyone could see gone must still be read. */
static void late_items_take(seat *s)
{
  struct sley__inbox_node *node = sley__inbox_take_all(&s->inbox);
  while (node != NULL) {
    item *i = sley__item_of(node);
    node = node->next;
    if (i->kind->is_delivered_at_end) i->kind->deliver(s, i);
    else i->kind->lose(i);
  }
}

static void parts_close(seat *s)
{
  for (const seat_part *const *part = sley__seat_parts; *part != NULL; part++)
    if ((*part)->close != NULL) (*part)->close(s);
}

static void parts_end(seat *s)
{
  for (const seat_part *const *part = sley__seat_parts; *part != NULL; part++)
    if ((*part)->end != NULL) (*part)->end(s);
}

/* Not inlined, so that no read of the table stands between the store of gone and its fence. */
static SLEY__NOINLINE void parts_gone(seat *s)
{
  for (const seat_part *const *part = sley__seat_parts; *part != NULL; part++)
    if ((*part)->gone != NULL) (*part)->gone(s);
}

static void seat_drop(sley_domain *d) { sley__seat_release(d->seat); }

static const struct sley__part seat_ended_part = {.drop = seat_drop};

static void seat_end(sley_domain *d)
{
  seat *s = d->seat;
  s->ending = true;
  parts_close(s);
  sley__mark_set(&s->gated);
  sley__servings_end(s);
  sley__calls_reject(s);
  sley__tickets_end(s);
  do { /* reads what has arrived: refuses calls, accepts replies */
    sley__seat_drain_all(s);
    sley__settle_down(d);
    sley__seat_flush_and_tidy(s);
  } while (has_unread_of_its_own(s));
  parts_end(s);
  sley__locals_end(s);
  sley__mark_set(&s->gone);
  parts_gone(s);
  late_items_take(s);
  pthread_mutex_lock(&s->lock);
  s->loop = NULL;
  pthread_mutex_unlock(&s->lock);
  incoming_end(s);
  outgoing_end(s);
  sley__mark_set(&s->finished);
  sley__inbox_lose(s);
  s->incoming = s->outgoing = NULL;
  sley__settle_down(d);
  sley__envelopes_end(s);
  d->parts[SLEY__PART_SEAT] = &seat_ended_part;
}

static const struct sley__part seat_domain_part = {.end = seat_end, .drop = seat_drop};

/* Catches a kind of message that was added without its row. */
static void messages_check(void)
{
  for (int i = 0; i < MESSAGES; i++)
    sley__row_check(sley__message_kinds[i] != NULL, "sley__message_kinds", i);
}

seat *sley__seat_open(sley_domain *d, int *code)
{
  if (d->parts[SLEY__PART_SEAT] == &seat_domain_part) return d->seat;
  /* A second seat would never be ended; what is left of the first belongs to its handles. */
  *code = d->ending || d->seat != NULL ? -SLEY_EGONE : sley__loop_open(d);
  if (*code != 0) return NULL;
  messages_check();
  seat *s = sley__runtime_alloc(d->runtime, sizeof(*s));
  *code = -SLEY_ENOMEM;
  if (s == NULL) return NULL;
  memset(s, 0, sizeof(*s));
  if (pthread_mutex_init(&s->lock, NULL) != 0) {
    sley__runtime_free(d->runtime, s, sizeof(*s));
    return NULL;
  }
  *code = 0;
  s->domain = d;
  s->runtime = d->runtime;
  sley__runtime_hold(s->runtime);
  s->origin = sley__origin;
  s->id = d->number;
  memcpy(s->name, d->name, sizeof(s->name));
  s->holders = 1;
  s->loop = d->loop;
  s->backlog.end = &s->backlog.first;
  s->later.end = &s->later.first;
  sley__dlist_init(&s->life.watchers);
  s->spin.most = SPIN_AUTOMATIC;
  s->spin.woken = SPIN_AGAIN; /* spins the first time */
  s->counters.size = sizeof(s->counters);
  s->opened = sley__clock();
  d->seat = s;
  d->parts[SLEY__PART_SEAT] = &seat_domain_part;
  sley__loop_add_hooks(d, &sley__seat_hooks);
  for (const seat_part *const *part = sley__seat_parts; *part != NULL; part++)
    if ((*part)->open != NULL) (*part)->open(s);
  return s;
}
