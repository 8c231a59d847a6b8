/* Consuming lazy sequences: fold, iter, to_list. One walk requests an element, calls the function with it, and
 * waits if the function returned a promise to wait for. */
#include "promise/collection/seq.h"

typedef enum goal { FOLD, FOLD_S, ITER, ITER_S, ITER_P, ITER_N, TO_LIST } goal;
typedef enum waiting { FOR_NODE, FOR_ANSWER, FOR_ROOM, FOR_ALL } waiting;

typedef struct trip {
  goal goal;
  waiting waiting;
  sley_seq *seq;
  sley_promise *promise; /* to wait for before the next node */
  sley_value element;
  union {
    sley_fold_fn *accumulate;
    sley_fold_bind_fn *fold;
    sley_visit_fn *visit;
    sley_bind_fn *each;
  } call;
  /* iter_p, iter_n: promises under way, in Lwt's list order from the end. */
  sley_promise **running;
  size_t count, capacity, room;
} trip;

static bool fail_code(walk *w, int code)
{
  ((trip *)w->more)->promise =
      code == -SLEY_ENOMEM
          ? sley__nomem_promise()
          : sley_fail_at(w->cell.site,
                         sley_error_new_at(w->cell.site, &sley_kind_sley, -code, NULL));
  return true;
}

static sley_promise *next_of(sley_domain *d, walk *w)
{
  trip *t = w->more;
  (void)d;
  return sley__seq_ask(t->seq, &t->promise);
}

/* ---- promises under way */

static bool running_add(sley_domain *d, walk *w, sley_promise *q)
{
  trip *t = w->more;
  sley_promise *u = sley__underlying(d, q);
  if (!sley__is_immortal(u)) u->flags |= FLAG_READ; /* an operand: waited for at the end */
  if (t->count == t->capacity) {
    size_t wider = t->capacity * 2 + 8;
    sley_promise **more = sley__alloc(d, wider * sizeof(*more));
    if (more == NULL) {
      sley__ref_drop(d, q);
      return fail_code(w, -SLEY_ENOMEM);
    }
    if (t->count > 0) memcpy(more, t->running, t->count * sizeof(*more));
    if (t->running != NULL) sley__free(d, t->running, t->capacity * sizeof(*more));
    t->running = more;
    t->capacity = wider;
  }
  t->running[t->count++] = q;
  return true;
}

static void running_reverse(trip *t)
{
  for (size_t i = 0, k = t->count; i + 1 < k; i++) {
    sley_promise *p = t->running[i];
    t->running[i] = t->running[--k];
    t->running[k] = p;
  }
}

static bool wait_for_room(walk *w)
{
  trip *t = w->more;
  running_reverse(t);
  size_t n = t->count;
  t->count = 0;
  t->waiting = FOR_ROOM;
  t->promise = sley_nchoose_split_at(w->cell.site, t->running, n);
  return true;
}

static bool got_room(sley_domain *d, walk *w, const sley_split *split)
{
  trip *t = w->more;
  t->room += sley_list_count(sley_split_values(split));
  t->waiting = FOR_NODE;
  for (size_t i = sley_split_pending_count(split); i-- > 0;)
    running_add(d, w, sley_keep(sley_split_pending(split, i)));
  return true;
}

static bool ended(walk *w)
{
  trip *t = w->more;
  if (t->goal != ITER_P && t->goal != ITER_N) return false;
  running_reverse(t);
  size_t n = t->count;
  t->count = 0;
  t->waiting = FOR_ALL;
  t->promise = sley_join_at(w->cell.site, t->running, n);
  return true;
}

/* ---- elements */

static bool list_add(sley_domain *d, walk *w, sley_value v)
{
  sley_list *list = w->list;
  if (list->count == list->capacity) {
    sley_list *wider = sley__list_new(d, list->capacity * 2 + 8);
    if (wider == NULL) {
      sley_value_drop(&v);
      return fail_code(w, -SLEY_ENOMEM);
    }
    wider->count = list->count;
    if (list->count > 0)
      memcpy(wider->entries, list->entries, list->count * sizeof(list->entries[0]));
    list->count = 0;
    sley__list_drop(d, list);
    w->list = list = wider;
  }
  list->entries[list->count++] = (struct list_entry){v, NULL};
  return true;
}

static sley_promise *call_fold(sley_domain *d, walk *w)
{
  trip *t = w->more;
  struct list_entry *entry = &w->result;
  if (entry->owner == NULL) return t->call.fold(w->ctx, &entry->value, &t->element);
  struct sley__lent lent = {&entry->owner->value, entry->owner, 1, d->lent};
  d->lent = &lent;
  sley_promise *q = t->call.fold(w->ctx, lent.value, &t->element);
  d->lent = lent.outer;
  return q;
}

static bool got_element(sley_domain *d, walk *w)
{
  trip *t = w->more;
  sley_error *e = NULL;
  sley_value v = t->element;
  switch (t->goal) {
    case FOLD: e = t->call.accumulate(w->ctx, &w->result.value, &t->element); break;
    case ITER: e = t->call.visit(w->ctx, &t->element); break;
    case TO_LIST: t->element = sley_unit(); return list_add(d, w, v);
    default: {
      sley_promise *q = t->goal == FOLD_S ? call_fold(d, w) : t->call.each(w->ctx, &t->element);
      sley__walk_check(d, w, q);
      if (t->goal == FOLD_S || t->goal == ITER_S) {
        t->promise = q;
        t->waiting = FOR_ANSWER;
        return true;
      }
      sley_value_drop(&t->element);
      if (!running_add(d, w, q) || t->promise != NULL) return true;
      return t->goal == ITER_N && --t->room == 0 ? wait_for_room(w) : true;
    }
  }
  sley_value_drop(&t->element);
  if (e != NULL) t->promise = sley_fail_at(w->cell.site, e);
  return true;
}

