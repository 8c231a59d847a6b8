/* Made by scripts/generate from sley/promise.h. */
#ifndef SLEY_SITES_PROMISE_H
#define SLEY_SITES_PROMISE_H

#include <sley/promise.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_return_at(const char *site, sley_value v); /* contract: promise.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_fail_at(const char *site, sley_error *e); /* contract: promise.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_pending_at(const char *site, sley_resolver **r); /* contract: promise.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_cancelable_at(const char *site, sley_resolver **r); /* contract: promise.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wrap_at(const char *site, sley_value v, sley_map_fn *f, void *ctx); /* contract: promise.h */
#define sley_return(...) sley_return_at(SLEY_HERE, __VA_ARGS__) /* contract: promise.h */
#define sley_fail(...) sley_fail_at(SLEY_HERE, __VA_ARGS__) /* contract: promise.h */
#define sley_pending(...) sley_pending_at(SLEY_HERE, __VA_ARGS__) /* contract: promise.h */
#define sley_cancelable(...) sley_cancelable_at(SLEY_HERE, __VA_ARGS__) /* contract: promise.h */
#define sley_wrap(...) sley_wrap_at(SLEY_HERE, __VA_ARGS__) /* contract: promise.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
