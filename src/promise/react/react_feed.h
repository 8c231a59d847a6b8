/* Feeds: nodes that are pushed when promises are fulfilled. react_feed.c has their state, and calls under way;
 * react_event_s.c and react_signal_s.c make those of events and signals; react_promise.c the other ones. */
#ifndef SLEY_PROMISE_REACT_FEED_H
#define SLEY_PROMISE_REACT_FEED_H

#include "promise/react/react.h"

/* What is done with what a promise is fulfilled with. */
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
  sley_promise *promise; /* limit: the limiter; from: what is under way */
  box *held;          /* limit: what waits for the limiter; fold, merge: the accumulator; diff: the
                            one before */
  struct occurrence { /* serial: occurrences in order */
    box *box, *other;
    struct occurrence *next;
  } * first, **last;
};

/* A node on these sources (borrowed) with a state that is as how says; it owns how.held and, with how.drop, how.ctx.
 * NULL in *made without memory; these are gone then, too. */
react *sley__feed_new(react *const *sources, size_t n, bool (*update)(react *n), feed how,
                      feed **made);
void sley__feed_drop(void *ctx); /* one count less */
/* Lets the result occur with b (consumed), if it is still there. */
void sley__feed_push(feed *s, box *b);
/* The function is called for b, with other or NULL (both consumed): now, or in its turn. */
void sley__feed_occurs(feed *s, box *b, box *other);
/* A call is over: the next one's turn. */
void sley__feed_next(feed *s);
/* What a promise was fulfilled with becomes b's box; NULL: nothing is to occur. */
box *sley__feed_landed(feed *s, box *b, sley_value *v);

/* The update of feeds that call their function for each occurrence of their one source. */
bool sley__feed_update(react *n);

/* ---- calls: with the value; with two; with both in one list, of those in a boxes; folded over these; a promise that
 * is the value. */
sley_promise *sley__call_one(feed *s, box *b, box *other);
sley_promise *sley__call_pair(feed *s, box *b, box *other);
sley_promise *sley__call_accumulator(feed *s, box *b, box *other);
sley_promise *sley__call_list(feed *s, box *b, box *other);
sley_promise *sley__call_merge(feed *s, box *b, box *other);
sley_promise *sley__call_run(feed *s, box *b, box *other);

/* ---- react_boxes.c: values of several nodes at one time, as a value of its own. */
typedef struct boxes {
  char *next_to_free;
  size_t count;
  box *at[];
} boxes;
/* Those of n's sources; only those that occur, if so asked. NULL: out of memory. */
box *sley__boxes_of(const react *n, bool occurring);
const boxes *sley__boxes_in(const box *b);
/* A signal of the boxes of several signals. */
react *sley__signals_together(react *const *sources, size_t n);

#endif
