/* The ring from one domain to another: staging, publishing, draining, and what happens to messages
 * that a domain which has ended will not read.
 *
 * A consumer that ends says so (gone), then reads the rings it knows to their ends and closes them. A
 * producer publishes, and looks at gone behind the fence that notify makes: a ring that is closed, or
 * that the consumer has not met yet, is then its own again with all that is in it; one the consumer
 * knows and has not closed will be read. models/sleep_wake.pml has all of it. */
#include "domain/seat.h"

/* A pair that neither side knows yet. */
static pair *pair_make(seat *from, seat *to)
{
  pair *p = sley__runtime_alloc(from->runtime, sizeof(*p));
  void *memory =
      p == NULL ? NULL : sley__runtime_alloc(from->runtime, sley__ring_bytes(RING_CAPACITY));
  if (memory == NULL) {
    sley__runtime_free(from->runtime, p, sizeof(*p));
    return NULL;
  }
  memset(p, 0, sizeof(*p));
  p->kind = ITEM_PAIR;
  p->from = from;
  p->to = to;
  p->holders = 1;
  p->ring = sley__ring_init(memory, RING_CAPACITY);
  pthread_mutex_init(&p->lock, NULL);
  for (int level = 0; level < LEVELS; level++) {
    p->credits[level] = CREDITS;
    p->waiting_end[level] = &p->waiting[level];
  }
  sley__seat_hold(from);
  sley__seat_hold(to);
  return p;
}

/* Makes it one of from's, and tells to of it. */
static pair *pair_open(pair *p)
{
  p->holders = 2;
  p->next_outgoing = p->from->outgoing;
  p->from->outgoing = p;
  sley__seat_send(p->to, &p->announced);
  return p;
}

static pair *pair_find(seat *from, const seat *to)
{
  pair **place = &from->outgoing;
  for (pair *p = *place; p != NULL; place = &p->next_outgoing, p = *place) {
    if (p->to != to) continue;
    *place = p->next_outgoing; /* to the front: the next message likely goes there too */
    p->next_outgoing = from->outgoing;
    from->outgoing = p;
    return p;
  }
  return NULL;
}

pair *sley__pair_to(seat *from, seat *to)
{
  pair *p = pair_find(from, to);
  if (p != NULL) return p;
  p = pair_make(from, to);
  return p == NULL ? NULL : pair_open(p);
}

bool sley__pair_expect_answers(pair *p)
{
  if (p->answerable || p->from == p->to) return true;
  p->back = pair_make(p->to, p->from);
  p->answerable = p->back != NULL;
  return p->answerable;
}

pair *sley__pair_for_answer(seat *here, envelope *e)
{
  /* Once its home has finished, e's pair may be gone. */
  if (e->home != here && __atomic_load_n(&e->home->finished, __ATOMIC_ACQUIRE)) return NULL;
  pair *p = pair_find(here, e->home);
  if (p != NULL) return p;
  p = e->pair->back;
  e->pair->back = NULL;
  return p == NULL ? NULL : pair_open(p);
}

