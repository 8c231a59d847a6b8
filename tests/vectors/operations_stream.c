/* The operations of streams. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "operations.h"

typedef struct stream { /* a t register */
  sley_stream *reader;
  sley_pusher *push; /* NULL if it is not a pushed stream */
  sley_bounded_pusher *bounded;
  struct closes { /* of a pushed stream; its clones share it */
    int refs;
    int count; /* pushes of none (the end) so far */
  } * closes;
} stream;

static void stream_show(machine *m, text *out, void *object)
{
  (void)m;
  text_line(out, "%d", sley_stream_is_closed(((const stream *)object)->reader));
}

static void stream_drop(void *object)
{
  stream *s = object;
  sley_stream_drop(s->reader);
  sley_pusher_drop(s->push);
  sley_bounded_pusher_drop(s->bounded);
  if (s->closes != NULL && --s->closes->refs == 0) free(s->closes);
  free(s);
}

static const object_kind kind_stream = {'t', stream_show, stream_drop};

static stream *set(call *c, sley_stream *reader, sley_pusher *push, sley_bounded_pusher *bounded)
{
  stream *s = must_alloc(sizeof *s);
  *s = (stream){reader, push, bounded, NULL};
  object_set(c->m, c->t[1], &kind_stream, s);
  return s;
}

static stream *find(call *c, int at)
{
  stream *s = object_find(c->m, c->t[at]);
  if (s == NULL) c->skipped = true;
  return s;
}

static size_t number_at(call *c, int at)
{
  number n = read_number(c->m, c->env, c->t[at]);
  return n.n > 0 ? (size_t)n.n : 0;
}

static closure *closure_at(call *c, int at)
{
  return closure_new(c->m, read_block(c->m, c->t[at]), NULL, 'p', NULL);
}

/* ---- blocks as the library's callbacks */
static sley_promise *option_promise(closure *k, const argument *a)
{
  const environment env = {a, NULL};
  outcome out = run_block(k->machine, k->first, &env, O_BLOCK);
  if (out.what == RETURNED_PROMISE) return out.promise;
  if (out.what == FAILED) return sley_fail(out.error);
  return sley_return(value_make_option(k->machine, out.value));
}

static sley_promise *on_option_start(void *ctx)
{
  argument a = {0};
  return option_promise(ctx, &a);
}

static sley_promise *on_option_bind(void *ctx, sley_value *v)
{
  argument a = value_argument(ctx, v);
  return option_promise(ctx, &a);
}

static sley_error *option_value(closure *k, const argument *a, sley_value *out)
{
  const environment env = {a, NULL};
  outcome o = run_block(k->machine, k->first, &env, VO_BLOCK);
  if (o.what == RAISED) return o.error;
  *out = value_make_option(k->machine, o.value);
  return NULL;
}

static sley_error *on_option_next(void *ctx, sley_value *out)
{
  argument a = {0};
  return option_value(ctx, &a, out);
}

static sley_error *on_option_map(void *ctx, sley_value *in, sley_value *out)
{
  argument a = value_argument(ctx, in);
  return option_value(ctx, &a, out);
}

static sley_error *plain(closure *k, const argument *a, const int64_t *second, block_context what,
                         int64_t *result)
{
  const environment env = {a, second};
  outcome o = run_block(k->machine, k->first, &env, what);
  if (o.what == RAISED) return o.error;
  *result = scalar(o.value);
  return NULL;
}

static sley_error *on_test(void *ctx, sley_value *v, bool *yes)
{
  argument a = value_argument(ctx, v);
  int64_t result = 0;
  sley_error *e = plain(ctx, &a, NULL, V_BLOCK, &result);
  *yes = result != 0;
  return e;
}

static sley_error *on_each(void *ctx, sley_value *v)
{
  argument a = value_argument(ctx, v);
  int64_t result = 0;
  return plain(ctx, &a, NULL, U_BLOCK, &result);
}

