/* The version that was built. */
#include <sley/version.h>

int sley_version(void) { return SLEY_VERSION; }

const char *sley_version_text(void) { return SLEY_VERSION_TEXT; }
