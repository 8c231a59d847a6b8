/* Inside sequences: what one is, and how its stages are asked for the next element. seq.c makes them,
 * seq_stage.c asks, seq_walk.c goes through them. */
#ifndef SLEY_PROMISE_SEQ_H
#define SLEY_PROMISE_SEQ_H

#include <sley/seq.h>

#include "promise/combine/combine.h"

enum seq_kind {
  SEQ_EMPTY,
  SEQ_NO_MEMORY,
  SEQ_OWN,            /* start, ctx, drop */
  SEQ_CONS,           /* value, then source */
  SEQ_CONS_PROMISE,   /* promise, then source */
  SEQ_ITEMS,          /* a counted list, from at on */
  SEQ_UNFOLD,         /* unfold, ctx, value */
  SEQ_UNFOLD_PROMISE, /* bind, ctx, value */
  SEQ_APPEND,         /* source, then second: the stages from here on */
  SEQ_FLAT,           /* flat over source, then flat_map over second */
  SEQ_FLAT_MAP,
  SEQ_MAP,
  SEQ_MAP_S,
  SEQ_FILTER,
  SEQ_FILTER_S,
  SEQ_FILTER_MAP,
  SEQ_FILTER_MAP_S
};

typedef struct seq_items {
  uint32_t refs;
  sley_list *list;
} seq_items;

/* A ctx that a stage shares with its rests; goes with the last of them. */
typedef struct seq_context {
  uint32_t refs;
  void *ctx;
  sley_drop_fn *drop;
} seq_context;

struct sley_seq {
  uint32_t refs;
  uint8_t kind;
  sley_seq *source, *second;
  union seq_call {
    sley_start_fn *start;
    sley_unfold_fn *unfold;
    sley_bind_fn *bind;
    sley_map_fn *map;
    sley_test_fn *test;
    sley_seq_fn *flat;
  } call;
  void *ctx;
  sley_drop_fn *drop;
  sley_value value;
  sley_promise *promise;
  seq_context *context; /* of ctx, where it is shared; NULL: ctx is borrowed */
  seq_items *items;
  size_t at;
  sley_seq *next_to_free;
};

/* What a sequence's elements come in. */
typedef struct cons {
  union {
    uint32_t refs;
    char *next_to_free;
  };
  sley_value head;
  sley_seq *tail;
} cons;

/* A new sequence of a kind, or the one without memory; consumes source and second. */
sley_seq *sley__seq_make(int kind, sley_seq *source, sley_seq *second, sley_seq **made);
/* A stage of a kind like another one, but for its source and second, which are consumed. */
sley_seq *sley__seq_stage(int kind, sley_seq *source, sley_seq *second, union seq_call call,
                          void *ctx, sley_drop_fn *drop);
sley_seq *sley__seq_rest(const sley_seq *stage, int kind, sley_seq *source, sley_seq *second);
/* A copy of a value that stays, or the value itself where it cannot be copied. */
int sley__seq_value_again(sley_value *v, sley_value *out);
/* Takes the element out of a node that source was fulfilled with. */
int sley__seq_head_take(sley_domain *d, cons *c, sley_promise *source, uint32_t held,
                        sley_value *out);
/* The next element of a stage: SEQ_APPEND and above. */
sley_promise *sley__seq_stage_next(sley_seq *stage);
/* What is in *first, once; then what seq has next. */
sley_promise *sley__seq_ask(sley_seq *seq, sley_promise **first);

sley__object_end_fn sley__cons_end;

#endif
