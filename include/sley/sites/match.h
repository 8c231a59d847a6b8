/* Made by scripts/generate from sley/match.h. */
#ifndef SLEY_SITES_MATCH_H
#define SLEY_SITES_MATCH_H

#include <sley/match.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_catch_if_at(const char *site, sley_promise *p, sley_match m, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: match.h */

#if defined(__cplusplus)
#define sley_catch_if(...) sley_catch_if_at(SLEY_HERE, __VA_ARGS__) /* contract: match.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__catch_if_here(const char *site, sley_promise *p, sley_match m, sley_catch_fn *f, void *ctx) { return sley_catch_if_at(site, p, m, f, ctx, (sley_drop_fn *)0); } /* contract: match.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__catch_if_here(const char *site, sley_promise *p, sley_match m, sley_catch_fn *f, void *ctx, sley_drop_fn *drop) { return sley_catch_if_at(site, p, m, f, ctx, drop); } /* contract: match.h */
#define sley_catch_if(...) sley__catch_if_here(SLEY_HERE, __VA_ARGS__) /* contract: match.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__catch_if_here(const char *site, sley_promise *p, sley_match m, sley_catch_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_catch_if", site); return sley_catch_if_at(site, p, m, f, ctx, drop); } /* contract: match.h */
#define sley_catch_if(...) sley__catch_if_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: match.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
