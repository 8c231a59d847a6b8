/* Errors as values. */
#include <sley/result.h>

#include "promise/base/handle.h"
#include "promise/promise_floor.h"

static void error_drop(void *ptr) { sley_error_drop(ptr); }
static void *error_dup(void *ptr) { return sley_error_keep(ptr); }
static void *error_send(void *ptr)
{
  sley__error_share(ptr);
  return ptr;
}

const sley_type sley_type_error = {.size = sizeof(sley_type),
                                   .name = "sley_error",
                                   .drop = error_drop,
                                   .dup = error_dup,
                                   .send = error_send};

sley_value sley_error_to_value(sley_error *e)
{
  if (e == NULL) sley__no_error("sley_error_to_value", "");
  return sley_own(e, &sley_type_error);
}

sley_error *sley_error_in(const sley_value *v) { return sley_value_ptr(v, &sley_type_error); }

bool sley_error_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_error); }

sley_error *sley_error_take(sley_value *v) { return sley__value_take(v, &sley_type_error); }
