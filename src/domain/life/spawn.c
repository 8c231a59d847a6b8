/* Domains on threads of their own, and their handles. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "domain/life/life.h"

/* ---- handles ---- */

sley_domain *sley_domain_keep(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  sley__refuse_foreign_id(domain->id, "sley_domain_keep", "", "a domain");
  int code;
  /* A domain driven by its caller becomes reachable for other threads with its first handle. */
  if (domain == sley__current && !domain->ending) sley__seat_open(domain, &code);
  __atomic_add_fetch(&domain->handles, 1, __ATOMIC_RELAXED);
  return domain;
}

void sley_domain_drop(sley_domain *domain)
{
  if (domain == NULL) return;
  sley__refuse_foreign_id(domain->id, "sley_domain_drop", "", "a domain");
  if (domain->runtime->origin != sley__origin)
    return; /* the parent's domain, whose lists can be half written */
  sley__domain_release(domain);
}

static void *domain_handle_dup(void *ptr) { return sley_domain_keep(ptr); }

static void domain_handle_drop(void *ptr) { sley_domain_drop(ptr); }

const sley_type sley_type_domain = {.size = sizeof(sley_type),
                                    .name = "domain",
                                    .drop = domain_handle_drop,
                                    .dup = domain_handle_dup,
                                    .send = sley_send_plain};

SLEY__HANDLE(domain)

bool sley_domain_is_open(const sley_domain *domain)
{
  SLEY__NEEDS(domain);
  if (domain->seat == NULL) return !__atomic_load_n(&domain->ended, __ATOMIC_ACQUIRE);
  return !__atomic_load_n(&domain->seat->gated, __ATOMIC_ACQUIRE);
}

/* ---- the thread ---- */

static void root_failed(void *ctx, sley_error *e)
{
  sley_domain *d = ctx;
  if (!sley_error_is_canceled(e))
    sley__async_error(d, sley_error_keep(e), sley_site(d->seat->life.root));
}

static void root_run(seat *s)
{
  if (s->life.start == NULL) return;
  s->life.root = s->life.start(&s->life.start_arg);
  if (s->life.root == NULL)
    sley__abort(
        "the function passed to sley_domain_spawn as start of domain %s returned NULL; return a "
        "promise, for example sley_return(sley_unit())",
        s->name);
  sley_on_failure(s->life.root, root_failed, s->domain);
}

static void hooks_set(const seat *s)
{
  s->domain->report = sley__report_line;
  if (s->life.async_hook != NULL) sley_set_async_hook(s->life.async_hook, s->life.hook_ctx);
  if (s->life.unhandled_hook != NULL)
    sley_set_unhandled_hook(s->life.unhandled_hook, s->life.hook_ctx);
}

static void *domain_main(void *ctx)
{
  seat *s = ctx;
  sley_domain *d = s->domain;
  sley_domain_enter(d);
  sley__thread_name(d->name);
  sley__seat_placed(s);
  hooks_set(s);
  root_run(s);
  sley_error *e = sley__loop_run_until(d, sley__may_end, s);
  sley_error_drop(e);
  if (d->finish != NULL && !s->life.forced) d->finish(d);
  sley__deadline_end(s);
  sley_drop(s->life.root);
  s->life.root = NULL;
  sley_value_drop(&s->life.start_arg);
  shutdown_request *answer = s->life.shutdown;
  answer->left = sley__domain_clear(d, sley__report_left, s);
  if (s->life.hook_drop != NULL) s->life.hook_drop(s->life.hook_ctx);
  if (s->life.report_drop != NULL) s->life.report_drop(s->life.report_ctx);
  sley_domain_leave(d);
  sley__seat_over(s, answer->left);
  sley__ended_send(answer);
  return NULL;
}

/* Why a domain is not started, where its code does not say enough; empty: it does. */
typedef struct reason {
  char text[256];
} reason;
#define SAY(why, ...) ((void)snprintf((why)->text, sizeof((why)->text), __VA_ARGS__))

static int thread_pin(pthread_attr_t *attributes, const sley_domain_options *o, reason *why)
{
  if (o->processor > 0 && !sley__thread_pin(attributes, o->processor)) {
    SAY(why, "its processor, %d, which is number %d of the system, is none of this process",
        o->processor, o->processor - 1);
    return EINVAL;
  }
  if (o->processors != NULL && !sley__thread_pin_to(attributes, o->processors)) {
    SAY(why,
        "its processors, \"%.100s\", are not numbers such as \"0-3,6\", or none of them is one of "
        "this process",
        o->processors);
    return EINVAL;
  }
  return 0;
}

/* The system's default can be far less: 128 KiB with musl, 512 KiB on macOS, with glibc whatever RLIMIT_STACK is. */
enum { STACK_LEAST = 2 * 1024 * 1024 };

static int stack_choose(pthread_attr_t *attributes, size_t bytes)
{
  size_t usual;
  if (bytes == 0) {
    if (pthread_attr_getstacksize(attributes, &usual) == 0 && usual >= STACK_LEAST) return 0;
    bytes = STACK_LEAST;
  }
  return pthread_attr_setstacksize(attributes, bytes);
}

