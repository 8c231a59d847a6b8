/* Stages of lazy sequences: map, filter, append and so on. The next element of a stage is a walk over its source's
 * elements, up to the first that passes; the walk's result is a node. */
#include "promise/collection/seq.h"

typedef struct trip {
  sley_seq *stage;
  int kind;              /* flat_map goes to flat and back */
  sley_seq *seq;         /* to be asked next */
  sley_seq *second;      /* of append and flat */
  sley_promise *promise; /* to wait for before that */
  bool called;           /* promise is the function's */
  bool passing;          /* promise is the result */
  sley_value element;
} trip;

static sley_promise *next_of(sley_domain *d, walk *w)
{
  trip *t = w->more;
  (void)d;
  return sley__seq_ask(t->seq, &t->promise);
}

static sley_seq *taken(sley_seq **place)
{
  sley_seq *seq = *place;
  *place = NULL;
  return seq;
}

static void source_is(trip *t, sley_seq *seq)
{
  sley_seq *old = t->seq;
  t->seq = seq;
  sley_seq_drop(old);
}

/* Makes the walk continue with a rejection. */
static bool fail(walk *w, sley_error *e)
{
  ((trip *)w->more)->promise = sley_fail_at(w->cell.site, e);
  return true;
}

static bool fail_code(walk *w, int code) { return fail(w, sley__error_of_code(code)); }

/* The result: an element and the stage over the rest of the source. */
static bool found(walk *w, sley_value element)
{
  trip *t = w->more;
  sley_seq *rest = sley__seq_rest(t->stage, t->kind, taken(&t->seq), taken(&t->second));
  sley_error *e = sley_seq_new_cons(element, rest, &w->result.value);
  return e != NULL && fail(w, e);
}

static bool element_found(walk *w)
{
  trip *t = w->more;
  sley_value element = t->element;
  t->element = sley_unit();
  return found(w, element);
}

static bool element_left_out(walk *w)
{
  sley_value_drop(&((trip *)w->more)->element);
  return true;
}

static bool ended(walk *w)
{
  trip *t = w->more;
  switch (t->kind) {
    case SEQ_APPEND:
      t->passing = true;
      source_is(t, taken(&t->second));
      return true;
    case SEQ_FLAT:
      t->kind = SEQ_FLAT_MAP;
      source_is(t, taken(&t->second));
      return true;
    default: w->result.value = sley_none(); return false;
  }
}

/* Lends the function an element that the walk keeps: sley_take copies it. */
static void lend(sley_domain *d, walk *w, struct sley__lent *lent)
{
  *lent = (struct sley__lent){&((trip *)w->more)->element, &w->cell, 0, d->lent};
  w->cell.producers++;
  d->lent = lent;
}

static void lend_over(sley_domain *d, walk *w, const struct sley__lent *lent)
{
  w->cell.producers--;
  d->lent = lent->outer;
}

static bool computed(sley_domain *d, walk *w)
{
  trip *t = w->more;
  struct sley__lent lent;
  sley_value out = sley_unit();
  lend(d, w, &lent);
  bool yes = false;
  sley_error *e = t->kind == SEQ_FILTER ? t->stage->call.test(t->stage->ctx, &t->element, &yes)
                                        : t->stage->call.map(t->stage->ctx, &t->element, &out);
  lend_over(d, w, &lent);
  if (e != NULL) {
    sley_value_drop(&out);
    return fail(w, e);
  }
  if (t->kind == SEQ_FILTER) return yes ? element_found(w) : element_left_out(w);
  element_left_out(w);
  return t->kind == SEQ_FILTER_MAP && sley_is_none(&out) ? true : found(w, out);
}

static bool flattened(walk *w)
{
  trip *t = w->more;
  sley_seq *inner = t->stage->call.flat(t->stage->ctx, &t->element);
  if (inner == NULL) sley__returned_null("sley_seq_flat_map", "");
  element_left_out(w);
  t->kind = SEQ_FLAT;
  t->second = t->seq;
  t->seq = inner;
  return true;
}

