/* pause: promises that the loop fulfills in its next round, oldest first. */
#include "promise/combine/combine.h"

/* Takes off the cell that has paused longest; NULL: none is paused. */
static pause_cell *oldest(struct sley__dlist *round)
{
  struct sley__dlist *place = sley__dlist_pop(round);
  return place != NULL ? SLEY__CONTAINER(place, pause_cell, place) : NULL;
}

sley_promise *sley_pause_at(const char *site)
{
  sley_domain *d = sley__self();
  pause_cell *pause = sley__cell_alloc(d, sizeof(pause_cell));
  if (SLEY__UNLIKELY(pause == NULL)) return sley__nomem_promise();
  sley__cell_init(d, &pause->cell, KIND_PAUSE, site);
  pause->cell.producers = 1;
  sley__dlist_append(&d->pauses.waiting, &pause->place);
  d->pauses.count++;
  sley__trace_created(d, &pause->cell);
  if (d->pauses.notifier != NULL) d->pauses.notifier(d->pauses.notifier_ctx, d->pauses.count);
  return &pause->cell;
}

/* Removes it from its round, which would have settled it. */
static sley_promise *cancel(sley_domain *d, sley_promise *p, sley_promise *how, group **groups)
{
  sley__cancel_root(d, p, how, groups);
  pause_cell *pause = (pause_cell *)(void *)how;
  if (sley__dlist_is_on(&pause->place)) {
    sley__dlist_remove(&pause->place);
    sley__producer_drop(d, how);
  }
  return NULL;
}

const struct sley__kind sley__kind_pause = {
    .name = "pause", .properties = IS_ROOT | NEEDS_ALL, .cancel = cancel};

void sley_wakeup_paused(void)
{
  sley_domain *d = sley__self();
  struct sley__dlist round;
  d->pauses.count = 0;
  sley__dlist_move(&round, &d->pauses.waiting);
  for (pause_cell *pause; (pause = oldest(&round)) != NULL;) {
    sley_promise *cell = &pause->cell;
    sley_promise *p = sley__underlying(d, cell);
    sley_promise *base = d->frames;
    if (p->state == STATE_PENDING) {
      sley__settle_value(d, p, sley_unit());
      sley__publish(d, p);
    }
    sley__producer_drop(d, cell);
    sley__run_frames(d, base);
    sley__settle_down(d);
  }
}

size_t sley_paused_count(void) { return sley__self()->pauses.count; }

void sley_abandon_paused(void)
{
  sley_domain *d = sley__self();
  struct sley__dlist round;
  d->pauses.count = 0;
  sley__dlist_move(&round, &d->pauses.waiting);
  for (pause_cell *pause; (pause = oldest(&round)) != NULL;) sley__producer_drop(d, &pause->cell);
  sley__settle_down(d);
}

sley_pause_notifier sley_set_pause_notifier(sley_pause_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  sley_pause_notifier was = {d->pauses.notifier, d->pauses.notifier_ctx};
  if (d->pauses.is_diverted) {
    was = d->pauses.diverted;
    d->pauses.diverted = (sley_pause_notifier){f, ctx};
    return was;
  }
  d->pauses.notifier = f;
  d->pauses.notifier_ctx = ctx;
  return was;
}
