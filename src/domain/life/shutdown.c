/* Ending a domain: gate, drain, cancel, end, join. The request and its answer are one item, which
 * travels through the inboxes. What was cancelled has GRACE to end; what then is left is freed. */
#include <stdarg.h>
#include <stdio.h>

#include "domain/link/seat.h"

#define GRACE (100 * SLEY_MILLISECOND)

static bool is_idle(const seat *s)
{
  return s->active == NULL && (s->root == NULL || !sley_is_pending(s->root));
}

void sley__deadline_end(seat *s)
{
  sley_promise *deadline = s->deadline;
  s->deadline = NULL;
  if (deadline != NULL) sley_cancel(deadline);
  sley_drop(deadline);
}

bool sley__may_end(void *ctx)
{
  const seat *s = ctx;
  return s->shutdown != NULL && (s->forced || is_idle(s));
}

static void report(const seat *s, const char *format, ...) SLEY_PRINTF(2, 3);
static void report(const seat *s, const char *format, ...)
{
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  if (s->report != NULL) s->report(s->report_ctx, line);
  else fprintf(stderr, "sley: %s\n", line);
}

static const char *site_text(const char *site)
{
  return site[0] != '\0' ? site : "an unknown place";
}

void sley__report_left(void *ctx, const char *site, size_t pending, size_t settled)
{
  const seat *s = ctx;
  report(s, "left in domain %s: %zu pending and %zu settled promises made at %s", s->name, pending,
         settled, site_text(site));
}

/* What was cancelled and goes on. */
static void report_stuck(const seat *s)
{
  for (const serving *c = s->active; c != NULL; c = c->next_active)
    report(s,
           "domain %s is ended while it serves a call that domain %s made at %s: it waits for a "
           "promise made at %s, which did not end when it was cancelled",
           s->name, c->call->home->name, site_text(c->call->site),
           site_text(sley_site(c->promise)));
  if (s->root != NULL && sley_is_pending(s->root))
    report(s,
           "domain %s is ended while its start function waits for a promise made at %s, which did "
           "not end when it was cancelled",
           s->name, site_text(sley_site(s->root)));
}

static void force(void *ctx)
{
  seat *s = ctx;
  if (s->deadline == NULL) return;
  if (!is_idle(s)) report_stuck(s);
  s->forced = true;
}

static void wait_for(seat *s, sley_time time, sley_done_fn *f)
{
  sley_drop(s->deadline);
  s->deadline = sley__sleep(SLEY_HERE, time > 0 ? time : 1);
  sley_on_termination(s->deadline, f, s);
}

static void patience_over(void *ctx)
{
  seat *s = ctx;
  if (s->deadline == NULL) return;
  sley__calls_cancel(s);
  if (s->root != NULL) sley_cancel(s->root);
  sley__fibers_cancel(s->domain);
  if (!is_idle(s)) wait_for(s, GRACE, force);
}

void sley__shutdown_refuse(item *i)
{
  seat *asker = i->asker;
  i->kind = ITEM_ENDED;
  i->asker = NULL;
  i->domain = NULL;
  sley__seat_send(asker, &i->node);
  sley__seat_release(asker);
}

void sley__shutdown_arrived(seat *here, item *i)
{
  if (here->shutdown != NULL) {
    sley__shutdown_refuse(i);
    return;
  }
  here->shutdown = i;
  sley__mark_set(&here->gated);
  if (!is_idle(here)) wait_for(here, i->patience, patience_over);
}

/* ---- the asker ---- */

static void shutdown_cancel(void *data)
{
  item *i = *(item **)data;
  sley_resolver *r = i->resolver;
  i->resolver = NULL;
  sley_resolver_drop(&r);
}

static const sley__operation_type shutdown_type = {"shutdown", shutdown_cancel};

void sley__ended_tell(item *i)
{
  sley_resolver *r = i->resolver;
  size_t left = i->left;
  sley__runtime_free(i->runtime, i, sizeof(*i));
  sley_fulfill(&r, sley_int((int64_t)left));
}

void sley__ended_arrived(seat *here, item *i)
{
  here->asked--;
  if (i->domain != NULL) {
    sley__ended_collect(here, i);
    return;
  }
  sley_resolver *r = i->resolver;
  sley__runtime_free(i->runtime, i, sizeof(*i));
  sley_reject(&r, sley_error_new_at(
                      "", &sley_kind_sley, SLEY_EGONE,
                      "sley_domain_shutdown: the domain is being ended already; sley_domain_join "
                      "waits for its end"));
}

item *sley__shutdown_prepare(const char *site, sley_promise **p)
{
  sley_domain *d = sley__self();
  int code = 0;
  seat *here = sley__seat_open(d, &code);
  item *i = here == NULL ? NULL : sley__runtime_alloc(d->runtime, sizeof(*i));
  void *data;
  sley_resolver *r;
  *p = i == NULL ? NULL : sley__operation_new(site, &shutdown_type, sizeof(item *), &data, &r);
  if (*p == NULL) {
    if (i != NULL) sley__runtime_free(d->runtime, i, sizeof(*i));
    return NULL;
  }
  *i = (item){.kind = ITEM_SHUTDOWN, .runtime = d->runtime, .asker = here, .resolver = r};
  *(item **)data = i;
  return i;
}

void sley__shutdown_forget(item *i)
{
  sley_resolver *r = i->resolver;
  sley__runtime_free(i->runtime, i, sizeof(*i));
  sley_fulfill(&r, sley_unit()); /* an abandoned one would be reported as unhandled */
}

void sley__shutdown_send(item *i, sley_domain *domain)
{
  i->domain = domain;
  sley__seat_hold(i->asker);
  i->asker->asked++;
  sley_domain_flush();
  sley__seat_send(domain->seat, &i->node);
}

sley_promise *sley_domain_shutdown_at(const char *site, sley_domain *domain, double seconds)
{
  SLEY__NEEDS_AT(site, domain);
  sley__refuse_foreign_id(domain->id, "sley_domain_shutdown", site, "a domain");
  sley__refuse_elsewhere_at(site, domain->runtime->origin, "domain", domain->name);
  seat *there = domain->seat;
  sley_promise *p;
  if (there == NULL || !there->spawned)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "only a domain made by sley_domain_spawn is ended "
                                                "by sley_domain_shutdown"));
  if (__atomic_load_n(&there->gone, __ATOMIC_ACQUIRE))
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, NULL));
  int code = 0;
  if (sley__seat_open(sley__self(), &code) == NULL)
    return sley_fail_at(site, sley__loop_error(site, code));
  item *i = sley__shutdown_prepare(site, &p);
  if (i == NULL) return sley__nomem_promise();
  i->patience = sley_seconds(seconds);
  sley__shutdown_send(i, domain);
  return p;
}
