/* The domain's part in each turn of its loop: reading what others sent, publishing what it sends, and going to
 * sleep. Three sources, each with its own budget, keep what they had no time for:
 *
 *   inbox   links of domains that are new to this one, and what ends a wait here: tickets, ends of domains
 *   posts   of threads without a domain, and the shutdown requests behind them
 *   peers   the rings from other domains */
#include "domain/link/link.h"

static void queue_add(item_queue *queue, struct sley__inbox_node *node)
{
  node->next = NULL;
  SLEY__FIFO_APPEND(queue->end, node, next);
}

static struct sley__inbox_node *queue_take(item_queue *queue)
{
  struct sley__inbox_node *node = queue->first;
  if (node != NULL) SLEY__FIFO_POP(queue->first, queue->end, next);
  return node;
}

static void item_deliver(seat *s, item *i) { i->kind->deliver(s, i); }

/* ---- the inbox ---- */

static bool inbox_drain(sley_domain *d, sley__budget *budget)
{
  seat *s = d->seat;
  struct sley__inbox_node *node;
  if (sley__intake_is_empty(&s->intake) && sley__inbox_is_empty(&s->inbox)) return false;
  sley__intake_fill(&s->intake, &s->inbox);
  while ((node = sley__intake_next(&s->intake)) != NULL) {
    item *i = sley__item_of(node);
    if (i->kind->is_behind_posts) {
      queue_add(&s->backlog, node);
      continue;
    }
    item_deliver(s, i);
    if (sley__budget_is_spent(budget, 1)) break;
  }
  return !sley__intake_is_empty(&s->intake);
}

/* Keeps a request until what the rings hold now has been read, so that calls made before it are answered. */
static void set_aside(seat *s, item *i)
{
  queue_add(&s->later, &i->node);
  for (peer *p = s->incoming; p != NULL; p = p->next_incoming) p->owed = sley__ring_unread(p->ring);
}

static bool posts_drain(sley_domain *d, sley__budget *budget)
{
  seat *s = d->seat;
  struct sley__inbox_node *node;
  while ((node = queue_take(&s->backlog)) != NULL) {
    item *i = sley__item_of(node);
    if (i->kind->is_behind_rings) set_aside(s, i);
    else item_deliver(s, i);
    if (sley__budget_is_spent(budget, 1)) break;
  }
  return s->backlog.first != NULL;
}

/* ---- the rings ---- */

/* Moves the links from *place on, which had no time, to the front. */
static void incoming_rotate(seat *s, peer **place)
{
  peer *first = *place, **end = place;
  if (first == NULL || place == &s->incoming) return;
  while (*end != NULL) end = &(*end)->next_incoming;
  *end = s->incoming;
  *place = NULL;
  s->incoming = first;
}

/* Delivers requests that waited for the rings, once those are read; unconditionally when the domain ends. */
static void later_deliver(seat *s)
{
  for (const peer *p = s->incoming; p != NULL && !s->ending; p = p->next_incoming)
    if (p->owed > 0) return;
  struct sley__inbox_node *node;
  while ((node = queue_take(&s->later)) != NULL) item_deliver(s, sley__item_of(node));
}

static bool rings_are_empty(const seat *s)
{
  for (const peer *p = s->incoming; p != NULL; p = p->next_incoming)
    if (!sley__ring_is_empty(p->ring)) return false;
  return true;
}

static bool peers_drain(sley_domain *d, sley__budget *budget)
{
  seat *s = d->seat;
  bool cut = false;
  peer **place = &s->incoming;
  while (*place != NULL && !cut) {
    peer *p = *place;
    /* Loaded first, so that everything sent before the sender finished is seen. */
    bool finished = __atomic_load_n(&p->from->finished, __ATOMIC_ACQUIRE) && p->from != s;
    cut = sley__peer_drain(p, budget);
    if (finished && sley__ring_is_empty(p->ring)) {
      *place = p->next_incoming;
      sley__peer_release(p);
    } else {
      place = &p->next_incoming;
    }
  }
  if (cut) incoming_rotate(s, place);
  if (s->later.first != NULL) later_deliver(s);
  return s->later.first != NULL || (cut && !rings_are_empty(s));
}

void sley__seat_drain_all(seat *s)
{
  sley__budget budget;
  sley__budget_unlimited(&budget);
  while (inbox_drain(s->domain, &budget)) continue; /* until the whole inbox has been reversed */
  posts_drain(s->domain, &budget);
  peers_drain(s->domain, &budget);
}

/* ---- publishing ---- */

static peer *staged_one(const seat *s)
{
  peer *p = s->outgoing;
  while (p != NULL && p->staged == 0) p = p->next_outgoing;
  return p;
}

/* Flushing to an ended domain runs callbacks, which can reorder the list; so each search starts over. */
void sley__seat_flush(seat *s)
{
  for (peer *p = staged_one(s); p != NULL; p = staged_one(s)) sley__peer_flush(p);
}

static bool peer_is_over(const peer *p)
{
  if (!__atomic_load_n(&p->to->finished, __ATOMIC_ACQUIRE) || p->to == p->from) return false;
  for (int level = 0; level < LEVELS; level++)
    if (p->credits[level] != sley__credits_of(level)) return false;
  return true;
}

void sley__seat_flush_and_tidy(seat *s)
{
  sley__seat_flush(s);
  for (peer **place = &s->outgoing; *place != NULL;) {
    peer *p = *place;
    if (peer_is_over(p)) {
      *place = p->next_outgoing;
      sley__peer_release(p);
    } else {
      place = &p->next_outgoing;
    }
  }
}

static void turn_flush(sley_domain *d) { sley__seat_flush_and_tidy(d->seat); }

/* ---- sleep ---- */

bool sley__seat_has_mail(const seat *s)
{
  return !sley__inbox_is_empty(&s->inbox) || !rings_are_empty(s);
}

bool sley__seat_keeps_mail(const seat *s)
{
  return !sley__intake_is_empty(&s->intake) || s->backlog.first != NULL || s->later.first != NULL;
}

static bool turn_prepare_sleep(sley_domain *d)
{
  sley__sleeper_announce(&d->seat->sleeper);
  return !sley__seat_keeps_mail(d->seat) && !sley__seat_has_mail(d->seat);
}

static void turn_awake(sley_domain *d)
{
  seat *s = d->seat;
  sley__sleeper_awake(&s->sleeper);
  if (sley__seat_has_mail(s)) s->spin.woken++;
}

const sley__loop_hooks sley__seat_hooks = {.drains = {inbox_drain, posts_drain, peers_drain},
                                           .flush = turn_flush,
                                           .spin = sley__spin,
                                           .prepare_sleep = turn_prepare_sleep,
                                           .awake = turn_awake};
