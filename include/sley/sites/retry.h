/* Made by scripts/generate from sley/retry.h. */
#ifndef SLEY_SITES_RETRY_H
#define SLEY_SITES_RETRY_H

#include <sley/retry.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_retry_at(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx); /* contract: retry.h */
#define sley_retry(...) sley_retry_at(SLEY_HERE, __VA_ARGS__) /* contract: retry.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
