/* The end of a main function. */
#include <stdio.h>

#include "reactor/engine.h"

int sley_main(sley_promise *p, const char *name)
{
  SLEY__NEEDS(p);
  SLEY__NEEDS(name);
  sley_error *e = sley_run(p, NULL);
  bool failed = e != NULL;
  if (failed) fprintf(stderr, "%s: %s\n", name, sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() != 0 || failed;
}
