/* A walk: one promise that waits for several others in turn, as a loop of binds would, but in one cell. Its type
 * determines what it waits for and what it does with the values. The serial lists start the next promise when one is
 * fulfilled; the concurrent ones start them all first.
 *
 * In Lwt these are recursions through bind. On settled promises the recursion is a loop here, so lists of any
 * length take no stack; on pending ones the cell listens again, where Lwt would unify. */
#ifndef SLEY_COMBINE_WALK_H
#define SLEY_COMBINE_WALK_H

#include "promise/combine/list_value.h"

typedef struct sley__walk walk;

typedef struct walk_type {
  const char *function;
  /* The next promise to wait for, with a reference; NULL: none is left. */
  sley_promise *(*next)(sley_domain *d, walk *w);
  /* Takes source's value; false ends the walk. held: as in sley_take's rule. */
  bool (*got)(sley_domain *d, walk *w, sley_promise *source, uint32_t held);
  /* Settles p with the result. */
  void (*settle)(sley_domain *d, walk *w, sley_promise *p);
  /* Releases what w's state points to; may be NULL. */
  void (*release)(sley_domain *d, walk *w);
} walk_type;

struct sley__walk {
  sley_promise cell;
  node node;
  const walk_type *type;
  storage *storage;
  sley_list *list; /* elements, promises and results, each replacing the previous one */
  void *more;      /* for the type's use */
  size_t at, kept; /* for the type's use */
  union {
    sley_bind_fn *each;
    sley_index_fn *indexed;
    sley_fold_bind_fn *fold;
  };
  void *ctx;
  struct list_entry result; /* of folds */
};
_Static_assert(offsetof(walk, node) == offsetof(single, node), "a walk is run as a single");

/* A new, empty walk, or NULL. */
walk *sley__walk_new(sley_domain *d, const char *site, const walk_type *type, void *ctx);
/* Runs until it must wait or is done, and returns its promise. */
sley_promise *sley__walk_start(sley_domain *d, walk *w);
/* Checks what a callback returned. */
void sley__walk_check(sley_domain *d, const walk *w, sley_promise *q);

/* A settle function: settles p with the walk's result entry. */
void sley__walk_settle_result(sley_domain *d, walk *w, sley_promise *p);

/* Whether v is a true value; aborts if it is not a scalar. */
bool sley__truth(const sley_value *v, const char *function);

#endif
