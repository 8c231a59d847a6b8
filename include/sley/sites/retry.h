/* Made by scripts/generate from sley/retry.h. */
#ifndef SLEY_SITES_RETRY_H
#define SLEY_SITES_RETRY_H

#include <sley/retry.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_retry_at(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: retry.h */

#if defined(__cplusplus)
#define sley_retry(...) sley_retry_at(SLEY_HERE, __VA_ARGS__) /* contract: retry.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__retry_here(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx) { return sley_retry_at(site, options, attempt, ctx, (sley_drop_fn *)0); } /* contract: retry.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__retry_here(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *drop) { return sley_retry_at(site, options, attempt, ctx, drop); } /* contract: retry.h */
#define sley_retry(...) sley__retry_here(SLEY_HERE, __VA_ARGS__) /* contract: retry.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__retry_here(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_retry", site); return sley_retry_at(site, options, attempt, ctx, drop); } /* contract: retry.h */
#define sley_retry(...) sley__retry_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: retry.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
