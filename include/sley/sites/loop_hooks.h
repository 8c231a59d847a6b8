/* Made by scripts/generate from sley/loop_hooks.h. */
#ifndef SLEY_SITES_LOOP_HOOKS_H
#define SLEY_SITES_LOOP_HOOKS_H

#include <sley/loop_hooks.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_at_finish_at(const char *site, bool last, sley_start_fn *f, void *ctx, sley_drop_fn *drop, sley_finish_hook **out); /* contract: loop_hooks.h */
#define sley_at_finish(...) sley_at_finish_at(SLEY_HERE, __VA_ARGS__) /* contract: loop_hooks.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
