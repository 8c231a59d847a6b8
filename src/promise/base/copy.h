/* Which copy of the library an object belongs to, if several are in one process; and which process, after a fork. See
 * copy.c. Any thread. */
#ifndef SLEY_PROMISE_COPY_H
#define SLEY_PROMISE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sley__copy_note;
extern const struct sley__copy_note sley__copy; /* one per copy */

/* The address of this copy's note, plus one for each fork between this process and the first one that used the
 * library. What other threads can use stores the value at its creation. */
extern uintptr_t sley__origin;
enum { SLEY__FORKS = 32 }; /* origins per copy, at least: a note takes more bytes */

/* Set in the domain of cells that are allocated alone, so that every use of one is checked. */
#define SLEY__ALONE ((uint32_t)1 << 30)
/* A number for a new domain, distinct from those of other copies; *number: its place among this copy's, from 1. */
uint32_t sley__id_new(uint32_t *number);
uint32_t sley__last_number(void); /* the last one given to a domain. Any thread */
uint32_t sley__number_of(uint32_t id);
bool sley__is_own_id(uint32_t id);

/* Odd; stored in errors. */
uint32_t sley__copy_mark(uintptr_t note);

/* Abort and name both copies if the object, described by what, belongs to another copy; otherwise return. */
void sley__refuse_foreign_id(uint32_t id, const char *function, const char *site, const char *what);
void sley__refuse_foreign_mark(uint32_t mark, const char *function, const char *site,
                               const char *what);
/* address: in a copy's own data. */
void sley__refuse_foreign_address(const void *address, const char *function, const char *site,
                                  const char *what);
void sley__refuse_foreign_if_known(uintptr_t origin, const char *function, const char *site,
                                   const char *what);
/* Also aborts if origin belongs to no copy. */
_Noreturn void sley__refuse_foreign_slow(uintptr_t origin, const char *function, const char *what);
static inline void sley__refuse_foreign(uintptr_t origin, const char *function, const char *what)
{
  if (__builtin_expect(origin - (uintptr_t)&sley__copy >= SLEY__FORKS, 0))
    sley__refuse_foreign_slow(origin, function, what);
}

/* Writes the name of the file that is loaded at address, and the offset in it for addr2line; false: not found. */
bool sley__place_say(const void *address, bool offset, char *text, size_t size);

#endif
