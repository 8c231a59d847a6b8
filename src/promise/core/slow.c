/* Callbacks that block the loop too long. While this is enabled, cells take the slow paths, as for a trace, and the
 * clock is read around each callback of the resolution loop and around called functions. */
#include <stdio.h>

#include "promise/core/core.h"

struct sley__slow {
  sley_time limit, began; /* began: counted from the start of this turn */
  unsigned depth;         /* nested measured callbacks; only the outermost counts */
  uint64_t turn;
  sley_slow_fn *told; /* NULL: a line on stderr */
  void *ctx;
};

void sley__slow_stop(sley_domain *d)
{
  sley__runtime_free(d->runtime, d->hooks.slow, sizeof(*d->hooks.slow));
  d->hooks.slow = NULL;
}

void sley__slow_start(sley_domain *d, sley_time limit)
{
  if (limit <= 0) return;
  if (d->hooks.slow == NULL) {
    d->hooks.slow = sley__runtime_alloc(d->runtime, sizeof(*d->hooks.slow));
    if (d->hooks.slow == NULL) return;
    *d->hooks.slow = (struct sley__slow){0};
  }
  d->hooks.slow->limit = limit;
  sley__long_ways(d);
}

sley_time sley__slow_time(double seconds)
{
  double most = 9.2e9;
  return seconds > 0 ? (sley_time)((seconds < most ? seconds : most) * 1e9) + 1 : 0;
}

sley_slow_hook sley_set_slow_hook(double seconds, sley_slow_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  sley_slow_hook was = {0, NULL, NULL};
  if (d->hooks.slow != NULL)
    was = (sley_slow_hook){(double)(d->hooks.slow->limit - 1) / 1e9, d->hooks.slow->told,
                           d->hooks.slow->ctx};
  if (seconds > 0) {
    sley__slow_start(d, sley__slow_time(seconds));
  } else {
    sley__slow_stop(d);
    sley__long_ways(d);
  }
  if (d->hooks.slow == NULL) return was;
  d->hooks.slow->told = f;
  d->hooks.slow->ctx = ctx;
  return was;
}

/* Nanoseconds since the turn began; -1: there is no loop. */
static sley_time now(const sley_domain *d) { return d->turn_age != NULL ? d->turn_age(d, 0) : -1; }

void sley__slow_begin(sley_domain *d)
{
  struct sley__slow *s = d->hooks.slow;
  if (s->depth++ > 0) return;
  s->began = now(d);
  s->turn = d->turn;
}

void sley__slow_end(sley_domain *d, const char *site)
{
  struct sley__slow *s = d->hooks.slow;
  if (s->depth == 0 || --s->depth > 0 || s->began < 0 || s->turn != d->turn) return;
  sley_time took = now(d) - s->began;
  if (took <= s->limit) return;
  const char *last = __atomic_load_n(&d->published.running, __ATOMIC_RELAXED);
  double seconds = (double)took / 1e9;
  if (last == NULL) last = site;
  if (s->told != NULL) {
    s->told(s->ctx, site, last, seconds);
    return;
  }
  fprintf(stderr,
          "sley: domain %s was blocked for %.3f s by a callback of the promise made at %s%s%s\n",
          d->name, seconds, site[0] != '\0' ? site : "an unknown place",
          last != site ? "; the last callback started within it belongs to " : "",
          last != site ? last : "");
}
