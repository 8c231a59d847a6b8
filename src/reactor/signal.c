/* Waiting for signals. The handler only sets a flag in a process-wide table and wakes the loop that owns the number;
 * no pointer goes through a pipe. Once installed the handler stays until the loop ends or gives the number up, and a
 * signal that comes before there is a waiter is kept for the next one. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "reactor/engine.h"

#ifndef NSIG
#define NSIG 65
#endif

typedef struct signal_wait {
  struct signal_wait *next, **place;
  struct sley__loop *loop;
  sley_resolver *resolver;
  int number;
} signal_wait;

static struct {
  struct sley__loop *owner; /* any thread and the handler, __atomic; written under the lock */
  bool raised;              /* any thread and the handler, __atomic */
  struct sigaction before;  /* what the handler replaced; under the lock */
  bool is_default;          /* given up, see sley__signal_give_up; under the lock */
} table[NSIG];
static unsigned handling; /* threads in the handler, which may use an owner; __atomic */

static void on_signal(int number)
{
  int saved = errno;
  /* Raised, then a load of the owner; claim and sley_wait_signal: owned, then a check whether it was raised. */
  __atomic_store_n(&table[number].raised, true, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&handling, 1, __ATOMIC_SEQ_CST);
  struct sley__loop *owner = __atomic_load_n(&table[number].owner, __ATOMIC_SEQ_CST);
  if (owner != NULL) sley__loop_wake(owner);
  __atomic_sub_fetch(&handling, 1, __ATOMIC_RELEASE);
  errno = saved;
}

static void unlink_wait(signal_wait *w) { SLEY__LIST_REMOVE(w, next, place); }

static void signal_cancel(void *data)
{
  signal_wait *w = data;
  unlink_wait(w);
  sley_resolver_drop(&w->resolver);
}

static const sley__operation_type signal_type = {"signal", signal_cancel};

/* The loops stay with the parent, and so do the signals that woke them: the child has no waiters yet. */
static void signals_in_child(void)
{
  for (int number = 1; number < NSIG; number++) {
    __atomic_store_n(&table[number].owner, NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&table[number].raised, false, __ATOMIC_RELEASE);
  }
  __atomic_store_n(&handling, 0, __ATOMIC_RELEASE); /* those threads are not in the child */
}

static bool is_handled_by(const struct sigaction *action, void (*handler)(int))
{
  return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == handler;
}

/* Whether the library has set what the signal does now: its handler, or the default when it gave the signal up. */
static bool is_ours(int number, const struct sigaction *now)
{
  return is_handled_by(now, on_signal) || (table[number].is_default && is_handled_by(now, SIG_DFL));
}

static int signal_install(int number)
{
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, replaced;
  sley__pin();
  sley__signals_of_others(&action.sa_mask);
  if (sigaction(number, &action, &replaced) != 0) return errno;
  if (!is_ours(number, &replaced)) table[number].before = replaced;
  table[number].is_default = false;
  return 0;
}

/* Makes loop the owner of number, with the handler installed. 0 or an errno value. */
static int signal_claim(struct sley__loop *loop, int number)
{
  static bool registered; /* any thread, __atomic */
  sley__fork_child_calls(&registered, signals_in_child);
  sley__process_lock(SLEY__LOCK_SIGNALS);
  struct sley__loop *owner = __atomic_load_n(&table[number].owner, __ATOMIC_RELAXED);
  int code = 0;
  if (owner != NULL && owner != loop) code = EBUSY;
  else if (owner == NULL || table[number].is_default) code = signal_install(number);
  if (code == 0) __atomic_store_n(&table[number].owner, loop, __ATOMIC_SEQ_CST);
  sley__process_unlock(SLEY__LOCK_SIGNALS);
  return code;
}

