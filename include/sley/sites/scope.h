/* Made by scripts/generate from sley/scope.h. */
#ifndef SLEY_SITES_SCOPE_H
#define SLEY_SITES_SCOPE_H

#include <sley/scope.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_with_scope_at(const char *site, sley_scope_fn *body, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: scope.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_supervisor_at(const char *site, sley_error_fn *on_failure, sley_scope_fn *body, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: scope.h */
SLEY_API int sley_scope_spawn_at(const char *site, sley_scope *scope, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: scope.h */
SLEY_API int sley_scope_spawn_with_at(const char *site, sley_scope *scope, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: scope.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_scope_wait_at(const char *site, sley_scope *scope); /* contract: scope.h */
#define sley_scope_wait(...) sley_scope_wait_at(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */

#if defined(__cplusplus)
#define sley_with_scope(...) sley_with_scope_at(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
#define sley_with_supervisor(...) sley_with_supervisor_at(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
#define sley_scope_spawn(...) sley_scope_spawn_at(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
#define sley_scope_spawn_with(...) sley_scope_spawn_with_at(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_scope_here(const char *site, sley_scope_fn *body, void *ctx) { return sley_with_scope_at(site, body, ctx, (sley_drop_fn *)0); } /* contract: scope.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_scope_here(const char *site, sley_scope_fn *body, void *ctx, sley_drop_fn *drop) { return sley_with_scope_at(site, body, ctx, drop); } /* contract: scope.h */
#define sley_with_scope(...) sley__with_scope_here(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_supervisor_here(const char *site, sley_error_fn *on_failure, sley_scope_fn *body, void *ctx) { return sley_with_supervisor_at(site, on_failure, body, ctx, (sley_drop_fn *)0); } /* contract: scope.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_supervisor_here(const char *site, sley_error_fn *on_failure, sley_scope_fn *body, void *ctx, sley_drop_fn *drop) { return sley_with_supervisor_at(site, on_failure, body, ctx, drop); } /* contract: scope.h */
#define sley_with_supervisor(...) sley__with_supervisor_here(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
SLEY__FORWARD int sley__scope_start_here(sley_scope *scope, sley_start_fn *start, void *ctx) { return (sley_scope_start)(scope, start, ctx, (sley_drop_fn *)0); } /* contract: scope.h */
SLEY__FORWARD int sley__scope_start_here(sley_scope *scope, sley_start_fn *start, void *ctx, sley_drop_fn *drop) { return (sley_scope_start)(scope, start, ctx, drop); } /* contract: scope.h */
#define sley_scope_start(...) sley__scope_start_here(__VA_ARGS__) /* contract: scope.h */
SLEY__FORWARD int sley__scope_spawn_here(const char *site, sley_scope *scope, sley_start_fn *fn, void *ctx) { return sley_scope_spawn_at(site, scope, fn, ctx, (sley_drop_fn *)0); } /* contract: scope.h */
SLEY__FORWARD int sley__scope_spawn_here(const char *site, sley_scope *scope, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { return sley_scope_spawn_at(site, scope, fn, ctx, drop); } /* contract: scope.h */
#define sley_scope_spawn(...) sley__scope_spawn_here(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
SLEY__FORWARD int sley__scope_spawn_with_here(const char *site, sley_scope *scope, const sley_spawn_options *options, sley_start_fn *fn, void *ctx) { return sley_scope_spawn_with_at(site, scope, options, fn, ctx, (sley_drop_fn *)0); } /* contract: scope.h */
SLEY__FORWARD int sley__scope_spawn_with_here(const char *site, sley_scope *scope, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { return sley_scope_spawn_with_at(site, scope, options, fn, ctx, drop); } /* contract: scope.h */
#define sley_scope_spawn_with(...) sley__scope_spawn_with_here(SLEY_HERE, __VA_ARGS__) /* contract: scope.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_scope_here(const char *site, sley_scope_fn *body, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_with_scope", site); return sley_with_scope_at(site, body, ctx, drop); } /* contract: scope.h */
#define sley_with_scope(...) sley__with_scope_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: scope.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_supervisor_here(const char *site, sley_error_fn *on_failure, sley_scope_fn *body, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_with_supervisor", site); return sley_with_supervisor_at(site, on_failure, body, ctx, drop); } /* contract: scope.h */
#define sley_with_supervisor(...) sley__with_supervisor_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: scope.h */
SLEY__FORWARD int sley__scope_start_here(sley_scope *scope, sley_start_fn *start, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_scope_start", ""); return (sley_scope_start)(scope, start, ctx, drop); } /* contract: scope.h */
#define sley_scope_start(...) sley__scope_start_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: scope.h */
SLEY__FORWARD int sley__scope_spawn_here(const char *site, sley_scope *scope, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_scope_spawn", site); return sley_scope_spawn_at(site, scope, fn, ctx, drop); } /* contract: scope.h */
#define sley_scope_spawn(...) sley__scope_spawn_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: scope.h */
SLEY__FORWARD int sley__scope_spawn_with_here(const char *site, sley_scope *scope, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_scope_spawn_with", site); return sley_scope_spawn_with_at(site, scope, options, fn, ctx, drop); } /* contract: scope.h */
#define sley_scope_spawn_with(...) sley__scope_spawn_with_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: scope.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
