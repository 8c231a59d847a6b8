/* For the programs whose regions are examples of manual pages: a check that ends the program and says where. */
#ifndef TESTS_MANUAL_EXAMPLE_H
#define TESTS_MANUAL_EXAMPLE_H

#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                         \
  do {                                                           \
    if (!(condition)) {                                          \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
              #condition);                                       \
      abort();                                                   \
    }                                                            \
  } while (0)

/* Runs p, which must be fulfilled with an integer. */
static inline int64_t run_int(sley_promise *p)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) fprintf(stderr, "%s\n", sley_error_message(e));
  CHECK(e == NULL);
  return sley_value_int(&v);
}

/* Runs p, which must be rejected with this code of the library. */
static inline void run_fails(sley_promise *p, int code)
{
  sley_error *e = sley_run(p, NULL);
  CHECK(e != NULL && sley_error_is(e, &sley_kind_sley, code));
  sley_error_drop(e);
}

#endif