static sley_error *on_fold(void *ctx, sley_value *sum, sley_value *v)
{
  closure *k = ctx;
  argument a = value_argument(k, v);
  int64_t before = value_scalar(k->machine, 'p', sum), after = 0;
  sley_error *e = plain(k, &a, &before, V_BLOCK, &after);
  if (e != NULL) return e;
  sley_value_drop(sum);
  *sum = value_make(k->machine, (number){NUMBER, after});
  return NULL;
}

static sley_promise *on_fold_s(void *ctx, sley_value *sum, sley_value *v)
{
  closure *k = ctx;
  argument a = value_argument(k, v);
  int64_t before = value_scalar(k->machine, 'p', sum);
  const environment env = {&a, &before};
  outcome out = run_block(k->machine, k->first, &env, P_BLOCK);
  if (out.what == RETURNED_PROMISE) return out.promise;
  if (out.what == FAILED) return sley_fail(out.error);
  return sley_return(value_make(k->machine, (number){NUMBER, scalar(out.value)}));
}

static sley_error *to_truth(void *ctx, sley_value *in, sley_value *out)
{
  *out = sley_int(value_scalar(ctx, 'p', in) != 0);
  return NULL;
}

/* The library reads truth values from scalars only: with --owned that takes one more promise. */
static sley_promise *on_test_s(void *ctx, sley_value *v)
{
  closure *k = ctx;
  sley_promise *p = on_bind(ctx, v);
  return k->machine->options.owned ? sley_map(p, to_truth, k->machine) : p;
}

static sley_promise *on_parse(void *ctx, sley_stream *s)
{
  (void)s;
  return on_start(ctx);
}

/* ---- sources */
static void do_stream(call *c)
{
  sley_stream *s;
  sley_pusher *push;
  if (sley_stream_new(&s, &push) != NULL) return;
  stream *made = set(c, s, push, NULL);
  made->closes = must_alloc(sizeof *made->closes);
  *made->closes = (struct closes){1, 0};
}

/* A size is never negative in C. */
static bool refuse_negative(call *c, int at)
{
  if (read_number(c->m, c->env, c->t[at]).n >= 0) return false;
  c->raised = error_make(CODE_INVALID);
  return true;
}

static void do_bounded(call *c)
{
  sley_stream *s;
  sley_bounded_pusher *push;
  if (refuse_negative(c, 2)) return;
  if (sley_stream_new_bounded(number_at(c, 2), &s, &push) == NULL) set(c, s, NULL, push);
}

/* Between the end and the notice that the stream is closed, Lwt accepts values that nobody can ever read, and
 * another end, for which the first push raises. */
static void do_push(call *c)
{
  stream *s = find(c, 1);
  if (s == NULL) return;
  number n = read_number(c->m, c->env, c->t[2]);
  if (s->push == NULL) {
    c->skipped = true;
    return;
  }
  bool told = sley_stream_is_closed(s->reader);
  bool closes = n.shape == NONE;
  int count = closes && !told ? ++s->closes->count : s->closes->count;
  sley_value v = closes ? sley_none() : value_make(c->m, (number){NUMBER, n.n});
  int code = sley_pusher_push(s->push, v);
  if (code == -SLEY_ECLOSED && told) c->raised = sley_error_closed();
  else if (closes && count != s->closes->count) c->raised = error_make(CODE_INVALID);
}

static void do_bounded_push(call *c)
{
  stream *s = find(c, 2);
  if (s == NULL) return;
  number n = read_number(c->m, c->env, c->t[3]);
  if (s->bounded == NULL) c->skipped = true;
  else
    give(c, sley_bounded_pusher_push(s->bounded, value_make(c->m, (number){NUMBER, scalar(n)})),
         NULL);
}

