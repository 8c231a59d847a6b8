/* Made by scripts/generate from sley/mutex.h. */
#ifndef SLEY_SITES_MUTEX_H
#define SLEY_SITES_MUTEX_H

#include <sley/mutex.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_mutex_lock_at(const char *site, sley_mutex *m); /* contract: mutex.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_lock_at(const char *site, sley_mutex *m, sley_start_fn *start, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: mutex.h */
#define sley_mutex_lock(...) sley_mutex_lock_at(SLEY_HERE, __VA_ARGS__) /* contract: mutex.h */

#if defined(__cplusplus)
#define sley_with_lock(...) sley_with_lock_at(SLEY_HERE, __VA_ARGS__) /* contract: mutex.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_lock_here(const char *site, sley_mutex *m, sley_start_fn *start, void *ctx) { return sley_with_lock_at(site, m, start, ctx, (sley_drop_fn *)0); } /* contract: mutex.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_lock_here(const char *site, sley_mutex *m, sley_start_fn *start, void *ctx, sley_drop_fn *drop) { return sley_with_lock_at(site, m, start, ctx, drop); } /* contract: mutex.h */
#define sley_with_lock(...) sley__with_lock_here(SLEY_HERE, __VA_ARGS__) /* contract: mutex.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_lock_here(const char *site, sley_mutex *m, sley_start_fn *start, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_with_lock", site); return sley_with_lock_at(site, m, start, ctx, drop); } /* contract: mutex.h */
#define sley_with_lock(...) sley__with_lock_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: mutex.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
