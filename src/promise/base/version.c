/* The version that was built. */
#include <sley/version.h>

int sley_version(void) { return SLEY_VERSION_NUM; }

const char *sley_version_text(void) { return SLEY_VERSION_TEXT; }

bool sley_version_is_for(int headers)
{
  if (SLEY_VERSION_MAJOR == 0) return headers / 100 == SLEY_VERSION_NUM / 100;
  return headers / 10000 == SLEY_VERSION_MAJOR && headers <= SLEY_VERSION_NUM;
}
