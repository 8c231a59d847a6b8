/* What the files of cross-domain synchronization share with the seat. */
#ifndef SLEY_DOMAIN_CROSS_H
#define SLEY_DOMAIN_CROSS_H

#include "domain/shared.h"

void sley__held_end(seat *here); /* the mutexes it holds; when its domain ends */

#endif
