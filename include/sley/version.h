/* sley/version.h: the version of these headers and of the loaded library. */
#ifndef SLEY_VERSION_H
#define SLEY_VERSION_H

#include <sley/base.h>

/* The version of these headers: its three numbers, and as a text. */
#define SLEY_VERSION_MAJOR 0
#define SLEY_VERSION_MINOR 1
#define SLEY_VERSION_PATCH 0
#define SLEY_VERSION_TEXT "0.1.0"
/* The version of these headers as one number that grows, 100 for 0.1.0: for #if. */
#define SLEY_VERSION (SLEY_VERSION_MAJOR * 10000 + SLEY_VERSION_MINOR * 100 + SLEY_VERSION_PATCH)

SLEY_EXTERN_C_BEGIN

/* Returns SLEY_VERSION of the loaded library, which can be newer than these headers.
 * Thread  any.
 * Since   0.1 */
SLEY_API int sley_version(void);

/* Returns the same as text, "0.1.0", a static string.
 * Thread  any.
 * Since   0.1 */
SLEY_API const char *sley_version_text(void);

SLEY_EXTERN_C_END

#endif
