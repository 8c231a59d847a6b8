/* What a domain does in each turn with what others sent: three sources, each with a time of its own, that keep what
 * they had no time for.
 *
 *   inbox   who is new to this domain, and what ends a wait here: tickets, ends of domains
 *   posts   of threads without a domain, and requests to shut down
 *   pairs   the rings from other domains */
#include "domain/link/seat.h"

static int kind_of(const struct sley__inbox_node *node)
{
  return ((const item *)(const void *)node)->kind;
}
_Static_assert(offsetof(item, node) == 0 && offsetof(pair, announced) == 0, "nodes come first");

static void queue_add(item_queue *queue, struct sley__inbox_node *node)
{
  node->next = NULL;
  if (queue->first == NULL) queue->first = node;
  else queue->last->next = node;
  queue->last = node;
}

static struct sley__inbox_node *queue_take(item_queue *queue)
{
  struct sley__inbox_node *node = queue->first;
  if (node != NULL) queue->first = node->next;
  return node;
}

/* Requests to shut down come after what the rings hold now: calls made before them are answered. */
static void set_aside(seat *s, struct sley__inbox_node *node)
{
  queue_add(&s->later, node);
  for (pair *p = s->incoming; p != NULL; p = p->next_incoming) p->owed = sley__ring_unread(p->ring);
}

/* Posts of foreign threads, and with them the requests behind them, are a source of their own: a domain that is new
 * to this one, or an answer that is waited for, does not wait until all of them have run. */
bool sley__inbox_drain(sley_domain *d, sley__budget *budget)
{
  seat *s = d->seat;
  struct sley__inbox_node *node;
  if (sley__intake_is_empty(&s->intake) && sley__inbox_is_empty(&s->inbox)) return false;
  sley__intake_fill(&s->intake, &s->inbox);
  while ((node = sley__intake_next(&s->intake)) != NULL) {
    int kind = kind_of(node);
    if (kind == ITEM_POST || kind == ITEM_SHUTDOWN) {
      queue_add(&s->backlog, node);
      continue;
    }
    sley__item_arrived(s, node);
    if (sley__budget_is_spent(budget, 1)) break;
  }
  return !sley__intake_is_empty(&s->intake);
}

bool sley__posts_drain(sley_domain *d, sley__budget *budget)
{
  seat *s = d->seat;
  struct sley__inbox_node *node;
  while ((node = queue_take(&s->backlog)) != NULL) {
    if (kind_of(node) == ITEM_SHUTDOWN) set_aside(s, node);
    else sley__item_arrived(s, node);
    if (sley__budget_is_spent(budget, 1)) break;
  }
  return s->backlog.first != NULL;
}

/* Puts the pairs from *place on, which had no time, before the others. */
static void rotate(seat *s, pair **place)
{
  pair *first = *place, **end = place;
  if (first == NULL || place == &s->incoming) return;
  while (*end != NULL) end = &(*end)->next_incoming;
  *end = s->incoming;
  *place = NULL;
  s->incoming = first;
}

/* Once the rings that a request waits for are read; at the end of the domain in any case. */
static void carry_out(seat *s)
{
  for (const pair *p = s->incoming; p != NULL && !s->ending; p = p->next_incoming)
    if (p->owed > 0) return;
  struct sley__inbox_node *node;
  while ((node = queue_take(&s->later)) != NULL) sley__item_arrived(s, node);
}

static bool rings_are_empty(const seat *s)
{
  for (const pair *p = s->incoming; p != NULL; p = p->next_incoming)
    if (!sley__ring_is_empty(p->ring)) return false;
  return true;
}

bool sley__pairs_drain(sley_domain *d, sley__budget *budget)
{
  seat *s = d->seat;
  bool cut = false;
  pair **place = &s->incoming;
  while (*place != NULL && !cut) {
    pair *p = *place;
    /* Asked first: what was sent before the sender finished is then seen. */
    bool finished = __atomic_load_n(&p->from->finished, __ATOMIC_ACQUIRE) && p->from != s;
    cut = sley__pair_drain(p, budget);
    if (finished && sley__ring_is_empty(p->ring)) {
      *place = p->next_incoming;
      sley__pair_release(p);
    } else {
      place = &p->next_incoming;
    }
  }
  if (cut) rotate(s, place);
  if (s->later.first != NULL) carry_out(s);
  return s->later.first != NULL || (cut && !rings_are_empty(s));
}

void sley__drain_all(sley_domain *d)
{
  sley__budget budget;
  sley__budget_unlimited(&budget);
  while (sley__inbox_drain(d, &budget)) continue; /* until all is turned round */
  sley__posts_drain(d, &budget);
  sley__pairs_drain(d, &budget);
}

bool sley__anything_is_kept(const seat *s)
{
  return !sley__intake_is_empty(&s->intake) || s->backlog.first != NULL || s->later.first != NULL;
}

bool sley__anything_came(const seat *s)
{
  return !sley__inbox_is_empty(&s->inbox) || !rings_are_empty(s);
}
