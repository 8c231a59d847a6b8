/* What the folders above see of base. */
#ifndef SLEY_BASE_BASE_H
#define SLEY_BASE_BASE_H

#include "promise/base/abort.h"
#include "promise/base/compiler.h"
#include "promise/base/copy.h"
#include "promise/base/error.h"
#include "promise/base/handle.h"
#include "promise/base/list.h"
#include "promise/base/process.h"
#include "promise/base/value.h"

#endif
