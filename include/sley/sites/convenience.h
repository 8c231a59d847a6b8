/* Made by scripts/generate from sley/convenience.h. */
#ifndef SLEY_SITES_CONVENIENCE_H
#define SLEY_SITES_CONVENIENCE_H

#include <sley/convenience.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_return_unit_at(const char *site); /* contract: convenience.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_return_none_at(const char *site); /* contract: convenience.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_return_true_at(const char *site); /* contract: convenience.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_return_false_at(const char *site); /* contract: convenience.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_return_nil_at(const char *site); /* contract: convenience.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_return_result_at(const char *site, sley_error *e, sley_value v); /* contract: convenience.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_debug_state_is_at(const char *site, const sley_promise *p, sley_promise_state state, const sley_value *v); /* contract: convenience.h */
#define sley_return_unit() sley_return_unit_at(SLEY_HERE) /* contract: convenience.h */
#define sley_return_none() sley_return_none_at(SLEY_HERE) /* contract: convenience.h */
#define sley_return_true() sley_return_true_at(SLEY_HERE) /* contract: convenience.h */
#define sley_return_false() sley_return_false_at(SLEY_HERE) /* contract: convenience.h */
#define sley_return_nil() sley_return_nil_at(SLEY_HERE) /* contract: convenience.h */
#define sley_return_result(...) sley_return_result_at(SLEY_HERE, __VA_ARGS__) /* contract: convenience.h */
#define sley_debug_state_is(...) sley_debug_state_is_at(SLEY_HERE, __VA_ARGS__) /* contract: convenience.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
