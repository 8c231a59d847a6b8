/* Waiting for signals. The handler only sets a flag in a process-wide table and wakes the loop that
 * owns the number; no pointer goes through a pipe. Once installed the handler stays, and a signal
 * that nobody waits for yet is kept for the next waiter. */
#include <errno.h>
#include <pthread.h>
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
  struct sley__loop *owner; /* any thread and the handler, __atomic */
  bool raised;              /* any thread and the handler, __atomic */
} table[NSIG];

static void on_signal(int number)
{
  int saved = errno;
  __atomic_store_n(&table[number].raised, true, __ATOMIC_RELEASE);
  struct sley__loop *owner = __atomic_load_n(&table[number].owner, __ATOMIC_ACQUIRE);
  if (owner != NULL) sley__loop_wake(owner);
  errno = saved;
}

static void unlink_wait(signal_wait *w)
{
  *w->place = w->next;
  if (w->next != NULL) w->next->place = w->place;
}

static void signal_cancel(void *data)
{
  signal_wait *w = data;
  unlink_wait(w);
  sley_resolver_drop(&w->resolver);
}

static const sley__operation_type signal_type = {"signal", signal_cancel};

/* The loops stay with the parent, and so does what woke them: here nobody waits for a signal yet. */
static void in_child(void)
{
  for (int number = 1; number < NSIG; number++) {
    __atomic_store_n(&table[number].owner, NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&table[number].raised, false, __ATOMIC_RELEASE);
  }
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, in_child); }

/* Makes loop the owner of number; the first owner installs the handler. 0 or an errno value. */
static int claim(struct sley__loop *loop, int number)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct sley__loop *owner = NULL;
  pthread_once(&once, watch_forks);
  if (__atomic_compare_exchange_n(&table[number].owner, &owner, loop, false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_ACQUIRE)) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, NULL) == 0) return 0;
    int code = errno;
    __atomic_store_n(&table[number].owner, NULL, __ATOMIC_RELEASE);
    return code;
  }
  return owner == loop ? 0 : EBUSY;
}

sley_promise *sley_wait_signal_at(const char *site, int number)
{
  sley_promise *failed;
  struct sley__loop *loop = sley__loop_here(site, &failed);
  if (loop == NULL) return failed;
  int code = number > 0 && number < NSIG ? claim(loop, number) : EINVAL;
  if (code != 0)
    return sley_fail_at(
        site,
        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "signal %d %s", number,
                          code == EBUSY ? "belongs to another domain" : "cannot be waited for"));
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &signal_type, sizeof(signal_wait), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  signal_wait *w = data;
  *w = (signal_wait){.next = loop->signal_waits,
                     .place = &loop->signal_waits,
                     .loop = loop,
                     .resolver = r,
                     .number = number};
  if (w->next != NULL) w->next->place = &w->next;
  loop->signal_waits = w;
  if (__atomic_load_n(&table[number].raised, __ATOMIC_ACQUIRE)) sley__loop_wake(loop);
  return p;
}

sley_promise *(sley_wait_signal)(int number) { return sley_wait_signal_at("", number); }

static signal_wait *waiter_for(struct sley__loop *loop, int number)
{
  signal_wait *w = loop->signal_waits;
  while (w != NULL && w->number != number) w = w->next;
  return w;
}

void sley__signals_deliver(struct sley__loop *loop)
{
  /* Found first, told later: callbacks may wait again, and that is for the next signal. */
  signal_wait *due = NULL;
  for (signal_wait *w = loop->signal_waits, *next; w != NULL; w = next) {
    next = w->next;
    int number = w->number;
    if (!__atomic_exchange_n(&table[number].raised, false, __ATOMIC_ACQ_REL)) continue;
    for (signal_wait *same = waiter_for(loop, number); same != NULL;
         same = waiter_for(loop, number)) {
      unlink_wait(same);
      same->next = due;
      same->place = &due;
      if (due != NULL) due->place = &same->next;
      due = same;
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

void sley__signals_forget(struct sley__loop *loop)
{
  for (int number = 1; number < NSIG; number++) {
    struct sley__loop *owner = loop;
    if (!__atomic_compare_exchange_n(&table[number].owner, &owner, NULL, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
      continue;
    signal(number, SIG_DFL);
    __atomic_store_n(&table[number].raised, false, __ATOMIC_RELEASE);
  }
  /* What still waits is reported as a promise left behind; its data must not reach back here. */
  while (loop->signal_waits != NULL) unlink_wait(loop->signal_waits);
}
