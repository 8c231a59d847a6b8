/* Lazy sequences: their representation, and how a stage requests the next element. seq.c makes them, seq_stage.c
 * computes stages, seq_walk.c consumes sequences. */
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

/* A ctx that a stage shares with its rests; freed with the last of them. */
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
  seq_context *context; /* of ctx, if it is shared */
  seq_items *items;
  size_t at;
  sley_seq *next_to_free;
};

/* A node: an element and the rest of the sequence. */
typedef struct cons {
  union {
    uint32_t refs;
    char *next_to_free;
  };
  sley_value head;
  sley_seq *tail;
} cons;

/* A new sequence of a kind, or the static one that reports out of memory; consumes source and second. */
sley_seq *sley__seq_make(int kind, sley_seq *source, sley_seq *second, sley_seq **made);
/* sley__seq_stage makes a stage, sley__seq_rest one that differs from stage in kind, source and second. Both
 * consume source and second. */
sley_seq *sley__seq_stage(int kind, sley_seq *source, sley_seq *second, union seq_call call,
                          void *ctx, sley_drop_fn *drop);
sley_seq *sley__seq_rest(const sley_seq *stage, int kind, sley_seq *source, sley_seq *second);
/* A copy of a value that stays in place, or the value itself if it cannot be copied. */
int sley__seq_value_again(sley_value *v, sley_value *out);
/* Takes the element out of the node that source was fulfilled with. */
int sley__seq_head_take(sley_domain *d, cons *c, sley_promise *source, uint32_t held,
                        sley_value *out);
/* The next element of a stage: SEQ_APPEND and above. */
sley_promise *sley__seq_stage_next(sley_seq *stage);
/* Returns *first if set, and clears it; afterwards the next element of seq. */
sley_promise *sley__seq_ask(sley_seq *seq, sley_promise **first);

sley__object_end_fn sley__cons_end;

#endif
