/* The link from one domain to another: making it; staging, publishing and draining messages; and losing those that
 * an ended domain will not read.
 *
 * A reader that ends sets gone, then reads the rings it knows to their ends and closes them. A sender publishes,
 * then checks gone behind the fence in notify: a ring that is closed, or that the reader has not met yet, is then
 * the sender's again with all its messages; a ring that the reader knows and has not closed will be read.
 * models/sleep_wake.pml covers all of it. */
#include "domain/link/call.h"

/* ---- making ---- */

static void peer_announced(seat *here, item *i);
static void peer_refused(item *i);

static const item_kind announcement = {
    .deliver = peer_announced, .lose = peer_refused, .is_delivered_at_end = true};
_Static_assert(offsetof(peer, announced) == 0, "an item comes first");

/* Makes a link that neither side knows yet. */
static peer *peer_make(seat *from, seat *to)
{
  peer *p = sley__runtime_alloc(from->runtime, sizeof(*p));
  void *memory =
      p == NULL ? NULL : sley__runtime_alloc(from->runtime, sley__ring_bytes(RING_CAPACITY));
  if (memory == NULL) {
    sley__runtime_free(from->runtime, p, sizeof(*p));
    return NULL;
  }
  memset(p, 0, sizeof(*p));
  p->announced.kind = &announcement;
  p->from = from;
  p->to = to;
  p->holders = 1;
  p->memory = memory;
  p->ring = sley__ring_init(memory, RING_CAPACITY);
  pthread_mutex_init(&p->lock, NULL);
  for (int level = 0; level < LEVELS; level++) {
    p->credits[level] = sley__credits_of(level);
    p->waiting_end[level] = &p->waiting[level];
  }
  sley__seat_hold(from);
  sley__seat_hold(to);
  return p;
}

/* Adds it to from's links, and announces it to the reader. */
static peer *peer_open(peer *p)
{
  p->holders = 2;
  p->next_outgoing = p->from->outgoing;
  p->from->outgoing = p;
  sley__seat_send(p->to, &p->announced);
  return p;
}

static peer *peer_find(seat *from, const seat *to)
{
  peer **place = &from->outgoing;
  for (peer *p = *place; p != NULL; place = &p->next_outgoing, p = *place) {
    if (p->to != to) continue;
    *place = p->next_outgoing; /* to the front: the next message likely goes there too */
    p->next_outgoing = from->outgoing;
    from->outgoing = p;
    return p;
  }
  return NULL;
}

peer *sley__peer_between(seat *from, seat *to)
{
  peer *p = peer_find(from, to);
  if (p != NULL) return p;
  p = peer_make(from, to);
  return p == NULL ? NULL : peer_open(p);
}

peer *sley__peer_to_slow(sley_domain *d, sley_domain *to, int *code, const char *function,
                         const char *site)
{
  seat *here = sley__seat_open(d, code);
  if (here == NULL) return NULL;
  if (here->ending) { /* code that runs while its domain ends sends nothing more */
    *code = -SLEY_EGONE;
    return NULL;
  }
  seat *there = to == d ? here : sley__seat_of(to);
  sley__refuse_elsewhere_in(function, site, there->origin, "domain", there->name);
  peer *p = sley__peer_between(here, there);
  if (p == NULL) *code = -SLEY_ENOMEM;
  return p;
}

bool sley__peer_expect_answers(peer *p)
{
  if (p->answerable || p->from == p->to) return true;
  p->back = peer_make(p->to, p->from);
  p->answerable = p->back != NULL;
  return p->answerable;
}

peer *sley__peer_for_answer(seat *here, seat *home, envelope *e)
{
  /* Once e's home has finished, e's link can already be freed. */
  if (home != here && __atomic_load_n(&home->finished, __ATOMIC_ACQUIRE)) return NULL;
  peer *p = peer_find(here, home);
  if (p != NULL) return p;
  p = e->peer->back;
  e->peer->back = NULL;
  return p == NULL ? NULL : peer_open(p);
}

