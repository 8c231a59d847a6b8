/* Made by scripts/generate from sley/bind.h. */
#ifndef SLEY_SITES_BIND_H
#define SLEY_SITES_BIND_H

#include <sley/bind.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_bind_at(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: bind.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_map_at(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: bind.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_catch_at(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: bind.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_try_bind_at(const char *site, sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: bind.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_finalize_at(const char *site, sley_promise *p, sley_start_fn *cleanup, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: bind.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_finalize_with_at(const char *site, sley_start_fn *start, sley_start_fn *cleanup, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: bind.h */

#if defined(__cplusplus)
#define sley_bind(...) sley_bind_at(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
#define sley_map(...) sley_map_at(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
#define sley_catch(...) sley_catch_at(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
#define sley_try_bind(...) sley_try_bind_at(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
#define sley_finalize(...) sley_finalize_at(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
#define sley_finalize_with(...) sley_finalize_with_at(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__bind_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx) { return sley_bind_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__bind_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_bind_at(site, p, f, ctx, drop); } /* contract: bind.h */
#define sley_bind(...) sley__bind_here(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__map_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx) { return sley_map_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__map_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_map_at(site, p, f, ctx, drop); } /* contract: bind.h */
#define sley_map(...) sley__map_here(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__catch_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx) { return sley_catch_at(site, p, f, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__catch_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop) { return sley_catch_at(site, p, f, ctx, drop); } /* contract: bind.h */
#define sley_catch(...) sley__catch_here(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__try_bind_here(const char *site, sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed, void *ctx) { return sley_try_bind_at(site, p, ok, failed, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__try_bind_here(const char *site, sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed, void *ctx, sley_drop_fn *drop) { return sley_try_bind_at(site, p, ok, failed, ctx, drop); } /* contract: bind.h */
#define sley_try_bind(...) sley__try_bind_here(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__finalize_here(const char *site, sley_promise *p, sley_start_fn *cleanup, void *ctx) { return sley_finalize_at(site, p, cleanup, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__finalize_here(const char *site, sley_promise *p, sley_start_fn *cleanup, void *ctx, sley_drop_fn *drop) { return sley_finalize_at(site, p, cleanup, ctx, drop); } /* contract: bind.h */
#define sley_finalize(...) sley__finalize_here(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__finalize_with_here(const char *site, sley_start_fn *start, sley_start_fn *cleanup, void *ctx) { return sley_finalize_with_at(site, start, cleanup, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__finalize_with_here(const char *site, sley_start_fn *start, sley_start_fn *cleanup, void *ctx, sley_drop_fn *drop) { return sley_finalize_with_at(site, start, cleanup, ctx, drop); } /* contract: bind.h */
#define sley_finalize_with(...) sley__finalize_with_here(SLEY_HERE, __VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD void sley__on_success_here(sley_promise *p, sley_value_fn *f, void *ctx) { (sley_on_success)(p, f, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD void sley__on_success_here(sley_promise *p, sley_value_fn *f, void *ctx, sley_drop_fn *drop) { (sley_on_success)(p, f, ctx, drop); } /* contract: bind.h */
#define sley_on_success(...) sley__on_success_here(__VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD void sley__on_failure_here(sley_promise *p, sley_error_fn *f, void *ctx) { (sley_on_failure)(p, f, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD void sley__on_failure_here(sley_promise *p, sley_error_fn *f, void *ctx, sley_drop_fn *drop) { (sley_on_failure)(p, f, ctx, drop); } /* contract: bind.h */
#define sley_on_failure(...) sley__on_failure_here(__VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD void sley__on_termination_here(sley_promise *p, sley_done_fn *f, void *ctx) { (sley_on_termination)(p, f, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD void sley__on_termination_here(sley_promise *p, sley_done_fn *f, void *ctx, sley_drop_fn *drop) { (sley_on_termination)(p, f, ctx, drop); } /* contract: bind.h */
#define sley_on_termination(...) sley__on_termination_here(__VA_ARGS__) /* contract: bind.h */
SLEY__FORWARD void sley__on_any_here(sley_promise *p, sley_value_fn *ok, sley_error_fn *failed, void *ctx) { (sley_on_any)(p, ok, failed, ctx, (sley_drop_fn *)0); } /* contract: bind.h */
SLEY__FORWARD void sley__on_any_here(sley_promise *p, sley_value_fn *ok, sley_error_fn *failed, void *ctx, sley_drop_fn *drop) { (sley_on_any)(p, ok, failed, ctx, drop); } /* contract: bind.h */
#define sley_on_any(...) sley__on_any_here(__VA_ARGS__) /* contract: bind.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__bind_here(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_bind", site); return sley_bind_at(site, p, f, ctx, drop); } /* contract: bind.h */
#define sley_bind(...) sley__bind_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__map_here(const char *site, sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_map", site); return sley_map_at(site, p, f, ctx, drop); } /* contract: bind.h */
#define sley_map(...) sley__map_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__catch_here(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_catch", site); return sley_catch_at(site, p, f, ctx, drop); } /* contract: bind.h */
#define sley_catch(...) sley__catch_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__try_bind_here(const char *site, sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_try_bind", site); return sley_try_bind_at(site, p, ok, failed, ctx, drop); } /* contract: bind.h */
#define sley_try_bind(...) sley__try_bind_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__finalize_here(const char *site, sley_promise *p, sley_start_fn *cleanup, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_finalize", site); return sley_finalize_at(site, p, cleanup, ctx, drop); } /* contract: bind.h */
#define sley_finalize(...) sley__finalize_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__finalize_with_here(const char *site, sley_start_fn *start, sley_start_fn *cleanup, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_finalize_with", site); return sley_finalize_with_at(site, start, cleanup, ctx, drop); } /* contract: bind.h */
#define sley_finalize_with(...) sley__finalize_with_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD void sley__on_success_here(sley_promise *p, sley_value_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_on_success", ""); (sley_on_success)(p, f, ctx, drop); } /* contract: bind.h */
#define sley_on_success(...) sley__on_success_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD void sley__on_failure_here(sley_promise *p, sley_error_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_on_failure", ""); (sley_on_failure)(p, f, ctx, drop); } /* contract: bind.h */
#define sley_on_failure(...) sley__on_failure_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD void sley__on_termination_here(sley_promise *p, sley_done_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_on_termination", ""); (sley_on_termination)(p, f, ctx, drop); } /* contract: bind.h */
#define sley_on_termination(...) sley__on_termination_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
SLEY__FORWARD void sley__on_any_here(sley_promise *p, sley_value_fn *ok, sley_error_fn *failed, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_on_any", ""); (sley_on_any)(p, ok, failed, ctx, drop); } /* contract: bind.h */
#define sley_on_any(...) sley__on_any_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: bind.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
