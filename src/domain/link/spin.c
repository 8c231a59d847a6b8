/* Spinning before sleep: if the next message is near, polling a little longer costs less than sleeping and being
 * woken. Spinning for as long as a wake-up costs is at most twice as expensive as knowing the future (Karlin, Li,
 * Manasse, Owicki, "Empirical studies of competitive spinning for a shared-memory multiprocessor", SOSP 1991). Each
 * time nothing arrives the time is halved, down to zero; the domain spins again once messages have ended a number of
 * its sleeps. A domain that receives no messages never spins. docs/decisions/sleep-and-wake.md has the figures. */
#include "domain/link/seat.h"

#define SPIN_TIME ((sley_time)50000) /* nanoseconds */
#define SPIN_LEAST ((sley_time)1000)
enum { SPIN_LOOKS = 64 };

static sley_time spin_limit(const seat *s)
{
  if (s->spin.most >= 0) return s->spin.most;
  unsigned domains = __atomic_load_n(&s->runtime->domains, __ATOMIC_RELAXED);
  return domains <= s->spin.processors ? SPIN_TIME : 0;
}

static bool look_often(const seat *s)
{
  for (int i = 0; i < SPIN_LOOKS; i++) {
    if (sley__seat_has_mail(s)) return true;
    sley__stall();
  }
  return false;
}

/* Reads the clock only after the first polls have found nothing. */
static bool spin_for(const seat *s, sley_time duration)
{
  if (look_often(s)) return true;
  sley_time end = sley__clock() + duration;
  do
    if (look_often(s)) return true;
  while (sley__clock() < end);
  return false;
}

bool sley__spin(sley_domain *d, sley_time most)
{
  seat *s = d->seat;
  sley_time limit = spin_limit(s);
  if (limit == 0 || s->incoming == NULL) return false;
  if (s->spin.woken >= SPIN_AGAIN) s->spin.time = limit;
  if (s->spin.time > limit) s->spin.time = limit;
  if (s->spin.time < SPIN_LEAST) return false;
  s->spin.woken = 0;
  if (spin_for(s, most >= 0 && most < s->spin.time ? most : s->spin.time)) {
    s->spin.time = limit;
    return true;
  }
  s->spin.time /= 2;
  return false;
}

double sley_domain_set_spin_time(double seconds)
{
  int code;
  seat *s = sley__seat_open(sley__self(), &code);
  if (s == NULL) return -1;
  sley_time was = s->spin.most;
  s->spin.most = seconds < 0 ? -1 : sley_seconds(seconds);
  return was < 0 ? -1 : (double)was / SLEY_SECOND;
}
