/* Domains on threads of their own, and the handles to them. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "domain/processors.h"
#include "domain/seat.h"

/* ---- handles ---- */

sley_domain *sley_domain_keep(sley_domain *domain)
{
  int code;
  /* A domain driven by its caller becomes reachable for others with its first handle. */
  seat *s = domain == sley__current ? sley__seat_open(domain, &code) : domain->seat;
  if (s != NULL) __atomic_add_fetch(&s->handles, 1, __ATOMIC_RELAXED);
  return domain;
}

void sley__handle_release(seat *s)
{
  if (__atomic_sub_fetch(&s->handles, 1, __ATOMIC_ACQ_REL) != 0 || !s->spawned) return;
  sley_domain *d = s->domain;
  sley__seat_release(s);
  sley__domain_free(d); /* last: the runtime may end with its last domain */
}

void sley_domain_drop(sley_domain *domain)
{
  if (domain != NULL && domain->seat != NULL) sley__handle_release(domain->seat);
}

/* ---- the thread ---- */

static sley_promise *start(void *ctx)
{
  seat *s = ctx;
  return s->start(&s->start_arg);
}

static void root_failed(void *ctx, sley_error *e)
{
  sley_domain *d = ctx;
  if (!sley_error_is_canceled(e))
    sley__async_error(d, sley_error_keep(e), sley_site(d->seat->root));
}

static void root_run(seat *s)
{
  if (s->start == NULL) return;
  s->root = start(s);
  sley_on_failure(s->root, root_failed, s->domain);
}

static void *domain_main(void *ctx)
{
  seat *s = ctx;
  sley_domain *d = s->domain;
  sley_domain_enter(d);
  sley__thread_name(d->name);
  root_run(s);
  sley_error *e = sley__loop_run_until(d, sley__may_end, s);
  sley_error_drop(e);
  sley_drop(s->deadline);
  sley_drop(s->root);
  s->root = s->deadline = NULL;
  sley_value_drop(&s->start_arg);
  item *answer = s->shutdown;
  answer->left = sley__domain_clear(d, NULL, NULL);
  sley_domain_leave(d);
  seat *asker = answer->asker;
  answer->kind = ITEM_ENDED;
  answer->asker = NULL;
  sley__seat_send(asker, &answer->node);
  sley__seat_release(asker);
  return NULL;
}

static int thread_start(seat *s, const sley_domain_options *o)
{
  pthread_attr_t attributes;
  sigset_t all, old;
  if (pthread_attr_init(&attributes) != 0) return ENOMEM;
  int code = 0;
  if (o->stack != 0) code = pthread_attr_setstacksize(&attributes, o->stack);
  if (code == 0 && o->processor > 0 && !sley__thread_pin(&attributes, o->processor)) code = EINVAL;
  if (code == 0) {
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    code = pthread_create(&s->thread, &attributes, domain_main, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
  }
  pthread_attr_destroy(&attributes);
  return code;
}

static void unspawn(sley_domain *d)
{
  sley_domain_enter(d);
  sley__domain_clear(d, NULL, NULL);
  sley_domain_leave(d);
  seat *s = d->seat;
  sley__domain_free(d);
  if (s != NULL) sley__seat_release(s);
}

static int spawn(sley_runtime *r, sley_domain **out, const sley_domain_options *o, sley_value *arg)
{
  int code = sley__value_send(arg);
  if (code != 0) return code;
  __atomic_store_n(&r->abandoned_wait, sley__abandoned_wait, __ATOMIC_RELAXED);
  unsigned threads = __atomic_add_fetch(&r->threads, 1, __ATOMIC_RELAXED);
  sley_domain *d = NULL;
  seat *s = NULL;
  if (r->max_threads != 0 && threads > r->max_threads) {
    code = -SLEY_EAGAIN;
  } else {
    d = sley__domain_make(r, o->name);
    if (d == NULL) code = -SLEY_ENOMEM;
    else s = sley__seat_open(d, &code);
  }
  if (s != NULL) {
    s->spawned = true;
    s->handles = 2; /* the caller's and the thread's, which its shutdown gives back */
    s->start = o->start;
    s->start_arg = *arg;
    *arg = sley_unit();
    code = thread_start(s, o);
    if (code == 0) {
      *out = d;
      return 0;
    }
    *arg = s->start_arg;
    code = code == ENOMEM ? -SLEY_ENOMEM : code == EAGAIN ? -SLEY_EAGAIN : -SLEY_ESYSTEM;
  }
  if (d != NULL) unspawn(d);
  __atomic_sub_fetch(&r->threads, 1, __ATOMIC_RELAXED);
  return code;
}

int sley_domain_spawn(sley_domain **out, const sley_domain_options *options)
{
  sley_domain *here = sley__self();
  sley_value arg = options->arg;
  *out = NULL;
  int code = -SLEY_EINVAL;
  if (options->size >= sizeof(*options) && options->processor >= 0)
    code = spawn(options->runtime != NULL ? options->runtime : here->runtime, out, options, &arg);
  if (code != 0) sley_value_drop(&arg);
  return code;
}

void sley_domain_counters_get(sley_domain *domain, sley_domain_counters *out)
{
  sley_domain_counters now = {0};
  const seat *s = domain->seat;
  size_t size = out->size < sizeof(now) ? out->size : sizeof(now);
  if (s != NULL) {
    now.sent = __atomic_load_n(&s->counters.sent, __ATOMIC_RELAXED);
    now.received = __atomic_load_n(&s->counters.received, __ATOMIC_RELAXED);
    now.batches = __atomic_load_n(&s->counters.batches, __ATOMIC_RELAXED);
    now.wakeups_sent = __atomic_load_n(&s->counters.wakeups_sent, __ATOMIC_RELAXED);
    now.wakeups_saved = __atomic_load_n(&s->counters.wakeups_saved, __ATOMIC_RELAXED);
    now.credit_waits = __atomic_load_n(&s->counters.credit_waits, __ATOMIC_RELAXED);
    union {
      const seat *in;
      seat *out;
    } u = {s}; /* the lock is no part of what const protects */
    pthread_mutex_lock(&u.out->lock);
    if (s->loop != NULL) {
      const sley__loop_counters *loop = sley__loop_counters_of(s->loop);
      now.turns = __atomic_load_n(&loop->turns, __ATOMIC_RELAXED);
      now.sleeps = __atomic_load_n(&loop->sleeps, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&u.out->lock);
  }
  now.size = size;
  memcpy(out, &now, size);
}