static void do_bounded_control(call *c)
{
  const stream *s = find(c, 1);
  if (s == NULL) return;
  sley_bounded_pusher *b = s->bounded;
  if (b == NULL) c->skipped = true;
  else if (strcmp(c->t[0], "bclose") == 0) sley_bounded_pusher_close(b);
  else if (strcmp(c->t[0], "bresize") == 0) {
    if (!refuse_negative(c, 2)) sley_bounded_pusher_set_capacity(b, number_at(c, 2));
  } else
    text_line(&c->m->trace, "binfo %s %zu %zu %d %d\n", c->t[1], sley_bounded_pusher_capacity(b),
              sley_bounded_pusher_count(b), sley_bounded_pusher_is_blocked(b),
              sley_bounded_pusher_is_closed(b));
}

static void do_from(call *c)
{
  closure *k = closure_at(c, 2);
  sley_stream *s = strcmp(c->t[0], "from") == 0
                       ? sley_stream_from(on_option_start, k, closure_drop)
                       : sley_stream_from_direct(on_option_next, k, closure_drop);
  set(c, s, NULL, NULL);
}

static void do_of_list(call *c)
{
  sley_value values[MAX_TOKENS];
  for (int i = 2; i < c->count; i++)
    values[i - 2] = value_make(c->m, (number){NUMBER, read_number(c->m, c->env, c->t[i]).n});
  set(c, sley_stream_from_values(values, (size_t)c->count - 2), NULL, NULL);
}

static void do_return_lwt(call *c)
{
  promise_register *r = operand(c, 2);
  if (r != NULL) set(c, sley_stream_from_promise(sley_keep(r->promise)), NULL, NULL);
}

static void do_clone(call *c)
{
  stream *s = find(c, 2);
  sley_stream *copy;
  if (s == NULL) return;
  sley_error *e = sley_stream_clone(s->reader, &copy);
  if (e == NULL) {
    stream *made = set(c, copy, s->push != NULL ? sley_pusher_keep(s->push) : NULL, NULL);
    made->closes = s->closes;
    if (made->closes != NULL) made->closes->refs++;
  } else if (sley_error_is(e, &sley_kind_sley, SLEY_EINVAL)) {
    c->raised = error_make(CODE_INVALID);
  }
  sley_error_drop(e);
}

static void do_transform(call *c)
{
  stream *from = find(c, 2);
  if (from == NULL) return;
  closure *k = closure_at(c, 3);
  sley_stream *s = sley_stream_keep(from->reader);
  const char *name = c->t[0] + 1;
  if (strcmp(name, "map") == 0) s = sley_stream_map(s, on_map, k, closure_drop);
  else if (strcmp(name, "map_s") == 0) s = sley_stream_map_s(s, on_bind, k, closure_drop);
  else if (strcmp(name, "filter") == 0) s = sley_stream_filter(s, on_test, k, closure_drop);
  else if (strcmp(name, "filter_s") == 0) s = sley_stream_filter_s(s, on_test_s, k, closure_drop);
  else if (strcmp(name, "filter_map") == 0)
    s = sley_stream_filter_map(s, on_option_map, k, closure_drop);
  else s = sley_stream_filter_map_s(s, on_option_bind, k, closure_drop);
  set(c, s, NULL, NULL);
}

static void do_append(call *c)
{
  stream *a = find(c, 2), *b = find(c, 3);
  if (a == NULL || b == NULL) return;
  set(c, sley_stream_append(sley_stream_keep(a->reader), sley_stream_keep(b->reader)), NULL, NULL);
}

