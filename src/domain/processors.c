/* Processors and thread properties that are Linux's own: affinity, cgroup v2 quota, names. Elsewhere
 * the count is sysconf's, and pinning and naming do nothing. */
#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#endif
#include <pthread.h>
#include <sley/domain.h>
#include <stdio.h>
#include <unistd.h>

#include "domain/processors.h"

#ifdef __linux__
static unsigned affinity_count(void)
{
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 0;
  int count = CPU_COUNT(&set);
  return count > 0 ? (unsigned)count : 0;
}

/* Kernel documentation, cgroup v2: cpu.max is "QUOTA PERIOD" or "max PERIOD". A container sees its
 * own group at the mount's root. */
static unsigned quota_count(void)
{
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  unsigned long quota, period;
  unsigned count = 0;
  if (file == NULL) return 0;
  if (fscanf(file, "%lu %lu", &quota, &period) == 2 && period > 0)
    count = (unsigned)((quota + period - 1) / period);
  fclose(file);
  return count;
}

void sley__thread_name(const char *name)
{
  char cut[16];
  snprintf(cut, sizeof(cut), "%s", name);
  pthread_setname_np(pthread_self(), cut);
}

bool sley__thread_pin(pthread_attr_t *attributes, int processor)
{
  cpu_set_t set;
  if (processor > CPU_SETSIZE) return false;
  CPU_ZERO(&set);
  CPU_SET((size_t)(processor - 1), &set);
  return pthread_attr_setaffinity_np(attributes, sizeof(set), &set) == 0;
}
#else
static unsigned affinity_count(void)
{
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (unsigned)count : 0;
}

static unsigned quota_count(void) { return 0; }

void sley__thread_name(const char *name) { (void)name; }

bool sley__thread_pin(pthread_attr_t *attributes, int processor)
{
  (void)attributes;
  (void)processor;
  return true;
}
#endif

unsigned sley_domain_default_count(void)
{
  unsigned processors = affinity_count(), quota = quota_count();
  if (quota > 0 && quota < processors) processors = quota;
  return processors > 0 ? processors : 1;
}
