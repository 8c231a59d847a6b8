/* Counted parts of memory. */
#include "io/bytes/bytes.h"

static sley_bytes all_of(struct sley__block *block, size_t size)
{
  return (sley_bytes){.at = block->data, .size = size, .block = block};
}

sley_error *sley_bytes_new(size_t size, char **data, sley_bytes *out)
{
  SLEY__NEEDS(data);
  SLEY__NEEDS(out);
  struct sley__block *block = sley__block_new(sley__self()->runtime, size);
  *out = (sley_bytes){0};
  *data = NULL;
  if (block == NULL) return sley_error_nomem();
  *data = block->data;
  *out = all_of(block, size);
  return NULL;
}

sley_error *sley_bytes_copy(const void *data, size_t size, sley_bytes *out)
{
  char *at;
  if (size > 0) SLEY__NEEDS(data);
  sley_error *e = sley_bytes_new(size, &at, out);
  if (at != NULL && size > 0) memcpy(at, data, size);
  return e;
}

sley_error *sley_bytes_adopt(void *data, size_t size, void *ctx, sley_drop_fn *drop,
                             sley_bytes *out)
{
  SLEY__NEEDS(out);
  *out = sley_bytes_static(data, size);
  if (drop == NULL) return NULL; /* nothing to be done at the end */
  struct sley__block *block = sley__block_adopt(sley__self()->runtime, data, size, drop, ctx);
  if (block == NULL) {
    *out = (sley_bytes){0};
    return sley_error_nomem();
  }
  *out = all_of(block, size);
  return NULL;
}

sley_bytes sley_bytes_static(const void *data, size_t size)
{
  return (sley_bytes){.at = data, .size = size};
}

sley_bytes sley_bytes_part_at(const char *site, const sley_bytes *b, size_t from, size_t size)
{
  SLEY__NEEDS_AT(site, b);
  if (SLEY__UNLIKELY(from > b->size || size > b->size - from))
    sley__abort("sley_bytes_part%s%s was asked for %zu bytes from byte %zu of a part of %zu bytes",
                site[0] != '\0' ? " at " : "", site, size, from, b->size);
  if (b->block != NULL) sley__block_keep(b->block);
  return (sley_bytes){.at = b->at + from, .size = size, .block = b->block};
}

void sley_bytes_drop(sley_bytes *b)
{
  if (b == NULL) return;
  struct sley__block *block = b->block;
  *b = (sley_bytes){0};
  if (block != NULL) sley__block_drop(block);
}
