/* Made by scripts/generate from sley/bytes.h. */
#ifndef SLEY_SITES_BYTES_H
#define SLEY_SITES_BYTES_H

#include <sley/bytes.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API sley_bytes sley_bytes_part_at(const char *site, const sley_bytes *b, size_t from, size_t size); /* contract: bytes.h */
SLEY_API const sley_bytes *sley_bytes_in_at(const char *site, const sley_value *v); /* contract: bytes.h */
#define sley_bytes_part(...) sley_bytes_part_at(SLEY_HERE, __VA_ARGS__) /* contract: bytes.h */
#define sley_bytes_in(...) sley_bytes_in_at(SLEY_HERE, __VA_ARGS__) /* contract: bytes.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
