/* System-specific parts: names and processors of threads. Naming and placing threads is implemented for Linux only. */
#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>
#endif

#include <stdio.h>

#include "preempt/worker.h"

void sley__thread_name_of(const sley_workers *pool, unsigned number, char text[THREAD_NAME_BYTES])
{
  char digits[12];
  int used = snprintf(digits, sizeof(digits), "-%u", number);
  snprintf(text, THREAD_NAME_BYTES, "%.*s%s", NAME_BYTES - 1 - used, pool->name, digits);
}

#ifdef __linux__
void sley__thread_unpin(void)
{
  cpu_set_t all, own;
  if (sched_getaffinity(getpid(), sizeof(all), &all) != 0 ||
      sched_getaffinity(0, sizeof(own), &own) != 0 || CPU_EQUAL(&all, &own))
    return;
  sched_setaffinity(0, sizeof(all), &all);
}

void sley__thread_name_self(const char *name) { pthread_setname_np(pthread_self(), name); }

/* sley_domain_default_count applies to the calling thread: a pinned one sees one processor. If it sees fewer than
 * its mask has, a quota is in force. */
unsigned sley__usable_processors(void)
{
  cpu_set_t all, own;
  unsigned here = (unsigned)sley_domain_default_count();
  if (sched_getaffinity(getpid(), sizeof(all), &all) != 0 ||
      sched_getaffinity(0, sizeof(own), &own) != 0)
    return here;
  unsigned usable = (unsigned)CPU_COUNT(&all), mine = (unsigned)CPU_COUNT(&own);
  return here < mine && here < usable ? here : usable;
}
#else
void sley__thread_unpin(void) {}
void sley__thread_name_self(const char *name) { (void)name; }
unsigned sley__usable_processors(void) { return (unsigned)sley_domain_default_count(); }
#endif
