/* Works of a half: who runs, who waits, and who is inside. */
#include "io/channel/channel.h"
#include "io/channel/limits.h"

/* ---- handles ---- */

static _Noreturn SLEY__NOINLINE void after_its_body(const sley__half *half, const char *function,
                                                    const char *site)
{
  sley__abort(
      "%s%s%s was given the inside handle of a body that has ended: use the one that the body was "
      "given only until its promise is settled (%s)",
      function, site[0] != '\0' ? " at " : "", site, half->is_output ? "output" : "input");
}

sley__half *sley__half_check_slow(const void *handle, const char *function, const char *site)
{
  sley__half *half = sley__half_of(handle);
  if (SLEY__UNLIKELY(half == NULL))
    sley__missing(function, site, sley__depth_of(handle) == 0 ? "channel" : "channel, inside");
  sley__io_check(sley__io_of_half(half), function, site);
  if (SLEY__UNLIKELY(sley__depth_of(handle) > half->depth)) after_its_body(half, function, site);
  return half;
}

/* ---- the line ---- */

static sley__line *line_of_depth(sley__half *half, unsigned depth)
{
  sley__top *top = &half->top;
  for (unsigned d = half->depth; d > depth; d--) top = &top->lock->outer;
  return depth == 0 ? &top->line : &top->lock->inside;
}

static void line_append(sley__line *line, sley__work *work)
{
  sley__work *last = line->last != NULL ? line->last : work;
  work->next = last->next;
  last->next = work;
  line->last = work;
}

static bool line_remove(sley__line *line, const sley__work *work)
{
  sley__work *before = line->last, *at;
  if (before == NULL) return false;
  for (at = before->next; at != work; at = at->next) {
    if (at == line->last) return false;
    before = at;
  }
  before->next = at->next;
  if (line->last == work) line->last = before != work ? before : NULL;
  return true;
}

static void waiting_remove(sley_output *out, const sley__work *work)
{
  for (sley__work **place = &out->waiting; *place != NULL; place = &(*place)->next) {
    if (*place != work) continue;
    *place = work->next;
    return;
  }
}

void sley__work_leave(sley__work *work)
{
  sley__half *half = work->half;
  if (line_remove(line_of_depth(half, work->depth), work)) {
    sley__half_look(half);
    return;
  }
  if (half->is_output) waiting_remove((sley_output *)(void *)half, work);
}

void sley__work_settle(sley__work *work, sley_value v, sley_error *e)
{
  if (work->type->over != NULL) {
    work->type->over(work, v, e);
    return;
  }
  sley_resolver *r = sley__operation_resolver(work);
  if (work->type->drop != NULL) work->type->drop(work);
  if (work->is_canceled) {
    sley_value_drop(&v);
    sley_error_drop(e);
    sley_resolver_drop(&r);
  } else if (e != NULL) {
    sley_reject(&r, e);
  } else if (SLEY__UNLIKELY(work->type->lends)) {
    sley__operation_fulfill_now(&r, v);
  } else {
    sley__operation_fulfill(&r, v);
  }
}

/* Those behind it may go on now. */
static void half_go_on(sley__half *half)
{
  sley_io *io = sley__io_of_half(half);
  sley__io_hold(io);
  if (half->is_output) sley__output_tell((sley_output *)(void *)half);
  else sley__input_go_on((sley_input *)(void *)half);
  sley_io_drop(io);
}

const char *sley__work_site(sley__work *work)
{
  if (work->next == NULL) return ""; /* in no line: it is tried before it is made an operation */
  return work->type->over != NULL ? work->type->site(work)
                                  : sley__resolver_site(sley__operation_resolver(work));
}

static sley__lock *lock_of(const sley__work *work)
{
  sley__lock *lock = work->half->top.lock;
  while (lock->work != work) lock = lock->outer.lock;
  return lock;
}

