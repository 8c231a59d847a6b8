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

/* When the source settles, a wrap, or an element of an all, makes its storage current for older callbacks that do not
 * set theirs: async and dont_wait. Whether the next older node does so in exactly the same cases, which makes n
 * redundant. n belongs to the guard or group. */
bool sley__is_stored_over(node *n);

#endif
