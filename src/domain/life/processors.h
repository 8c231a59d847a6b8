/* Processors and thread properties that differ between systems. */
#ifndef SLEY_DOMAIN_PROCESSORS_H
#define SLEY_DOMAIN_PROCESSORS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void sley__thread_name(const char *name); /* names the calling thread; cut to 15 bytes */
/* Pins to one processor, numbered from 1; false: this process cannot use it. */
bool sley__thread_pin(pthread_attr_t *attributes, int processor);
/* Pins to a list such as "0-3,6"; false: not a list, or this process can use none of them. */
bool sley__thread_pin_to(pthread_attr_t *attributes, const char *list);
long sley__thread_number(void); /* the system's number of the calling thread; 0: unknown */
uint64_t sley__thread_time(pthread_t thread); /* processor time used, in nanoseconds; 0: unknown */

/* Records the process's affinity mask if that has not been done. Any thread. */
void sley__processors_note(void);
/* The numbers of processors that the affinity mask and the cgroup quota allow (quota 0: none). */
void sley__processors(unsigned *affinity, unsigned *quota);
/* quota.c: the smallest quota of the groups named in file (in the format of /proc/self/cgroup) and of their
 * ancestors, mounted under mount. 0: none. */
unsigned sley__quota(const char *file, const char *mount);
/* The processors that a thread can use, as "0-3,6". Thread 0: the calling thread. */
void sley__processor_list(long thread, char *text, size_t size);

#endif
