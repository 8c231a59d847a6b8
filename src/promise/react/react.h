/* Events and signals share one kind of node. react.c has steps and the life of nodes; react_event.c and
 * react_signal.c the nodes made from others; react_switch.c those whose source changes; react_promise.c and
 * react_stream.c those that connect to promises and streams; react_feed.c calls of functions that return promises,
 * on which react_event_s.c and react_signal_s.c are built; react_boxes.c values kept for such calls. */
#ifndef SLEY_PROMISE_REACT_H
#define SLEY_PROMISE_REACT_H

#include <sley/react.h>

#include "promise/stream/stream.h"

/* A value that several nodes share. */
typedef struct box {
  uint32_t refs;
  sley_value value;
} box;

typedef struct react react; /* sley_event and sley_signal are this */

typedef struct edge { /* from a source, which lists it, to the node it is in */
  react *source, *node;
  struct sley__dlist place; /* on no list if the source has failed or is gone */
} edge;

struct react {
  union {
    struct {
      uint32_t refs;
      uint32_t height; /* more than any source's */
    };
    char *next_to_free;
  };
  bool failed, is_signal, queued;
  uint64_t occurred; /* number of the last step in which it occurred or changed */
  box *box;          /* signals: the value; events: the value in the step under way, else NULL */
  /* Computes the node in a step; false: it does not occur. */
  bool (*update)(react *n);
  void (*release)(react *n);  /* frees what state points to; may be NULL */
  void (*orphaned)(react *n); /* weak nodes: the source is gone */
  union {
    sley_map_fn *map;
    sley_test_fn *test;
    sley_fold_fn *fold;
    sley_value_fn *on;
    sley_done_fn *done;
    void *state;
  } f;
  void *ctx;
  sley_drop_fn *drop;            /* of ctx; may be NULL */
  sley_equal_fn *equal;          /* signals */
  box *accumulator;              /* folds */
  bool spent;                    /* once, drop_once, until */
  struct sley__dlist dependents; /* edges, in the order they were made */
  react *next_queued, *next_occurred;
  size_t count;
  edge edges[];
};

static inline react *sley__react_of_event(const sley_event *e)
{
  union {
    const sley_event *in;
    react *out;
  } u = {e};
  return u.out;
}
static inline react *sley__react_of_signal(const sley_signal *s)
{
  union {
    const sley_signal *in;
    react *out;
  } u = {s};
  return u.out;
}
static inline sley_event *sley__react_as_event(react *n) { return (sley_event *)(void *)n; }
static inline sley_signal *sley__react_as_signal(react *n) { return (sley_signal *)(void *)n; }

box *sley__box_new(sley_value v); /* consumes v; NULL without memory */
box *sley__box_keep(box *b);
void sley__box_drop(box *b);

/* A node on these sources (borrowed), or the shared failed node if memory is out: check failed. */
react *sley__react_new(bool is_signal, react *const *sources, size_t n);
/* Replaces a source of a node: it must come before the node, so the node, and all that depends on it, may have to
 * move up. True: source can still change in the step under way, and the node is computed again. */
bool sley__react_resource(react *n, size_t at, react *source);
/* A source that never occurs, for edges without a source yet. */
react *sley__react_nothing(void);
/* Makes a node's reference to its only source weak: it listens as long as others hold the source. */
void sley__react_weaken(react *n, void (*orphaned)(react *n));
react *sley__react_keep(react *n);
/* Returns n, which owns ctx from now on; ctx is freed immediately if n is the failed node. */
react *sley__react_owns(react *n, void *ctx, sley_drop_fn *drop);
void sley__react_drop(react *n);
/* sley__react_drop for the drop function of a value: n, or something freed with it, can own the next node. */
void sley__react_lose(react *n);
bool sley__react_occurs(const react *n); /* in the step under way */
/* Called at the end of update: the node occurs with b (consumed). */
bool sley__react_becomes(react *n, box *b);
/* Calls f, which computes, with a value lent by reader; NULL: it failed, or memory is out. */
box *sley__react_compute(sley_map_fn *f, void *ctx, sley_value *v, sley_promise *reader);
/* Lends a value that stays in place, by sley__several or sley__keeper. */
void sley__react_lend(struct sley__lent *lent, sley_value *v, sley_promise *reader);
static inline void sley__react_lend_over(const struct sley__lent *lent)
{
  sley__current->lent = lent->outer;
}
/* sley__react_same is the update of nodes that copy their first source; sley__react_finalize calls f.done when
 * such a node is freed. */
bool sley__react_same(react *n);
void sley__react_finalize(react *n);
/* sley_signal_hold with a first value that is shared. */
sley_signal *sley__signal_hold(box *first, sley_event *e, sley_equal_fn *equal);
/* Makes n occur with b (consumed), now or after the step under way. */
int sley__react_push(react *n, box *b);

sley__object_end_fn sley__react_end, sley__boxes_end;

#endif