static int thread_start(seat *s, const sley_domain_options *o, reason *why)
{
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return ENOMEM;
  int code = stack_choose(&attributes, o->stack);
  if (code == EINVAL) SAY(why, "its stack of %zu bytes is not possible here", o->stack);
  if (code == 0) code = thread_pin(&attributes, o, why);
  if (code == 0) {
    code = sley__thread_create(&s->life.thread, &attributes, domain_main, s);
    if (code == EAGAIN) SAY(why, "the system allows no more threads");
    if (code == EPERM || code == ENOSYS)
      SAY(why, "a domain cannot be started: the system, or its container's filter, refuses %s",
          o->processor != 0 || o->processors != NULL
              ? "clone3 or to pin the thread (sched_setaffinity)"
              : "to start a thread (clone3)");
  }
  pthread_attr_destroy(&attributes);
  return code;
}

static void domain_undo(sley_domain *d)
{
  sley_domain_enter(d);
  sley__domain_clear(d, NULL, NULL);
  sley_domain_leave(d);
  sley__domain_over(d);
}

/* The error for a domain that could not be started. If code is -SLEY_ESYSTEM, errno is the reason. */
static sley_error *domain_not_started(const char *site, int code, const reason *why)
{
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  if (code == -SLEY_ESYSTEM)
    return sley__error_errno(site, errno,
                             why->text[0] != '\0' ? why->text : "a domain cannot be started");
  return sley_error_new_at(site, &sley_kind_sley, -code, "a domain cannot be started: %s",
                           why->text[0] != '\0' ? why->text : sley_code_text(code));
}

static int domain_start(sley_runtime *r, sley_domain **out, const sley_domain_options *o,
                        sley_value *arg, reason *why)
{
  int code = sley__value_send(arg);
  if (code != 0) {
    SAY(why, "its argument, of type %s, cannot cross domains", arg->type->name);
    return code;
  }
  __atomic_store_n(&r->abandoned_wait, sley__abandoned_wait, __ATOMIC_RELAXED);
  unsigned threads = __atomic_add_fetch(&r->threads, 1, __ATOMIC_RELAXED);
  sley_domain *d = NULL;
  seat *s = NULL;
  if (r->max_threads != 0 && threads > r->max_threads) {
    code = -SLEY_EAGAIN;
    SAY(why, "its runtime allows no more than %u threads", r->max_threads);
  } else {
    d = sley__domain_make(r, o->name, o->allocator);
    if (d == NULL) {
      code = -SLEY_ENOMEM;
    } else {
      if (o->engine != NULL) snprintf(d->engine, sizeof(d->engine), "%s", o->engine);
      s = sley__seat_open(d, &code);
    }
  }
  if (s != NULL) {
    s->life.spawned = d->spawned = true;
    s->life.report = o->report;
    s->life.report_ctx = o->report_ctx;
    s->life.report_drop = o->report_drop;
    s->life.async_hook = o->async_hook;
    s->life.unhandled_hook = o->unhandled_hook;
    s->life.hook_ctx = o->hook_ctx;
    s->life.hook_drop = o->hook_drop;
    sley_domain_keep(d); /* the caller's reference; shutdown releases the thread's */
    s->life.start = o->start;
    s->life.start_arg = *arg;
    *arg = sley_unit();
    code = thread_start(s, o, why);
    if (code == 0) {
      *out = d;
      return 0;
    }
    *arg = s->life.start_arg;
    errno = code;
    code = code == ENOMEM   ? -SLEY_ENOMEM
           : code == EAGAIN ? -SLEY_EAGAIN
           : code == EINVAL ? -SLEY_EINVAL
                            : -SLEY_ESYSTEM;
  }
  if (s != NULL) sley_domain_drop(d);
  if (d != NULL) domain_undo(d);
  __atomic_sub_fetch(&r->threads, 1, __ATOMIC_RELAXED);
  return code;
}

/* Whether the options are wrong by themselves. */
static bool is_wrong(const sley_runtime *r, const sley_domain_options *o, reason *why)
{
  const char *engine = o->engine != NULL ? o->engine : r->engine;
  if (o->processor < 0) {
    SAY(why, "its processor is %d: processors are counted from 1", o->processor);
  } else if (o->processor != 0 && o->processors != NULL) {
    SAY(why, "both its processor, %d, and its processors, \"%.100s\", are set", o->processor,
        o->processors);
  } else if (o->allocator != NULL && (o->allocator->alloc == NULL || o->allocator->free == NULL)) {
    SAY(why, "its allocator has no function to %s",
        o->allocator->alloc == NULL ? "allocate" : "free");
  } else {
    return engine[0] != '\0' && sley__engine_is_missing(engine, why->text, sizeof(why->text));
  }
  return true;
}

sley_error *sley__domain_spawn(const char *site, const sley_domain_options *options,
                               sley_domain **out)
{
  sley_domain *here = sley__self();
  SLEY__OPTIONS_READ(options, sley_domain_options, "sley_domain_spawn");
  sley_value arg = options->arg;
  *out = NULL;
  sley_runtime *runtime = options->runtime != NULL ? options->runtime : here->runtime;
  sley__own_runtime(runtime, "sley_domain_spawn");
  reason why = {.text = ""};
  int code = is_wrong(runtime, options, &why) ? -SLEY_EINVAL
                                              : domain_start(runtime, out, options, &arg, &why);
  if (code == 0) return NULL;
  sley_error *e = domain_not_started(site, code, &why);
  sley_value_drop(&arg);
  if (options->hook_drop != NULL) options->hook_drop(options->hook_ctx);
  if (options->report_drop != NULL) options->report_drop(options->report_ctx);
  return e;
}

sley_error *sley_domain_spawn(const sley_domain_options *options, sley_domain **out)
{
  SLEY__NEEDS(out);
  return sley__domain_spawn("", options, out);
}