sley_promise *sley_wait_signal_at(const char *site, int number)
{
  sley_promise *failed = NULL;
  struct sley__loop *loop = sley__loop_here(__func__, site, &failed);
  if (loop == NULL) return failed;
  int code = number > 0 && number < NSIG ? signal_claim(loop, number) : EINVAL;
  if (code != 0)
    return sley_fail_at(
        site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                "sley_wait_signal: signal %d %s", number,
                                code == EBUSY ? "is waited for in another domain: wait for it in "
                                                "one domain, and notify others with sley_post"
                                              : "cannot be waited for"));
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &signal_type, sizeof(signal_wait), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  signal_wait *w = data;
  *w = (signal_wait){.loop = loop, .resolver = r, .number = number};
  SLEY__LIST_PREPEND(loop->signal_waits, w, next, place);
  if (__atomic_load_n(&table[number].raised, __ATOMIC_SEQ_CST)) sley__loop_wake(loop);
  return p;
}

static signal_wait *waiter_for(struct sley__loop *loop, int number)
{
  signal_wait *w = loop->signal_waits;
  while (w != NULL && w->number != number) w = w->next;
  return w;
}

void sley__signals_deliver(struct sley__loop *loop)
{
  /* Found first, settled later: callbacks may wait again, and that is for the next signal. */
  signal_wait *due = NULL;
  for (signal_wait *w = loop->signal_waits, *next; w != NULL; w = next) {
    next = w->next;
    int number = w->number;
    if (!__atomic_exchange_n(&table[number].raised, false, __ATOMIC_ACQ_REL)) continue;
    for (signal_wait *same = waiter_for(loop, number); same != NULL;
         same = waiter_for(loop, number)) {
      unlink_wait(same);
      SLEY__LIST_PREPEND(due, same, next, place);
    }
    next = loop->signal_waits;
  }
  while (due != NULL) {
    signal_wait *w = due;
    unlink_wait(w);
    w->place = &w->next; /* a list of its own, so that cancel finds one */
    w->next = NULL;
    sley_resolver *r = w->resolver;
    sley_fulfill(&r, sley_int(w->number));
  }
}

void sley__signal_give_up(int number)
{
  struct sley__loop *loop = sley__self()->loop;
  struct sigaction now, action = {.sa_handler = SIG_DFL};
  if (waiter_for(loop, number) != NULL) return;
  sigemptyset(&action.sa_mask);
  sley__process_lock(SLEY__LOCK_SIGNALS);
  if (__atomic_load_n(&table[number].owner, __ATOMIC_RELAXED) == loop &&
      sigaction(number, NULL, &now) == 0 && is_handled_by(&now, on_signal) &&
      sigaction(number, &action, NULL) == 0) {
    table[number].is_default = true;
    __atomic_store_n(&table[number].raised, false, __ATOMIC_RELEASE);
  }
  sley__process_unlock(SLEY__LOCK_SIGNALS);
}

/* Unless another handler has replaced this one. */
static void signal_uninstall(int number)
{
  struct sigaction now;
  if (sigaction(number, NULL, &now) == 0 && is_ours(number, &now))
    sigaction(number, &table[number].before, NULL);
  table[number].is_default = false;
}

void sley__signals_forget(struct sley__loop *loop)
{
  bool owned = false;
  sley__process_lock(SLEY__LOCK_SIGNALS);
  for (int number = 1; number < NSIG; number++) {
    if (__atomic_load_n(&table[number].owner, __ATOMIC_RELAXED) != loop) continue;
    owned = true;
    signal_uninstall(number);
    __atomic_store_n(&table[number].owner, NULL, __ATOMIC_SEQ_CST);
    __atomic_store_n(&table[number].raised, false, __ATOMIC_RELEASE);
  }
  sley__process_unlock(SLEY__LOCK_SIGNALS);
  /* Another thread's handler can have loaded the owner just before. */
  while (owned && __atomic_load_n(&handling, __ATOMIC_SEQ_CST) != 0) sched_yield();
  /* Pending waits are reported as promises left behind; their data must not refer to the loop any more. */
  while (loop->signal_waits != NULL) unlink_wait(loop->signal_waits);
}
