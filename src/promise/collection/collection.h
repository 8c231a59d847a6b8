/* The header of collection for other folders. */
#ifndef SLEY_COLLECTION_COLLECTION_H
#define SLEY_COLLECTION_COLLECTION_H

#include "promise/collection/list_walk.h"
#include "promise/collection/result.h"
#include "promise/collection/seq.h"

#endif
