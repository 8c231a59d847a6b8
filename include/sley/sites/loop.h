/* Made by scripts/generate from sley/loop.h. */
#ifndef SLEY_SITES_LOOP_H
#define SLEY_SITES_LOOP_H

#include <sley/loop.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_sleep_at(const char *site, double seconds); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_timeout_at(const char *site, double seconds); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_timeout_at(const char *site, sley_promise *p, double seconds); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_deadline_at(const char *site, double seconds, sley_scope_fn *body, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_every_at(const char *site, double seconds, sley_start_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_pause_after_at(const char *site, double seconds, sley_time *last); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_retry_sleeping_at(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wait_readable_at(const char *site, sley_fd fd); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wait_writable_at(const char *site, sley_fd fd); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wait_signal_at(const char *site, int number); /* contract: loop.h */
#define sley_sleep(...) sley_sleep_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_timeout(...) sley_timeout_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_with_timeout(...) sley_with_timeout_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_pause_after(...) sley_pause_after_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_wait_readable(...) sley_wait_readable_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_wait_writable(...) sley_wait_writable_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_wait_signal(...) sley_wait_signal_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */

#if defined(__cplusplus)
#define sley_with_deadline(...) sley_with_deadline_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_every(...) sley_every_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_retry_sleeping(...) sley_retry_sleeping_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_deadline_here(const char *site, double seconds, sley_scope_fn *body, void *ctx) { return sley_with_deadline_at(site, seconds, body, ctx, (sley_drop_fn *)0); } /* contract: loop.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_deadline_here(const char *site, double seconds, sley_scope_fn *body, void *ctx, sley_drop_fn *drop) { return sley_with_deadline_at(site, seconds, body, ctx, drop); } /* contract: loop.h */
#define sley_with_deadline(...) sley__with_deadline_here(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__every_here(const char *site, double seconds, sley_start_fn *f, void *ctx) { return sley_every_at(site, seconds, f, ctx, (sley_drop_fn *)0); } /* contract: loop.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__every_here(const char *site, double seconds, sley_start_fn *f, void *ctx, sley_drop_fn *drop) { return sley_every_at(site, seconds, f, ctx, drop); } /* contract: loop.h */
#define sley_every(...) sley__every_here(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__retry_sleeping_here(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx) { return sley_retry_sleeping_at(site, options, attempt, ctx, (sley_drop_fn *)0); } /* contract: loop.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__retry_sleeping_here(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *drop) { return sley_retry_sleeping_at(site, options, attempt, ctx, drop); } /* contract: loop.h */
#define sley_retry_sleeping(...) sley__retry_sleeping_here(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_deadline_here(const char *site, double seconds, sley_scope_fn *body, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_with_deadline", site); return sley_with_deadline_at(site, seconds, body, ctx, drop); } /* contract: loop.h */
#define sley_with_deadline(...) sley__with_deadline_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: loop.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__every_here(const char *site, double seconds, sley_start_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_every", site); return sley_every_at(site, seconds, f, ctx, drop); } /* contract: loop.h */
#define sley_every(...) sley__every_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: loop.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__retry_sleeping_here(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_retry_sleeping", site); return sley_retry_sleeping_at(site, options, attempt, ctx, drop); } /* contract: loop.h */
#define sley_retry_sleeping(...) sley__retry_sleeping_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: loop.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
