/* The interface of streams for other floors. */
#ifndef SLEY_STREAM_FLOOR_H
#define SLEY_STREAM_FLOOR_H

#include <sley/stream.h>

#include "promise/core/domain_state.h"

/* sley_stream_from_at for a source whose resources must be freed early: unread(ctx) is called when the last place
 * to read from is gone, possibly while next's promise is still pending. */
sley_stream *sley__stream_from(const char *site, sley_start_fn *next, void *ctx, sley_drop_fn *drop,
                               sley_done_fn *unread);
/* Returned by functions that make streams when memory is out. */
extern sley_stream sley__stream_nomem;

#endif
