/* The operations of mutexes, conditions, mvars, pools and switches. */
#include "operations.h"

const operation operations_sync[] = {
    {0},
};
