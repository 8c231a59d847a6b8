/* One domain per core, all doing the same: spawn, call, and shut down what was called. Everything that
 * waits for a domain is made before its thread is: so one that was started is always ended, whatever
 * memory is left then, and the result settles when all have ended. */
#include <errno.h>
#include <stdio.h>

#include "domain/life/life.h"

#define EACH_PATIENCE SLEY_SECOND /* for what start left behind */

/* One of the domains to be. Owned by the last step of its chain of promises:
 * start (answered when the domain runs) -> the call -> finalize: shut down and wait for over. */
typedef struct member {
  sley_runtime *runtime;
  const char *site;
  sley_call_fn *f;
  sley_value arg;
  sley_domain *domain; /* NULL if it could not be started */
  sley_resolver *start;
  shutdown_request *request; /* to shut down; NULL once sent */
  sley_promise *over;        /* settled when the domain has ended; NULL once given to the chain */
} member;

static void member_drop(void *ctx)
{
  member *m = ctx;
  sley_value_drop(&m->arg);
  sley_drop(m->over);
  if (m->request != NULL) sley__shutdown_forget(m->request);
  sley_domain_drop(m->domain);
  sley__runtime_free(m->runtime, m, sizeof(*m));
}

static sley_promise *make_call(void *ctx, sley_value *v)
{
  member *m = ctx;
  sley_value arg = m->arg;
  (void)v;
  m->arg = sley_unit();
  return sley_call_at(m->site, m->domain, m->f, arg);
}

static sley_promise *end_domain(void *ctx)
{
  member *m = ctx;
  sley_promise *over = m->over;
  m->over = NULL;
  if (m->domain == NULL) return over; /* request is not sent: member_drop answers it */
  shutdown_request *request = m->request;
  m->request = NULL;
  sley__shutdown_send(request, m->domain);
  return over;
}

/* The member's whole chain, waiting; NULL when out of memory. */
static member *member_new(const char *site, sley_call_fn *f, sley_promise **result)
{
  sley_runtime *runtime = sley__self()->runtime;
  member *m = sley__runtime_alloc(runtime, sizeof(*m));
  if (m == NULL) return NULL;
  *m = (member){.runtime = runtime, .site = site, .f = f};
  sley_promise *p;
  m->request = sley__shutdown_prepare(site, &p);
  if (m->request == NULL) {
    member_drop(m);
    return NULL;
  }
  m->request->patience = EACH_PATIENCE;
  m->over = sley_no_cancel_at(site, p);
  p = sley_bind_at(site, sley_pending_at(site, &m->start), make_call, m, NULL);
  if (!sley_is_pending(m->over) || !sley_is_pending(p)) {
    sley_drop(p);
    sley_resolver_drop(&m->start);
    member_drop(m);
    return NULL;
  }
  *result = sley_finalize_at(site, p, end_domain, m, member_drop);
  return m;
}

static sley_error *not_started(const char *site, int code)
{
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  if (code == -SLEY_ESYSTEM) return sley__error_errno(site, errno, "a domain cannot be started");
  return sley_error_new_at(
      site, &sley_kind_sley, -code, "a domain cannot be started: %s",
      code == -SLEY_EAGAIN ? "no more threads are allowed" : sley_code_text(code));
}

static int member_start(member *m, unsigned number, sley_value arg)
{
  char name[32];
  snprintf(name, sizeof(name), "domain-%u", number);
  sley_domain_options options = {.size = sizeof(options), .name = name};
  m->arg = arg;
  int code = sley_domain_spawn(&m->domain, &options);
  sley_resolver *start = m->start;
  if (code == 0) {
    sley_fulfill(&start, sley_unit());
  } else {
    sley_reject(&start, not_started(m->site, code));
  }
  return code;
}

/* Starts them in turn; one that cannot be started takes the others with it. */
static void members_start(member **ms, sley_promise **ps, unsigned n, sley_value *arg)
{
  int code = 0;
  unsigned i = 0;
  for (; i < n && code == 0; i++) {
    sley_value own = *arg;
    if (i + 1 < n) code = sley_value_dup(arg, &own);
    else *arg = sley_unit();
    if (code == 0) {
      code = member_start(ms[i], i, own);
    } else {
      sley_reject(&ms[i]->start,
                  sley__dup_error(ms[i]->site, arg, code, "sley_domain_each: the argument"));
    }
  }
  if (code == 0) return;
  for (unsigned other = i; other < n; other++)
    sley_reject(&ms[other]->start, sley_error_canceled());
  for (unsigned other = 0; other < n; other++) sley_cancel(ps[other]);
}

static void members_forget(member **ms, sley_promise **ps, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    sley_drop(ps[i]);
    sley_reject(&ms[i]->start, sley_error_canceled());
  }
}

sley_promise *sley_domain_each_at(const char *site, unsigned n, sley_call_fn *start, sley_value arg)
{
  sley_domain *d = sley__self();
  if (n == 0) n = sley_domain_default_count();
  int code = 0;
  if (n > DOMAINS_MOST) {
    sley_value_drop(&arg);
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_domain_each: %u domains; at most %d can be "
                                                "started at once",
                                                n, DOMAINS_MOST));
  }
  if (sley__seat_open(d, &code) == NULL) {
    sley_value_drop(&arg);
    return sley_fail_at(site, sley__loop_error(site, code));
  }
  size_t bytes = n * (sizeof(sley_promise *) + sizeof(member *));
  sley_promise **ps = sley__runtime_alloc(d->runtime, bytes);
  sley_promise *all = sley__nomem_promise();
  if (ps != NULL) {
    member **ms = (member **)(void *)(ps + n);
    unsigned made = 0;
    while (made < n && (ms[made] = member_new(site, start, &ps[made])) != NULL) made++;
    if (made == n) {
      for (unsigned i = 0; i < n; i++) sley_keep(ps[i]);
      all = sley_join_at(site, ps, n);
    }
    if (sley_is_pending(all)) {
      members_start(ms, ps, n, &arg);
      for (unsigned i = 0; i < n; i++) sley_drop(ps[i]);
    } else {
      members_forget(ms, ps, made);
    }
    sley__runtime_free(d->runtime, ps, bytes);
  }
  sley_value_drop(&arg);
  return all;
}
