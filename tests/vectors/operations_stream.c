/* The operations of streams. */
#include "operations.h"

const operation operations_stream[] = {
    {0},
};