/* The promise is settled. One with a body ends when that has ended. */
void sley__work_cancel(void *data)
{
  sley__work *work = data;
  sley__half *half = work->half;
  work->is_canceled = true;
  if (work->type->has_body && work->is_running) {
    const sley__lock *lock = lock_of(work);
    if (lock->body != NULL) sley_cancel(lock->body);
    return;
  }
  if (work->is_running || work->type->goes_on) return;
  const sley__line *line = line_of_depth(half, work->depth);
  bool was_first = sley__line_next(line, NULL) == work;
  sley__work_leave(work);
  sley__work_settle(work, sley_unit(), NULL);
  if (was_first && line->last != NULL) half_go_on(half);
}

/* ---- starting ---- */

static sley__step attempt_now(sley__half *half, sley__work *work, sley_value *v, sley_error **e)
{
  if (!half->is_output) {
    sley_input *in = (sley_input *)(void *)half;
    sley__input_take_back(in);
    sley__step step = sley__input_attempt(in, work, v, e);
    if (step == SLEY__STEP_MORE) sley__input_tidy(in);
    if (in->block != NULL) sley__input_note_partial(in);
    return step;
  }
  return work->type->attempt(work, v, e);
}

static void limits_wake(const sley_io *io)
{
  const struct sley__extras *x = sley__channel_of(io)->extras;
  if (SLEY__UNLIKELY(x != NULL && x->waking != NULL)) sley__limits_wake(x->waking);
}

static void work_drop(sley__work *work)
{
  if (work->type->drop != NULL) work->type->drop(work);
}

static sley_promise *work_refused(const char *site, sley__work *wanted, sley_error *e)
{
  work_drop(wanted);
  return sley_fail_at(site, e);
}

sley_promise *sley__work_start(const char *site, const char *function, const void *handle,
                               sley__work *wanted)
{
  sley__half *half = sley__half_check(handle, function, site);
  sley_io *io = sley__io_of_half(half);
  /* A close of the output stands in line: bodies before it are served. */
  if (SLEY__UNLIKELY(io->error != NULL || (half->is_closed && !wanted->type->may_when_closed &&
                                           (!half->is_output || sley__depth_of(handle) == 0))))
    return work_refused(site, wanted,
                        io->error != NULL ? sley_error_keep(io->error) : sley_error_closed());
  int code = sley__io_attach(io);
  if (SLEY__UNLIKELY(code != 0))
    return work_refused(site, wanted, sley__io_code_error(site, io, code, function));
  wanted->half = half;
  wanted->depth = (uint8_t)sley__depth_of(handle);
  sley__step step = SLEY__STEP_MORE;
  bool is_free = sley__half_is_free(half, handle);
  if (is_free && !half->is_output) sley__input_ask_again((sley_input *)(void *)half);
  if (is_free && !wanted->type->starts_in_line) {
    sley_value v = sley_unit();
    sley_error *e = NULL;
    step = attempt_now(half, wanted, &v, &e);
    if (step == SLEY__STEP_DONE) {
      work_drop(wanted);
      if (SLEY__UNLIKELY(e != NULL)) return sley_fail_at(site, e);
      if (v.type == NULL && v.i == 0 && half->is_output) return sley_keep(sley__self()->unit);
      return sley_return_at(site, v);
    }
  }
  if (!is_free && wanted->type->copy != NULL && !wanted->type->copy(wanted)) {
    work_drop(wanted);
    return sley__nomem_promise();
  }
  void *data;
  sley_resolver *r;
  sley_promise *p =
      sley__operation_new(site, &wanted->type->operation, wanted->type->bytes, &data, &r);
  if (p == NULL) {
    work_drop(wanted);
    return sley__nomem_promise();
  }
  sley__work *work = data;
  memcpy(data, wanted, wanted->type->bytes);
  if (step == SLEY__STEP_LEAVES) {
    sley__output_append_waiting((sley_output *)(void *)half, work);
    limits_wake(io);
    return p;
  }
  sley__work_put(work);
  limits_wake(io);
  if (is_free && work->type->starts_in_line) half_go_on(half);
  else if (is_free && !half->is_output) sley__io_want(io, SLEY__READ);
  return p;
}

