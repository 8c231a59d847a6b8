/* Made by scripts/generate from sley/engine.h. */
#ifndef SLEY_SITES_ENGINE_H
#define SLEY_SITES_ENGINE_H

#include <sley/engine.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN


#if defined(__cplusplus)
#elif defined(__clang__)
SLEY__FORWARD sley_loop_notifier sley__loop_set_wake_here(sley_loop_fn *f, void *ctx) { return (sley_loop_set_wake)(f, ctx, (sley_drop_fn *)0); } /* contract: engine.h */
SLEY__FORWARD sley_loop_notifier sley__loop_set_wake_here(sley_loop_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_loop_set_wake)(f, ctx, drop); } /* contract: engine.h */
#define sley_loop_set_wake(...) sley__loop_set_wake_here(__VA_ARGS__) /* contract: engine.h */
SLEY__FORWARD sley_loop_notifier sley__loop_set_changed_here(sley_loop_fn *f, void *ctx) { return (sley_loop_set_changed)(f, ctx, (sley_drop_fn *)0); } /* contract: engine.h */
SLEY__FORWARD sley_loop_notifier sley__loop_set_changed_here(sley_loop_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_loop_set_changed)(f, ctx, drop); } /* contract: engine.h */
#define sley_loop_set_changed(...) sley__loop_set_changed_here(__VA_ARGS__) /* contract: engine.h */
#else
SLEY__FORWARD sley_loop_notifier sley__loop_set_wake_here(sley_loop_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_loop_set_wake", ""); return (sley_loop_set_wake)(f, ctx, drop); } /* contract: engine.h */
#define sley_loop_set_wake(...) sley__loop_set_wake_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: engine.h */
SLEY__FORWARD sley_loop_notifier sley__loop_set_changed_here(sley_loop_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_loop_set_changed", ""); return (sley_loop_set_changed)(f, ctx, drop); } /* contract: engine.h */
#define sley_loop_set_changed(...) sley__loop_set_changed_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: engine.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
