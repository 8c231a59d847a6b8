/* A walk: one promise that waits for several others one after the other, as a loop of binds would,
 * but in one cell. What it waits for, and what it makes of their values, is its type's. The serial
 * lists start the next promise when one is fulfilled; the concurrent ones have started them all.
 *
 * In Lwt these are recursions through bind. On settled promises the recursion is a loop here, so a
 * list of any length takes no stack; on pending ones the cell listens again, where Lwt would unify. */
#ifndef SLEY_COMBINE_WALK_H
#define SLEY_COMBINE_WALK_H

#include "promise/combine/list_value.h"

typedef struct sley__walk walk;

typedef struct walk_type {
  const char *function;
  /* The next promise to wait for, with a reference; NULL: no more. */
  sley_promise *(*next)(sley_domain *d, walk *w);
  /* Takes what source was fulfilled with; false: enough. held as in sley_take's rule. */
  bool (*got)(sley_domain *d, walk *w, sley_promise *source, uint32_t held);
  /* Settles p with the result. */
  void (*settle)(sley_domain *d, walk *w, sley_promise *p);
  /* Lets go of what w's state points to; may be NULL. */
  void (*release)(sley_domain *d, walk *w);
} walk_type;

struct sley__walk {
  sley_promise cell;
  node node;
  const walk_type *type;
  storage *storage;
  sley_list *list; /* elements, promises and results, each in the place of the one before */
  void *more;      /* the type's */
  size_t at, kept; /* the type's */
  union {
    sley_bind_fn *each;
    sley_index_fn *indexed;
    sley_fold_bind_fn *fold;
  };
  void *ctx;
  struct list_entry result; /* folds */
};
_Static_assert(offsetof(walk, node) == offsetof(single, node), "a walk is run as a single");

/* A walk with nothing in it yet, or NULL. */
walk *sley__walk_new(sley_domain *d, const char *site, const walk_type *type, void *ctx);
/* Goes on until it has to wait or is done, and gives its promise. */
sley_promise *sley__walk_start(sley_domain *d, walk *w);
/* Checks what a callback returned. */
void sley__walk_check(sley_domain *d, const walk *w, sley_promise *q);

/* A type's settle: gives p the walk's result entry. */
void sley__walk_settle_result(sley_domain *d, walk *w, sley_promise *p);

/* Whether source was fulfilled with a true value; a value that is no scalar aborts. */
bool sley__truth(const sley_value *v, const char *function);

/* The value in an entry of a list, wherever it is kept. */
static inline sley_value *sley__entry_value(struct list_entry *entry)
{
  return entry->owner != NULL ? &entry->owner->value : &entry->value;
}

#endif
