/* Kinds: what the core asks of each kind of promise, node and object to be freed.
 *
 * A kind's entry is defined beside its data, in the folder that makes it; the tables, of which every folder's entries
 * are rows, are in kinds.c. Functions may be NULL where the comment says so. */
#ifndef SLEY_CORE_KIND_H
#define SLEY_CORE_KIND_H

#include "promise/core/cell.h"

/* How many promises a cell waits for, and where its nodes are. */
enum shape {
  SHAPE_NONE,
  SHAPE_ONE, /* the node is right behind the cell: see single */
  SHAPE_MANY /* a group */
};

/* Properties beside those in the cell's byte. */
enum {
  IS_ROOT = 1 << 0,       /* canceling rejects it, and looks no further */
  IS_SINGLE = 1 << 1,     /* goes on with what one promise gives: neither a guard nor a read */
  IS_GUARD = 1 << 2,      /* stands between its input and whoever cancels */
  PASSES_CANCEL = 1 << 3, /* canceling always goes on to its one input */
  COUNTS_INPUTS = 1 << 4, /* a group whose inputs are counted */
  NEEDS_ALL = 1 << 5,     /* it cannot be settled once one of its inputs cannot */
  HAS_CONTEXT = 1 << 6,   /* a single that owns a context while it is FLAG_LOADED */
  HAS_STACK = 1 << 7 /* what waits is a stack, which is told of its domain's end in its own way */
};

struct sley__kind {
  const char *name; /* in dumps */
  uint16_t properties;
  uint8_t shape;
  uint8_t
      cancel_node_at; /* offset in the cell of its own node among its cancel callbacks; 0: it has none */
  /* Its input has settled, and its node n is off every list: runs the callback. Lets go of the producer that the node
   * was where the shape is SHAPE_ONE. held: references on source that the library itself holds. */
  void (*run)(sley_domain *d, node *n, sley_promise *source, uint32_t held);
  /* The same for SHAPE_ONE, where source has a scalar and nobody traces: of those that are KIND_RUNS_SCALAR. */
  void (*run_scalar)(sley_domain *d, sley_promise *cell, sley_promise *source);
  /* One step of its frame while that is FLAG_PICKING. */
  void (*step)(sley_domain *d, sley_promise *frame);
  /* p, pending, is canceled by way of how, of this kind: p itself or what it follows. Gives the promise to be canceled
   * next, or NULL; a group puts itself on *groups instead. NULL: cannot be canceled. */
  sley_promise *(*cancel)(sley_domain *d, sley_promise *p, sley_promise *how, group **groups);
  /* Whether it is a root now, of a kind of which not all are. NULL: IS_ROOT says it. */
  bool (*is_root)(const sley_promise *cell);
  size_t (*bytes)(const sley_promise *cell); /* of one that is FLAG_SIZED. NULL: none is */
  /* Releases what it owns beside the outcome, while it is FLAG_LOADED. NULL: nothing. */
  void (*release)(sley_domain *d, sley_promise *cell);
  /* It is left when its domain ends: drops what is the caller's and is not its outcome. NULL: nothing, or HAS_CONTEXT. */
  void (*left)(sley_domain *d, sley_promise *cell);
  /* What it waited for will never settle: its node is off every list. NULL: the producer that the node was goes. */
  void (*orphaned)(sley_domain *d, sley_promise *cell);
  /* Whether it may wait for a guard of itself without following it. NULL: no. */
  bool (*may_await_itself)(const sley_promise *cell);
  /* Whether one that is KIND_CALLS_NOBODY, pending, without handles and callbacks, may leave unnoticed. */
  bool (*is_useless)(const sley_domain *d, sley_promise *cell);
};

extern const struct sley__kind *const sley__kinds[KINDS];
/* The slab class of cells that are not FLAG_SIZED. On its own, for releasing a cell reads nothing else. */
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
/* The same of a property in the cell's byte. */
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

/* Nodes that are neither a cell's own nor a group's. */
struct sley__node_kind {
  /* A callback: its promise has settled. NULL: the node is on lists of cancel callbacks only. */
  void (*run)(sley_domain *d, node *n, sley_promise *source, uint32_t held);
  /* On a list of cancel callbacks: the promise was canceled. NULL: never on one. */
  void (*canceled)(sley_domain *d, node *n);
  /* It will never be called, and is off every list. NULL: it goes with its cell. */
  void (*discard)(sley_domain *d, node *n);
  void (*release)(sley_domain *d, node *n); /* frees one that doom_node was given */
  bool ignores_errors;                      /* run does not hear of a rejection */
};
extern const struct sley__node_kind *const sley__node_kinds[NODES];

/* Objects that own values, whose last owner has gone: see sley__object_end. */
enum { OBJECT_LIST, OBJECT_RESULT, OBJECT_CONS, OBJECT_REACT, OBJECT_BOXES, OBJECTS };
typedef void sley__object_end_fn(sley_domain *d, void *object);
extern sley__object_end_fn *const sley__object_ends[OBJECTS];

#endif
