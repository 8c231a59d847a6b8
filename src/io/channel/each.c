/* Bodies that have an input for themselves: one for each arrival of data, and one alone. */
#include "io/channel/channel.h"

#include <sley/convenience.h>

typedef struct each {
  sley__work work; /* the first member */
  sley_input_fn *f;
  void *ctx;
  sley_drop_fn *drop;
} each;

static void each_drop(sley__work *work)
{
  const each *w = (const each *)(void *)work;
  if (w->drop != NULL) w->drop(w->ctx);
}

/* In the domain's state, not in the promise: it is shared. */
sley_promise *sley_input_more(size_t n)
{
  const sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(d->io == NULL)) return sley_return_unit();
  d->io->more = n > 0 ? n : 1;
  return sley_keep(d->unit);
}

/* How much is to be unread before f is called again; 0: it must not be. */
static size_t need_after(const sley_input *in, const sley__lock *lock, size_t more)
{
  uint64_t consumed = in->half.position - lock->before;
  if (more > in->unread) return more;
  /* It was shown a block of more: the next one, or else all. */
  if (more > 0 && in->unread + consumed > SLEY__BLOCK_BYTES &&
      lock->work->need <= SLEY__BLOCK_BYTES)
    return consumed > 0 ? 1 : SLEY__BLOCK_BYTES + 1;
  if (more > 0) return in->unread + 1;
  return consumed > 0 || in->unread == 0 ? 1 : 0;
}

/* After f's promise was fulfilled: go on (false), or the end (true). */
static bool each_fulfilled(sley_input *in, const sley__lock *lock, bool is_true, size_t more,
                           sley_error **e)
{
  if (is_true) return true;
  if (lock->was_over) {
    if (in->unread > 0) *e = sley__input_why(in);
    else if (in->half.error != NULL) *e = sley_error_keep(in->half.error);
    return true;
  }
  size_t need = need_after(in, lock, more);
  if (SLEY__UNLIKELY(need == 0 || need > sley__input_most(in))) {
    const char *site = sley__work_site(lock->work);
    *e = need == 0
             ? sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                 "sley_input_each: its function consumed nothing of %u bytes, and "
                                 "did not give sley_input_more",
                                 in->unread)
             : sley__input_too_much(site, "sley_input_more", need, sley__input_most(in));
    return true;
  }
  lock->work->need = need;
  return false;
}

/* The promise of f, settled: whether the work ends with it, and how. Consumes p. */
static SLEY__ALWAYS_INLINE bool each_after(sley_input *in, const sley__lock *lock, bool is_once,
                                           sley_promise *p, size_t more, sley_value *v,
                                           sley_error **e)
{
  if (is_once) {
    *e = sley__finish(p, v);
    return true;
  }
  sley_value value;
  *e = sley__finish(p, &value);
  if (*e != NULL) return true;
  bool is_true = value.type == NULL && value.i != 0;
  sley_value_drop(&value);
  return each_fulfilled(in, lock, is_true, more, e);
}

static SLEY__ALWAYS_INLINE void body_over(void *ctx, bool is_once)
{
  sley__work *work = ((const sley__lock *)ctx)->work;
  sley_input *in = sley__work_input(work);
  in->half.is_lent = false;
  sley__lock lock = sley__lock_over(ctx);
  sley_io *io = sley__io_of_input(in);
  sley_value v = sley_unit();
  sley_error *e = NULL;
  bool ends = each_after(in, &lock, is_once, lock.body, 0, &v, &e);
  if (io->error != NULL || in->half.is_closed || work->is_canceled) {
    if (!ends) e = io->error != NULL ? sley_error_keep(io->error) : sley_error_closed();
    ends = true;
  }
  if (ends) {
    sley__work_leave(work);
    sley__work_settle(work, v, e);
  }
  if (!in->half.is_closed) sley__input_go_on(in); /* else a close rejects what is in line */
  sley_io_drop(io);
}

static void each_body_over(void *ctx) { body_over(ctx, false); }
static void atomic_body_over(void *ctx) { body_over(ctx, true); }

/* After the call of f: it returned p. */
static SLEY__NOINLINE sley__step called(const sley__lock *lock, bool is_once, sley_promise *p,
                                        size_t more, sley_value *v, sley_error **e)
{
  sley__work *work = lock->work;
  sley_input *in = sley__work_input(work);
  if (SLEY__UNLIKELY(p == NULL))
    sley__returned_null(is_once ? "sley_input_atomic" : "sley_input_each", sley__work_site(work));
  if (sley_is_pending(p) || sley__lock_is_covered(lock)) { /* what it was lent stays */
    sley__lock_wait(lock, p, is_once ? atomic_body_over : each_body_over);
    return SLEY__STEP_RUNS;
  }
  in->half.is_lent = false;
  sley__lock_leave(lock);
  return each_after(in, lock, is_once, p, more, v, e) || work->is_canceled ? SLEY__STEP_DONE
                                                                           : SLEY__STEP_MORE;
}

