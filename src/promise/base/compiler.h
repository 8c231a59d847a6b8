/* Compiler attributes and hints. */
#ifndef SLEY_BASE_COMPILER_H
#define SLEY_BASE_COMPILER_H

#include <stddef.h>

#define SLEY__LIKELY(x) __builtin_expect(!!(x), 1)
#define SLEY__UNLIKELY(x) __builtin_expect(!!(x), 0)
/* For one body with constant arguments in several functions; and for the rare half of a function. (Coverage counts
 * branches once per body, not per copy: scripts/coverage.) */
#ifndef SLEY__ALWAYS_INLINE
#define SLEY__ALWAYS_INLINE inline __attribute__((always_inline))
#endif
#define SLEY__NOINLINE __attribute__((noinline))
/* The object of type TYPE whose member MEMBER pointer points to. */
#define SLEY__CONTAINER(pointer, TYPE, MEMBER) \
  ((TYPE *)(void *)((char *)(pointer)-offsetof(TYPE, MEMBER)))

#endif
