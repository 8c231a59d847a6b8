/* Processors and thread properties that differ between systems. */
#ifndef SLEY_DOMAIN_PROCESSORS_H
#define SLEY_DOMAIN_PROCESSORS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void sley__thread_name(const char *name); /* of the calling thread; cut to 15 bytes */
/* To one, numbered from 1; false: this process may not use it. */
bool sley__thread_pin(pthread_attr_t *attributes, int processor);
/* To a list such as "0-3,6"; false: not a list, or this process may use none of them. */
bool sley__thread_pin_to(pthread_attr_t *attributes, const char *list);
long sley__thread_number(void);               /* the calling thread's, the system's; 0: unknown */
uint64_t sley__thread_time(pthread_t thread); /* on a processor, nanoseconds; 0: unknown */

/* Notes the process's affinity mask, unless that has been done. Any thread. */
void sley__processors_note(void);
/* The affinity mask's count, and the cgroups' quota's (0: none). */
void sley__processors(unsigned *affinity, unsigned *quota);
/* quota.c: the least quota of the groups that file, as /proc/self/cgroup, names, and of those above them,
 * mounted under mount. 0: none. */
unsigned sley__quota(const char *file, const char *mount);
/* Where a thread may run, as "0-3,6"; 0: the calling thread. */
void sley__processor_list(long thread, char *text, size_t size);

#endif
