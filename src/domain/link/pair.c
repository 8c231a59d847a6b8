/* The ring from one domain to another: staging, publishing, draining, and what happens to messages
 * that a domain which has ended will not read.
 *
 * A consumer that ends says so (gone), then reads the rings it knows to their ends and closes them. A
 * producer publishes, and looks at gone behind the fence that notify makes: a ring that is closed, or
 * that the consumer has not met yet, is then its own again with all that is in it; one the consumer
 * knows and has not closed will be read. models/sleep_wake.pml has all of it. */
#include "domain/link/seat.h"

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
  p->memory = memory;
  p->ring = sley__ring_init(memory, RING_CAPACITY);
  pthread_mutex_init(&p->lock, NULL);
  for (int level = 0; level < LEVELS; level++) {
    p->credits[level] = credits_of(level);
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

pair *sley__pair_look(sley_domain *d, sley_domain *to, int *code, const char *function,
                      const char *site)
{
  seat *here = sley__seat_open(d, code);
  if (here == NULL) return NULL;
  if (here->ending) { /* what runs at its end sends nothing more */
    *code = -SLEY_EGONE;
    return NULL;
  }
  seat *there = to == d ? here : sley__seat_of(to);
  sley__refuse_elsewhere_in(function, site, there->origin, "domain", there->name);
  pair *p = sley__pair_to(here, there);
  if (p == NULL) *code = -SLEY_ENOMEM;
  return p;
}

bool sley__pair_expect_answers(pair *p)
{
  if (p->answerable || p->from == p->to) return true;
  p->back = pair_make(p->to, p->from);
  p->answerable = p->back != NULL;
  return p->answerable;
}

pair *sley__pair_for_answer(seat *here, seat *home, envelope *e)
{
  /* Once its home has finished, e's pair may be gone. */
  if (home != here && __atomic_load_n(&home->finished, __ATOMIC_ACQUIRE)) return NULL;
  pair *p = pair_find(here, home);
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
  sley__runtime_free(runtime, p->memory, sley__ring_bytes(RING_CAPACITY));
  sley__runtime_free(runtime, p, sizeof(*p));
  sley__seat_release(from);
  sley__seat_release(to);
}

bool sley__pair_has_room_for_post(pair *p)
{
  return sley__ring_has_room(p->ring, RING_RESERVED + 1);
}

/* Words of messages that are addresses of functions and types. */
typedef union address {
  uintptr_t word;
  envelope *envelope;
  sley_error *error;
  sley_call_fn *call;
  sley_post_fn *post;
  const sley_type *type;
} address;

static SLEY__NOINLINE _Noreturn void no_room(const pair *p)
{
  sley__abort(
      "the queue from domain %s to domain %s is full although credits keep room in it: this is a "
      "fault of the library; please report it",
      p->from->name, p->to->name);
}

static inline void make_sure_of_room(pair *p, unsigned messages)
{
  if (SLEY__UNLIKELY(!sley__ring_has_room(p->ring, messages))) no_room(p);
}

/* What comes first can be read at once, since somebody may be looking for it. What joins it waits until
 * there are some, or for the turn's end; so does the look whether the other one sleeps. */
static inline void staged(pair *p, unsigned messages, unsigned unpublished, unsigned batch)
{
  p->staged += messages;
  if (p->staged == messages || unpublished >= batch) sley__ring_publish(p->ring);
  if (p->staged >= FLUSHED) sley__pair_flush(p);
}

void sley__pair_stage(pair *p, uint16_t kind, uint64_t a, uint64_t b, uint64_t c)
{
  make_sure_of_room(p, 1);
  staged(p, 1, sley__ring_put(p->ring, kind, a, b, c), BATCH);
}

/* inline, as an advice to the link-time optimizer: with it a post is one function. */
inline bool sley__pair_stage_post(pair *p, sley_post_fn *f, const sley_value *arg)
{
  address function = {.post = f}, type = {.type = arg->type};
  if (!sley__ring_offer(p->ring, RING_RESERVED, MESSAGE_POST, function.word, arg->u, type.word))
    return false;
  if (SLEY__UNLIKELY(++p->staged >= FLUSHED)) sley__pair_flush(p);
  return true;
}

void sley__pair_stage_call(pair *p, const envelope *e, sley_call_fn *f, sley_time deadline,
                           const sley_value *arg)
{
  make_sure_of_room(p, 2);
  address function = {.call = f}, type = {.type = arg->type};
  bool is_plain = deadline == 0 && arg->type == NULL;
  unsigned kind = (is_plain ? MESSAGE_PLAIN_CALL : MESSAGE_CALL) | e->level << KIND_BITS;
  unsigned unpublished =
      sley__ring_put(p->ring, (uint16_t)kind, (uintptr_t)e, function.word, arg->u);
  if (is_plain) {
    staged(p, 1, unpublished, BATCH);
    return;
  }
  p->seconds++;
  staged(p, 2, sley__ring_put(p->ring, MESSAGE_SECOND, type.word, (uint64_t)deadline, 0), BATCH);
}

static sley_value value_of(uint64_t word, uint64_t type)
{
  address t = {.word = (uintptr_t)type};
  sley_value v = sley_unit();
  v.u = word;
  v.type = t.type;
  return v;
}

static unsigned kind_of(const struct sley__message *m) { return m->kind & ((1 << KIND_BITS) - 1); }

static const struct sley__message *second_of(pair *p, const struct sley__message *m)
{
  return kind_of(m) == MESSAGE_CALL ? sley__ring_next(p->ring) : NULL;
}

/* A call of one message, or, with its second one, of two. */
static arrival arrival_of(const struct sley__message *m, const struct sley__message *second)
{
  address call = {.word = (uintptr_t)m->word[0]}, f = {.word = (uintptr_t)m->word[1]};
  return (arrival){.call = call.envelope,
                   .f = f.call,
                   .deadline = second == NULL ? 0 : (sley_time)second->word[1],
                   .level = m->kind >> KIND_BITS,
                   .arg = value_of(m->word[2], second == NULL ? 0 : second->word[0])};
}

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

static void lose(pair *p, const struct sley__message *m)
{
  address a = {.word = (uintptr_t)m->word[0]}, error = {.word = (uintptr_t)m->word[1]};
  switch (kind_of(m)) {
    case MESSAGE_PLAIN_CALL:
    case MESSAGE_CALL: {
      arrival lost = arrival_of(m, second_of(p, m));
      sley__call_lost(&lost);
      break;
    }
    case MESSAGE_CANCEL: sley__cancel_lost(a.envelope); break;
    case MESSAGE_REPLY: sley__reply_lost(a.envelope, value_of(m->word[1], m->word[2]), NULL); break;
    case MESSAGE_FAILURE: sley__reply_lost(a.envelope, sley_unit(), error.error); break;
    default: {
      sley_value v = value_of(m->word[1], m->word[2]);
      sley_value_drop(&v);
      break;
    }
  }
}

/* The consumer is gone. What is lost may send (each call its credit's next one): that is lost in the same
 * loop, not in one inside it. */
static void take_back(pair *p)
{
  const struct sley__message *m;
  if (p->losing || !pair_move(p, PAIR_ANNOUNCED, PAIR_CLOSED)) return;
  p->losing = true;
  while ((m = sley__ring_next(p->ring)) != NULL) {
    lose(p, m);
    sley__ring_release(p->ring);
  }
  p->losing = false;
}

void sley__pair_close(pair *p)
{
  bool closed = false;
  while (!closed) {
    sley__budget budget;
    sley__budget_unlimited(&budget);
    sley__pair_drain(p, &budget); /* without the lock, since it runs callbacks */
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
  unsigned sent = p->staged - p->seconds;
  p->sent += sent;
  p->batches++;
  count_up(&counters->sent, sent);
  count_up(&counters->batches, 1);
  p->staged = p->seconds = 0;
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

static void deliver(pair *p, const struct sley__message *m)
{
  address a = {.word = (uintptr_t)m->word[0]}, error = {.word = (uintptr_t)m->word[1]};
  switch (kind_of(m)) {
    case MESSAGE_PLAIN_CALL:
    case MESSAGE_CALL: {
      arrival arrived = arrival_of(m, second_of(p, m));
      sley__call_arrived(p, &arrived);
      break;
    }
    case MESSAGE_CANCEL: sley__cancel_arrived(a.envelope); break;
    case MESSAGE_REPLY:
      sley__reply_arrived(a.envelope, value_of(m->word[1], m->word[2]), NULL);
      break;
    case MESSAGE_FAILURE: sley__reply_arrived(a.envelope, sley_unit(), error.error); break;
    default: {
      sley_value v = value_of(m->word[1], m->word[2]);
      if (!__atomic_load_n(&p->to->gated, __ATOMIC_RELAXED)) a.post(&v);
      sley_value_drop(&v);
      break;
    }
  }
}

static unsigned deliver_some(pair *p, unsigned most)
{
  const struct sley__message *m;
  unsigned count = 0;
  while (count < most && (m = sley__ring_next(p->ring)) != NULL) {
    count++;
    deliver(p, m);
  }
  return count;
}

static inline void note_taken(pair *p, unsigned taken, bool cut)
{
  seat *here = p->to;
  p->received += taken;
  count_up(&here->counters.received, taken);
  unsigned found = p->found + taken;
  if (found > RING_CAPACITY) found = RING_CAPACITY;
  if (found > p->longest) p->longest = found;
  if (found > here->counters.longest_queue)
    count_up(&here->counters.longest_queue, found - here->counters.longest_queue);
  p->found = cut ? found : 0;
}

bool sley__pair_drain(pair *p, sley__budget *budget)
{
  unsigned taken = 0, most, some;
  bool cut;
  /* No more than a ring's worth in a turn, also where the budget has no limit: the sender goes on. */
  do {
    most = budget->left < RELEASED ? budget->left : RELEASED;
    some = deliver_some(p, most);
    sley__ring_release(p->ring);
    taken += some;
    cut = sley__budget_is_spent(budget, some);
  } while (some > 0 && !cut && taken < RING_CAPACITY);
  if (taken > 0) note_taken(p, taken, cut);
  /* A call that takes two messages is owed as two, and taken as one. */
  if (some < most) p->owed = 0;
  else p->owed -= taken < p->owed ? taken : p->owed;
  return cut;
}
