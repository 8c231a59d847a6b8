/* What the floors above see of the promise floor: domains, memory, usage errors, operations. Nothing here depends on
 * descriptors, threads or libev. */
#ifndef SLEY_PROMISE_FLOOR_H
#define SLEY_PROMISE_FLOOR_H

#include <stdarg.h>

#include <sley/bind.h>
#include <sley/cancel.h>
#include <sley/promise.h>

#include "promise/base/base.h"
#include "promise/combine/floor.h"
#include "promise/core/alloc.h"
#include "promise/core/floor.h"
#include "promise/dump/floor.h"
#include "promise/fiber/floor.h"
#include "promise/scheduler/floor.h"
#include "promise/scope/floor.h"
#include "promise/stream/floor.h"

#endif
