/* Made by scripts/generate from sley/pool.h. */
#ifndef SLEY_SITES_POOL_H
#define SLEY_SITES_POOL_H

#include <sley/pool.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_pool_use_at(const char *site, sley_pool *pool, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: pool.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_pool_clear_at(const char *site, sley_pool *pool); /* contract: pool.h */
#define sley_pool_clear(...) sley_pool_clear_at(SLEY_HERE, __VA_ARGS__) /* contract: pool.h */

#if defined(__cplusplus)
#define sley_pool_use(...) sley_pool_use_at(SLEY_HERE, __VA_ARGS__) /* contract: pool.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__pool_use_here(const char *site, sley_pool *pool, sley_bind_fn *f, void *ctx) { return sley_pool_use_at(site, pool, f, ctx, (sley_drop_fn *)0); } /* contract: pool.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__pool_use_here(const char *site, sley_pool *pool, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_pool_use_at(site, pool, f, ctx, drop); } /* contract: pool.h */
#define sley_pool_use(...) sley__pool_use_here(SLEY_HERE, __VA_ARGS__) /* contract: pool.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__pool_use_here(const char *site, sley_pool *pool, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_pool_use", site); return sley_pool_use_at(site, pool, f, ctx, drop); } /* contract: pool.h */
#define sley_pool_use(...) sley__pool_use_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: pool.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
