/* What the folders above see of the core. */
#ifndef SLEY_CORE_CORE_H
#define SLEY_CORE_CORE_H

#include <sley/bind.h>
#include <sley/cancel.h>
#include <sley/combine.h>
#include <sley/pause.h>
#include <sley/promise.h>
#include <string.h>

#include "promise/core/alloc.h"
#include "promise/core/cell.h"
#include "promise/core/check.h"
#include "promise/core/doors.h"
#include "promise/core/hooks.h"
#include "promise/core/immediate.h"
#include "promise/core/kind.h"
#include "promise/core/lent.h"
#include "promise/core/life.h"
#include "promise/core/node.h"
#include "promise/core/object.h"
#include "promise/core/outcome.h"
#include "promise/core/settle.h"
#include "promise/core/storage.h"

#endif
