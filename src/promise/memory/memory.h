/* What the folders above see of memory. */
#ifndef SLEY_MEMORY_MEMORY_H
#define SLEY_MEMORY_MEMORY_H

#include "promise/memory/alone.h"
#include "promise/memory/heap.h"
#include "promise/memory/runtime_memory.h"
#include "promise/memory/slab.h"

#endif