/* ---- reading. The register can be overwritten meanwhile; objects live until the end of the run. */
static void do_read(call *c)
{
  const stream *in = find(c, 2);
  if (in == NULL) return;
  sley_stream *s = in->reader;
  const char *name = c->t[0];
  size_t n = c->count > 3 ? number_at(c, 3) : 0;
  sley_promise *p;
  if (strcmp(name, "get") == 0) p = sley_stream_get(s);
  else if (strcmp(name, "peek") == 0) p = sley_stream_peek(s);
  else if (strcmp(name, "npeek") == 0) p = sley_stream_npeek(s, n);
  else if (strcmp(name, "nget") == 0) p = sley_stream_nget(s, n);
  else if (strcmp(name, "next") == 0) p = sley_stream_next(s);
  else if (strcmp(name, "last_new") == 0) p = sley_stream_last_new(s);
  else if (strcmp(name, "junk") == 0) p = sley_stream_junk(s);
  else if (strcmp(name, "njunk") == 0) p = sley_stream_njunk(s, n);
  else if (strcmp(name, "to_list") == 0) p = sley_stream_to_list(sley_stream_keep(s));
  else if (strcmp(name, "stream_empty") == 0) p = sley_stream_at_end(s);
  else p = sley_stream_wait_closed(s);
  give(c, p, NULL);
}

static void do_junk_old(call *c)
{
  const stream *s = find(c, 2);
  if (s == NULL) return;
  sley_error *e = sley_stream_junk_available(s->reader);
  give(c, e != NULL ? sley_fail(e) : sley_return(sley_unit()), NULL);
}

static void do_is_closed(call *c)
{
  const stream *s = find(c, 1);
  if (s == NULL) return;
  text_line(&c->m->trace, "is_closed %s %d\n", c->t[1], sley_stream_is_closed(s->reader));
}

static void do_on_stream_end(call *c)
{
  const stream *s = find(c, 1);
  if (s == NULL) return;
  sley_promise *p = sley_stream_wait_closed(s->reader);
  sley_on_termination(p, on_done, closure_at(c, 2), closure_drop);
  sley_drop(p);
}

static void do_get_available(call *c)
{
  const stream *s = find(c, 1);
  sley_value v;
  if (s == NULL) return;
  c->raised = c->count > 2 ? sley_stream_get_available_up_to(s->reader, number_at(c, 2), &v)
                           : sley_stream_get_available(s->reader, &v);
  if (c->raised != NULL) return;
  text_line(&c->m->trace, "get_available %s ", c->t[1]);
  value_show(c->m, &c->m->trace, 'l', &v, NULL);
  text_line(&c->m->trace, "\n");
  sley_value_drop(&v);
}

static void do_with_block(call *c)
{
  const stream *in = find(c, 2);
  if (in == NULL) return;
  closure *k = closure_at(c, 3);
  sley_stream *s = in->reader;
  sley_drop_fn *drop = closure_drop;
  const char *name = c->t[0];
  sley_promise *p;
  if (strcmp(name, "get_while") == 0) p = sley_stream_get_while(s, on_test, k, drop);
  else if (strcmp(name, "get_while_s") == 0) p = sley_stream_get_while_s(s, on_test_s, k, drop);
  else if (strcmp(name, "junk_while") == 0) p = sley_stream_junk_while(s, on_test, k, drop);
  else if (strcmp(name, "junk_while_s") == 0) p = sley_stream_junk_while_s(s, on_test_s, k, drop);
  else if (strcmp(name, "siter") == 0) p = sley_stream_iter(sley_stream_keep(s), on_each, k, drop);
  else if (strcmp(name, "siter_s") == 0)
    p = sley_stream_iter_s(sley_stream_keep(s), on_bind, k, drop);
  else if (strcmp(name, "siter_p") == 0)
    p = sley_stream_iter_p(sley_stream_keep(s), on_bind, k, drop);
  else if (strcmp(name, "sfind") == 0) p = sley_stream_find(s, on_test, k, drop);
  else if (strcmp(name, "sfind_s") == 0) p = sley_stream_find_s(s, on_test_s, k, drop);
  else if (strcmp(name, "sfind_map") == 0) p = sley_stream_find_map(s, on_option_map, k, drop);
  else p = sley_stream_find_map_s(s, on_option_bind, k, drop);
  give(c, p, NULL);
}