static bool got_element(sley_domain *d, walk *w)
{
  trip *t = w->more;
  struct sley__lent lent;
  switch (t->kind) {
    case SEQ_APPEND:
    case SEQ_FLAT: return element_found(w);
    case SEQ_FLAT_MAP: return flattened(w);
    case SEQ_MAP:
    case SEQ_FILTER:
    case SEQ_FILTER_MAP: return computed(d, w);
    default:
      lend(d, w, &lent);
      t->promise = t->stage->call.bind(t->stage->ctx, &t->element);
      lend_over(d, w, &lent);
      sley__walk_check(d, w, t->promise);
      t->called = true;
      return true;
  }
}

static bool got_answer(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  trip *t = w->more;
  t->called = false;
  if (t->kind == SEQ_FILTER_S)
    return sley__truth(sley__value_of(source), "sley_seq_filter_s") ? element_found(w)
                                                                    : element_left_out(w);
  element_left_out(w);
  if (t->kind == SEQ_FILTER_MAP_S && sley_is_none(sley__value_of(source))) return true;
  struct sley__lent lent = {sley__value_of(source), source, held, d->lent};
  sley_value answer;
  d->lent = &lent;
  int code = sley_take(lent.value, &answer);
  d->lent = lent.outer;
  return code == 0 ? found(w, answer) : fail_code(w, code);
}

static bool got(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  trip *t = w->more;
  if (t->called) return got_answer(d, w, source, held);
  if (t->passing) {
    sley__value_share(source, held, &w->result.value, &w->result.owner);
    return false;
  }
  const sley_value *v = sley__value_of(source);
  if (sley_is_none(v)) return ended(w);
  cons *c = sley_value_ptr(v, &sley_type_cons);
  sley_seq *tail = sley_seq_keep(c->tail);
  int code = sley__seq_head_take(d, c, source, held, &t->element);
  source_is(t, tail);
  return code == 0 ? got_element(d, w) : fail_code(w, code);
}

static void release(sley_domain *d, walk *w)
{
  trip *t = w->more;
  sley_seq_drop(t->stage);
  sley_seq_drop(t->seq);
  sley_seq_drop(t->second);
  sley__ref_drop(d, t->promise);
  sley_value_drop(&t->element);
  sley__free(d, t, sizeof(*t));
}

static const walk_type stage_type = {"a stage of a sley_seq", next_of, got,
                                     sley__walk_settle_result, release};

sley_promise *sley__seq_stage_next(sley_seq *stage)
{
  sley_domain *d = sley__self();
  trip *t = sley__alloc(d, sizeof(*t));
  walk *w = t != NULL ? sley__walk_new(d, "", &stage_type, NULL) : NULL;
  if (w == NULL) {
    if (t != NULL) sley__free(d, t, sizeof(*t));
    return sley__nomem_promise();
  }
  *t = (trip){.stage = sley_seq_keep(stage),
              .kind = stage->kind,
              .seq = sley_seq_keep(stage->source),
              .second = stage->second != NULL ? sley_seq_keep(stage->second) : NULL};
  w->more = t;
  return sley__walk_start(d, w);
}

/* ---- making stages */

sley_seq *sley_seq_append(sley_seq *first, sley_seq *second)
{
  return sley__seq_stage(SEQ_APPEND, first, second, (union seq_call){.map = NULL}, NULL, NULL);
}

#define STAGE(name, kind, function_type, member)                                                \
  sley_seq *(sley_seq_##name)(sley_seq * seq, function_type * f, void *ctx, sley_drop_fn *drop) \
  {                                                                                             \
    return sley__seq_stage(kind, seq, NULL, (union seq_call){.member = f}, ctx, drop);          \
  }
STAGE(map, SEQ_MAP, sley_map_fn, map)
STAGE(map_s, SEQ_MAP_S, sley_bind_fn, bind)
STAGE(filter, SEQ_FILTER, sley_test_fn, test)
STAGE(filter_s, SEQ_FILTER_S, sley_bind_fn, bind)
STAGE(filter_map, SEQ_FILTER_MAP, sley_map_fn, map)
STAGE(filter_map_s, SEQ_FILTER_MAP_S, sley_bind_fn, bind)
STAGE(flat_map, SEQ_FLAT_MAP, sley_seq_fn, flat)
