/* Sending, marks, and the flush of a turn. Outputs are flushed in the order in which they became dirty; the flush runs no
 * callbacks, but lets the next turn tell what it did. */
#include "io/channel/channel.h"

#include <errno.h>

#include <sley/alarm.h>
#include <sley/convenience.h>

sley_error *sley__output_error_tell(sley_output *out)
{
  out->half.is_told = true;
  return sley_error_keep(out->half.error);
}

/* ---- sending ---- */

void sley__output_fail(sley_output *out, int64_t code)
{
  sley_io *io = sley__io_of_output(out);
  /* The first one stays: a write that sent a full block in vain has put more behind it. */
  if (out->half.error == NULL)
    out->half.error = sley__io_code_error("", io, code, sley__io_call_name(io, true));
  sley__half_look(&out->half);
  sley__output_drop_unsent(out);
  sley__io_want_no_more(io, SLEY__WRITE);
  out->half.is_blocked = false;
  out->half.has_news = true;
}

static bool is_passing(int64_t code)
{
  return code == -SLEY_ESYSTEM && (errno == ENOBUFS || errno == ENOMEM);
}

static void output_blocked(sley_output *out, sley_io *io)
{
  out->half.is_blocked = true;
  sley__io_want(io, SLEY__WRITE);
}

/* No memory in the kernel is no error: starving.c has it tried again. */
static void output_starves(sley_output *out, sley_io *io)
{
  struct sley__io_state *state = sley__io_state_of(io);
  bool is_new = !out->half.is_starving;
  out->half.is_starving = out->half.is_blocked = true;
  sley__io_want_no_more(io, SLEY__WRITE);
  bool rests = state->again_alarm != NULL && sley_alarm_is_started(state->again_alarm);
  if (is_new && !rests) sley__run_later(state, &state->send_again);
}

static int64_t write_some(const sley_output *out, sley_io *io, size_t *wanted)
{
  sley_slice slices[SLEY__IO_SLICES];
  size_t n = 0, size = 0;
  for (const struct sley__piece *p = sley__output_first(out); p != NULL && n < SLEY__IO_SLICES;
       p = sley__output_next(out, p)) {
    if (SLEY__UNLIKELY(p->size == 0)) { /* a block that nothing was committed to, or descriptors */
      if (!sley__piece_has_fds(p)) continue;
      if (n == 0) return sley__output_send_fds(out, io, wanted);
      break;
    }
    slices[n++] = (sley_slice){p->at, p->size};
    size += p->size;
  }
  *wanted = size;
  return SLEY__LIKELY(io->kind != SLEY__IO_CUSTOM)
             ? sley__fd_write(io, slices, n)
             : sley__io_type_of(io)->write(sley__io_ctx_of(io), slices, n);
}

/* first: what has been written already, or the negated code of that; 0: nothing was tried. */
static SLEY__NOINLINE void send_all(sley_output *out, sley_io *io, int64_t first)
{
  while (out->unsent > 0) {
    size_t wanted = out->unsent;
    int64_t n = first != 0 ? first : write_some(out, io, &wanted);
    first = 0;
    if (SLEY__UNLIKELY(n < 0)) {
      if (n == -SLEY_EAGAIN) output_blocked(out, io);
      else if (is_passing(n)) output_starves(out, io);
      else sley__output_fail(out, n);
      return;
    }
    sley__output_sent(out, (size_t)n);
    if (SLEY__UNLIKELY((size_t)n < wanted && !sley__io_is_polled(io))) { /* there is no more room */
      output_blocked(out, io);
      break;
    }
  }
  if (out->unsent == 0 && out->half.is_blocked) {
    out->half.is_blocked = false;
    sley__io_want_no_more(io, SLEY__WRITE);
  }
  if (out->half.is_full && out->unsent <= sley__output_low(out)) out->half.is_full = false;
  if (SLEY__UNLIKELY(out->waiting != NULL || sley__half_first(&out->half) != NULL))
    out->half.has_news = true;
}

