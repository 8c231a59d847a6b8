/* Made by scripts/generate from sley/loop.h. */
#ifndef SLEY_SITES_LOOP_H
#define SLEY_SITES_LOOP_H

#include <sley/loop.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_sleep_at(const char *site, double seconds); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_timeout_at(const char *site, double seconds); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_timeout_at(const char *site, sley_promise *p, double seconds); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_retry_sleeping_at(const char *site, const sley_retry_options *options, sley_start_fn *attempt, void *ctx); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wait_readable_at(const char *site, sley_fd fd); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wait_writable_at(const char *site, sley_fd fd); /* contract: loop.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_wait_signal_at(const char *site, int number); /* contract: loop.h */
#define sley_sleep(...) sley_sleep_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_timeout(...) sley_timeout_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_with_timeout(...) sley_with_timeout_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_retry_sleeping(...) sley_retry_sleeping_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_wait_readable(...) sley_wait_readable_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_wait_writable(...) sley_wait_writable_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */
#define sley_wait_signal(...) sley_wait_signal_at(SLEY_HERE, __VA_ARGS__) /* contract: loop.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
