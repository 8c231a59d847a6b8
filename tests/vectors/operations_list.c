/* The operations of lists. */
#include <stdlib.h>
#include <string.h>

#include "operations.h"

static sley_promise *on_indexed(void *ctx, size_t at, sley_value *v)
{
  closure *c = ctx;
  argument a = value_argument(c, v);
  return block_promise_of_two(c->machine, c->first, &a, (int64_t)at);
}

static sley_promise *on_fold(void *ctx, sley_value *accumulator, sley_value *v)
{
  closure *c = ctx;
  argument a = value_argument(c, v);
  return block_promise_of_two(c->machine, c->first, &a, value_scalar(c->machine, 'p', accumulator));
}

static sley_promise *on_option(void *ctx, sley_value *v)
{
  closure *c = ctx;
  argument a = value_argument(c, v);
  return block_option(c->machine, c->first, &a);
}

typedef sley_promise *each_fn(const char *, const sley_value *, size_t, sley_bind_fn *, void *,
                              sley_drop_fn *);
typedef sley_promise *indexed_fn(const char *, const sley_value *, size_t, sley_index_fn *, void *,
                                 sley_drop_fn *);
typedef sley_promise *fold_fn(const char *, const sley_value *, size_t, sley_value,
                              sley_fold_bind_fn *, void *, sley_drop_fn *);

static const struct list_function {
  const char *name;
  each_fn *each;
  indexed_fn *indexed;
  fold_fn *fold;
} functions[] = {
    {"iter_s", sley_values_iter_s_at, NULL, NULL},
    {"iter_p", sley_values_iter_p_at, NULL, NULL},
    {"iteri_s", NULL, sley_values_iteri_s_at, NULL},
    {"iteri_p", NULL, sley_values_iteri_p_at, NULL},
    {"map_s", sley_values_map_s_at, NULL, NULL},
    {"map_p", sley_values_map_p_at, NULL, NULL},
    {"mapi_s", NULL, sley_values_mapi_s_at, NULL},
    {"mapi_p", NULL, sley_values_mapi_p_at, NULL},
    {"rev_map_s", sley_values_rev_map_s_at, NULL, NULL},
    {"rev_map_p", sley_values_rev_map_p_at, NULL, NULL},
    {"filter_s", sley_values_filter_s_at, NULL, NULL},
    {"filter_p", sley_values_filter_p_at, NULL, NULL},
    {"filter_map_s", sley_values_filter_map_s_at, NULL, NULL},
    {"filter_map_p", sley_values_filter_map_p_at, NULL, NULL},
    {"fold_left_s", NULL, NULL, sley_values_fold_left_s_at},
    {"fold_right_s", NULL, NULL, sley_values_fold_right_s_at},
    {"for_all_s", sley_values_for_all_s_at, NULL, NULL},
    {"for_all_p", sley_values_for_all_p_at, NULL, NULL},
    {"exists_s", sley_values_exists_s_at, NULL, NULL},
    {"exists_p", sley_values_exists_p_at, NULL, NULL},
    {"find_s", sley_values_find_s_at, NULL, NULL},
    {"partition_s", sley_values_partition_s_at, NULL, NULL},
    {"partition_p", sley_values_partition_p_at, NULL, NULL},
};

static const struct list_function *function_of(const char *name)
{
  const struct list_function *f = functions;
  while (strcmp(f->name, name) != 0) f++;
  return f;
}

/* Reads the integers from token `at` on; sets *n to their number. */
static void read_elements(call *c, int at, sley_value values[MAX_TOKENS], size_t *n)
{
  *n = 0;
  for (int i = at; i < c->count; i++)
    values[(*n)++] = value_make(c->m, (number){NUMBER, strtoll(c->t[i], NULL, 10)});
}

static void do_list(call *c)
{
  sley_value values[MAX_TOKENS];
  size_t n;
  const struct list_function *f = function_of(c->t[0]);
  closure *k = closure_new(c->m, read_block(c->m, c->t[2]), NULL, 'p', NULL);
  read_elements(c, 3, values, &n);
  if (f->indexed != NULL) {
    give(c, f->indexed(SLEY_HERE, values, n, on_indexed, k, closure_drop), NULL);
  } else {
    sley_bind_fn *call_block = strncmp(c->t[0], "filter_map", 10) == 0 ? on_option : on_bind;
    give(c, f->each(SLEY_HERE, values, n, call_block, k, closure_drop), NULL);
  }
}

static void do_fold(call *c)
{
  sley_value values[MAX_TOKENS];
  size_t n;
  closure *k = closure_new(c->m, read_block(c->m, c->t[2]), NULL, 'p', NULL);
  sley_value first = value_make(c->m, read_number(c->m, c->env, c->t[3]));
  read_elements(c, 4, values, &n);
  give(c, function_of(c->t[0])->fold(SLEY_HERE, values, n, first, on_fold, k, closure_drop), NULL);
}

const operation operations_list[] = {
    {"iter_s", do_list, 3, MAX_TOKENS, true},       {"iter_p", do_list, 3, MAX_TOKENS, true},
    {"iteri_s", do_list, 3, MAX_TOKENS, true},      {"iteri_p", do_list, 3, MAX_TOKENS, true},
    {"map_s", do_list, 3, MAX_TOKENS, true},        {"map_p", do_list, 3, MAX_TOKENS, true},
    {"mapi_s", do_list, 3, MAX_TOKENS, true},       {"mapi_p", do_list, 3, MAX_TOKENS, true},
    {"rev_map_s", do_list, 3, MAX_TOKENS, true},    {"rev_map_p", do_list, 3, MAX_TOKENS, true},
    {"filter_s", do_list, 3, MAX_TOKENS, true},     {"filter_p", do_list, 3, MAX_TOKENS, true},
    {"filter_map_s", do_list, 3, MAX_TOKENS, true}, {"filter_map_p", do_list, 3, MAX_TOKENS, true},
    {"fold_left_s", do_fold, 4, MAX_TOKENS, true},  {"fold_right_s", do_fold, 4, MAX_TOKENS, true},
    {"for_all_s", do_list, 3, MAX_TOKENS, true},    {"for_all_p", do_list, 3, MAX_TOKENS, true},
    {"exists_s", do_list, 3, MAX_TOKENS, true},     {"exists_p", do_list, 3, MAX_TOKENS, true},
    {"find_s", do_list, 3, MAX_TOKENS, true},       {"partition_s", do_list, 3, MAX_TOKENS, true},
    {"partition_p", do_list, 3, MAX_TOKENS, true},  {0},
};
