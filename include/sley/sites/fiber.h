/* Made by scripts/generate from sley/fiber.h. */
#ifndef SLEY_SITES_FIBER_H
#define SLEY_SITES_FIBER_H

#include <sley/fiber.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_spawn_at(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: fiber.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_spawn_with_at(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: fiber.h */
SLEY_API void sley_spawn_async_at(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: fiber.h */
SLEY_API void sley_spawn_async_with_at(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: fiber.h */
SLEY_API SLEY_NODISCARD sley_error *sley_await_at(const char *site, sley_promise *p, sley_value *out); /* contract: fiber.h */
SLEY_API SLEY_NODISCARD sley_error *sley_await_int_at(const char *site, sley_promise *p, int64_t *out); /* contract: fiber.h */
SLEY_API SLEY_NODISCARD sley_error *sley_await_ptr_at(const char *site, sley_promise *p, const sley_type *type, void **out); /* contract: fiber.h */
SLEY_API SLEY_NODISCARD sley_error *sley_yield_at(const char *site); /* contract: fiber.h */
#define sley_await(...) sley_await_at(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#define sley_await_int(...) sley_await_int_at(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#define sley_await_ptr(...) sley_await_ptr_at(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#define sley_yield() sley_yield_at(SLEY_HERE) /* contract: fiber.h */

#if defined(__cplusplus)
#define sley_spawn(...) sley_spawn_at(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#define sley_spawn_with(...) sley_spawn_with_at(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#define sley_spawn_async(...) sley_spawn_async_at(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#define sley_spawn_async_with(...) sley_spawn_async_with_at(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__spawn_here(const char *site, sley_start_fn *fn, void *ctx) { return sley_spawn_at(site, fn, ctx, (sley_drop_fn *)0); } /* contract: fiber.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__spawn_here(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { return sley_spawn_at(site, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn(...) sley__spawn_here(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__spawn_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx) { return sley_spawn_with_at(site, options, fn, ctx, (sley_drop_fn *)0); } /* contract: fiber.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__spawn_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { return sley_spawn_with_at(site, options, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn_with(...) sley__spawn_with_here(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
SLEY__FORWARD void sley__spawn_async_here(const char *site, sley_start_fn *fn, void *ctx) { sley_spawn_async_at(site, fn, ctx, (sley_drop_fn *)0); } /* contract: fiber.h */
SLEY__FORWARD void sley__spawn_async_here(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { sley_spawn_async_at(site, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn_async(...) sley__spawn_async_here(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
SLEY__FORWARD void sley__spawn_async_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx) { sley_spawn_async_with_at(site, options, fn, ctx, (sley_drop_fn *)0); } /* contract: fiber.h */
SLEY__FORWARD void sley__spawn_async_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { sley_spawn_async_with_at(site, options, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn_async_with(...) sley__spawn_async_with_here(SLEY_HERE, __VA_ARGS__) /* contract: fiber.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__spawn_here(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_spawn", site); return sley_spawn_at(site, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn(...) sley__spawn_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: fiber.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__spawn_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_spawn_with", site); return sley_spawn_with_at(site, options, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn_with(...) sley__spawn_with_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: fiber.h */
SLEY__FORWARD void sley__spawn_async_here(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_spawn_async", site); sley_spawn_async_at(site, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn_async(...) sley__spawn_async_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: fiber.h */
SLEY__FORWARD void sley__spawn_async_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_spawn_async_with", site); sley_spawn_async_with_at(site, options, fn, ctx, drop); } /* contract: fiber.h */
#define sley_spawn_async_with(...) sley__spawn_async_with_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: fiber.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
