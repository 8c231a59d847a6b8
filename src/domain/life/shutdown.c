/* Ending a domain: gate, drain, cancel, end, join. Request and answer are one item, which travels through the
 * inboxes. Canceled promises have GRACE to settle; what is still pending then is freed. */
#include <stdarg.h>
#include <stdio.h>

#include "domain/life/life.h"

#define GRACE (100 * SLEY_MILLISECOND)

static bool is_idle(const seat *s)
{
  return s->served.active == NULL && (s->life.root == NULL || !sley_is_pending(s->life.root));
}

void sley__deadline_end(seat *s)
{
  sley_promise *deadline = s->life.deadline;
  s->life.deadline = NULL;
  if (deadline != NULL) sley_cancel(deadline);
  sley_drop(deadline);
}

bool sley__may_end(void *ctx)
{
  const seat *s = ctx;
  return s->life.shutdown != NULL && (s->life.forced || is_idle(s));
}

static void shutdown_report(const seat *s, const char *format, ...) SLEY_PRINTF(2, 3);
static void shutdown_report(const seat *s, const char *format, ...)
{
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  if (s->life.report != NULL) s->life.report(s->life.report_ctx, line);
  else fprintf(stderr, "sley: %s\n", line);
}

void sley__report_line(sley_domain *d, const char *line) { shutdown_report(d->seat, "%s", line); }

static const char *site_text(const char *site)
{
  return site[0] != '\0' ? site : "an unknown place";
}

void sley__report_left(void *ctx, const char *site, size_t pending, size_t settled)
{
  const seat *s = ctx;
  shutdown_report(s, "left in domain %s: %zu pending and %zu settled promises made at %s", s->name,
                  pending, settled, site_text(site));
}

/* Reports promises still pending after they were canceled. */
static void report_stuck(const seat *s)
{
  for (const serving *c = s->served.active; c != NULL; c = c->next_active)
    shutdown_report(s,
                    "domain %s ended while serving a call that domain %s made at %s: the call "
                    "waits for a promise made at %s, which did not settle when it was canceled",
                    s->name, c->call->home->name, site_text(c->call->site),
                    site_text(sley_site(c->promise)));
  if (s->life.root != NULL && sley_is_pending(s->life.root))
    shutdown_report(s,
                    "domain %s ended while its start function waits for a promise made at %s, "
                    "which did not settle when it was canceled",
                    s->name, site_text(sley_site(s->life.root)));
}

static void shutdown_force(void *ctx)
{
  seat *s = ctx;
  if (s->life.deadline == NULL) return;
  if (!is_idle(s)) report_stuck(s);
  s->life.forced = true;
}

static void deadline_begin(seat *s, sley_time time, sley_done_fn *f)
{
  sley_drop(s->life.deadline);
  s->life.deadline = sley__sleep(SLEY_HERE, time > 0 ? time : 1);
  sley_on_termination(s->life.deadline, f, s);
}

static void patience_over(void *ctx)
{
  seat *s = ctx;
  if (s->life.deadline == NULL) return;
  sley__calls_cancel(s);
  if (s->life.root != NULL) sley_cancel(s->life.root);
  sley__fibers_cancel(s->domain);
  if (!is_idle(s)) deadline_begin(s, GRACE, shutdown_force);
}

static void ended_deliver(seat *here, item *answer);
static void ended_lose(item *answer);

static const item_kind ended_kind = {.deliver = ended_deliver, .lose = ended_lose};

void sley__ended_send(shutdown_request *i)
{
  seat *asker = i->asker;
  i->item.kind = &ended_kind;
  i->asker = NULL;
  sley__seat_send(asker, &i->item);
  sley__seat_release(asker);
}

/* The domain is already shutting down, or has ended. Any thread. */
static void shutdown_refuse(item *request)
{
  shutdown_request *i = SLEY__CONTAINER(request, shutdown_request, item);
  i->domain = NULL;
  sley__ended_send(i);
}

static void shutdown_deliver(seat *here, item *request)
{
  shutdown_request *i = SLEY__CONTAINER(request, shutdown_request, item);
  if (here->life.shutdown != NULL) {
    shutdown_refuse(request);
    return;
  }
  here->life.shutdown = i;
  sley__mark_set(&here->gated);
  if (!is_idle(here)) deadline_begin(here, i->patience, patience_over);
}

