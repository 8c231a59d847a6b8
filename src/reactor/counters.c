/* What is registered in a loop. */
#include <sley/engine.h>

#include "reactor/engine.h"

static void count_list(const sley__timer *timer, sley_loop_counters *c)
{
  for (; timer != NULL; timer = timer->next)
    if (sley__timer_is_alarm(timer)) c->alarms++;
    else c->timers++;
}

static void count_timers(const sley__wheel *w, sley_loop_counters *c)
{
  count_list(w->near, c);
  count_list(w->fresh, c);
  for (int level = 0; level < WHEEL_LEVELS; level++)
    for (int slot = 0; slot < WHEEL_SLOTS; slot++) count_list(w->slots[level][slot], c);
}

void sley_loop_counters_get(sley_loop_counters *out)
{
  size_t size = SLEY__FIGURES_CHECK(out, sley_loop_counters, "sley_loop_counters_get");
  const struct sley__loop *loop = sley__self()->loop;
  sley_loop_counters now = {0};
  if (loop != NULL) {
    now.readable = loop->wanted[0];
    now.writable = loop->wanted[1];
    if (loop->wheel != NULL) count_timers(loop->wheel, &now);
  }
  now.size = size;
  memcpy(out, &now, size);
}