sley_promise *sley__work_start_outside(const char *site, const char *function,
                                       const sley_output *handle, const sley__work *wanted)
{
  sley__half *half = sley__half_check(handle, function, site);
  sley_io *io = sley__io_of_half(half);
  sley_output *out = (sley_output *)(void *)half;
  if (io->error != NULL) return sley_fail_at(site, sley_error_keep(io->error));
  if (half->error != NULL) return sley_fail_at(site, sley__output_error_tell(out));
  if (half->is_closed && !wanted->type->may_when_closed)
    return sley_fail_at(site, sley_error_closed());
  void *data;
  sley_resolver *r;
  sley_promise *p =
      sley__operation_new(site, &wanted->type->operation, wanted->type->bytes, &data, &r);
  if (p == NULL) return sley__nomem_promise();
  sley__work *work = data;
  memcpy(data, wanted, wanted->type->bytes);
  work->half = half;
  sley__output_append_waiting(out, work);
  limits_wake(io);
  return p;
}

void sley__work_put(sley__work *work)
{
  line_append(line_of_depth(work->half, work->depth), work);
  sley__half_look(work->half);
}

void sley__work_begin(sley__work *work)
{
  work->next = NULL;
  work->depth = 0;
  work->is_canceled = work->is_running = false;
  work->looks = 0;
  sley__work_put(work);
  half_go_on(work->half);
}

/* ---- the end ---- */

static sley__work *first_that_rests(const sley__line *line)
{
  for (sley__work *w = NULL; (w = sley__line_next(line, w)) != NULL;)
    if (!w->is_running) return w;
  return NULL;
}

/* The first, innermost, that does not run. */
static sley__work *first_to_reject(sley__half *half)
{
  sley__work *w = NULL;
  for (int d = half->depth; d >= 0 && w == NULL; d--)
    w = first_that_rests(line_of_depth(half, (unsigned)d));
  return w;
}

void sley__half_reject_all(sley__half *half, sley_error *e)
{
  /* Callbacks run in between, which may end bodies. */
  for (sley__work *work; (work = first_to_reject(half)) != NULL;) {
    sley__work_leave(work);
    sley__work_settle(work, sley_unit(), sley_error_keep(e));
  }
  sley_error_drop(e);
  if (half->depth > 0 && half->top.lock->body != NULL) sley_cancel(half->top.lock->body);
}

/* What the body has asked for and not waited for. */
void sley__lock_left_inside(sley__half *half)
{
  for (sley__work *work; (work = sley__half_first(half)) != NULL;) {
    sley__work_leave(work);
    sley__work_settle(work, sley_unit(),
                      sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                                     "asked for by a body that did not wait for it"));
  }
}

/* ---- limits of time ---- */

static sley__work *first_marked(sley__half *half)
{
  sley__work *outside = half->is_output ? ((sley_output *)(void *)half)->waiting : NULL;
  for (sley__work *w = outside; w != NULL; w = w->next)
    if (w->looks == SLEY__LOOKS_OVER) return w;
  for (int d = half->depth; d >= 0; d--)
    for (sley__work *w = NULL; (w = sley__line_next(line_of_depth(half, (unsigned)d), w)) != NULL;)
      if (w->looks == SLEY__LOOKS_OVER && !w->is_running) return w;
  return NULL;
}

void sley__half_reject_marked(sley__half *half, sley_error *e)
{
  bool some = false;
  for (sley__work *work; (work = first_marked(half)) != NULL; some = true) {
    sley__work_leave(work);
    sley__work_settle(work, sley_unit(), sley_error_keep(e));
  }
  if (some && sley__io_of_half(half)->error == NULL && sley__half_first(half) != NULL)
    half_go_on(half);
}