void sley__pair_release(pair *p)
{
  if (__atomic_sub_fetch(&p->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  seat *from = p->from, *to = p->to;
  sley_runtime *runtime = from->runtime;
  if (p->back != NULL) sley__pair_release(p->back); /* never opened; has none itself */
  pthread_mutex_destroy(&p->lock);
  sley__runtime_free(runtime, p->ring, sley__ring_bytes(RING_CAPACITY));
  sley__runtime_free(runtime, p, sizeof(*p));
  sley__seat_release(from);
  sley__seat_release(to);
}

bool sley__pair_has_room_for_post(const pair *p)
{
  return sley__ring_room(p->ring) > RING_RESERVED;
}

void sley__pair_stage(pair *p, uint64_t kind, uint64_t a, uint64_t b, uint64_t c)
{
  struct sley__message m = {{kind, a, b, c, 0}};
  if (!sley__ring_stage(p->ring, &m))
    sley__abort("a queue between domains is full although credits keep room in it");
  p->staged++;
  if (p->staged >= BATCH) sley__pair_flush(p);
}

static sley_value value_in(const struct sley__message *m)
{
  sley_value v = sley_unit();
  v.u = m->word[2];
  union {
    uintptr_t in;
    const sley_type *out;
  } u = {(uintptr_t)m->word[3]};
  v.type = u.out;
  return v;
}

typedef union address {
  uintptr_t word;
  envelope *envelope;
  sley_post_fn *post;
} address;

/* Moves p from one state to another, if it is there; says whether it then is there. */
static bool pair_move(pair *p, enum pair_state from, enum pair_state to)
{
  pthread_mutex_lock(&p->lock);
  if (p->state == from) p->state = to;
  bool there = p->state == to;
  pthread_mutex_unlock(&p->lock);
  return there;
}

bool sley__pair_meet(pair *p) { return pair_move(p, PAIR_ANNOUNCED, PAIR_KNOWN); }

void sley__pair_refuse(pair *p)
{
  pair_move(p, PAIR_ANNOUNCED, PAIR_CLOSED);
  sley__pair_release(p);
}

/* The consumer is gone. */
static void take_back(pair *p)
{
  struct sley__message m;
  if (!pair_move(p, PAIR_ANNOUNCED, PAIR_CLOSED)) return;
  while (sley__ring_take(p->ring, &m)) {
    address a = {(uintptr_t)m.word[1]};
    switch (m.word[0]) {
      case MESSAGE_CALL: sley__call_lost(a.envelope); break;
      case MESSAGE_REPLY: sley__reply_lost(a.envelope); break;
      case MESSAGE_CANCEL: sley__cancel_lost(a.envelope); break;
      default: {
        sley_value v = value_in(&m);
        sley_value_drop(&v);
        break;
      }
    }
  }
}

void sley__pair_close(pair *p)
{
  bool closed = false;
  while (!closed) {
    sley__pair_drain(p); /* without the lock, since it runs callbacks */
    pthread_mutex_lock(&p->lock);
    closed = sley__ring_is_empty(p->ring);
    if (closed) p->state = PAIR_CLOSED;
    pthread_mutex_unlock(&p->lock);
  }
}

void sley__pair_flush(pair *p)
{
  if (p->staged == 0) return;
  sley_domain_counters *counters = &p->from->counters;
  p->sent += p->staged;
  p->batches++;
  count_up(&counters->sent, p->staged);
  count_up(&counters->batches, 1);
  p->staged = 0;
  sley__ring_publish(p->ring);
  if (sley__sleeper_notify(&p->to->sleeper)) {
    p->wakeups_sent++;
    count_up(&counters->wakeups_sent, 1);
    pthread_mutex_lock(&p->to->lock);
    if (p->to->loop != NULL) sley__loop_wake(p->to->loop);
    pthread_mutex_unlock(&p->to->lock);
  } else {
    p->wakeups_saved++;
    count_up(&counters->wakeups_saved, 1);
  }
  if (__atomic_load_n(&p->to->gone, __ATOMIC_ACQUIRE)) take_back(p);
}

bool sley__pair_drain(pair *p)
{
  struct sley__message m;
  seat *here = p->to;
  unsigned taken = 0;
  /* No more than a ring's worth in a turn, so that a busy sender starves nobody. */
  while (taken < RING_CAPACITY && sley__ring_take(p->ring, &m)) {
    address a = {(uintptr_t)m.word[1]};
    taken++;
    switch (m.word[0]) {
      case MESSAGE_CALL: sley__call_arrived(p, a.envelope); break;
      case MESSAGE_CANCEL: sley__cancel_arrived(a.envelope); break;
      case MESSAGE_REPLY: sley__reply_arrived(a.envelope); break;
      default: {
        sley_value v = value_in(&m);
        if (!__atomic_load_n(&here->gated, __ATOMIC_RELAXED)) a.post(&v);
        sley_value_drop(&v);
        break;
      }
    }
  }
  if (taken == 0) return false;
  p->received += taken;
  if (taken > p->longest) p->longest = taken;
  if (taken > here->counters.longest_queue)
    count_up(&here->counters.longest_queue, taken - here->counters.longest_queue);
  count_up(&here->counters.received, taken);
  return true;
}
