/* What there is once in a process: the thread's current domain, the default runtime and domain, and the
 * child of a fork.
 *
 * The current domain is one thread-local pointer that is never NULL: without a domain it points to a
 * stand-in with id 0, so that the check every entry makes (the promise's domain is the current one)
 * also catches threads without a domain and the child of a fork. */

#include "promise/promise_internal.h"

static sley_domain nobody = {.name = "none"};
static sley_domain forked = {.name = "the child of a fork"};

_Thread_local sley_domain *sley__current __attribute__((tls_model("initial-exec"))) = &nobody;

/* Under the process's lock. */
static sley_runtime *default_runtime;
static sley_domain *default_domain;
static sley_runtime_options configured;

/* ---- the child of a fork ---- */

unsigned sley__forks;
static bool is_child; /* of a fork, and has not said that it knows */

static void fork_child(void)
{
  is_child = true;
  sley__forks++;
  sley__process_locks_free();
  if (sley__current != &nobody) sley__current = &forked;
}

void sley__forks_expect(void)
{
  static bool registered; /* any thread, __atomic */
  sley__fork_child_calls(&registered, fork_child);
}

/* Before any lock. A child of a parent that had no default runtime has nothing to confuse its own with. */
static void refuse_child(void)
{
  bool parents = default_runtime != NULL || default_domain != NULL || sley__current == &forked;
  if (is_child && parents)
    sley__abort(
        "this process is the child of a fork; domains stay with the parent: fork before the first "
        "use of the library, exec, or call sley_after_fork_child first");
}

void sley__of_parent(const char *what, const char *name)
{
  sley__abort(
      "%s%s%s belongs to the parent of this forked process, which hears nothing of what is done to "
      "it here: leave what was made before the fork alone, and make a new one after "
      "sley_after_fork_child",
      what, name[0] != '\0' ? " " : "", name);
}

void sley_after_fork_child(void)
{
  if (!is_child) return;
  is_child = false;
  default_domain = NULL;
  default_runtime = NULL;
  sley__current = &nobody;
}

/* ---- the default runtime ---- */

static sley_runtime *default_runtime_locked(void)
{
  if (default_runtime == NULL &&
      sley_runtime_new(&default_runtime, configured.size != 0 ? &configured : NULL) == 0)
    default_runtime->is_default = true;
  return default_runtime;
}

sley_runtime *sley__default_runtime(void)
{
  refuse_child();
  sley__process_lock(SLEY__LOCK_PROCESS);
  sley_runtime *r = default_runtime_locked();
  sley__process_unlock(SLEY__LOCK_PROCESS);
  return r;
}

int sley_configure(const sley_runtime_options *options)
{
  if (!sley__runtime_options_are_good(options, "sley_configure")) return -SLEY_EINVAL;
  refuse_child();
  sley__process_lock(SLEY__LOCK_PROCESS);
  int code = default_runtime != NULL ? -SLEY_EINVAL : 0;
  if (code == 0) configured = *options;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  return code;
}

/* ---- the default domain ---- */

sley_domain *sley__self_slow(void)
{
  refuse_child();
  sley__process_lock(SLEY__LOCK_PROCESS);
  if (default_domain != NULL) {
    sley__process_unlock(SLEY__LOCK_PROCESS);
    sley__abort(
        "this thread has no domain: the default one belongs to the thread that used the library "
        "first; start one with sley_domain_spawn, enter one with sley_domain_enter, or send work "
        "with sley_post");
  }
  sley_runtime *r = default_runtime_locked();
  sley_domain *d = r == NULL ? NULL : sley__domain_make(r, "main", NULL);
  default_domain = d;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  if (d == NULL) sley__abort("out of memory while making the default domain");
  d->is_default = true;
  sley_domain_enter(d);
  return d;
}

size_t sley_finish(void)
{
  sley_domain *d = sley__current;
  if (d->id == 0 || !d->is_default) return 0;
  sley__refuse_inside(d, "sley_finish");
  size_t left = sley__domain_end(d);
  sley__process_lock(SLEY__LOCK_PROCESS);
  sley_runtime *r = default_runtime;
  default_domain = NULL;
  default_runtime = NULL;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  if (r != NULL) sley__runtime_end(r, "sley_finish");
  return left;
}
