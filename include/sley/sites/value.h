/* Made by scripts/generate from sley/value.h. */
#ifndef SLEY_SITES_VALUE_H
#define SLEY_SITES_VALUE_H

#include <sley/value.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API void *sley_value_ptr_at(const char *site, const sley_value *v, const sley_type *type); /* contract: value.h */
SLEY_API int64_t sley_value_int_at(const char *site, const sley_value *v); /* contract: value.h */
SLEY_API double sley_value_double_at(const char *site, const sley_value *v); /* contract: value.h */
SLEY_API bool sley_value_bool_at(const char *site, const sley_value *v); /* contract: value.h */
SLEY_API void *sley_value_borrowed_at(const char *site, const sley_value *v); /* contract: value.h */
#define sley_value_ptr(...) sley_value_ptr_at(SLEY_HERE, __VA_ARGS__) /* contract: value.h */
#define sley_value_int(...) sley_value_int_at(SLEY_HERE, __VA_ARGS__) /* contract: value.h */
#define sley_value_double(...) sley_value_double_at(SLEY_HERE, __VA_ARGS__) /* contract: value.h */
#define sley_value_bool(...) sley_value_bool_at(SLEY_HERE, __VA_ARGS__) /* contract: value.h */
#define sley_value_borrowed(...) sley_value_borrowed_at(SLEY_HERE, __VA_ARGS__) /* contract: value.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
