/* The threads of domains that have ended: joined for the asker, whose loop goes on meanwhile. Where the asker
 * ended before they did nobody waits for them, so the runtime does when it is dropped: it cannot free its
 * memory under a running thread. */
#include "domain/link/seat.h"

/* Of abandoned and uncollected. */
static void ended_lock(void) { sley__process_lock(SLEY__LOCK_ENDED); }

static void ended_unlock(void) { sley__process_unlock(SLEY__LOCK_ENDED); }

static void collected(seat *ended)
{
  __atomic_sub_fetch(&ended->runtime->threads, 1, __ATOMIC_RELAXED);
  sley__domain_release(ended->domain);
}

/* The thread, and its handle. false: it has not gone yet. */
static bool collect_now(seat *ended)
{
  if (!sley__thread_join_ended(ended->thread)) return false;
  collected(ended);
  return true;
}

static void collect_waiting(seat *ended)
{
  pthread_join(ended->thread, NULL);
  collected(ended);
}

/* ---- for an asker that runs ---- */

enum { LOOK_FIRST = 1000000, LOOK_MOST = 20000000 }; /* ns */

static void look(void *ctx, sley_value *v);

/* A thread that has said that it ends may be in the destructors of its thread-local variables, however long
 * those take. The loop does not stand still for them: it looks again now and then. */
static void look_later(seat *here)
{
  here->look = sley__sleep(SLEY_HERE, here->look_after);
  if (sley_is_pending(here->look)) {
    sley_on_success(here->look, look, here);
    return;
  }
  sley_drop(here->look); /* no memory for a timer */
  here->look = NULL;
  for (item *i = here->ended, *next; i != NULL; i = next) {
    next = i->next_ended;
    here->ended = next;
    collect_waiting(i->domain->seat);
    sley__ended_tell(i);
  }
}

static void look(void *ctx, sley_value *v)
{
  seat *here = ctx;
  item *gone = NULL, **gone_end = &gone;
  (void)v;
  sley_drop(here->look);
  here->look = NULL;
  for (item **place = &here->ended; *place != NULL;) {
    item *i = *place;
    if (!collect_now(i->domain->seat)) {
      place = &i->next_ended;
      continue;
    }
    *place = i->next_ended;
    i->next_ended = NULL;
    *gone_end = i;
    gone_end = &i->next_ended;
  }
  here->look_after = here->look_after * 2 < LOOK_MOST ? here->look_after * 2 : LOOK_MOST;
  if (here->ended != NULL) look_later(here);
  while (gone != NULL) { /* last: callbacks run */
    item *i = gone;
    gone = i->next_ended;
    sley__ended_tell(i);
  }
}

void sley__ended_collect(seat *here, item *i)
{
  if (collect_now(i->domain->seat)) {
    sley__ended_tell(i);
    return;
  }
  item **end = &here->ended;
  while (*end != NULL) end = &(*end)->next_ended;
  *end = i;
  i->next_ended = NULL;
  if (here->look != NULL) return;
  here->look_after = LOOK_FIRST;
  look_later(here);
}

/* ---- for one that has ended ---- */

static void uncollected_add(sley_runtime *runtime, seat *ended)
{
  ended->next_uncollected = runtime->uncollected;
  runtime->uncollected = ended;
}

void sley__ended_forget(seat *here)
{
  sley_promise *timer = here->look;
  here->look = NULL;
  if (timer != NULL) sley_cancel(timer);
  sley_drop(timer);
  while (here->ended != NULL) {
    item *i = here->ended;
    here->ended = i->next_ended;
    ended_lock();
    here->runtime->abandoned++;
    uncollected_add(here->runtime, i->domain->seat);
    ended_unlock();
    sley__ended_tell(i);
  }
}

void sley__abandon(sley_runtime *runtime, unsigned requests)
{
  ended_lock();
  runtime->abandoned += requests;
  ended_unlock();
}

void sley__abandoned_ended(sley_runtime *runtime, seat *ended)
{
  /* A thread cannot join itself, and may be that of a loop. */
  bool later =
      ended != NULL && (pthread_equal(ended->thread, pthread_self()) || !collect_now(ended));
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
    runtime->uncollected = ended->next_uncollected;
    ended_unlock();
    collect_waiting(ended);
    ended_lock();
    runtime->abandoned--;
  }
  ended_unlock();
}
