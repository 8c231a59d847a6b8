/* Values that own an object: one type that can only be moved, one that can be copied. For one thread. */
#ifndef TESTS_SUPPORT_THINGS_H
#define TESTS_SUPPORT_THINGS_H

#include "support/unit.h"

static int things_alive;

typedef struct thing {
  int number;
} thing;

static inline void thing_drop(void *ptr)
{
  things_alive--;
  free(ptr);
}
static inline thing *thing_new(int number)
{
  thing *t = malloc(sizeof *t);
  if (t == NULL) abort();
  t->number = number;
  things_alive++;
  return t;
}
/* A copy can be told from the original by its number. */
static inline void *thing_dup(void *ptr) { return thing_new(((thing *)ptr)->number + 100); }

static const sley_type type_mover = {sizeof type_mover, "mover", thing_drop, NULL, NULL};
static const sley_type type_copier = {sizeof type_copier, "copier", thing_drop, thing_dup, NULL};

#endif
