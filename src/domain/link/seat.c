/* Seats: what other threads know of a domain, and the domain's part in each turn of its loop. */
#include "domain/link/seat.h"

#include "domain/shared/cross.h"

void sley__seat_missing(const sley_domain *to)
{
  if (__atomic_load_n(&to->ended, __ATOMIC_ACQUIRE))
    sley__abort(
        "domain %s was called after its end, and was never ready for others: let its own thread "
        "call "
        "sley_domain_keep on it while it runs",
        to->name);
  sley__abort(
      "sley_call, sley_post or their like was given domain %s before it was ready for others: let "
      "its own thread call sley_domain_keep on it first",
      to->name);
}

void sley__seat_hold(seat *s) { __atomic_add_fetch(&s->holders, 1, __ATOMIC_RELAXED); }

static void item_discard(struct sley__inbox_node *node)
{
  item *i = SLEY__CONTAINER(node, item, node);
  pair *p = SLEY__CONTAINER(node, pair, announced);
  if (p->kind == ITEM_PAIR) {
    sley__pair_refuse(p);
    return;
  }
  if (i->kind == ITEM_SHUTDOWN) {
    sley__shutdown_refuse(i);
    return;
  }
  if (i->kind == ITEM_TICKET) {
    sley__ticket_lost(SLEY__CONTAINER(node, ticket, node));
    return;
  }
  sley_runtime *runtime = i->runtime;
  bool has_ended = i->kind == ITEM_ENDED;
  seat *ended = i->domain == NULL ? NULL : i->domain->seat;
  sley_value_drop(&i->arg);
  sley__runtime_free(runtime, i, sizeof(*i));
  if (has_ended) sley__abandoned_ended(runtime, ended);
}
_Static_assert(offsetof(item, kind) == offsetof(pair, kind), "an inbox node is told by its kind");
_Static_assert(offsetof(item, kind) == offsetof(ticket, kind), "an inbox node is told by its kind");

static void inbox_discard(seat *s)
{
  struct sley__inbox_node *node = sley__inbox_take_all(&s->inbox);
  while (node != NULL) {
    struct sley__inbox_node *next = node->next;
    item_discard(node);
    node = next;
  }
}