static const item_kind shutdown_kind = {.deliver = shutdown_deliver,
                                        .lose = shutdown_refuse,
                                        .is_behind_posts = true,
                                        .is_behind_rings = true};

/* ---- the asker ---- */

static void shutdown_cancel(void *data)
{
  shutdown_request *i = *(shutdown_request **)data;
  sley_resolver *r = i->resolver;
  i->resolver = NULL;
  sley_resolver_drop(&r);
}

static const sley__operation_type shutdown_type = {"shutdown", shutdown_cancel};

void sley__ended_tell(shutdown_request *i)
{
  sley_resolver *r = i->resolver;
  size_t left = i->left;
  sley__runtime_free(i->runtime, i, sizeof(*i));
  sley_fulfill(&r, sley_int((int64_t)left));
}

static void ended_deliver(seat *here, item *answer)
{
  shutdown_request *i = SLEY__CONTAINER(answer, shutdown_request, item);
  here->life.asked--;
  if (i->domain != NULL) {
    sley__ended_collect(here, i);
    return;
  }
  sley_resolver *r = i->resolver;
  sley__runtime_free(i->runtime, i, sizeof(*i));
  sley_reject(&r, sley_error_new_at("", &sley_kind_sley, SLEY_EGONE,
                                    "sley_domain_shutdown: the domain is already shutting down; "
                                    "use sley_domain_join to wait for its end"));
}

static void ended_lose(item *answer)
{
  shutdown_request *i = SLEY__CONTAINER(answer, shutdown_request, item);
  sley_runtime *runtime = i->runtime;
  seat *ended = i->domain == NULL ? NULL : i->domain->seat;
  sley__runtime_free(runtime, i, sizeof(*i));
  sley__abandoned_ended(runtime, ended);
}

shutdown_request *sley__shutdown_prepare(const char *site, sley_promise **p)
{
  sley_domain *d = sley__self();
  int code = 0;
  seat *here = sley__seat_open(d, &code);
  shutdown_request *i = here == NULL ? NULL : sley__runtime_alloc(d->runtime, sizeof(*i));
  void *data;
  sley_resolver *r;
  *p = i == NULL ? NULL
                 : sley__operation_new(site, &shutdown_type, sizeof(shutdown_request *), &data, &r);
  if (*p == NULL) {
    if (i != NULL) sley__runtime_free(d->runtime, i, sizeof(*i));
    return NULL;
  }
  *i = (shutdown_request){
      .item.kind = &shutdown_kind, .runtime = d->runtime, .asker = here, .resolver = r};
  *(shutdown_request **)data = i;
  return i;
}

void sley__shutdown_forget(shutdown_request *i)
{
  sley_resolver *r = i->resolver;
  sley__runtime_free(i->runtime, i, sizeof(*i));
  sley_fulfill(&r, sley_unit()); /* an abandoned one would be reported as unhandled */
}

void sley__shutdown_send(shutdown_request *i, sley_domain *domain)
{
  i->domain = domain;
  sley__seat_hold(i->asker);
  i->asker->life.asked++;
  sley_domain_flush();
  sley__seat_send(domain->seat, &i->item);
}

sley_promise *sley_domain_shutdown_at(const char *site, sley_domain *domain, double seconds)
{
  SLEY__NEEDS_AT(site, domain);
  sley__refuse_foreign_id(domain->id, "sley_domain_shutdown", site, "a domain");
  sley__refuse_elsewhere_at(site, domain->runtime->origin, "domain", domain->name);
  seat *there = domain->seat;
  sley_promise *p;
  if (there == NULL || !there->life.spawned)
    return sley_fail_at(
        site,
        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_domain_shutdown works only on a domain made by sley_domain_spawn"));
  if (__atomic_load_n(&there->gone, __ATOMIC_ACQUIRE))
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EGONE, NULL));
  int code = 0;
  if (sley__seat_open(sley__self(), &code) == NULL)
    return sley_fail_at(site, sley__loop_error(site, code));
  shutdown_request *i = sley__shutdown_prepare(site, &p);
  if (i == NULL) return sley__nomem_promise();
  i->patience = sley_seconds(seconds);
  sley__shutdown_send(i, domain);
  return p;
}
