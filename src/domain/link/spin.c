/* Spinning before sleep: looking for messages a little costs less than sleeping and being woken when
 * the next one is near. Spinning for as long as a wake-up costs is at most twice as dear as knowing
 * the future (Karlin, Li, Manasse, Owicki, "Empirical studies of competitive spinning for a shared-memory
 * multiprocessor", SOSP 1991). In vain it is halved, down to nothing; it is tried again when a number of
 * sleeps have been ended by messages. A domain that others leave alone never spins.
 * docs/decisions/sleep-and-wake.md has the figures. */
#include "domain/link/seat.h"

#define SPIN_TIME ((sley_time)50000) /* nanoseconds */
#define SPIN_LEAST ((sley_time)1000)
enum { SPIN_LOOKS = 64 };

static sley_time spin_most(const seat *s)
{
  if (s->spin_most >= 0) return s->spin_most;
  unsigned domains = __atomic_load_n(&s->runtime->domains, __ATOMIC_RELAXED);
  return domains <= s->processors ? SPIN_TIME : 0;
}

static bool look_often(const seat *s)
{
  for (int i = 0; i < SPIN_LOOKS; i++) {
    if (sley__anything_came(s)) return true;
    sley__stall();
  }
  return false;
}

/* The clock is asked only once the first looks were in vain. */
static bool spin(const seat *s, sley_time duration)
{
  if (look_often(s)) return true;
  sley_time end = sley__clock() + duration;
  do
    if (look_often(s)) return true;
  while (sley__clock() < end);
  return false;
}

bool sley__linger(sley_domain *d, sley_time most)
{
  seat *s = d->seat;
  sley_time limit = spin_most(s);
  if (limit == 0 || s->incoming == NULL) return false;
  if (s->woken >= SPIN_AGAIN) s->spin = limit;
  if (s->spin > limit) s->spin = limit;
  if (s->spin < SPIN_LEAST) return false;
  s->woken = 0;
  if (spin(s, most >= 0 && most < s->spin ? most : s->spin)) {
    s->spin = limit;
    return true;
  }
  s->spin /= 2;
  return false;
}

void sley_domain_set_spin(sley_time most)
{
  int code;
  seat *s = sley__seat_open(sley__self(), &code);
  if (s != NULL) s->spin_most = most;
}
