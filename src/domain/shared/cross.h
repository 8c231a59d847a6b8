/* What the files of cross-domain synchronization share. */
#ifndef SLEY_DOMAIN_CROSS_H
#define SLEY_DOMAIN_CROSS_H

#include "domain/shared/shared.h"

/* Unlocks the mutex for sley_cross_condition_wait at site; misuse is reported under that name. */
void sley__cross_mutex_wait_begins(struct sley_cross_mutex *mutex, const char *site);

#endif
