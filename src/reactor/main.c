/* The end of a main function. */
#include <stdio.h>

#include "reactor/engine.h"

int sley_main(const char *name, sley_promise *p)
{
  SLEY__NEEDS(name);
  SLEY__NEEDS(p);
  sley_error *e = sley_run(p, NULL);
  bool failed = e != NULL;
  if (failed) fprintf(stderr, "%s: %s\n", name, sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() != 0 || failed;
}
