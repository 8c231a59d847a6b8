/* One domain per core, all running the same function: spawn, call, and shut down. Everything needed to end a domain
 * is allocated before its thread starts: so a started domain is always ended, however little memory is left, and the
 * result settles when all have ended. */
#include <errno.h>
#include <stdio.h>

#include "domain/life/life.h"

#define EACH_PATIENCE SLEY_SECOND /* for what start left behind */

/* One of the domains to be started. Owned by the last step of its chain of promises:
 * start (fulfilled when the domain runs) -> the call -> finalize: shut down and wait for over. */
typedef struct each_member {
  sley_runtime *runtime;
  const char *site;
  sley_call_fn *f;
  sley_value arg;
  sley_domain *domain; /* NULL if it could not be started */
  sley_resolver *start;
  shutdown_request *request; /* to shut down; NULL once sent */
  sley_promise *over;        /* settled when the domain has ended; NULL once given to the chain */
} each_member;

static void each_member_drop(void *ctx)
{
  each_member *m = ctx;
  sley_value_drop(&m->arg);
  sley_drop(m->over);
  if (m->request != NULL) sley__shutdown_forget(m->request);
  sley_domain_drop(m->domain);
  sley__runtime_free(m->runtime, m, sizeof(*m));
}

static sley_promise *each_call(void *ctx, sley_value *v)
{
  each_member *m = ctx;
  sley_value arg = m->arg;
  (void)v;
  m->arg = sley_unit();
  return sley_call_at(m->site, m->domain, m->f, arg);
}

static sley_promise *each_end(void *ctx)
{
  each_member *m = ctx;
  sley_promise *over = m->over;
  m->over = NULL;
  if (m->domain == NULL) return over; /* request was not sent: member_drop answers it */
  shutdown_request *request = m->request;
  m->request = NULL;
  sley__shutdown_send(request, m->domain);
  return over;
}

/* The member's whole chain, pending; NULL: out of memory. */
static each_member *each_member_new(const char *site, sley_call_fn *f, sley_promise **result)
{
  sley_runtime *runtime = sley__self()->runtime;
  each_member *m = sley__runtime_alloc(runtime, sizeof(*m));
  if (m == NULL) return NULL;
  *m = (each_member){.runtime = runtime, .site = site, .f = f};
  sley_promise *p;
  m->request = sley__shutdown_prepare(site, &p);
  if (m->request == NULL) {
    each_member_drop(m);
    return NULL;
  }
  m->request->patience = EACH_PATIENCE;
  m->over = sley_no_cancel_at(site, p);
  p = sley_bind_at(site, sley_pending_at(site, &m->start), each_call, m, NULL);
  if (!sley_is_pending(m->over) || !sley_is_pending(p)) {
    sley_drop(p);
    sley_resolver_drop(&m->start);
    each_member_drop(m);
    return NULL;
  }
  *result = sley_finalize_at(site, p, each_end, m, each_member_drop);
  return m;
}

static bool each_member_start(each_member *m, size_t number, sley_value arg)
{
  char name[32];
  snprintf(name, sizeof(name), "domain-%zu", number);
  sley_domain_options options = {.size = sizeof(options), .name = name};
  m->arg = arg;
  sley_error *e = sley__domain_spawn(m->site, &options, &m->domain);
  sley_resolver *start = m->start;
  if (e == NULL) sley_fulfill(&start, sley_unit());
  else sley_reject(&start, e);
  return e == NULL;
}

/* Starts them in turn; a failure to start one cancels all others. */
static void each_members_start(each_member **ms, sley_promise **ps, size_t n, sley_value *arg)
{
  bool good = true;
  size_t i = 0;
  for (; i < n && good; i++) {
    sley_value own = *arg;
    int code = 0;
    if (i + 1 < n) code = sley_value_dup(arg, &own);
    else *arg = sley_unit();
    good = code == 0;
    if (good) {
      good = each_member_start(ms[i], i, own);
    } else {
      sley_reject(&ms[i]->start,
                  sley__dup_error(ms[i]->site, arg, code, "sley_domain_each: the argument"));
    }
  }
  if (good) return;
  for (size_t other = i; other < n; other++) sley_reject(&ms[other]->start, sley_error_canceled());
  for (size_t other = 0; other < n; other++) sley_cancel(ps[other]);
}

static void each_members_forget(each_member **ms, sley_promise **ps, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    sley_drop(ps[i]);
    sley_reject(&ms[i]->start, sley_error_canceled());
  }
}

sley_promise *sley_domain_each_at(const char *site, size_t n, sley_call_fn *start, sley_value arg)
{
  sley_domain *d = sley__self();
  if (n == 0) n = sley_domain_default_count();
  int code = 0;
  if (n > DOMAINS_MOST) {
    sley_value_drop(&arg);
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_domain_each: %zu domains; at most %d can be "
                                                "started at once",
                                                n, DOMAINS_MOST));
  }
  if (sley__seat_open(d, &code) == NULL) {
    sley_value_drop(&arg);
    return sley_fail_at(site, sley__loop_error(site, code));
  }
  size_t bytes = n * (sizeof(sley_promise *) + sizeof(each_member *));
  sley_promise **ps = sley__runtime_alloc(d->runtime, bytes);
  sley_promise *all = sley__nomem_promise();
  if (ps != NULL) {
    each_member **ms = (each_member **)(void *)(ps + n);
    size_t made = 0;
    while (made < n && (ms[made] = each_member_new(site, start, &ps[made])) != NULL) made++;
    if (made == n) {
      for (size_t i = 0; i < n; i++) sley_keep(ps[i]);
      all = sley_join_at(site, ps, n);
    }
    if (sley_is_pending(all)) {
      each_members_start(ms, ps, n, &arg);
      for (size_t i = 0; i < n; i++) sley_drop(ps[i]);
    } else {
      each_members_forget(ms, ps, made);
    }
    sley__runtime_free(d->runtime, ps, bytes);
  }
  sley_value_drop(&arg);
  return all;
}
