/* Pauses. */
#ifndef SLEY_COMBINE_PAUSE_H
#define SLEY_COMBINE_PAUSE_H

#include "promise/core/core.h"

typedef struct pause_cell {
  sley_promise cell;
  struct sley__dlist place;
} pause_cell;

#endif
