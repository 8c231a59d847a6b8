/* Kinds: the operations and properties that the core needs of each kind of promise, node and object to be freed.
 *
 * A kind's entry is defined beside its data, in the folder that implements it; kinds.c collects the entries of all
 * folders in tables. Functions may be NULL where the comment says so. */
#ifndef SLEY_CORE_KIND_H
#define SLEY_CORE_KIND_H

#include "promise/core/cell.h"

/* How many promises a cell waits for, and where its nodes are. */
enum shape {
  SHAPE_NONE,
  SHAPE_ONE, /* the node is right behind the cell: see single */
  SHAPE_MANY /* a group */
};

/* Properties that are not in the cell's kind byte. */
enum {
  IS_ROOT = 1 << 0,       /* canceling rejects it and ends the search */
  IS_SINGLE = 1 << 1,     /* continues with the result of one promise: neither a guard nor a read */
  IS_GUARD = 1 << 2,      /* shields its input from canceling */
  PASSES_CANCEL = 1 << 3, /* canceling always continues to its one input */
  COUNTS_INPUTS = 1 << 4, /* a group whose inputs are counted */
  NEEDS_ALL = 1 << 5,     /* cannot be settled once one of its inputs cannot */
  HAS_STACK = 1 << 6      /* the waiter is a stack, which ends in its own way with its domain */
};

struct sley__kind {
  const char *name; /* in dumps */
  uint16_t properties;
  uint8_t shape;
  uint8_t
      cancel_node_at; /* offset in the cell of its own node among its cancel callbacks; 0: none */
  /* Runs the callback: the input has settled, and the node n is off every list. With SHAPE_ONE it also drops the
   * producer that the node was. held: references on source that the library itself holds. */
  void (*run)(sley_domain *d, node *n, sley_promise *source, uint32_t held);
  /* Like run, for KIND_RUNS_SCALAR with SHAPE_ONE: source has a scalar and nothing traces. */
  void (*run_scalar)(sley_domain *d, sley_promise *cell, sley_promise *source);
  /* One step of its frame, while FLAG_PICKING is set. */
  void (*step)(sley_domain *d, sley_promise *frame);
  /* Cancels p, pending, through how, of this kind: p itself or what it follows. Returns the promise to cancel next,
   * or NULL; a group puts itself on *groups instead. NULL: cannot be canceled. */
  sley_promise *(*cancel)(sley_domain *d, sley_promise *p, sley_promise *how, group **groups);
  /* Whether this cell is a root now, for kinds where that varies. NULL: IS_ROOT decides. */
  bool (*is_root)(const sley_promise *cell);
  size_t (*bytes)(const sley_promise *cell); /* size if FLAG_SIZED is set. NULL: it never is */
  /* Releases what the cell owns besides its outcome, when it is freed or its domain ends; called while FLAG_LOADED is
   * set. NULL: nothing. */
  void (*release)(sley_domain *d, sley_promise *cell);
  /* Its input will never settle: its node is off every list. NULL: only drop the producer that the node was. */
  void (*orphaned)(sley_domain *d, sley_promise *cell);
  /* Whether it can wait for a guard of itself without following it. NULL: no. */
  bool (*may_await_itself)(const sley_promise *cell);
  /* Whether a KIND_CALLS_NOBODY cell, pending, without handles or callbacks, can leave unnoticed. */
  bool (*is_useless)(const sley_domain *d, sley_promise *cell);
};

extern const struct sley__kind *const sley__kinds[KINDS];
/* The slab class of cells without FLAG_SIZED. A separate table, because releasing a cell reads nothing else. */
extern const uint8_t sley__kind_slots[KINDS];
/* Aborts unless each kind has its row in each table. */
void sley__kinds_check(void);

static inline const struct sley__kind *sley__kind_of(const sley_promise *p)
{
  return sley__kinds[p->kind];
}
static inline bool sley__kind_is(const sley_promise *p, unsigned property)
{
  return (sley__kinds[p->kind]->properties & property) != 0;
}
/* For properties in the cell's kind byte. */
static inline bool sley__calls_nobody(const sley_promise *p)
{
  return (p->kind & KIND_CALLS_NOBODY) != 0;
}
static inline bool sley__may_be_unheld(const sley_promise *p)
{
  return (p->kind & KIND_MAY_BE_UNHELD) != 0;
}
static inline bool sley__runs_scalar(const sley_promise *p)
{
  return (p->kind & KIND_RUNS_SCALAR) != 0;
}

/* Nodes that belong to neither a cell nor a group. */
struct sley__node_kind {
  /* The promise has settled: runs the callback. NULL: only ever on lists of cancel callbacks. */
  void (*run)(sley_domain *d, node *n, sley_promise *source, uint32_t held);
  /* The promise was canceled: runs the cancel callback. NULL: never on such a list. */
  void (*canceled)(sley_domain *d, node *n);
  /* It will never be called, and is off every list. NULL: it is freed with its cell. */
  void (*discard)(sley_domain *d, node *n);
  void (*release)(sley_domain *d, node *n); /* frees a node passed to sley__node_schedule_free */
  bool ignores_errors;                      /* run does nothing on a rejection */
};
extern const struct sley__node_kind *const sley__node_kinds[NODES];

/* Objects that own values and have lost their last owner: see sley__object_end. */
enum { OBJECT_LIST, OBJECT_RESULT, OBJECT_CONS, OBJECT_REACT, OBJECT_BOXES, OBJECTS };
typedef void sley__object_end_fn(sley_domain *d, void *object);
extern sley__object_end_fn *const sley__object_ends[OBJECTS];

#endif
