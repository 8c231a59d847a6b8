/* Joins the threads of ended domains for the domain that shut them down, whose loop keeps running meanwhile. If that
 * domain ends first, the runtime joins them when it is dropped, since it cannot free its memory under a running
 * thread. */
#include "domain/life/life.h"

/* Protects abandoned and uncollected. */
static void ended_lock(void) { sley__process_lock(SLEY__LOCK_ENDED); }

static void ended_unlock(void) { sley__process_unlock(SLEY__LOCK_ENDED); }

static SLEY__NOINLINE void thread_collected(seat *ended)
{
  __atomic_sub_fetch(&ended->runtime->threads, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&ended->domain->joined, true, __ATOMIC_RELEASE);
  sley__domain_release(ended->domain);
}

/* Joins the thread and frees its handle. false: the thread has not exited yet. */
static bool thread_collect_now(seat *ended)
{
  if (!sley__thread_join_ended(ended->life.thread)) return false;
  thread_collected(ended);
  return true;
}

static void thread_collect_waiting(seat *ended)
{
  pthread_join(ended->life.thread, NULL);
  thread_collected(ended);
}

/* ---- while the asker runs ---- */

enum { LOOK_FIRST = 1000000, LOOK_MOST = 20000000 }; /* ns */

static void collect_look(void *ctx, sley_value *v);

/* A thread that has answered can still be running the destructors of its thread-local variables, for any length of
 * time. The loop does not block on that: a timer checks again. */
static void collect_look_later(seat *here)
{
  here->life.look = sley__sleep(SLEY_HERE, here->life.look_after);
  if (sley_is_pending(here->life.look)) {
    sley_on_success(here->life.look, collect_look, here);
    return;
  }
  sley_drop(here->life.look); /* no memory for a timer */
  here->life.look = NULL;
  for (shutdown_request *i = here->life.ended, *next; i != NULL; i = next) {
    next = i->next_ended;
    here->life.ended = next;
    thread_collect_waiting(i->domain->seat);
    sley__ended_tell(i);
  }
}

static void collect_look(void *ctx, sley_value *v)
{
  seat *here = ctx;
  shutdown_request *gone = NULL, **gone_end = &gone;
  (void)v;
  sley_drop(here->life.look);
  here->life.look = NULL;
  for (shutdown_request **place = &here->life.ended; *place != NULL;) {
    shutdown_request *i = *place;
    if (!thread_collect_now(i->domain->seat)) {
      place = &i->next_ended;
      continue;
    }
    *place = i->next_ended;
    i->next_ended = NULL;
    *gone_end = i;
    gone_end = &i->next_ended;
  }
  here->life.look_after =
      here->life.look_after * 2 < LOOK_MOST ? here->life.look_after * 2 : LOOK_MOST;
  if (here->life.ended != NULL) collect_look_later(here);
  while (gone != NULL) { /* last, since callbacks run */
    shutdown_request *i = gone;
    gone = i->next_ended;
    sley__ended_tell(i);
  }
}

void sley__ended_collect(seat *here, shutdown_request *i)
{
  if (thread_collect_now(i->domain->seat)) {
    sley__ended_tell(i);
    return;
  }
  shutdown_request **end = &here->life.ended;
  while (*end != NULL) end = &(*end)->next_ended;
  *end = i;
  i->next_ended = NULL;
  if (here->life.look != NULL) return;
  here->life.look_after = LOOK_FIRST;
  collect_look_later(here);
}

/* ---- after the asker has ended ---- */

static void uncollected_add(sley_runtime *runtime, seat *ended)
{
  ended->life.next_uncollected = runtime->uncollected;
  runtime->uncollected = ended;
}

/* The asker ends; the runtime joins the threads that are left. */
static void collect_end(seat *here)
{
  sley_promise *timer = here->life.look;
  here->life.look = NULL;
  if (timer != NULL) sley_cancel(timer);
  sley_drop(timer);
  while (here->life.ended != NULL) {
    shutdown_request *i = here->life.ended;
    here->life.ended = i->next_ended;
    ended_lock();
    here->runtime->abandoned++;
    uncollected_add(here->runtime, i->domain->seat);
    ended_unlock();
    sley__ended_tell(i);
  }
  sley__settle_down(here->domain);
}

/* Answers that arrive from now on are lost. */
static void collect_gone(seat *here)
{
  ended_lock();
  here->runtime->abandoned += here->life.asked;
  ended_unlock();
}

const seat_part sley__collect_part = {.end = collect_end, .gone = collect_gone};

void sley__abandoned_ended(sley_runtime *runtime, seat *ended)
{
  /* A thread cannot join itself, and this one can be a loop's, which must not wait. */
  bool later = ended != NULL &&
               (pthread_equal(ended->life.thread, pthread_self()) || !thread_collect_now(ended));
  ended_lock();
  if (later) uncollected_add(runtime, ended);
  else runtime->abandoned--;
  sley__process_tell(SLEY__LOCK_ENDED);
  ended_unlock();
}

void sley__abandoned_wait(sley_runtime *runtime)
{
  ended_lock();
  while (runtime->abandoned > 0) {
    seat *ended = runtime->uncollected;
    if (ended == NULL) {
      sley__process_wait(SLEY__LOCK_ENDED);
      continue;
    }
    runtime->uncollected = ended->life.next_uncollected;
    ended_unlock();
    thread_collect_waiting(ended);
    ended_lock();
    runtime->abandoned--;
  }
  ended_unlock();
}
