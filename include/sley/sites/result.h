/* Made by scripts/generate from sley/result.h. */
#ifndef SLEY_SITES_RESULT_H
#define SLEY_SITES_RESULT_H

#include <sley/result.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_result_return_at(const char *site, sley_value v); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_fail_at(const char *site, sley_error *e); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_lift_at(const char *site, sley_error *e, sley_value v); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_ok_at(const char *site, sley_promise *p); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_catch_at(const char *site, sley_promise *p); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_get_at(const char *site, sley_promise *p); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_map_at(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_bind_result_at(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_map_error_at(const char *site, sley_promise *p, sley_error_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_bind_at(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_bind_error_at(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_bind_promise_at(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_bind_promise_error_at(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_from_error_at(const char *site, sley_promise *p); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_iter_at(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_iter_error_at(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: result.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_result_both_at(const char *site, sley_promise *a, sley_promise *b); /* contract: result.h */
#define sley_result_return(...) sley_result_return_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_fail(...) sley_result_fail_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_lift(...) sley_result_lift_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_ok(...) sley_result_ok_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_catch(...) sley_result_catch_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_get(...) sley_result_get_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_from_error(...) sley_result_from_error_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_both(...) sley_result_both_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */

#if defined(__cplusplus)
#define sley_result_map(...) sley_result_map_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_bind_result(...) sley_result_bind_result_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_map_error(...) sley_result_map_error_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_bind(...) sley_result_bind_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_bind_error(...) sley_result_bind_error_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_bind_promise(...) sley_result_bind_promise_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_bind_promise_error(...) sley_result_bind_promise_error_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_iter(...) sley_result_iter_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#define sley_result_iter_error(...) sley_result_iter_error_at(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_map_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx) { return sley_result_map_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_map_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_map_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_map(...) sley__result_map_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_result_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx) { return sley_result_bind_result_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_result_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_bind_result_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_result(...) sley__result_bind_result_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_map_error_here(const char *site, sley_promise *p, sley_error_map_fn *f, void *ctx) { return sley_result_map_error_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_map_error_here(const char *site, sley_promise *p, sley_error_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_map_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_map_error(...) sley__result_map_error_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx) { return sley_result_bind_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_bind_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind(...) sley__result_bind_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx) { return sley_result_bind_error_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_bind_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_error(...) sley__result_bind_error_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_promise_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx) { return sley_result_bind_promise_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_promise_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_bind_promise_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_promise(...) sley__result_bind_promise_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_promise_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx) { return sley_result_bind_promise_error_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_promise_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_bind_promise_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_promise_error(...) sley__result_bind_promise_error_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_iter_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx) { return sley_result_iter_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_iter_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_iter_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_iter(...) sley__result_iter_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_iter_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx) { return sley_result_iter_error_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_iter_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop) { return sley_result_iter_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_iter_error(...) sley__result_iter_error_here(SLEY_HERE, __VA_ARGS__) /* contract: result.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_map_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_map", site); return sley_result_map_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_map(...) sley__result_map_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_result_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_bind_result", site); return sley_result_bind_result_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_result(...) sley__result_bind_result_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_map_error_here(const char *site, sley_promise *p, sley_error_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_map_error", site); return sley_result_map_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_map_error(...) sley__result_map_error_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_bind", site); return sley_result_bind_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind(...) sley__result_bind_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_bind_error", site); return sley_result_bind_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_error(...) sley__result_bind_error_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_promise_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_bind_promise", site); return sley_result_bind_promise_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_promise(...) sley__result_bind_promise_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_bind_promise_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_bind_promise_error", site); return sley_result_bind_promise_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_bind_promise_error(...) sley__result_bind_promise_error_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_iter_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_iter", site); return sley_result_iter_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_iter(...) sley__result_iter_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__result_iter_error_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_result_iter_error", site); return sley_result_iter_error_at(site, p, f, ctx, drop); } /* contract: result.h */
#define sley_result_iter_error(...) sley__result_iter_error_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: result.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
