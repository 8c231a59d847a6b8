/* Made by scripts/generate from sley/remote.h. */
#ifndef SLEY_SITES_REMOTE_H
#define SLEY_SITES_REMOTE_H

#include <sley/remote.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_remote_new_at(const char *site, sley_remote **r); /* contract: remote.h */
#define sley_remote_new(...) sley_remote_new_at(SLEY_HERE, __VA_ARGS__) /* contract: remote.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
