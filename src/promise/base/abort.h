/* Usage errors: a message on stderr that says what to do, then abort. Any thread. */
#ifndef SLEY_BASE_ABORT_H
#define SLEY_BASE_ABORT_H

#include <sley/promise.h>

#include "promise/base/compiler.h"
#include "promise/base/oldest.h"

/* Usage errors: writes "sley: SENTENCE" to stderr and aborts. */
_Noreturn void sley__abort(const char *format, ...) SLEY_PRINTF(1, 2);

/* For required arguments: aborts if one is NULL, and names function and argument. Any thread. */
_Noreturn void sley__missing(const char *function, const char *site, const char *argument);
#define SLEY__NEEDS_AT(site, argument)                                                \
  do {                                                                                \
    if (SLEY__UNLIKELY((argument) == NULL)) sley__missing(__func__, site, #argument); \
  } while (0)
#define SLEY__NEEDS(argument) SLEY__NEEDS_AT("", argument)

/* For the caller's structs that begin with their size; this library knows needed bytes of them, its oldest callers least.
 * Of counters to be filled in, the caller may know fewer. All abort if the size was not set; and if the caller knows more,
 * and has set something of it. Any thread. */
void sley__options_check(const void *options, size_t least, size_t needed, const char *type,
                         const char *function);
size_t sley__figures_check(const void *figures, size_t needed, const char *type,
                           const char *function);
#define SLEY__OPTIONS_CHECK(options, type, function) \
  sley__options_check(options, SLEY__OLDEST(type), sizeof(type), #type, function)
/* Of checked ones: what the caller knows, and zeros. */
void sley__options_copy(void *out, const void *options, size_t needed);
#define SLEY__OPTIONS_COPY(out, options, type) sley__options_copy(out, options, sizeof(type))
/* Checks *at, a pointer to const, and lets it point to a copy beside it where the caller knows less. */
const void *sley__options_read(const void *options, void *all, size_t least, size_t needed,
                               const char *type, const char *function);
#define SLEY__OPTIONS_READ(at, type, function) \
  type sley__copy_##at;                        \
  at = sley__options_read(at, &sley__copy_##at, SLEY__OLDEST(type), sizeof(type), #type, function)
/* The same for options that can be NULL. */
#define SLEY__OPTIONS_READ_IF(at, type, function) \
  type sley__copy_##at;                           \
  if (at != NULL)                                 \
  at = sley__options_read(at, &sley__copy_##at, SLEY__OLDEST(type), sizeof(type), #type, function)
/* The number of bytes to fill in. */
#define SLEY__FIGURES_CHECK(figures, type, function) \
  sley__figures_check(figures, sizeof(type), #type, function)

/* For tables of kinds: aborts if the library was built without a row for one of them. Any thread. */
void sley__row_check(bool is_there, const char *table, int row);

/* Writes "sley_return at a.c:3"; the library's own functions are not named. */
void sley__call_say(char *text, size_t size, const char *function, const char *site);
int sley__length_of_name(const char *function); /* without _at, as the caller knows it */
_Noreturn void sley__no_error(const char *function, const char *site);
/* Checks what a callback given to function at site returned; aborts with advice if it is NULL. */
_Noreturn void sley__returned_null(const char *function, const char *site);
static inline sley_promise *sley__returned(sley_promise *p, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(p == NULL)) sley__returned_null(function, site);
  return p;
}

#endif