/* Mostly it is one piece for a socket, which takes it whole. */
void sley__output_send(sley_output *out)
{
  sley_io *io = sley__io_of_output(out);
  struct sley__piece *piece = out->last;
  if (SLEY__UNLIKELY(piece == NULL || piece->next != piece || out->unsent == 0 ||
                     (void *)piece != (void *)piece->block || out->half.is_blocked ||
                     out->half.is_full || !sley__io_is_simple(io))) {
    send_all(out, io, 0);
    return;
  }
  int64_t n = sley__socket_write(io, piece->at, piece->size);
  if (SLEY__UNLIKELY(n != (int64_t)out->unsent)) {
    send_all(out, io, n);
    return;
  }
  out->last = NULL;
  out->unsent = 0;
  sley__io_state_of(io)->sending -= piece->block->is_of_domain;
  sley__block_drop(piece->block);
  if (SLEY__UNLIKELY(out->waiting != NULL || sley__half_first(&out->half) != NULL))
    out->half.has_news = true;
}

void sley__output_send_early(sley_output *out)
{
  struct sley__loop *loop = sley__io_of_output(out)->handle.loop;
  if (SLEY__UNLIKELY(!sley__loop_may_try(loop))) {
    sley__output_mark_dirty(out);
    return;
  }
  size_t before = out->unsent;
  sley__output_send(out);
  sley__loop_charge(loop, before - out->unsent);
}

/* ---- those that wait ---- */

/* Outside the line: for everything up to a position, or for the low mark. */
static bool is_over(const sley_output *out, const sley__work *work)
{
  if (out->half.error != NULL) return true;
  if (work->target == 0) return !out->half.is_full;
  return out->half.position - out->unsent >= work->target;
}

static sley__work *waiting_over(const sley_output *out)
{
  for (sley__work *w = out->waiting; w != NULL; w = w->next)
    if (is_over(out, w)) return w;
  return NULL;
}

void sley__output_append_waiting(sley_output *out, sley__work *work)
{
  sley__work **place = &out->waiting;
  while (*place != NULL) place = &(*place)->next;
  work->next = NULL;
  work->depth = 0; /* it can outlive the body that asked for it */
  *place = work;
}

/* Callbacks run here. What is left when one of them aborts the object is rejected by that. */
void sley__output_tell(sley_output *out)
{
  const sley_io *io = sley__io_of_output(out);
  out->half.has_news = false;
  for (sley__work *w; io->error == NULL && (w = waiting_over(out)) != NULL;) {
    sley_error *e = out->half.error != NULL ? sley__output_error_tell(out) : NULL;
    sley__work_leave(w);
    sley__work_settle(w, sley_unit(), e);
  }
  for (sley__work *w; io->error == NULL && (w = sley__half_first(&out->half)) != NULL;) {
    sley_value v = sley_unit();
    sley_error *e = NULL;
    sley__step step = w->type->attempt(w, &v, &e);
    if (step == SLEY__STEP_MORE || step == SLEY__STEP_RUNS) break;
    sley__work_leave(w);
    if (step == SLEY__STEP_DONE) sley__work_settle(w, v, e);
    else sley__output_append_waiting(out, w);
  }
}

void sley__output_ready(sley_io *io)
{
  sley_output *out = &sley__channel_of(io)->out;
  out->half.is_blocked = false;
  if (!out->half.is_made || out->unsent == 0) {
    sley__io_want_no_more(io, SLEY__WRITE);
    return;
  }
  sley__io_hold(io);
  sley__output_send(out);
  if (!out->half.is_blocked) sley__io_want_no_more(io, SLEY__WRITE);
  else sley__io_want(io, SLEY__WRITE);
  if (out->half.has_news) sley__output_tell(out);
  sley_io_drop(io);
}

sley__step sley__output_written(sley_output *out, sley__work *work, sley_value *v, sley_error **e)
{
  (void)v;
  work->target = 0;
  if (SLEY__UNLIKELY(out->half.error != NULL)) { /* it has sent a full block in vain */
    *e = sley__output_error_tell(out);
    return SLEY__STEP_DONE;
  }
  return out->half.is_full ? SLEY__STEP_LEAVES : SLEY__STEP_DONE;
}

/* ---- the flush of a turn ---- */

