/* Made by scripts/generate from sley/condition.h. */
#ifndef SLEY_SITES_CONDITION_H
#define SLEY_SITES_CONDITION_H

#include <sley/condition.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_condition_wait_at(const char *site, sley_condition *c, sley_mutex *m); /* contract: condition.h */
#define sley_condition_wait(...) sley_condition_wait_at(SLEY_HERE, __VA_ARGS__) /* contract: condition.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
