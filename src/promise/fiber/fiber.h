/* What the folders above see of fibers. */
#ifndef SLEY_FIBER_FIBER_H
#define SLEY_FIBER_FIBER_H

#include "promise/fiber/fiber_internal.h"

#endif
