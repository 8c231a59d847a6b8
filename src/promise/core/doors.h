/* Calls that go up, by name: the exceptions to the order of folders. */
#ifndef SLEY_CORE_DOORS_H
#define SLEY_CORE_DOORS_H

#include "promise/core/life.h"

/* group.c, called by name, for the optimizer puts it into the resolution loop. n is a group's, off its list:
 * counts an element of a join that is not the last, and calls nobody. False: it is not one. */
bool sley__element_counts(sley_domain *d, node *n, sley_promise *source);

#endif
