/* Made by scripts/generate from sley/throttle.h. */
#ifndef SLEY_SITES_THROTTLE_H
#define SLEY_SITES_THROTTLE_H

#include <sley/throttle.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_throttle_wait_at(const char *site, sley_throttle *throttle, const void *key, size_t size); /* contract: throttle.h */
#define sley_throttle_wait(...) sley_throttle_wait_at(SLEY_HERE, __VA_ARGS__) /* contract: throttle.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