static SLEY__ALWAYS_INLINE sley__step call(sley__work *work, sley_input_fn *f, void *ctx,
                                           bool is_once, bool was_over, sley_value *v,
                                           sley_error **e)
{
  sley_input *in = sley__work_input(work);
  struct sley__io_state *state = sley__io_state_of(sley__io_of_input(in));
  sley__lock lock;
  lock.was_over = was_over;
  void *inside = sley__lock_enter(&lock, work);
  size_t outer = state->more; /* of a function that has begun this one */
  state->more = 0;
  sley_promise *p = f(ctx, inside);
  size_t more = state->more;
  state->more = outer;
  /* Mostly it has taken all, and wants more. */
  if (SLEY__UNLIKELY(p != sley__current->unit || more != 1 || in->unread > 0 || was_over ||
                     is_once || work->is_canceled || sley__lock_is_covered(&lock)))
    return called(&lock, is_once, p, more, v, e);
  sley_drop(p);
  in->half.is_lent = false;
  sley__lock_leave(&lock);
  work->need = 1;
  return SLEY__STEP_MORE;
}

sley__step sley__each_call(sley__work *work, sley_input_fn *f, void *ctx, sley_value *v,
                           sley_error **e)
{
  return call(work, f, ctx, false, false, v, e);
}

static SLEY__ALWAYS_INLINE sley__step attempt(sley__work *work, sley_input_fn *f, void *ctx,
                                              bool is_once, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  for (;;) {
    bool was_over = sley__input_is_over(in);
    if (!is_once) {
      if (in->unread == 0 && was_over) {
        *e = in->half.error != NULL ? sley_error_keep(in->half.error) : NULL;
        return SLEY__STEP_DONE;
      }
      if (in->unread < work->need && !was_over) return SLEY__STEP_MORE;
    }
    sley__step step = call(work, f, ctx, is_once, was_over, v, e);
    if (step != SLEY__STEP_MORE) return step;
    if (SLEY__UNLIKELY(in->half.is_closed || sley__io_of_input(in)->error != NULL))
      return SLEY__STEP_MORE; /* input.c says why */
  }
}

sley__step sley__each_attempt(sley__work *work, sley_input_fn *f, void *ctx, sley_value *v,
                              sley_error **e)
{
  return attempt(work, f, ctx, false, v, e);
}

static sley__step each_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const each *w = (const each *)(void *)work;
  return attempt(work, w->f, w->ctx, false, v, e);
}

static sley__step each_call(sley__work *work, sley_value *v, sley_error **e)
{
  const each *w = (const each *)(void *)work;
  return call(work, w->f, w->ctx, false, false, v, e);
}

static sley__step atomic_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const each *w = (const each *)(void *)work;
  return attempt(work, w->f, w->ctx, true, v, e);
}

static const sley__work_type each_type = {.operation = {"each", sley__work_cancel},
                                          .bytes = sizeof(each),
                                          .attempt = each_attempt,
                                          .call = each_call,
                                          .drop = each_drop,
                                          .starts_in_line = true,
                                          .has_body = true};
static const sley__work_type atomic_type = {.operation = {"atomic", sley__work_cancel},
                                            .bytes = sizeof(each),
                                            .attempt = atomic_attempt,
                                            .drop = each_drop,
                                            .starts_in_line = true,
                                            .has_body = true};

bool sley__each_take(sley_promise *p, sley__work *to, sley__each_rest *rest)
{
  each *w = sley__operation_alone(p, &each_type.operation);
  if (w == NULL || w->work.half != to->half || w->work.depth != 0 || w->work.is_running)
    return false;
  if (sley__half_first(to->half) != &w->work || w->work.next != &w->work) return false;
  *rest = (sley__each_rest){w->f, w->ctx, w->drop, sley__work_site(&w->work)};
  to->need = w->work.need;
  to->looks = w->work.looks;
  sley__work_leave(&w->work);
  sley_resolver *r = sley__operation_resolver(w);
  sley__operation_fulfill(&r, sley_unit());
  sley_drop(p);
  return true;
}

static sley_promise *body_start(const char *site, const char *function, sley_input *in,
                                each *wanted)
{
  if (wanted->f == NULL) sley__missing(function, site, "f");
  if (sley__depth_of(in) < SLEY__DEPTH_MOST)
    return sley__work_start(site, function, in, &wanted->work);
  each_drop(&wanted->work);
  return sley_fail_at(
      site, sley_error_new_at(site, &sley_kind_sley, SLEY_EDEPTH, "%s: bodies are nested %d deep",
                              function, SLEY__DEPTH_MOST));
}

sley_promise *sley_input_each_at(const char *site, sley_input *in, sley_input_fn *f, void *ctx,
                                 sley_drop_fn *drop)
{
  each w = {.work = {.type = &each_type, .need = 1}, .f = f, .ctx = ctx, .drop = drop};
  return body_start(site, "sley_input_each", in, &w);
}

sley_promise *sley_input_atomic_at(const char *site, sley_input *in, sley_input_fn *f, void *ctx,
                                   sley_drop_fn *drop)
{
  each w = {.work = {.type = &atomic_type}, .f = f, .ctx = ctx, .drop = drop};
  return body_start(site, "sley_input_atomic", in, &w);
}
