/* Posts: calls without an answer. From a domain they go through its ring; from a thread without a domain, through
 * the inbox. */
#include "domain/link/peer.h"

/* ---- running ---- */

/* From a ring. Dropped once the gate has closed, as foreign posts are. */
static void post_deliver(peer *p, const struct sley__message *m)
{
  message_word f = {.word = (uintptr_t)m->word[0]};
  sley_value v = sley__message_value(m->word[1], m->word[2]);
  if (!__atomic_load_n(&p->to->gated, __ATOMIC_RELAXED)) f.post(&v);
  sley_value_drop(&v);
}

static void post_lose(peer *p, const struct sley__message *m)
{
  sley_value v = sley__message_value(m->word[1], m->word[2]);
  (void)p;
  sley_value_drop(&v);
}

const message_kind sley__message_post = {"post", post_deliver, post_lose};

typedef struct foreign_post {
  item item; /* first */
  sley_post_fn *f;
  sley_value arg;
  sley_runtime *runtime;
} foreign_post;

static void foreign_deliver(seat *here, item *i)
{
  foreign_post *p = SLEY__CONTAINER(i, foreign_post, item);
  sley_post_fn *f = p->f;
  sley_value arg = p->arg;
  sley__runtime_free(p->runtime, p, sizeof(*p));
  __atomic_sub_fetch(&here->foreign_posts, 1, __ATOMIC_RELAXED);
  sley__count_up(&here->counters.received, 1);
  if (!__atomic_load_n(&here->gated, __ATOMIC_RELAXED)) f(&arg);
  /* f might have forked and returned in the child. */
  sley__refuse_elsewhere_in("sley_run or sley_step", "", here->origin, "domain", here->name);
  sley_value_drop(&arg);
}

static void foreign_lose(item *i)
{
  foreign_post *p = SLEY__CONTAINER(i, foreign_post, item);
  sley_runtime *runtime = p->runtime;
  sley_value_drop(&p->arg);
  sley__runtime_free(runtime, p, sizeof(*p));
}

static const item_kind foreign_kind = {
    .deliver = foreign_deliver, .lose = foreign_lose, .is_behind_posts = true};

/* ---- sending ---- */

/* false: no room. */
static inline bool post_stage(peer *p, sley_post_fn *f, const sley_value *arg)
{
  message_word function = {.post = f}, type = {.type = arg->type};
  if (!sley__ring_offer(p->ring, RING_RESERVED, MESSAGE_POST, function.word, arg->u, type.word))
    return false;
  if (SLEY__UNLIKELY(++p->staged >= FLUSHED)) sley__peer_flush(p);
  return true;
}

static int post_here(sley_domain *d, sley_domain *to, sley_post_fn *f, sley_value *arg)
{
  int code = 0;
  peer *p = sley__peer_to(d, to, &code, "sley_post", "");
  if (p == NULL) return code;
  /* A post does not overtake calls that wait for credit. */
  if (p->waits > 0 || !sley__ring_has_room(p->ring, RING_RESERVED + 1)) {
    p->refused++;
    sley__count_up(&p->from->counters.refused, 1);
    return -SLEY_EAGAIN;
  }
  if (arg->type != NULL) code = sley__value_send(arg);
  if (code == 0) post_stage(p, f, arg);
  return code;
}

/* The fast path of most posts: a plain value, to the same domain as the last message. false: does not apply. */
static inline bool post_fast(const sley_domain *d, const sley_domain *to, sley_post_fn *f,
                             const sley_value *arg)
{
  const seat *here = d->seat;
  if (here == NULL || here->ending || arg->type != NULL) return false;
  peer *p = here->outgoing;
  return p != NULL && p->to == to->seat && p->waits == 0 &&
         !__atomic_load_n(&p->to->gated, __ATOMIC_ACQUIRE) && post_stage(p, f, arg);
}

static int post_from_outside(sley_domain *to, sley_post_fn *f, sley_value *arg)
{
  seat *there = to->seat;
  sley__refuse_elsewhere_in("sley_post", "", there->origin, "domain", there->name);
  if (__atomic_load_n(&there->foreign_posts, __ATOMIC_RELAXED) >= FOREIGN_POSTS)
    return -SLEY_EAGAIN;
  foreign_post *p = sley__runtime_alloc(to->runtime, sizeof(*p));
  if (p == NULL) return -SLEY_ENOMEM;
  int code = sley__value_send(arg);
  if (code != 0) {
    sley__runtime_free(to->runtime, p, sizeof(*p));
    return code;
  }
  *p = (foreign_post){.item.kind = &foreign_kind, .f = f, .arg = *arg, .runtime = to->runtime};
  __atomic_add_fetch(&there->foreign_posts, 1, __ATOMIC_RELAXED);
  sley__seat_send(there, &p->item);
  return 0;
}

static SLEY__NOINLINE int post_slow(sley_domain *d, sley_domain *to, sley_post_fn *f,
                                    sley_value arg)
{
  int code;
  if (to != d && __atomic_load_n(&sley__seat_of(to)->gated, __ATOMIC_ACQUIRE)) code = -SLEY_EGONE;
  else if (SLEY__LIKELY(d->id != 0)) code = post_here(d, to, f, &arg);
  else code = post_from_outside(to, f, &arg);
  if (SLEY__UNLIKELY(code != 0)) sley_value_drop(&arg);
  return code;
}

int sley_post(sley_domain *to, sley_post_fn *f, sley_value arg)
{
  SLEY__NEEDS(to);
  SLEY__NEEDS(f);
  sley_domain *d = sley__current;
  return SLEY__LIKELY(post_fast(d, to, f, &arg)) ? 0 : post_slow(d, to, f, arg);
}

void sley_domain_flush(void)
{
  seat *here = sley__self()->seat;
  if (here != NULL) sley__seat_flush(here);
}
