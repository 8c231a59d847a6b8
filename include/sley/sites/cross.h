/* Made by scripts/generate from sley/cross.h. */
#ifndef SLEY_SITES_CROSS_H
#define SLEY_SITES_CROSS_H

#include <sley/cross.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_cross_mutex_lock_at(const char *site, sley_cross_mutex *mutex); /* contract: cross.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_cross_mutex_with_lock_at(const char *site, sley_cross_mutex *mutex, sley_start_fn *start, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: cross.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_cross_condition_wait_at(const char *site, sley_cross_condition *condition, sley_cross_mutex *mutex); /* contract: cross.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_cross_once_run_at(const char *site, sley_cross_once *once, sley_start_fn *start, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: cross.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_cross_barrier_wait_at(const char *site, sley_cross_barrier *barrier); /* contract: cross.h */
#define sley_cross_mutex_lock(...) sley_cross_mutex_lock_at(SLEY_HERE, __VA_ARGS__) /* contract: cross.h */
#define sley_cross_condition_wait(...) sley_cross_condition_wait_at(SLEY_HERE, __VA_ARGS__) /* contract: cross.h */
#define sley_cross_barrier_wait(...) sley_cross_barrier_wait_at(SLEY_HERE, __VA_ARGS__) /* contract: cross.h */

#if defined(__cplusplus)
#define sley_cross_mutex_with_lock(...) sley_cross_mutex_with_lock_at(SLEY_HERE, __VA_ARGS__) /* contract: cross.h */
#define sley_cross_once_run(...) sley_cross_once_run_at(SLEY_HERE, __VA_ARGS__) /* contract: cross.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__cross_mutex_with_lock_here(const char *site, sley_cross_mutex *mutex, sley_start_fn *start, void *ctx) { return sley_cross_mutex_with_lock_at(site, mutex, start, ctx, (sley_drop_fn *)0); } /* contract: cross.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__cross_mutex_with_lock_here(const char *site, sley_cross_mutex *mutex, sley_start_fn *start, void *ctx, sley_drop_fn *drop) { return sley_cross_mutex_with_lock_at(site, mutex, start, ctx, drop); } /* contract: cross.h */
#define sley_cross_mutex_with_lock(...) sley__cross_mutex_with_lock_here(SLEY_HERE, __VA_ARGS__) /* contract: cross.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__cross_once_run_here(const char *site, sley_cross_once *once, sley_start_fn *start, void *ctx) { return sley_cross_once_run_at(site, once, start, ctx, (sley_drop_fn *)0); } /* contract: cross.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__cross_once_run_here(const char *site, sley_cross_once *once, sley_start_fn *start, void *ctx, sley_drop_fn *drop) { return sley_cross_once_run_at(site, once, start, ctx, drop); } /* contract: cross.h */
#define sley_cross_once_run(...) sley__cross_once_run_here(SLEY_HERE, __VA_ARGS__) /* contract: cross.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__cross_mutex_with_lock_here(const char *site, sley_cross_mutex *mutex, sley_start_fn *start, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_cross_mutex_with_lock", site); return sley_cross_mutex_with_lock_at(site, mutex, start, ctx, drop); } /* contract: cross.h */
#define sley_cross_mutex_with_lock(...) sley__cross_mutex_with_lock_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: cross.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__cross_once_run_here(const char *site, sley_cross_once *once, sley_start_fn *start, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_cross_once_run", site); return sley_cross_once_run_at(site, once, start, ctx, drop); } /* contract: cross.h */
#define sley_cross_once_run(...) sley__cross_once_run_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: cross.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
