/* Made by scripts/generate from sley/pause.h. */
#ifndef SLEY_SITES_PAUSE_H
#define SLEY_SITES_PAUSE_H

#include <sley/pause.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_pause_at(const char *site); /* contract: pause.h */
#define sley_pause() sley_pause_at(SLEY_HERE) /* contract: pause.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
