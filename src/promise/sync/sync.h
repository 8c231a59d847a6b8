/* What the folders above see of sync. */
#ifndef SLEY_SYNC_SYNC_H
#define SLEY_SYNC_SYNC_H

#include "promise/sync/waiters.h"

#endif
