/* Memory of the I/O floor, as its other folders see it. Reading guide: block.h and block.c, the blocks of a
 * domain, and what else a domain has for I/O; bytes.c, counted parts of blocks; bytes_value.c, values of them. */
#ifndef SLEY_IO_BYTES_H
#define SLEY_IO_BYTES_H

#include <sley/bytes.h>

#include "io/bytes/block.h"

/* A value of size bytes of block, beginning at at, which lies in it. Takes over one holder of block. false: out of
 * memory, and the holder is the caller's still. */
bool sley__bytes_value(struct sley__block *block, const char *at, size_t size, sley_value *out);
/* A value of a copy of data. false: out of memory. */
bool sley__bytes_value_copy(const void *data, size_t size, sley_value *out);

#endif
