/* Made by scripts/generate from sley/switch.h. */
#ifndef SLEY_SITES_SWITCH_H
#define SLEY_SITES_SWITCH_H

#include <sley/switch.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_switch_turn_off_at(const char *site, sley_switch *s); /* contract: switch.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_switch_at(const char *site, sley_switch_fn *start, void *ctx); /* contract: switch.h */
#define sley_switch_turn_off(...) sley_switch_turn_off_at(SLEY_HERE, __VA_ARGS__) /* contract: switch.h */
#define sley_with_switch(...) sley_with_switch_at(SLEY_HERE, __VA_ARGS__) /* contract: switch.h */

#if defined(__cplusplus)
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_error *sley__switch_add_hook_here(sley_switch *s, sley_start_fn *hook, void *ctx) { return (sley_switch_add_hook)(s, hook, ctx, (sley_drop_fn *)0); } /* contract: switch.h */
SLEY__FORWARD SLEY_NODISCARD sley_error *sley__switch_add_hook_here(sley_switch *s, sley_start_fn *hook, void *ctx, sley_drop_fn *drop) { return (sley_switch_add_hook)(s, hook, ctx, drop); } /* contract: switch.h */
#define sley_switch_add_hook(...) sley__switch_add_hook_here(__VA_ARGS__) /* contract: switch.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__switch_add_hook_or_exec_here(sley_switch *s, sley_start_fn *hook, void *ctx) { return (sley_switch_add_hook_or_exec)(s, hook, ctx, (sley_drop_fn *)0); } /* contract: switch.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__switch_add_hook_or_exec_here(sley_switch *s, sley_start_fn *hook, void *ctx, sley_drop_fn *drop) { return (sley_switch_add_hook_or_exec)(s, hook, ctx, drop); } /* contract: switch.h */
#define sley_switch_add_hook_or_exec(...) sley__switch_add_hook_or_exec_here(__VA_ARGS__) /* contract: switch.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_error *sley__switch_add_hook_here(sley_switch *s, sley_start_fn *hook, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_switch_add_hook", ""); return (sley_switch_add_hook)(s, hook, ctx, drop); } /* contract: switch.h */
#define sley_switch_add_hook(...) sley__switch_add_hook_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: switch.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__switch_add_hook_or_exec_here(sley_switch *s, sley_start_fn *hook, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_switch_add_hook_or_exec", ""); return (sley_switch_add_hook_or_exec)(s, hook, ctx, drop); } /* contract: switch.h */
#define sley_switch_add_hook_or_exec(...) sley__switch_add_hook_or_exec_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: switch.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