/* An output beneath another one becomes dirty while it runs, and is sent, too; a full list is flushed inside. */
void sley__outputs_flush(struct sley__io_state *state)
{
  while (state->dirty_begin < state->dirty_end) {
    sley_output *out = state->dirty[state->dirty_begin++];
    if (SLEY__UNLIKELY(out == NULL)) continue;
    out->half.dirty = 0;
    if (!out->half.is_blocked && out->unsent > 0) sley__output_send(out);
    if (SLEY__UNLIKELY(out->half.has_news)) sley__channels_list(sley__io_of_output(out));
  }
  state->dirty_begin = state->dirty_end = 0;
}

void sley__channels_list(sley_io *io)
{
  if (io->handle.loop == NULL) return;
  struct sley__io_state *state = sley__io_state_of(io);
  const sley__channel *channel = sley__channel_of(io);
  int list = channel->out.half.has_news   ? SLEY__LIST_NEWS
             : channel->in.half.is_hungry ? SLEY__LIST_HUNGRY
                                          : SLEY__LIST_OPEN;
  sley__dlist_remove(&io->place);
  bool goes_first = sley__input_may_take_last(&channel->in) && !channel->in.half.is_starving;
  if (list == SLEY__LIST_HUNGRY && goes_first)
    sley__dlist_prepend(&state->objects[list], &io->place);
  else sley__dlist_append(&state->objects[list], &io->place);
  if (list == SLEY__LIST_NEWS) sley__run_later(state, &state->tell);
}

void sley__outputs_tell(struct sley__later *later)
{
  struct sley__io_state *state = SLEY__CONTAINER(later, struct sley__io_state, tell);
  struct sley__dlist *news = &state->objects[SLEY__LIST_NEWS];
  while (!sley__dlist_is_empty(news)) {
    sley_io *io = SLEY__CONTAINER(news->next, sley_io, place);
    sley_output *out = &sley__channel_of(io)->out;
    sley__io_hold(io);
    out->half.has_news = false;
    sley__channels_list(io);
    sley__output_tell(out);
    sley_io_drop(io);
  }
}

/* As a turn ends. */
void sley__channels_flush(struct sley__io_state *state)
{
  if (state->dirty_end > 0) sley__outputs_flush(state);
  if (state->partial != NULL) sley__inputs_look(state);
}

/* ---- flush, ready ---- */

static sley__step flush_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  sley_output *out = sley__work_output(work);
  (void)v;
  if (out->half.error == NULL && !sley__output_starves(out)) {
    out->half.is_blocked = false; /* there may be room by now, and nobody has asked */
    if (out->unsent > 0) sley__output_send_early(out);
    if (out->half.has_news) sley__channels_list(sley__io_of_output(out));
  }
  if (out->half.error != NULL) {
    *e = sley__output_error_tell(out);
    return SLEY__STEP_DONE;
  }
  if (out->unsent == 0) return SLEY__STEP_DONE;
  work->target = out->half.position;
  return SLEY__STEP_LEAVES;
}

static const sley__work_type flush_type = {.operation = {"flush", sley__work_cancel},
                                           .bytes = sizeof(sley__work),
                                           .attempt = flush_attempt};

sley_promise *sley_output_flush_at(const char *site, sley_output *output)
{
  const sley__half *half = sley__half_check(output, "sley_output_flush", site);
  if (SLEY__UNLIKELY(half->is_closed) &&
      sley__output_is_ended((const sley_output *)(const void *)half))
    return sley_return_at(site, sley_unit());
  sley__work w = {.type = &flush_type};
  return sley__work_start(site, "sley_output_flush", output, &w);
}

static const sley__work_type ready_type = {.operation = {"ready", sley__work_cancel},
                                           .bytes = sizeof(sley__work)};

/* Not in line: a lock is no reason to wait. */
sley_promise *sley_output_wait_ready_at(const char *site, sley_output *output)
{
  sley_output *o = (sley_output *)(void *)sley__half_check(output, "sley_output_wait_ready", site);
  if (o->half.error == NULL && !o->half.is_full && !sley_output_is_closed(output))
    return sley_keep(sley__self()->unit);
  sley__work w = {.type = &ready_type};
  return sley__work_start_outside(site, "sley_output_wait_ready", output, &w);
}