static void do_iter_n(call *c)
{
  const stream *s = find(c, 2);
  if (s == NULL) return;
  give(c,
       sley_stream_iter_n(sley_stream_keep(s->reader), number_at(c, 3), on_bind, closure_at(c, 4),
                          closure_drop),
       NULL);
}

static void do_fold(call *c)
{
  const stream *s = find(c, 2);
  if (s == NULL) return;
  closure *k = closure_at(c, 4);
  number n = read_number(c->m, c->env, c->t[3]);
  sley_value sum = value_make(c->m, (number){NUMBER, scalar(n)});
  sley_stream *reader = sley_stream_keep(s->reader);
  give(c,
       strcmp(c->t[0], "sfold") == 0 ? sley_stream_fold(reader, sum, on_fold, k, closure_drop)
                                     : sley_stream_fold_s(reader, sum, on_fold_s, k, closure_drop),
       NULL);
}

static void do_parse(call *c)
{
  const stream *s = find(c, 2);
  if (s == NULL) return;
  closure k = {.machine = c->m, .first = read_block(c->m, c->t[3]), .type = 'p'};
  give(c, sley_stream_parse(s->reader, on_parse, &k), NULL);
}

const operation operations_stream[] = {
    {"stream", do_stream, 2, 2, false},
    {"push", do_push, 3, 3, false},
    {"bounded", do_bounded, 3, 3, false},
    {"bpush", do_bounded_push, 4, 4, true},
    {"bclose", do_bounded_control, 2, 2, false},
    {"bresize", do_bounded_control, 3, 3, false},
    {"binfo", do_bounded_control, 2, 2, false},
    {"from", do_from, 3, 3, false},
    {"from_direct", do_from, 3, 3, false},
    {"of_list", do_of_list, 2, MAX_TOKENS, false},
    {"return_lwt", do_return_lwt, 3, 3, false},
    {"clone", do_clone, 3, 3, false},
    {"smap", do_transform, 4, 4, false},
    {"smap_s", do_transform, 4, 4, false},
    {"sfilter", do_transform, 4, 4, false},
    {"sfilter_s", do_transform, 4, 4, false},
    {"sfilter_map", do_transform, 4, 4, false},
    {"sfilter_map_s", do_transform, 4, 4, false},
    {"sappend", do_append, 4, 4, false},
    {"get", do_read, 3, 3, true},
    {"peek", do_read, 3, 3, true},
    {"npeek", do_read, 4, 4, true},
    {"nget", do_read, 4, 4, true},
    {"next", do_read, 3, 3, true},
    {"last_new", do_read, 3, 3, true},
    {"junk", do_read, 3, 3, true},
    {"njunk", do_read, 4, 4, true},
    {"junk_old", do_junk_old, 3, 3, true},
    {"to_list", do_read, 3, 3, true},
    {"stream_empty", do_read, 3, 3, true},
    {"closed", do_read, 3, 3, true},
    {"is_closed", do_is_closed, 2, 2, false},
    {"on_stream_end", do_on_stream_end, 3, 3, false},
    {"get_available", do_get_available, 2, 3, false},
    {"get_while", do_with_block, 4, 4, true},
    {"get_while_s", do_with_block, 4, 4, true},
    {"junk_while", do_with_block, 4, 4, true},
    {"junk_while_s", do_with_block, 4, 4, true},
    {"siter", do_with_block, 4, 4, true},
    {"siter_s", do_with_block, 4, 4, true},
    {"siter_p", do_with_block, 4, 4, true},
    {"siter_n", do_iter_n, 5, 5, true},
    {"sfold", do_fold, 5, 5, true},
    {"sfold_s", do_fold, 5, 5, true},
    {"sfind", do_with_block, 4, 4, true},
    {"sfind_s", do_with_block, 4, 4, true},
    {"sfind_map", do_with_block, 4, 4, true},
    {"sfind_map_s", do_with_block, 4, 4, true},
    {"parse", do_parse, 4, 4, true},
    {0},
};
