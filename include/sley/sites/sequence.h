/* Made by scripts/generate from sley/sequence.h. */
#ifndef SLEY_SITES_SEQUENCE_H
#define SLEY_SITES_SEQUENCE_H

#include <sley/sequence.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_add_task_l_at(const char *site, sley_sequence *s); /* contract: sequence.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_add_task_r_at(const char *site, sley_sequence *s); /* contract: sequence.h */
#define sley_add_task_l(...) sley_add_task_l_at(SLEY_HERE, __VA_ARGS__) /* contract: sequence.h */
#define sley_add_task_r(...) sley_add_task_r_at(SLEY_HERE, __VA_ARGS__) /* contract: sequence.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