static bool got_answer(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  trip *t = w->more;
  t->waiting = FOR_NODE;
  sley_value_drop(&t->element);
  if (t->goal == ITER_S) return true;
  struct list_entry old = w->result;
  sley__value_share(source, held, &w->result.value, &w->result.owner);
  sley__ref_drop(d, old.owner);
  sley_value_drop(&old.value);
  return true;
}

static bool got(sley_domain *d, walk *w, sley_promise *source, uint32_t held)
{
  trip *t = w->more;
  const sley_value *v = sley__value_of(source);
  if (t->waiting == FOR_ANSWER) return got_answer(d, w, source, held);
  if (t->waiting == FOR_ROOM) return got_room(d, w, sley_split_in(v));
  if (t->waiting == FOR_ALL) return false;
  if (sley_is_none(v)) return ended(w);
  cons *c = sley_value_ptr(v, &sley_type_cons);
  sley_seq *old = t->seq;
  t->seq = sley_seq_keep(c->tail);
  int code = sley__seq_head_take(d, c, source, held, &t->element);
  sley_seq_drop(old);
  return code == 0 ? got_element(d, w) : fail_code(w, code);
}

static void settle(sley_domain *d, walk *w, sley_promise *p)
{
  if (w->list != NULL) {
    w->result.value = sley_own(w->list, &sley_type_list);
    w->list = NULL;
  }
  sley__walk_settle_result(d, w, p);
}

static void release(sley_domain *d, walk *w)
{
  trip *t = w->more;
  sley_seq_drop(t->seq);
  sley__ref_drop(d, t->promise);
  sley_value_drop(&t->element);
  for (size_t i = 0; i < t->count; i++) sley__ref_drop(d, t->running[i]);
  if (t->running != NULL) sley__free(d, t->running, t->capacity * sizeof(sley_promise *));
  sley__free(d, t, sizeof(*t));
}

static const walk_type trip_type = {"a walk over a sley_seq", next_of, got, settle, release};

static sley_promise *go(const char *site, sley_seq *seq, sley_value accumulator, const trip *how,
                        void *ctx)
{
  sley_domain *d = sley__self();
  trip *t = sley__alloc(d, sizeof(*t));
  walk *w = t != NULL ? sley__walk_new(d, site, &trip_type, ctx) : NULL;
  if (w != NULL) {
    *t = *how;
    t->seq = seq;
    w->more = t;
    w->result.value = accumulator;
    if (t->goal != TO_LIST || (w->list = sley__list_new(d, 8)) != NULL)
      return sley__walk_start(d, w);
    sley_drop(&w->cell);
    return sley__nomem_promise();
  }
  if (t != NULL) sley__free(d, t, sizeof(*t));
  sley_seq_drop(seq);
  sley_value_drop(&accumulator);
  return sley__nomem_promise();
}

sley_promise *sley_seq_fold_left_at(const char *site, sley_seq *seq, sley_value accumulator,
                                    sley_fold_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, seq);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(
      go(site, seq, accumulator, &(trip){.goal = FOLD, .call.accumulate = f}, ctx), ctx, drop);
}

sley_promise *sley_seq_fold_left_s_at(const char *site, sley_seq *seq, sley_value accumulator,
                                      sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, seq);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(go(site, seq, accumulator, &(trip){.goal = FOLD_S, .call.fold = f}, ctx),
                         ctx, drop);
}

sley_promise *sley_seq_iter_at(const char *site, sley_seq *seq, sley_visit_fn *f, void *ctx,
                               sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, seq);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(go(site, seq, sley_unit(), &(trip){.goal = ITER, .call.visit = f}, ctx),
                         ctx, drop);
}

sley_promise *sley_seq_iter_s_at(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx,
                                 sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, seq);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(go(site, seq, sley_unit(), &(trip){.goal = ITER_S, .call.each = f}, ctx),
                         ctx, drop);
}

sley_promise *sley_seq_iter_p_at(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx,
                                 sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, seq);
  SLEY__NEEDS_AT(site, f);
  return sley__with_drop(go(site, seq, sley_unit(), &(trip){.goal = ITER_P, .call.each = f}, ctx),
                         ctx, drop);
}

sley_promise *sley_seq_iter_n_at(const char *site, sley_seq *seq, size_t bound, sley_bind_fn *f,
                                 void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, seq);
  SLEY__NEEDS_AT(site, f);
  if (bound > 0)
    return sley__with_drop(
        go(site, seq, sley_unit(), &(trip){.goal = ITER_N, .call.each = f, .room = bound}, ctx),
        ctx, drop);
  sley_seq_drop(seq);
  return sley__with_drop(
      sley_fail_at(
          site, sley_error_new_at(
                    site, &sley_kind_sley, SLEY_EINVAL,
                    "sley_seq_iter_n: the limit of concurrent calls is 0; it must be at least 1")),
      ctx, drop);
}

sley_promise *sley_seq_to_list_at(const char *site, sley_seq *seq)
{
  SLEY__NEEDS_AT(site, seq);
  return go(site, seq, sley_unit(), &(trip){.goal = TO_LIST}, NULL);
}

/* ---- plain names */
