/* What the end of an output, the closes and their patience know of each other. */
#ifndef SLEY_IO_CHANNEL_CLOSE_H
#define SLEY_IO_CHANNEL_CLOSE_H

#include "io/channel/channel.h"

/* The object has extras. From begin on a close gives up when nothing has moved for its seconds; without memory it has no limit. */
void sley__patience_begin(sley_io *io);
void sley__patience_end(struct sley__extras *x);

/* The end of an output, and its close, in line. */
sley_promise *sley__end_start(const char *site, const char *function, sley_output *output,
                              bool closes);

/* Closes the object, when both halves are closed: first reads away what the peer still sends. */
sley_promise *sley__channels_close(sley_io *io);

#endif
