/* Feeds: nodes that are pushed when promises are fulfilled. react_feed.c has their state and the calls under way;
 * react_event_s.c and react_signal_s.c make those of events and signals; react_promise.c makes the others. */
#ifndef SLEY_PROMISE_REACT_FEED_H
#define SLEY_PROMISE_REACT_FEED_H

#include "promise/react/react.h"

/* What happens with the value of a fulfilled promise. */
enum lands {
  LANDS_RESULT,
  LANDS_IF_TRUE,
  LANDS_IF_SOME,
  LANDS_ACCUMULATED,
  LANDS_LIMITED,
  LANDS_FROM
};

typedef struct feed feed;
/* Calls the function of a feed for an occurrence. */
typedef sley_promise *feed_call(feed *s, box *b, box *other);

struct feed {
  uint32_t refs;
  bool serial, running;
  uint8_t lands;
  react *result; /* NULL: dropped */
  feed_call *call;
  union {
    sley_bind_fn *bind;
    sley_fold_bind_fn *pair;
    sley_start_fn *start;
  } f;
  void *ctx;
  sley_drop_fn *drop;
  sley_promise *promise; /* limit: the limiter; from: the promise under way */
  box *
      held; /* limit: the value that waits for the limiter; fold, merge: the accumulator; diff: the previous one */
  struct occurrence { /* serial: waiting occurrences, in order */
    box *box, *other;
    struct occurrence *next;
  } * first, **last;
};

/* A node on these sources (borrowed) with a state copied from how; it owns how.held and, with how.drop, how.ctx.
 * Out of memory: *made is NULL, and both are freed. */
react *sley__feed_new(react *const *sources, size_t n, bool (*update)(react *n), feed how,
                      feed **made);
void sley__feed_drop(void *ctx); /* drops one reference */
/* Makes the result occur with b (consumed), if it still exists. */
void sley__feed_push(feed *s, box *b);
/* Calls the function for b, with other or NULL (both consumed): now, or in its turn. */
void sley__feed_occurs(feed *s, box *b, box *other);
/* A call has ended: starts the next one. */
void sley__feed_next(feed *s);
/* Makes a box from a promise's value, as lands says; NULL: nothing occurs. */
box *sley__feed_landed(feed *s, box *b, sley_value *v);

/* The update of feeds that call their function for each occurrence of their one source. */
bool sley__feed_update(react *n);

/* ---- calls: of the function with the value; with two; with the accumulator; with the values of a boxes as one
 * list; in a fold over these. sley__call_run: the value is itself a promise. */
sley_promise *sley__call_one(feed *s, box *b, box *other);
sley_promise *sley__call_pair(feed *s, box *b, box *other);
sley_promise *sley__call_accumulator(feed *s, box *b, box *other);
sley_promise *sley__call_list(feed *s, box *b, box *other);
sley_promise *sley__call_merge(feed *s, box *b, box *other);
sley_promise *sley__call_run(feed *s, box *b, box *other);

/* ---- react_boxes.c: the values of several nodes at one point in time, as one value. */
typedef struct boxes {
  char *next_to_free;
  size_t count;
  box *at[];
} boxes;
/* The values of n's sources; if occurring, only of those that occur. NULL: out of memory. */
box *sley__boxes_of(const react *n, bool occurring);
const boxes *sley__boxes_in(const box *b);
/* A signal of the boxes of several signals. */
react *sley__signals_together(react *const *sources, size_t n);

#endif
