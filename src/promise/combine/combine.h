/* What the folders above see of combine. */
#ifndef SLEY_COMBINE_COMBINE_H
#define SLEY_COMBINE_COMBINE_H

#include "promise/combine/group.h"
#include "promise/combine/guard.h"
#include "promise/combine/list_value.h"
#include "promise/combine/observe.h"
#include "promise/combine/operation.h"
#include "promise/combine/pause.h"
#include "promise/combine/single.h"
#include "promise/combine/walk.h"

#endif
