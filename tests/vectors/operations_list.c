/* The operations of lists. */
#include "operations.h"

const operation operations_list[] = {
    {0},
};
