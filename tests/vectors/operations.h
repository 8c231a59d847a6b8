/* What the operation files share: reading an operation's operands, running blocks, and the library callbacks that
 * run one. */
#ifndef VECTORS_OPERATIONS_H
#define VECTORS_OPERATIONS_H

#include "vectors.h"

/* An operation being executed; `t` are its tokens. */
typedef struct call {
  machine *m;
  const environment *env;
  char **t;
  int count;
  sley_error *raised; /* owned */
  bool skipped;       /* a register was not set */
} call;

typedef struct operation {
  const char *name;
  void (*run)(call *c);
  int least, most; /* tokens */
  bool has_target;
} operation;

/* One table per file; each ends with an entry without a name. */
extern const operation operations_core[], operations_sync[], operations_stream[], operations_list[];

/* ---- interpret.c */
number read_number(machine *m, const environment *env, const char *token);
sley_error *read_error(machine *m, const environment *env, const char *token);
block *read_block(machine *m, const char *token);
promise_register *operand(call *c, int at); /* NULL: not set; the operation is skipped */
void give(call *c, sley_promise *p, names *known);

outcome run_block(machine *m, block *b, const environment *env, block_context c);
/* Runs a P block with one argument. */
sley_promise *block_promise(machine *m, block *b, const argument *a);
/* Runs an O block. */
sley_promise *block_option(machine *m, block *b, const argument *a);
/* Runs a P block with two arguments. */
sley_promise *block_promise_of_two(machine *m, block *b, const argument *a, int64_t second);
/* Runs a U block; an error that it raises is traced as "COMPLAINT ERROR". */
void block_observe(machine *m, block *b, const argument *a, const char *complaint);

argument value_argument(const closure *c, const sley_value *v);
argument error_argument(sley_error *e);

/* The library's callbacks; ctx is a closure. */
sley_promise *on_bind(void *ctx, sley_value *v);
sley_promise *on_catch(void *ctx, sley_error *e);
sley_promise *on_start(void *ctx);
sley_promise *on_cleanup(void *ctx);
sley_error *on_map(void *ctx, sley_value *in, sley_value *out);
sley_error *on_wrap(void *ctx, sley_value *in, sley_value *out);
void on_value(void *ctx, sley_value *v);
void on_error(void *ctx, sley_error *e);
void on_done(void *ctx);

#endif
