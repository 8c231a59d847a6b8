/* Thread properties that differ between systems. */
#ifndef SLEY_DOMAIN_PROCESSORS_H
#define SLEY_DOMAIN_PROCESSORS_H

#include <pthread.h>
#include <stdbool.h>

void sley__thread_name(const char *name); /* of the calling thread; cut to 15 bytes */
bool sley__thread_pin(pthread_attr_t *attributes, int processor); /* from 1 */

#endif
