/* Checks that the tables of kinds have a row for each kind: one may have been added without. */
#include "promise/core/core.h"

void sley__kinds_check(void)
{
#define CHECK(kind, properties) \
  sley__row_check(sley__kinds[KIND_##kind] != NULL, "sley__kinds", KIND_##kind);
  SLEY__EACH_KIND(CHECK)
#undef CHECK
  for (int i = 0; i < NODES; i++)
    sley__row_check(sley__node_kinds[i] != NULL, "sley__node_kinds", i);
  for (int i = 0; i < OBJECTS; i++)
    sley__row_check(sley__object_ends[i] != NULL, "sley__object_ends", i);
}
