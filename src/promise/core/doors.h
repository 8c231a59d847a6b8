/* Calls to folders above, by name: the exceptions to the order of folders. */
#ifndef SLEY_CORE_DOORS_H
#define SLEY_CORE_DOORS_H

#include "promise/core/life.h"

/* group.c. Called by name so that the optimizer can inline it into the resolution loop. n is a group's node, off its
 * list. If n is an element of a join or all, was fulfilled and is not the last, counts it and calls nothing. False:
 * it is not. */
bool sley__element_counts(sley_domain *d, node *n, sley_promise *source);

#endif
