/* Made by scripts/generate from sley/error.h. */
#ifndef SLEY_SITES_ERROR_H
#define SLEY_SITES_ERROR_H

#include <sley/error.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD SLEY_RETURNS_NONNULL sley_error *sley_error_new_at(const char *site, const sley_error_kind *kind, int code, const char *format, ...) SLEY_PRINTF(4, 5); /* contract: error.h */
SLEY_API SLEY_NODISCARD SLEY_RETURNS_NONNULL sley_error *sley_error_wrap_at(const char *site, sley_error *cause, const char *format, ...) SLEY_PRINTF(3, 4); /* contract: error.h */
#define sley_error_new(...) sley_error_new_at(SLEY_HERE, __VA_ARGS__) /* contract: error.h */
#define sley_error_wrap(...) sley_error_wrap_at(SLEY_HERE, __VA_ARGS__) /* contract: error.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
