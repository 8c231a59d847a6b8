/* Made by scripts/generate from sley/mvar.h. */
#ifndef SLEY_SITES_MVAR_H
#define SLEY_SITES_MVAR_H

#include <sley/mvar.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_mvar_put_at(const char *site, sley_mvar *box, sley_value v); /* contract: mvar.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_mvar_take_at(const char *site, sley_mvar *box); /* contract: mvar.h */
#define sley_mvar_put(...) sley_mvar_put_at(SLEY_HERE, __VA_ARGS__) /* contract: mvar.h */
#define sley_mvar_take(...) sley_mvar_take_at(SLEY_HERE, __VA_ARGS__) /* contract: mvar.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
