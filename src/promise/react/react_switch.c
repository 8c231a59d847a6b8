/* Events of events and signals of signals: nodes whose second source changes. */
#include "promise/react/react.h"

static void event_drop(void *e) { sley__react_lose(e); }
static void *event_dup(void *e) { return sley_event_keep(e); }
static void signal_drop(void *s) { sley__react_lose(s); }
static void *signal_dup(void *s) { return sley_signal_keep(s); }

const sley_type sley_type_event = {
    .size = sizeof(sley_type), .name = "sley_event", .drop = event_drop, .dup = event_dup};
const sley_type sley_type_signal = {
    .size = sizeof(sley_type), .name = "sley_signal", .drop = signal_drop, .dup = signal_dup};

SLEY__HANDLE(event)
SLEY__HANDLE(signal)

static bool update_event(react *n)
{
  react *outer = n->edges[0].source;
  if (sley__react_occurs(outer)) {
    react *inner = sley__react_of_event(sley_event_in(&outer->box->value));
    if (inner != n->edges[1].source && sley__react_resource(n, 1, inner)) return false;
  }
  react *inner = n->edges[1].source;
  return sley__react_occurs(inner) && sley__react_becomes(n, sley__box_keep(inner->box));
}

sley_event *sley_event_switch(sley_event *e)
{
  SLEY__NEEDS(e);
  react *sources[] = {sley__react_of_event(e), sley__react_nothing()};
  react *n = sley__react_new(false, sources, 2);
  if (!n->failed) n->update = update_event;
  return sley__react_as_event(n);
}

static react *inner_of(const react *outer)
{
  return sley__react_of_signal(sley_signal_in(&outer->box->value));
}

static bool update_signal(react *n)
{
  react *inner = inner_of(n->edges[0].source);
  if (inner != n->edges[1].source && sley__react_resource(n, 1, inner)) return false;
  return sley__react_becomes(n, sley__box_keep(inner->box));
}

sley_signal *sley_signal_switch(sley_signal *s, sley_equal_fn *equal)
{
  SLEY__NEEDS(s);
  react *sources[] = {sley__react_of_signal(s), inner_of(sley__react_of_signal(s))};
  react *n = sley__react_new(true, sources, 2);
  if (n->failed) return sley__react_as_signal(n);
  n->update = update_signal;
  n->box = sley__box_keep(sources[1]->box);
  n->equal = equal;
  return sley__react_as_signal(n);
}

sley_signal *(sley_signal_bind)(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx,
                                sley_drop_fn *drop)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(f);
  sley_signal *mapped = sley_signal_map(s, NULL, f, ctx, drop);
  bool good =
      !sley_signal_has_failed(mapped) && sley_signal_value(mapped)->type == &sley_type_signal;
  sley_signal *result = good ? sley_signal_switch(mapped, equal)
                             : sley__react_as_signal(sley__react_new(true, NULL, SIZE_MAX));
  sley_signal_drop(mapped);
  return result;
}
