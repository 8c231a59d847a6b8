/* What exists once per process: the thread's current domain, the default runtime and domain, and the state of a
 * fork's child.
 *
 * The current domain is a thread-local pointer that is never NULL: without a domain it points to a stand-in with id
 * 0. So the check in every entry (the promise's domain is the current one) also catches threads without a domain and
 * the child of a fork. */
#include <stdio.h>
#include <stdlib.h>

#include "promise/scheduler/scheduler.h"

static sley_domain nobody = {.name = "none"};
static sley_domain forked = {.name = "the child of a fork"};
sley_domain sley__in_job = {.name = "none, in a job"};

_Thread_local sley_domain *sley__current __attribute__((tls_model(SLEY__TLS_MODEL))) = &nobody;

/* Under the process's lock. */
static sley_runtime *default_runtime;
static sley_domain *default_domain;
static sley_runtime_options configured;
static unsigned users; /* of the default runtime: calls of sley_configure, or first use */
static struct sley__dlist graves = {&graves, &graves}; /* newest first: see sley__page_keep */
static size_t grave_bytes;

/* ---- the child of a fork ---- */

static bool is_child; /* of a fork, and has not called sley_after_fork_child */

static void fork_child(void)
{
  static sley_runtime *left;                                   /* so that leak checkers find it */
  if (sley__current == &sley__in_job) sley__current = &nobody; /* its pool does not exist here */
  else if (sley__current != &nobody) sley__current = &forked;
  is_child = default_domain != NULL || sley__current == &forked;
  if (is_child) return;
  /* The parent has no domain that the child could mistake for its own: start afresh. */
  left = default_runtime;
  default_runtime = NULL;
  users = 0;
  (void)left;
}

void sley__forks_expect(void)
{
  static bool registered; /* any thread, __atomic */
  sley__forks_count();    /* must run before fork_child in the child, too */
  sley__fork_child_calls(&registered, fork_child);
}

void sley_after_fork_child(void)
{
  if (!is_child) return;
  is_child = false;
  default_domain = NULL;
  default_runtime = NULL;
  users = 0;
  sley__current = &nobody;
}

/* ---- threads without a domain ---- */

static _Noreturn void no_domain(const char *function, const char *site)
{
  char call[160];
  sley__call_say(call, sizeof(call), function, site);
  if (is_child)
    sley__abort(
        "%s was called in the child of a fork; domains stay with the parent: fork before the first "
        "use of the library, exec, or call sley_after_fork_child first",
        call);
  if (sley__current == &sley__in_job)
    sley__abort(
        "%s was called in a job, whose thread has no domain: return the result as a value and make "
        "promises in the domain that started the job, or call into that domain with "
        "sley_run_in_main",
        call);
  sley__abort(
      "%s was called on a thread without a domain: the default one belongs to the thread that used "
      "the library first; start one with sley_domain_spawn, enter one with sley_domain_enter, or "
      "send work with sley_post",
      call);
}

/* ---- the default runtime ---- */

static sley_runtime *default_runtime_locked(void)
{
  if (default_runtime == NULL &&
      sley_runtime_new(configured.size != 0 ? &configured : NULL, &default_runtime) == NULL) {
    default_runtime->is_default = true;
    if (users == 0) users = 1;
  }
  return default_runtime;
}

sley_runtime *sley__default_runtime(void)
{
  if (is_child) no_domain("", ""); /* before any lock */
  sley__forks_expect();
  sley__process_lock(SLEY__LOCK_PROCESS);
  sley_runtime *r = default_runtime_locked();
  sley__process_unlock(SLEY__LOCK_PROCESS);
  return r;
}

static void configure(const sley_runtime_options *options)
{
  static char engine[sizeof(((sley_runtime *)0)->engine)];
  configured = *options;
  if (options->engine == NULL) return;
  if (options->engine != engine) snprintf(engine, sizeof(engine), "%s", options->engine);
  configured.engine = engine;
}

/* Whether options request nothing but what earlier ones did. If earlier ones left something open, and nothing is made
 * yet, these decide. */
static bool options_merge(const sley_runtime_options *options, bool open)
{
  sley_runtime_options all = configured;
  const sley_allocator *a = &options->allocator;
  if (all.size == 0) all.size = sizeof(all);
#define MERGE(member)                                                                \
  do {                                                                               \
    if (options->member != 0) {                                                      \
      if (all.member != options->member && (all.member != 0 || !open)) return false; \
      all.member = options->member;                                                  \
    }                                                                                \
  } while (0)
  MERGE(single_objects);
  MERGE(max_threads);
  MERGE(no_fault_handler);
  MERGE(slow_seconds);
#undef MERGE
  if (options->engine != NULL) {
    bool same = all.engine != NULL && strcmp(all.engine, options->engine) == 0;
    if (!same && (all.engine != NULL || !open)) return false;
    all.engine = options->engine;
  }
  if (a->alloc != NULL) {
    bool same = all.allocator.alloc == a->alloc && all.allocator.free == a->free &&
                all.allocator.ctx == a->ctx;
    if (!same && (all.allocator.alloc != NULL || !open)) return false;
    all.allocator = *a;
  }
  configure(&all);
  return true;
}

