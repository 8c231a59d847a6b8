/* What the floors above see of streams. */
#ifndef SLEY_STREAM_FLOOR_H
#define SLEY_STREAM_FLOOR_H

#include <sley/stream.h>

#include "promise/core/domain_state.h"

/* sley_stream_from_at for streams made of something that is to be let go early: unread(ctx) is called
 * when the last place to read from is gone, while next's promise may still be pending. */
sley_stream *sley__stream_from(const char *site, sley_start_fn *next, void *ctx, sley_drop_fn *drop,
                               sley_done_fn *unread);
/* What functions that make streams give when memory is out. */
extern sley_stream sley__stream_nomem;

#endif
