/* The header of sync for other folders. */
#ifndef SLEY_SYNC_SYNC_H
#define SLEY_SYNC_SYNC_H

#include "promise/sync/waiters.h"

#endif
