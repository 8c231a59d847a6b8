/* pause: promises that the loop fulfils in its next round, oldest first. */
#include "promise/core/promise_internal.h"

static void enqueue(struct sley__list_head *queue, struct sley__list_head *place)
{
  place->next = queue;
  place->prev = queue->prev;
  queue->prev->next = place;
  queue->prev = place;
}

static pause_cell *dequeue(struct sley__list_head *queue)
{
  struct sley__list_head *place = queue->next;
  queue->next = place->next;
  place->next->prev = queue;
  place->next = NULL;
  return SLEY__CONTAINER(place, pause_cell, place);
}

static void move_all(struct sley__list_head *to, struct sley__list_head *from)
{
  to->next = to->prev = to;
  if (from->next == from) return;
  *to = *from;
  to->next->prev = to;
  to->prev->next = to;
  from->next = from->prev = from;
}

sley_promise *sley_pause_at(const char *site)
{
  sley_domain *d = sley__self();
  pause_cell *pause = cell_alloc(d, sizeof(pause_cell));
  if (SLEY__UNLIKELY(pause == NULL)) return sley__nomem_promise();
  cell_init(d, &pause->cell, KIND_PAUSE, site);
  pause->cell.makers = 1;
  enqueue(&d->paused, &pause->place);
  d->paused_count++;
  trace_created(d, &pause->cell);
  if (d->pause_notifier != NULL) d->pause_notifier(d->pause_notifier_ctx, d->paused_count);
  return &pause->cell;
}

void sley_wakeup_paused(void)
{
  sley_domain *d = sley__self();
  struct sley__list_head round;
  d->paused_count = 0;
  move_all(&round, &d->paused);
  while (round.next != &round) {
    sley_promise *cell = &dequeue(&round)->cell;
    sley_promise *p = underlying(d, cell);
    sley_promise *base = d->frames;
    if (p->state == STATE_PENDING) {
      sley__settle_value(d, p, sley_unit());
      sley__publish(d, p);
    }
    maker_drop(d, cell);
    sley__run_frames(d, base);
    sley__settle_down(d);
  }
}

size_t sley_paused_count(void) { return sley__self()->paused_count; }

void sley_abandon_paused(void)
{
  sley_domain *d = sley__self();
  struct sley__list_head round;
  d->paused_count = 0;
  move_all(&round, &d->paused);
  while (round.next != &round) maker_drop(d, &dequeue(&round)->cell);
  sley__settle_down(d);
}

sley_pause_notifier sley_set_pause_notifier(sley_pause_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  sley_pause_notifier was = {d->pause_notifier, d->pause_notifier_ctx};
  d->pause_notifier = f;
  d->pause_notifier_ctx = ctx;
  return was;
}