sley_error *sley_configure(const sley_runtime_options *options)
{
  SLEY__OPTIONS_READ_IF(options, sley_runtime_options, "sley_configure");
  sley_error *wrong =
      options != NULL ? sley__runtime_options_check(options, "sley_configure") : NULL;
  if (wrong != NULL) return wrong;
  if (is_child) no_domain("sley_configure", "");
  sley__forks_expect();
  sley__process_lock(SLEY__LOCK_PROCESS);
  bool good = true;
  if (users == 0 && options != NULL) configure(options); /* all earlier users have finished */
  else if (options != NULL) good = options_merge(options, default_runtime == NULL);
  if (good) users++;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  if (good) return NULL;
  return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                        "sley_configure: another part of the program has asked for other options");
}

/* ---- what sley_finish leaves ---- */

/* Promises that are left can still be held. Their pages are kept, up to a megabyte, so that a later use does not read
 * freed memory, and its message can say where their domain was ended. */
enum { GRAVES_MOST = 1 << 20 };

void sley__page_keep(struct sley__page *page)
{
  struct sley__dlist old;
  sley__dlist_init(&old);
  sley__process_lock(SLEY__LOCK_PROCESS);
  sley__dlist_prepend(&graves, &page->place);
  grave_bytes += page->bytes;
  while (grave_bytes > GRAVES_MOST) {
    struct sley__page *oldest = sley__page_at(graves.prev);
    grave_bytes -= oldest->bytes;
    sley__dlist_remove(&oldest->place);
    sley__dlist_append(&old, &oldest->place);
  }
  sley__process_unlock(SLEY__LOCK_PROCESS);
  for (struct sley__dlist *place; (place = sley__dlist_pop(&old)) != NULL;)
    free(sley__page_at(place));
}

/* Installed only if SLEY_DEBUG is set. */
static void exit_report(void)
{
  const sley_domain *d = default_domain;
  if (d == NULL || d != sley__current) return; /* not this thread's domain */
  fprintf(stderr,
          "sley: the program ends without sley_finish, which ends the default domain and reports "
          "what is left in it: call it at the end of main; %llu promise%s left\n",
          (unsigned long long)sley__live(d), sley__live(d) == 1 ? " is" : "s are");
  sley__report_write(d);
}

/* ---- the default domain ---- */

static bool reports_at_exit; /* only the thread of the default domain */

sley_domain *sley__self_slow(const char *function, const char *site)
{
  if (is_child || sley__current != &nobody) no_domain(function, site);
  sley__forks_expect();
  sley__process_lock(SLEY__LOCK_PROCESS);
  if (default_domain != NULL) {
    sley__process_unlock(SLEY__LOCK_PROCESS);
    no_domain(function, site);
  }
  sley_runtime *r = default_runtime_locked();
  sley_domain *d = r == NULL ? NULL : sley__domain_make(r, "main", NULL);
  default_domain = d;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  if (d == NULL)
    sley__abort("out of memory for the default domain, which the first call on this thread makes");
  d->is_default = true;
  sley_domain_enter(d);
  if (d->heap.alone && !reports_at_exit) reports_at_exit = atexit(exit_report) == 0;
  return d;
}

/* A user that called sley_configure and then used nothing. */
static void user_leaves(void)
{
  sley__process_lock(SLEY__LOCK_PROCESS);
  if (default_domain == NULL && users > 0) users--;
  sley__process_unlock(SLEY__LOCK_PROCESS);
}

size_t sley_finish(void)
{
  const void *caller = __builtin_return_address(0);
  sley_domain *d = sley__current;
  if (d->id == 0) user_leaves();
  if (d->id == 0 || !d->is_default) return 0;
  sley__refuse_inside(d, "sley_finish");
  sley__process_lock(SLEY__LOCK_PROCESS);
  bool others = users > 1;
  if (others) users--;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  if (others) return 0;
  uint32_t number = d->number;
  size_t left = sley__domain_end(d);
  sley__process_lock(SLEY__LOCK_PROCESS);
  sley_runtime *r = default_runtime;
  default_domain = NULL;
  default_runtime = NULL;
  users = 0;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  sley__finish_note(number, left, caller);
  if (r != NULL) sley__runtime_end(r, "sley_finish");
  return left;
}
