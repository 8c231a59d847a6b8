/* Made by scripts/generate from sley/error.h: its functions for pointers and bindings. */
#include "promise/promise_floor.h"

/* clang-format off */

sley_error *(sley_error_new)(const sley_error_kind *kind, int code, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  sley_error *result = sley__error_new_list("", kind, code, format, arguments);
  va_end(arguments);
  return result;
}

sley_error *(sley_error_wrap)(sley_error *cause, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  sley_error *result = sley__error_wrap_list("", cause, format, arguments);
  va_end(arguments);
  return result;
}
