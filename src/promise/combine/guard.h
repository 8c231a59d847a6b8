/* Guards: protected, no_cancel and wrap_in_cancelable. */
#ifndef SLEY_COMBINE_GUARD_H
#define SLEY_COMBINE_GUARD_H

#include "promise/core/core.h"

typedef struct guard {
  sley_promise cell;
  node node;
  node cancel_node;
  storage *storage;
} guard;

/* A wrap, and an element of an all, makes its storage current when the source settles, for older callbacks
 * that reinstate none, as async and dont_wait: unless the next older does so in just the same cases, of
 * which this tells. n is the guard's or group's. */
bool sley__is_stored_over(node *n);

#endif