void sley__peer_release(peer *p)
{
  if (__atomic_sub_fetch(&p->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  seat *from = p->from, *to = p->to;
  sley_runtime *runtime = from->runtime;
  if (p->back != NULL) sley__peer_release(p->back); /* never opened; has no back link itself */
  pthread_mutex_destroy(&p->lock);
  sley__runtime_free(runtime, p->memory, sley__ring_bytes(RING_CAPACITY));
  sley__runtime_free(runtime, p, sizeof(*p));
  sley__seat_release(from);
  sley__seat_release(to);
}

/* ---- the reader's side of the link ---- */

/* Moves p from one state to the other if it is in the first; returns whether it is in the second now. */
static bool peer_move(peer *p, enum peer_state from, enum peer_state to)
{
  pthread_mutex_lock(&p->lock);
  if (p->state == from) p->state = to;
  bool there = p->state == to;
  pthread_mutex_unlock(&p->lock);
  return there;
}

static void peer_announced(seat *here, item *i)
{
  peer *p = SLEY__CONTAINER(i, peer, announced);
  if (!peer_move(p, PEER_ANNOUNCED, PEER_KNOWN)) {
    sley__peer_release(p);
    return;
  }
  p->next_incoming = here->incoming;
  here->incoming = p;
}

/* Any thread, once the reader has finished; drops the reader's hold. */
static void peer_refused(item *i)
{
  peer *p = SLEY__CONTAINER(i, peer, announced);
  peer_move(p, PEER_ANNOUNCED, PEER_CLOSED);
  sley__peer_release(p);
}

void sley__peer_close(peer *p)
{
  bool closed = false;
  while (!closed) {
    sley__budget budget;
    sley__budget_unlimited(&budget);
    sley__peer_drain(p, &budget); /* without the lock, since it runs callbacks */
    pthread_mutex_lock(&p->lock);
    closed = sley__ring_is_empty(p->ring);
    if (closed) p->state = PEER_CLOSED;
    pthread_mutex_unlock(&p->lock);
  }
}

/* ---- sending ---- */

static SLEY__NOINLINE _Noreturn void no_room(const peer *p, unsigned kind)
{
  sley__abort(
      "the queue from domain %s to domain %s is full although it keeps room for every message of "
      "kind %s: "
      "this is a bug in the library; please report it",
      p->from->name, p->to->name, sley__message_kinds[kind & ((1 << MESSAGE_BITS) - 1)]->name);
}

/* The first message of a turn is visible immediately, since the reader may be polling for one. Later ones are
 * published in batches or at the end of the turn, which is also when the reader is woken. */
static inline void peer_staged(peer *p, unsigned messages, unsigned unpublished)
{
  p->staged += messages;
  if (p->staged == messages || unpublished >= BATCH) sley__ring_publish(p->ring);
  if (p->staged >= FLUSHED) sley__peer_flush(p);
  else sley__loop_touch(p->from->domain);
}

void sley__peer_stage(peer *p, unsigned kind, uint64_t a, uint64_t b, uint64_t c)
{
  if (SLEY__UNLIKELY(!sley__ring_has_room(p->ring, 1))) no_room(p, kind);
  peer_staged(p, 1, sley__ring_put(p->ring, (uint16_t)kind, a, b, c));
}

void sley__peer_stage_long(peer *p, unsigned kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                           uint64_t e)
{
  if (SLEY__UNLIKELY(!sley__ring_has_room(p->ring, 2))) no_room(p, kind);
  sley__ring_put(p->ring, (uint16_t)kind, a, b, c);
  p->seconds++;
  peer_staged(p, 2, sley__ring_put(p->ring, MESSAGE_SECOND, d, e, 0));
}

static void message_lose(peer *p, const struct sley__message *m)
{
  sley__message_kinds[sley__message_number(m)]->lose(p, m);
}

/* The reader is gone. Losing a message can send others (each lost call passes its credit to the next one): this loop
 * loses those too, without recursion. */
static void peer_take_back(peer *p)
{
  const struct sley__message *m;
  if (p->losing || !peer_move(p, PEER_ANNOUNCED, PEER_CLOSED)) return;
  p->losing = true;
  while ((m = sley__ring_next(p->ring)) != NULL) {
    message_lose(p, m);
    sley__ring_release(p->ring);
  }
  p->losing = false;
}

void sley__peer_flush(peer *p)
{
  if (p->staged == 0) return;
  sley_domain_counters *counters = &p->from->counters;
  unsigned sent = p->staged - p->seconds;
  p->sent += sent;
  p->batches++;
  sley__count_up(&counters->sent, sent);
  sley__count_up(&counters->batches, 1);
  p->staged = p->seconds = 0;
  sley__ring_publish(p->ring);
  if (sley__sleeper_notify(&p->to->sleeper)) {
    p->wakeups_sent++;
    sley__count_up(&counters->wakeups_sent, 1);
    pthread_mutex_lock(&p->to->lock);
    if (p->to->loop != NULL) sley__loop_wake(p->to->loop);
    pthread_mutex_unlock(&p->to->lock);
  } else {
    p->wakeups_saved++;
    sley__count_up(&counters->wakeups_saved, 1);
  }
  if (__atomic_load_n(&p->to->gone, __ATOMIC_ACQUIRE)) peer_take_back(p);
}

/* ---- reading ---- */

static unsigned deliver_some(peer *p, unsigned most)
{
  const struct sley__message *m;
  unsigned count = 0;
  while (count < most && (m = sley__ring_next(p->ring)) != NULL) {
    count++;
    sley__message_kinds[sley__message_number(m)]->deliver(p, m);
  }
  return count;
}

static inline void note_taken(peer *p, unsigned taken, bool cut)
{
  seat *here = p->to;
  p->received += taken;
  sley__count_up(&here->counters.received, taken);
  unsigned found = p->found + taken;
  if (found > RING_CAPACITY) found = RING_CAPACITY;
  if (found > p->longest) p->longest = found;
  if (found > here->counters.longest_queue)
    sley__count_up(&here->counters.longest_queue, found - here->counters.longest_queue);
  p->found = cut ? found : 0;
}

bool sley__peer_drain(peer *p, sley__budget *budget)
{
  unsigned taken = 0, most, some;
  bool cut;
  /* At most a ring's worth per turn even if the budget is unlimited, since the sender keeps writing. */
  do {
    most = budget->left < RELEASED ? budget->left : RELEASED;
    some = deliver_some(p, most);
    sley__ring_release(p->ring);
    taken += some;
    cut = sley__budget_is_spent(budget, some);
  } while (some > 0 && !cut && taken < RING_CAPACITY);
  if (taken > 0) note_taken(p, taken, cut);
  /* A call of two messages counts as two in owed, but as one when read. */
  if (some < most) p->owed = 0;
  else p->owed -= taken < p->owed ? taken : p->owed;
  return cut;
}
