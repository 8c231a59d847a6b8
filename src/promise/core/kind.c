/* Checks that the tables of kinds have a row for each kind: one may have been added without. */
#include "promise/core/core.h"

static void check_row(bool is_there, const char *table, int row)
{
  if (!is_there)
    sley__abort("sley was built wrongly: row %d of %s in kinds.c is missing", row, table);
}

void sley__kinds_check(void)
{
#define CHECK(kind, properties) \
  check_row(sley__kinds[KIND_##kind] != NULL, "sley__kinds", KIND_##kind);
  SLEY__EACH_KIND(CHECK)
#undef CHECK
  for (int i = 0; i < NODES; i++) check_row(sley__node_kinds[i] != NULL, "sley__node_kinds", i);
  for (int i = 0; i < OBJECTS; i++) check_row(sley__object_ends[i] != NULL, "sley__object_ends", i);
}
