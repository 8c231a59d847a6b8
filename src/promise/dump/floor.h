/* The interface of dumps for other floors. */
#ifndef SLEY_DUMP_FLOOR_H
#define SLEY_DUMP_FLOOR_H

#include <sley/dump.h>

#include "promise/core/domain_state.h"

/* Writes text as a JSON string. */
void sley__json_string(sley_write_fn *write, void *ctx, const char *text);

#endif
