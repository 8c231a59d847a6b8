/* Which copy of the library an object is of, where several are in one process; and which process, after a
 * fork. See copy.c. Any thread. */
#ifndef SLEY_PROMISE_COPY_H
#define SLEY_PROMISE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sley__copy_note;
extern const struct sley__copy_note sley__copy; /* one in each copy */

/* The address of this copy's note, and one more for each fork between this process and the first that
 * used the library. What other threads may use keeps the value from when it was made. */
extern uintptr_t sley__origin;
enum { SLEY__FORKS = 32 }; /* origins of one copy, at least: a note takes more bytes */

/* Part of the domain in cells that are allocated alone, so that every use of one is looked at. */
#define SLEY__ALONE ((uint32_t)1 << 30)
/* A number for a new domain that no domain of another copy has, and which of this copy's it is, from 1. */
uint32_t sley__id_new(uint32_t *number);
uint32_t sley__last_number(void); /* given to a domain. Any thread */
uint32_t sley__number_of(uint32_t id);
bool sley__is_own_id(uint32_t id);

/* Odd; what errors carry. */
uint32_t sley__copy_mark(uintptr_t note);

/* Return unless the object, described by what, is of another copy: then they abort, and name both. */
void sley__refuse_foreign_id(uint32_t id, const char *function, const char *site, const char *what);
void sley__refuse_foreign_mark(uint32_t mark, const char *function, const char *site,
                               const char *what);
/* address: in a copy's own data. */
void sley__refuse_foreign_address(const void *address, const char *function, const char *site,
                                  const char *what);
void sley__refuse_foreign_if_known(uintptr_t origin, const char *function, const char *site,
                                   const char *what);
/* Aborts also where origin is nobody's. */
_Noreturn void sley__refuse_foreign_slow(uintptr_t origin, const char *function, const char *what);
static inline void sley__refuse_foreign(uintptr_t origin, const char *function, const char *what)
{
  if (__builtin_expect(origin - (uintptr_t)&sley__copy >= SLEY__FORKS, 0))
    sley__refuse_foreign_slow(origin, function, what);
}

/* Writes the file that was loaded where address lies, with the offset in it that addr2line takes; false: not
 * found. */
bool sley__place_say(const void *address, bool offset, char *text, size_t size);

#endif
