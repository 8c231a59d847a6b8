/* Usage errors: a message on stderr that says what to do, then abort. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "promise/base/base.h"

#include <string.h>

#if defined(__GLIBC__)
#include <execinfo.h>
#endif
#if defined(__ELF__)
/* Defined if the program runs under a sanitizer. */
void __sanitizer_print_stack_trace(void) __attribute__((weak));
#endif

/* Not every call records its site; the stack shows it. */
static void stack_write(void)
{
#if defined(__ELF__)
  if (__sanitizer_print_stack_trace != NULL) {
    __sanitizer_print_stack_trace();
    return;
  }
#endif
#if defined(__GLIBC__)
  void *frames[32];
  fprintf(stderr, "sley: called from (addr2line -e PROGRAM shows the lines):\n");
  fflush(stderr);
  backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
#endif
}

_Noreturn void sley__abort(const char *format, ...)
{
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  fprintf(stderr, "sley: %s\n", text);
  fflush(stderr);
  stack_write();
  abort();
}

/* The name that the caller used: without the _at of the variant with a site. */
int sley__length_of_name(const char *function)
{
  static const char ending[] = "_at";
  size_t length = strlen(function), more = sizeof(ending) - 1;
  if (length > more && strcmp(function + length - more, ending) == 0) length -= more;
  return (int)length;
}

/* "sley_return at a.c:3"; the library's own functions are not named. */
void sley__call_say(char *text, size_t size, const char *function, const char *site)
{
  bool is_public = strncmp(function, "sley_", 5) == 0 && function[5] != '_';
  if (!is_public) function = "a function of sley";
  snprintf(text, size, "%.*s%s%s", sley__length_of_name(function), function,
           site[0] != '\0' ? " at " : "", site);
}

_Noreturn void sley__missing(const char *function, const char *site, const char *argument)
{
  sley__abort("%.*s%s%s was given NULL for its argument %s", sley__length_of_name(function),
              function, site[0] != '\0' ? " at " : "", site, argument);
}

void sley__too_many_given(const char *function, const char *place)
{
  sley__abort(
      "%s%s%s was given more arguments than it has; the last one is drop. With optimization the "
      "compiler refuses the call",
      function, place[0] != '\0' ? " at " : "", place);
}

void sley__row_check(bool is_there, const char *table, int row)
{
  if (!is_there) sley__abort("sley was built wrongly: row %d of %s is missing", row, table);
}

_Noreturn void sley__no_error(const char *function, const char *site)
{
  sley__abort("%.*s%s%s was given no error (NULL); use sley_error_new to make one",
              sley__length_of_name(function), function, site[0] != '\0' ? " at " : "", site);
}

_Noreturn void sley__returned_null(const char *function, const char *site)
{
  sley__abort(
      "the function passed to %s%s%s returned NULL; return a promise, for example "
      "sley_return(sley_unit())",
      function, site[0] != '\0' ? " at " : "", site);
}

static size_t size_check(const void *given, size_t least, size_t needed, const char *type,
                         const char *function)
{
  if (given == NULL) sley__abort("%s was given NULL instead of a %s", function, type);
  size_t size = *(const size_t *)given;
  if (size < least)
    sley__abort(
        "%s was given a %s of size %zu: set its member size to sizeof(%s) before the call, which "
        "is %zu in this version of the library",
        function, type, size, type, needed);
  return size < needed ? size : needed;
}

void sley__options_check(const void *options, size_t least, size_t needed, const char *type,
                         const char *function)
{
  size_check(options, least, needed, type, function);
  const unsigned char *bytes = options;
  for (size_t i = needed; i < *(const size_t *)options; i++)
    if (bytes[i] != 0)
      sley__abort(
          "%s was given a %s with members that this version of the library does not have: set them "
          "to zero, or load the version whose headers the program was compiled with",
          function, type);
}

void sley__options_copy(void *out, const void *options, size_t needed)
{
  size_t given = *(const size_t *)options, known = given < needed ? given : needed;
  memcpy(out, options, known);
  memset((char *)out + known, 0, needed - known);
  *(size_t *)out = needed;
}

const void *sley__options_read(const void *options, void *all, size_t least, size_t needed,
                               const char *type, const char *function)
{
  if (SLEY__LIKELY(options != NULL && *(const size_t *)options == needed)) return options;
  sley__options_check(options, least, needed, type, function);
  sley__options_copy(all, options, needed);
  return all;
}

size_t sley__figures_check(const void *figures, size_t needed, const char *type,
                           const char *function)
{
  return size_check(figures, sizeof(size_t), needed, type, function);
}
