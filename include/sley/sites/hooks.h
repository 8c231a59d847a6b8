/* Made by scripts/generate from sley/hooks.h. */
#ifndef SLEY_SITES_HOOKS_H
#define SLEY_SITES_HOOKS_H

#include <sley/hooks.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN


#if defined(__cplusplus)
#elif defined(__clang__)
SLEY__FORWARD void sley__dont_wait_here(sley_start_fn *start, sley_error_fn *handler, void *ctx) { (sley_dont_wait)(start, handler, ctx, (sley_drop_fn *)0); } /* contract: hooks.h */
SLEY__FORWARD void sley__dont_wait_here(sley_start_fn *start, sley_error_fn *handler, void *ctx, sley_drop_fn *drop) { (sley_dont_wait)(start, handler, ctx, drop); } /* contract: hooks.h */
#define sley_dont_wait(...) sley__dont_wait_here(__VA_ARGS__) /* contract: hooks.h */
#else
SLEY__FORWARD void sley__dont_wait_here(sley_start_fn *start, sley_error_fn *handler, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_dont_wait", ""); (sley_dont_wait)(start, handler, ctx, drop); } /* contract: hooks.h */
#define sley_dont_wait(...) sley__dont_wait_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: hooks.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
