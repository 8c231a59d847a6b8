/* choose and pick: the first element that settles decides. A pick then cancels the others. */
#include "promise/combine/group.h"

static uint32_t random_below(sley_domain *d, uint32_t n)
{
  /* xorshift64*, Marsaglia 2003 and Vigna 2016; fixed seed, as in Lwt. */
  d->random ^= d->random >> 12;
  d->random ^= d->random << 25;
  d->random ^= d->random >> 27;
  return (uint32_t)((d->random * 2685821657736338717u) >> 33) % n;
}

/* How many settled promises can be chosen: the rejected ones if there are any, otherwise the fulfilled ones. */
static size_t settled_count(sley_domain *d, sley_promise *const *ps, size_t n, int *state)
{
  size_t fulfilled = 0, rejected = 0;
  for (size_t i = 0; i < n; i++) {
    int s = sley__underlying(d, ps[i])->state;
    if (s == STATE_FULFILLED) fulfilled++;
    if (s == STATE_REJECTED) rejected++;
  }
  *state = rejected > 0 ? STATE_REJECTED : STATE_FULFILLED;
  return rejected > 0 ? rejected : fulfilled;
}

static size_t nth_settled(sley_domain *d, sley_promise *const *ps, size_t n, size_t nth, int state)
{
  for (size_t i = 0; i < n; i++)
    if (sley__underlying(d, ps[i])->state == state && nth-- == 0) return i;
  return n;
}

void sley__element_cancel(sley_domain *d, sley_promise *p)
{
  sley_promise *base = d->frames;
  sley__cancel_collect(d, p);
  sley__canceled_leave(d, base);
  sley__run_frames(d, base);
}

/* Lwt's pick among fulfilled promises cancels while it walks; an element that canceling an earlier one has settled
 * counts when the walk reaches it. */
static size_t pick_among_fulfilled(sley_domain *d, sley_promise *const *ps, size_t n, size_t nth)
{
  size_t chosen = n;
  for (size_t i = 0; i < n; i++) {
    if (chosen == n && sley__is_settled(sley__underlying(d, ps[i]))) {
      if (nth == 0) chosen = i;
      else nth--;
    } else {
      sley__element_cancel(d, ps[i]);
    }
  }
  return chosen;
}

static sley_promise *take_element(sley_domain *d, sley_promise *const *ps, size_t n, size_t at)
{
  for (size_t i = 0; i < n; i++) {
    if (i == at) continue; /* its rejection becomes the result's */
    sley__mark_operand(sley__underlying(d, ps[i]));
    sley__ref_drop(d, ps[i]);
  }
  sley__settle_down(d);
  return ps[at];
}

static sley_promise *choose(const char *site, int kind, sley_promise *const *ps, size_t n,
                            const char *function)
{
  sley_domain *d = sley__self();
  if (n == 0) return sley__group_of_none(site, function);
  if (sley__group_check(d, site, ps, n, function))
    return sley__group_pending(d, sley__group_new(d, site, kind, n), ps, n);
  int state;
  size_t count = settled_count(d, ps, n, &state);
  size_t nth = count <= 1 ? 0 : random_below(d, (uint32_t)count);
  size_t at;
  if (kind == KIND_CHOOSE) {
    at = nth_settled(d, ps, n, nth, state);
  } else if (state == STATE_REJECTED) {
    at = nth_settled(d, ps, n, nth, state);
    for (size_t i = 0; i < n; i++) sley__element_cancel(d, ps[i]);
  } else {
    at = pick_among_fulfilled(d, ps, n, nth);
  }
  return take_element(d, ps, n, at);
}

sley_promise *sley_choose_at(const char *site, sley_promise *const *ps, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, ps);
  return choose(site, KIND_CHOOSE, ps, n, "sley_choose");
}

sley_promise *sley_pick_at(const char *site, sley_promise *const *ps, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, ps);
  return choose(site, KIND_PICK, ps, n, "sley_pick");
}

/* ---- an element settles ---- */

void sley__pick_begin(sley_domain *d, group *g)
{
  g->pick_cursor = 0;
  g->cell.flags |= FLAG_PICKING;
  sley__push_frame(d, &g->cell);
}

/* Fast path: cancels a task that only this pick waits for, without a frame: its one callback has nothing to do. */
static bool loser_cancel(sley_domain *d, group *g, node *n)
{
  sley_promise *source = n->source;
  bool is_simple = source->kind == KIND_TASK && source->callbacks == n && n->next == n &&
                   source->cancel_nodes == NULL;
  if (!is_simple) return false;
  source->callbacks = NULL;
  n->source = NULL;
  sley__settle_error(d, source, &sley__canceled);
  TRACE(d, runs, &g->cell);
  g->cell.producers--; /* not the last: the frame holds one */
  return true;
}

/* One step of a pick's frame: cancels the next element (its callbacks then run on frames above this one); after the
 * last one, settles the result. Elements stay linked until then, so that their sources can be reached. */
void sley__pick_step(sley_domain *d, sley_promise *frame)
{
  group *g = (group *)(void *)frame;
  while (g->pick_cursor < g->count) {
    node *n = &g->nodes[g->pick_cursor++];
    sley_promise *source = n->source;
    if (source == NULL || source->state != STATE_PENDING || loser_cancel(d, g, n)) continue;
    sley__cancel_collect(d, source);
    sley__canceled_leave(d, frame);
    if (d->frames != frame) return;
  }
  g->cell.flags &= (uint16_t) ~(FLAG_PICKING | FLAG_FRAME);
  d->frames = frame->link;
  sley__group_unlink(d, g);
  if (g->winner == NULL) {
    sley__nchoose_settle(d, g, d->frames);
  } else {
    sley_promise *winner = g->winner;
    sley_promise *p = sley__underlying(d, &g->cell);
    g->winner = NULL;
    g->cell.flags &= (uint16_t)~FLAG_LOADED;
    if (p->state == STATE_PENDING) {
      sley__settle_from(d, p, winner, 1);
      sley__publish_from(d, p, winner);
    }
    sley__ref_drop(d, winner);
  }
  sley__producer_drop(d, &g->cell);
}

static void run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  group *g = sley__group_of(n);
  (void)held;
  if (g->is_decided) return;
  g->is_decided = true;
  if (g->cell.kind == KIND_PICK) {
    source->refs++;
    g->winner = source;
    g->cell.flags |= FLAG_LOADED;
    sley__pick_begin(d, g);
    return;
  }
  sley_promise *p = sley__underlying(d, &g->cell);
  sley__group_unlink(d, g);
  if (p->state != STATE_PENDING) return;
  sley__settle_from(d, p, source, 0);
  sley__publish_from(d, p, source);
}

const struct sley__kind sley__kind_choose = {GROUP_KIND, .name = "choose", .run = run,
                                             .is_useless = sley__group_is_useless};
const struct sley__kind sley__kind_pick = {GROUP_KIND, .name = "pick", .run = run,
                                           .step = sley__pick_step,
                                           .is_useless = sley__pick_is_useless};
