/* Made by scripts/generate from sley/cancel.h. */
#ifndef SLEY_SITES_CANCEL_H
#define SLEY_SITES_CANCEL_H

#include <sley/cancel.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_protected_at(const char *site, sley_promise *p); /* contract: cancel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_no_cancel_at(const char *site, sley_promise *p); /* contract: cancel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wrap_in_cancelable_at(const char *site, sley_promise *p); /* contract: cancel.h */
#define sley_protected(...) sley_protected_at(SLEY_HERE, __VA_ARGS__) /* contract: cancel.h */
#define sley_no_cancel(...) sley_no_cancel_at(SLEY_HERE, __VA_ARGS__) /* contract: cancel.h */
#define sley_wrap_in_cancelable(...) sley_wrap_in_cancelable_at(SLEY_HERE, __VA_ARGS__) /* contract: cancel.h */

#if defined(__cplusplus)
#elif defined(__clang__)
SLEY__FORWARD void sley__on_cancel_here(sley_promise *p, sley_done_fn *f, void *ctx) { (sley_on_cancel)(p, f, ctx, (sley_drop_fn *)0); } /* contract: cancel.h */
SLEY__FORWARD void sley__on_cancel_here(sley_promise *p, sley_done_fn *f, void *ctx, sley_drop_fn *drop) { (sley_on_cancel)(p, f, ctx, drop); } /* contract: cancel.h */
#define sley_on_cancel(...) sley__on_cancel_here(__VA_ARGS__) /* contract: cancel.h */
#else
SLEY__FORWARD void sley__on_cancel_here(sley_promise *p, sley_done_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_on_cancel", ""); (sley_on_cancel)(p, f, ctx, drop); } /* contract: cancel.h */
#define sley_on_cancel(...) sley__on_cancel_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: cancel.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
