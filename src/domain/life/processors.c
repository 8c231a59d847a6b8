/* Processors and thread properties specific to Linux: affinity, names, numbers; cgroup quotas are in quota.c.
 * Elsewhere the count is sysconf's, and pinning and naming do nothing. With musl, whose attributes of threads have no
 * affinity, pinning does nothing either. */
#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#include <sys/syscall.h>
#endif
#include "domain/life/processors.h"

#include <sley/domain.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
static unsigned affinity_count(void)
{
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 0;
  int count = CPU_COUNT(&set);
  return count > 0 ? (unsigned)count : 0;
}

/* Programs often pin their first thread to one processor after starting domains on others, so the mask is recorded
 * on first use. Written once. */
static cpu_set_t allowed_at_first;
enum { UNASKED, BEING_WRITTEN, WRITTEN };
static int noted; /* any thread, __atomic */

__attribute__((noinline)) void sley__processors_note(void)
{
  int before = UNASKED;
  if (!__atomic_compare_exchange_n(&noted, &before, BEING_WRITTEN, false, __ATOMIC_RELAXED,
                                   __ATOMIC_RELAXED))
    return;
  if (sched_getaffinity(getpid(), sizeof(allowed_at_first), &allowed_at_first) == 0)
    __atomic_store_n(&noted, WRITTEN, __ATOMIC_RELEASE);
}

/* The processors this process's threads can use. A pinned thread sees fewer, but can start others elsewhere. */
static bool processors_allowed(cpu_set_t *set)
{
  cpu_set_t all;
  sley__processors_note();
  if (sched_getaffinity(0, sizeof(*set), set) != 0) return false;
  if (sched_getaffinity(getpid(), sizeof(all), &all) == 0) CPU_OR(set, set, &all);
  /* No thread waits while another one records the mask: in a child forked meanwhile it would wait forever. */
  if (__atomic_load_n(&noted, __ATOMIC_ACQUIRE) == WRITTEN) CPU_OR(set, set, &allowed_at_first);
  return true;
}

int sley_domain_processor(size_t index)
{
  cpu_set_t set;
  if (!processors_allowed(&set)) return 0;
  size_t at = index % (size_t)CPU_COUNT(&set);
  for (size_t number = 0; number < CPU_SETSIZE; number++)
    if (CPU_ISSET(number, &set) && at-- == 0) return (int)number + 1;
  return 0;
}

void sley__thread_name(const char *name)
{
  char cut[16];
  snprintf(cut, sizeof(cut), "%.15s", name);
  pthread_setname_np(pthread_self(), cut);
}

static bool affinity_set(pthread_attr_t *attributes, const cpu_set_t *set)
{
#ifdef __GLIBC__
  return pthread_attr_setaffinity_np(attributes, sizeof(*set), set) == 0;
#else
  (void)attributes;
  (void)set;
  return true;
#endif
}

bool sley__thread_pin(pthread_attr_t *attributes, int processor)
{
  cpu_set_t set;
  if (processor > CPU_SETSIZE || !processors_allowed(&set)) return false;
  if (!CPU_ISSET((size_t)(processor - 1), &set)) return false;
  CPU_ZERO(&set);
  CPU_SET((size_t)(processor - 1), &set);
  return affinity_set(attributes, &set);
}

bool sley__thread_pin_to(pthread_attr_t *attributes, const char *list)
{
  cpu_set_t set, allowed;
  CPU_ZERO(&set);
  if (!processors_allowed(&allowed)) return false;
  for (const char *at = list;; at++) {
    char *end;
    unsigned long first = strtoul(at, &end, 10), last = first;
    if (end == at || at[0] == '-' || at[0] == '+') return false;
    if (*end == '-') {
      at = end + 1;
      last = strtoul(at, &end, 10);
      if (end == at) return false;
    }
    if (last < first || last >= CPU_SETSIZE) return false;
    for (; first <= last; first++) CPU_SET(first, &set);
    if (*end == '\0') break;
    if (*end != ',') return false;
    at = end;
  }
  CPU_AND(&set, &set, &allowed);
  return CPU_COUNT(&set) > 0 && affinity_set(attributes, &set);
}

long sley__thread_number(void) { return (long)syscall(SYS_gettid); }

void sley__processor_list(long thread, char *text, size_t size)
{
  cpu_set_t set;
  size_t used = 0;
  snprintf(text, size, "unknown");
  if (sched_getaffinity((pid_t)thread, sizeof(set), &set) != 0) return;
  for (size_t first = 0; first < CPU_SETSIZE; first++) {
    if (!CPU_ISSET(first, &set)) continue;
    size_t last = first;
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) last++;
    const char *comma = used > 0 ? "," : "";
    int n = last > first ? snprintf(text + used, size - used, "%s%zu-%zu", comma, first, last)
                         : snprintf(text + used, size - used, "%s%zu", comma, first);
    if (n < 0 || used + (size_t)n >= size) return;
    used += (size_t)n;
    first = last;
  }
}
#else
static unsigned affinity_count(void)
{
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (unsigned)count : 0;
}

int sley_domain_processor(size_t index)
{
  (void)index;
  return 0;
}

void sley__processors_note(void) {}

void sley__thread_name(const char *name) { (void)name; }

bool sley__thread_pin(pthread_attr_t *attributes, int processor)
{
  (void)attributes;
  (void)processor;
  return true;
}

bool sley__thread_pin_to(pthread_attr_t *attributes, const char *list)
{
  (void)attributes;
  (void)list;
  return true;
}

long sley__thread_number(void) { return 0; }

void sley__processor_list(long thread, char *text, size_t size)
{
  (void)thread;
  snprintf(text, size, "any");
}
#endif

uint64_t sley__thread_time(pthread_t thread)
{
#if defined(_POSIX_THREAD_CPUTIME) && !defined(__APPLE__)
  clockid_t clock;
  struct timespec t;
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#else
  (void)thread;
  return 0;
#endif
}

void sley__processors(unsigned *affinity, unsigned *quota)
{
  sley__processors_note();
  *affinity = affinity_count();
  *quota = sley__quota("/proc/self/cgroup", "/sys/fs/cgroup");
}

size_t sley_domain_default_count(void)
{
  unsigned processors, quota;
  sley__processors(&processors, &quota);
  if (quota > 0 && quota < processors) processors = quota;
  return processors > 0 ? processors : 1;
}
