/* Reporting to the program: hooks, the trace table, counters and the report of live promises. */
#include <stdio.h>
#include <stdlib.h>

#include "promise/core/core.h"

static void say(const sley_domain *d, const char *what, const sley_error *e, const char *site)
{
  char text[1024];
  sley_error_format(e, text, sizeof(text));
  fprintf(stderr, "sley: %s in domain %s: %s%s%s\n", what, d->name, text,
          site[0] != '\0' ? "; promise made at " : "", site);
}

void sley__async_report(sley_domain *d, sley_error *e, const char *site, const char *before,
                        const char *what)
{
  char text[1024];
  if (d->hooks.async != NULL) {
    d->hooks.async(d->hooks.async_ctx, e, site);
  } else {
    sley_error_format(e, text, sizeof(text));
    fprintf(stderr, "sley: %s%s%s%s\n", before, text, site[0] != '\0' ? what : "", site);
  }
  sley_error_drop(e);
}

void sley__async_error(sley_domain *d, sley_error *e, const char *site)
{
  if (e == &sley__canceled && d->fibers_ending) return; /* the domain's end canceled them */
  if (d->hooks.async != NULL) d->hooks.async(d->hooks.async_ctx, e, site);
  else say(d, "a promise that nobody waits for was rejected", e, site);
  sley_error_drop(e);
}

void sley__unhandled(sley_domain *d, sley_error *e, const char *site)
{
  d->counters.unhandled++;
  if (d->hooks.unhandled != NULL) d->hooks.unhandled(d->hooks.unhandled_ctx, e, site);
  else say(d, "a rejection was dropped unread", e, site);
}

static bool comes_of(const sley_error *e, const sley_error *cause)
{
  while (e != NULL && e != cause) e = sley_error_cause(e);
  return e != NULL;
}

void sley__superseded(sley_domain *d, sley_error *e, const sley_error *by, const char *site)
{
  if (e == NULL || e == &sley__canceled || comes_of(by, e) || comes_of(e, by)) return;
  sley__unhandled(d, e, site);
}

sley_hook sley_set_async_hook(sley_hook_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  sley_hook was = {d->hooks.async, d->hooks.async_ctx};
  d->hooks.async = f;
  d->hooks.async_ctx = ctx;
  return was;
}

sley_hook sley_set_unhandled_hook(sley_hook_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  sley_hook was = {d->hooks.unhandled, d->hooks.unhandled_ctx};
  d->hooks.unhandled = f;
  d->hooks.unhandled_ctx = ctx;
  return was;
}

const sley_trace sley__no_trace = {.size = sizeof(sley_trace)};

void sley__long_ways(sley_domain *d)
{
  if (d->trace == NULL && (d->heap.alone || d->hooks.slow != NULL)) d->trace = &sley__no_trace;
  else if (d->trace == &sley__no_trace && !d->heap.alone && d->hooks.slow == NULL) d->trace = NULL;
  sley__heap_watch(&d->heap, d->trace != NULL);
}

void sley__created(sley_domain *d, sley_promise *p)
{
  if (d->heap.alone) p->domain |= SLEY__ALONE;
  TRACE(d, created, p);
}

sley_trace_hook sley_set_trace(const sley_trace *trace, void *ctx)
{
  sley_domain *d = sley__self();
  sley_trace_hook was = {NULL, NULL};
  if (d->trace != &sley__no_trace) was = (sley_trace_hook){d->trace, d->hooks.trace_ctx};
  if (trace != NULL) SLEY__OPTIONS_CHECK(trace, sley_trace, "sley_set_trace");
  d->trace = trace;
  d->hooks.trace_ctx = ctx;
  sley__long_ways(d);
  return was;
}

void sley_counters_get(sley_counters *out)
{
  sley_domain *d = sley__self();
  size_t size = SLEY__FIGURES_CHECK(out, sley_counters, "sley_counters_get");
  uint64_t live = sley__live(d);
  sley_counters now = {.live = live,
                       .created = d->heap.freed + live,
                       .peak = d->heap.peak,
                       .bytes = d->heap.bytes,
                       .immediate = d->counters.immediate,
                       .reserve_used = d->heap.reserve_used,
                       .unhandled = d->counters.unhandled};
  memcpy(out, &now, size);
  out->size = size;
}

size_t sley_set_stack_limit(size_t bytes)
{
  sley_domain *d = sley__self();
  size_t was = d->stack.limit_set;
  d->stack.limit_set = bytes < 4096 ? 4096 : bytes;
  if (d->fiber == NULL) d->stack.limit = d->stack.limit_set; /* else at the next switch */
  return was;
}

/* ---- report ---- */

typedef struct site_count {
  const char *site;
  size_t pending, settled;
} site_count;

typedef struct census {
  site_count *sites;
  size_t count, capacity; /* capacity is a power of two; open addressing by the site's address */
  bool failed;
} census;

static site_count *census_slot(census *c, const char *site)
{
  size_t at = ((uintptr_t)site >> 3) * 2654435761u;
  for (;; at++) {
    site_count *slot = &c->sites[at & (c->capacity - 1)];
    if (slot->site == NULL || slot->site == site) return slot;
  }
}

static bool census_grow(census *c)
{
  census bigger = {.capacity = c->capacity == 0 ? 64 : c->capacity * 2, .count = c->count};
  bigger.sites = calloc(bigger.capacity, sizeof(site_count));
  if (bigger.sites == NULL) return false;
  for (size_t i = 0; i < c->capacity; i++)
    if (c->sites[i].site != NULL) *census_slot(&bigger, c->sites[i].site) = c->sites[i];
  free(c->sites);
  *c = bigger;
  return true;
}

static void census_add(void *ctx, sley_promise *p)
{
  census *c = ctx;
  if (c->failed) return;
  if (c->count * 2 >= c->capacity && !census_grow(c)) {
    c->failed = true;
    return;
  }
  site_count *slot = census_slot(c, p->site);
  if (slot->site == NULL) {
    slot->site = p->site;
    c->count++;
  }
  if (sley__is_settled(p)) slot->settled++;
  else slot->pending++;
}

static int more_first(const void *a, const void *b)
{
  const site_count *x = a, *y = b;
  size_t nx = x->pending + x->settled, ny = y->pending + y->settled;
  return nx < ny ? 1 : nx > ny ? -1 : 0;
}

sley_error *sley_report(sley_report_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  census c = {0};
  sley__cells_walk(d, census_add, &c);
  if (!c.failed && c.count > 0) {
    qsort(c.sites, c.capacity, sizeof(site_count), more_first);
    for (size_t i = 0; i < c.count; i++)
      f(ctx, c.sites[i].site, c.sites[i].pending, c.sites[i].settled);
  }
  free(c.sites);
  return c.failed ? sley_error_nomem() : NULL;
}
