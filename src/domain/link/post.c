/* Posts: calls that nobody waits for. From a domain they go through its ring; from a thread that is none
 * of ours, through the inbox. */
#include "domain/link/seat.h"

static int post_here(sley_domain *d, sley_domain *to, sley_post_fn *f, sley_value *arg)
{
  int code = 0;
  pair *p = sley__pair_here(d, to, &code, "sley_post", "");
  if (p == NULL) return code;
  /* It overtakes no call that waits for credit. */
  if (p->waits > 0 || !sley__pair_has_room_for_post(p)) {
    p->refused++;
    count_up(&p->from->counters.refused, 1);
    return -SLEY_EAGAIN;
  }
  if (arg->type != NULL) code = sley__value_send(arg);
  if (code == 0) sley__pair_stage_post(p, f, arg);
  return code;
}

/* What most posts are: a plain value, to where the last message went. false: this one may not be. */
static inline bool post_at_once(const sley_domain *d, const sley_domain *to, sley_post_fn *f,
                                const sley_value *arg)
{
  const seat *here = d->seat;
  if (here == NULL || here->ending || arg->type != NULL) return false;
  pair *p = here->outgoing;
  return p != NULL && p->to == to->seat && p->waits == 0 &&
         !__atomic_load_n(&p->to->gated, __ATOMIC_ACQUIRE) && sley__pair_stage_post(p, f, arg);
}

static int post_from_outside(sley_domain *to, sley_post_fn *f, sley_value *arg)
{
  seat *there = to->seat;
  sley__refuse_elsewhere_in("sley_post", "", there->origin, "domain", there->name);
  if (__atomic_load_n(&there->posts, __ATOMIC_RELAXED) >= FOREIGN_POSTS) return -SLEY_EAGAIN;
  item *i = sley__runtime_alloc(to->runtime, sizeof(*i));
  if (i == NULL) return -SLEY_ENOMEM;
  int code = sley__value_send(arg);
  if (code != 0) {
    sley__runtime_free(to->runtime, i, sizeof(*i));
    return code;
  }
  *i = (item){.kind = ITEM_POST, .f = f, .arg = *arg, .runtime = to->runtime};
  __atomic_add_fetch(&there->posts, 1, __ATOMIC_RELAXED);
  sley__seat_send(there, &i->node);
  return 0;
}

static SLEY__NOINLINE int post(sley_domain *d, sley_domain *to, sley_post_fn *f, sley_value arg)
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
  return SLEY__LIKELY(post_at_once(d, to, f, &arg)) ? 0 : post(d, to, f, arg);
}

void sley_domain_flush(void)
{
  seat *here = sley__self()->seat;
  if (here != NULL) sley__seat_flush(here);
}