void sley__seat_release(seat *s)
{
  if (__atomic_sub_fetch(&s->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  inbox_discard(s);
  sley_runtime *runtime = s->runtime;
  pthread_mutex_destroy(&s->lock);
  sley__runtime_free(runtime, s, sizeof(*s));
  sley__runtime_release(runtime); /* who refers to a seat may outlive the runtime */
}

void sley__seat_wake(seat *s)
{
  if (!sley__sleeper_notify(&s->sleeper)) return;
  pthread_mutex_lock(&s->lock);
  if (s->loop != NULL) sley__loop_wake(s->loop);
  pthread_mutex_unlock(&s->lock);
}

void sley__seat_send(seat *to, struct sley__inbox_node *node)
{
  sley__refuse_elsewhere(to->origin, "domain", to->name);
  sley__inbox_push(&to->inbox, node);
  sley__seat_wake(to); /* its fence keeps the next load behind the push */
  if (__atomic_load_n(&to->finished, __ATOMIC_ACQUIRE)) inbox_discard(to);
}

/* ---- a turn ---- */

/* Behind the gate it is dropped, as one from a ring is. */
static void post_run(const seat *s, sley_post_fn *f, sley_value *arg)
{
  if (!__atomic_load_n(&s->gated, __ATOMIC_RELAXED)) f(arg);
  /* f may have forked, and returned in the child. */
  sley__refuse_elsewhere_in("sley_run or sley_step", "", s->origin, "domain", s->name);
  sley_value_drop(arg);
}

void sley__item_arrived(seat *s, struct sley__inbox_node *node)
{
  item *i = SLEY__CONTAINER(node, item, node);
  switch (i->kind) {
    case ITEM_PAIR: {
      pair *p = SLEY__CONTAINER(node, pair, announced);
      if (!sley__pair_meet(p)) {
        sley__pair_release(p);
        break;
      }
      p->next_incoming = s->incoming;
      s->incoming = p;
      break;
    }
    case ITEM_POST: {
      sley_post_fn *f = i->f;
      sley_value arg = i->arg;
      sley__runtime_free(i->runtime, i, sizeof(*i));
      __atomic_sub_fetch(&s->posts, 1, __ATOMIC_RELAXED);
      count_up(&s->counters.received, 1);
      post_run(s, f, &arg);
      break;
    }
    case ITEM_SHUTDOWN: sley__shutdown_arrived(s, i); break;
    case ITEM_TICKET: sley__ticket_arrived(SLEY__CONTAINER(node, ticket, node)); break;
    default: sley__ended_arrived(s, i); break;
  }
}

static bool is_over(const pair *p)
{
  if (!__atomic_load_n(&p->to->finished, __ATOMIC_ACQUIRE) || p->to == p->from) return false;
  for (int level = 0; level < LEVELS; level++)
    if (p->credits[level] != credits_of(level)) return false;
  return true;
}

static pair *staged_one(const seat *s)
{
  pair *p = s->outgoing;
  while (p != NULL && p->staged == 0) p = p->next_outgoing;
  return p;
}

/* Flushing to a domain that is gone runs callbacks, and those may reorder the list: so it is looked
 * at from its beginning each time. */
void sley__seat_flush(seat *s)
{
  for (pair *p = staged_one(s); p != NULL; p = staged_one(s)) sley__pair_flush(p);
}

static void flush(sley_domain *d)
{
  sley__seat_flush(d->seat);
  for (pair **place = &d->seat->outgoing; *place != NULL;) {
    pair *p = *place;
    if (is_over(p)) {
      *place = p->next_outgoing;
      sley__pair_release(p);
    } else {
      place = &p->next_outgoing;
    }
  }
}

static bool prepare_sleep(sley_domain *d)
{
  sley__sleeper_announce(&d->seat->sleeper);
  return !sley__anything_is_kept(d->seat) && !sley__anything_came(d->seat);
}

static void awake(sley_domain *d)
{
  seat *s = d->seat;
  sley__sleeper_awake(&s->sleeper);
  if (sley__anything_came(s)) s->woken++;
}

static const sley__loop_hooks seat_hooks = {
    .drains = {sley__inbox_drain, sley__posts_drain, sley__pairs_drain},
    .flush = flush,
    .linger = sley__linger,
    .prepare_sleep = prepare_sleep,
    .awake = awake};

/* ---- what others keep here ---- */

uint64_t sley__local_id(void)
{
  static uint64_t last; /* any thread, __atomic */
  return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

void sley__local_begin(sley__local *local, seat *here)
{
  local->next = here->locals;
  local->place = &here->locals;
  if (local->next != NULL) local->next->place = &local->next;
  here->locals = local;
}

void sley__local_end(sley__local *local)
{
  *local->place = local->next;
  if (local->next != NULL) local->next->place = local->place;
}

sley__local *sley__local_find(const seat *here, uint64_t id)
{
  sley__local *local = here->locals;
  while (local != NULL && local->id != id) local = local->next;
  return local;
}

/* ---- beginning and end ---- */

/* While a pair is being flushed callbacks may reorder the list; so they are taken off it one by one. */
static void outgoing_end(seat *s)
{
  while (s->outgoing != NULL) {
    pair *p = s->outgoing;
    s->outgoing = p->next_outgoing;
    sley__pair_flush(p);
    sley__pair_release(p);
  }
}

static bool has_unread_of_its_own(const seat *s)
{
  for (const pair *p = s->incoming; p != NULL; p = p->next_incoming)
    if (p->from == s && !sley__ring_is_empty(p->ring)) return true;
  return false;
}

/* Pairs announced so late that no turn saw them: what was published before gone could be seen is
 * still to be read. */
static void late_pairs_take(seat *s)
{
  struct sley__inbox_node *node = sley__inbox_take_all(&s->inbox);
  while (node != NULL) {
    struct sley__inbox_node *next = node->next;
    if (SLEY__CONTAINER(node, pair, announced)->kind == ITEM_PAIR) sley__item_arrived(s, node);
    else item_discard(node);
    node = next;
  }
}

static void seat_drop(sley_domain *d) { sley__seat_release(d->seat); }

static const struct sley__part ended_part = {.drop = seat_drop};

static void seat_end(sley_domain *d)
{
  seat *s = d->seat;
  s->ending = true;
  sley__seat_unlist(s);
  sley__mark_set(&s->gated);
  sley__servings_end(s);
  sley__calls_reject(s);
  sley__tickets_end(s);
  do { /* what came until now: calls are refused, replies taken */
    sley__drain_all(d);
    sley__settle_down(d);
    flush(d);
  } while (has_unread_of_its_own(s));
  sley__ended_forget(s);
  sley__settle_down(d);
  sley__held_end(s);
  while (s->locals != NULL) s->locals->end(s->locals);
  sley__mark_set(&s->gone);
  sley__abandon(s->runtime, s->asked);
  late_pairs_take(s);
  pthread_mutex_lock(&s->lock);
  s->loop = NULL;
  pthread_mutex_unlock(&s->lock);
  for (pair *p = s->incoming, *next; p != NULL; p = next) {
    next = p->next_incoming;
    sley__pair_close(p);
    sley__pair_release(p);
  }
  outgoing_end(s);
  sley__mark_set(&s->finished);
  inbox_discard(s);
  s->incoming = s->outgoing = NULL;
  sley__settle_down(d);
  sley__envelopes_end(s);
  d->parts[SLEY__PART_SEAT] = &ended_part;
}

static const struct sley__part seat_part = {.end = seat_end, .drop = seat_drop};

seat *sley__seat_open(sley_domain *d, int *code)
{
  if (d->parts[SLEY__PART_SEAT] == &seat_part) return d->seat;
  /* Nobody would end a second one; what is left of the first is its handles'. */
  *code = d->ending || d->seat != NULL ? -SLEY_EGONE : sley__loop_open(d);
  if (*code != 0) return NULL;
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
  s->spin_most = SPIN_AUTOMATIC;
  s->woken = SPIN_AGAIN; /* tried at the beginning */
  s->processors = sley_domain_default_count();
  s->counters.size = sizeof(s->counters);
  s->opened = sley__clock();
  s->engine = sley__loop_engine(d->loop);
  d->seat = s;
  d->parts[SLEY__PART_SEAT] = &seat_part;
  sley__loop_add_hooks(d, &seat_hooks);
  sley__seat_list(s);
  return s;
}
