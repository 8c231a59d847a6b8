/* Made by scripts/generate from sley/call.h. */
#ifndef SLEY_SITES_CALL_H
#define SLEY_SITES_CALL_H

#include <sley/call.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg); /* contract: call.h */
SLEY_API SLEY_NODISCARD int sley_try_call_at(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg, sley_promise **out); /* contract: call.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_call_with_at(const char *site, const sley_call_options *options, sley_domain *to, sley_call_fn *f, sley_value arg); /* contract: call.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_call_all_at(const char *site, sley_domain *const *to, size_t n, sley_call_fn *f, sley_value arg); /* contract: call.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_call_all_settled_at(const char *site, sley_domain *const *to, size_t n, sley_call_fn *f, sley_value arg); /* contract: call.h */
#define sley_call(...) sley_call_at(SLEY_HERE, __VA_ARGS__) /* contract: call.h */
#define sley_try_call(...) sley_try_call_at(SLEY_HERE, __VA_ARGS__) /* contract: call.h */
#define sley_call_with(...) sley_call_with_at(SLEY_HERE, __VA_ARGS__) /* contract: call.h */
#define sley_call_all(...) sley_call_all_at(SLEY_HERE, __VA_ARGS__) /* contract: call.h */
#define sley_call_all_settled(...) sley_call_all_settled_at(SLEY_HERE, __VA_ARGS__) /* contract: call.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
