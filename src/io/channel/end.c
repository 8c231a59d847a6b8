/* The end of an output: it stands in line, sends what there is, ends its direction, and closes the object if nobody else is
 * left. */
#include "io/channel/close.h"

typedef enum stage { SENDING, ENDING, CLOSING, OVER } stage;

typedef struct end_work {
  sley__work work;
  bool closes; /* else it only ends */
  stage stage;
  sley_error *error;
  sley_promise *pending; /* what it waits for; one reference */
} end_work;

static bool is_alone(const sley_io *io)
{
  const sley_input *in = &sley__channel_of(io)->in;
  return !in->half.is_made || in->half.is_closed;
}

static void end_collect(end_work *w, sley_promise *p)
{
  sley_error *e = sley__finish(p, NULL);
  if (w->error == NULL) w->error = e;
  else sley_error_drop(e);
}

static void end_over(void *ctx);

/* Consumes p. Whether it is pending: end_over goes on then. */
static bool end_waits(end_work *w, sley_promise *p)
{
  if (!sley_is_pending(p)) {
    end_collect(w, p);
    return false;
  }
  w->pending = p;
  sley__io_hold(sley__io_of_half(w->work.half));
  sley_on_termination(p, end_over, w);
  return true;
}

static bool end_sends(end_work *w)
{
  sley_output *out = sley__work_output(&w->work);
  if (out->half.error == NULL && !out->half.is_blocked) sley__output_send(out);
  if (out->half.error != NULL) {
    if (!out->half.is_told || !w->closes) w->error = sley__output_error_tell(out);
    return true;
  }
  return out->unsent == 0;
}

/* A pending promise, or NULL: there is nothing to wait for. */
static sley_promise *end_direction(end_work *w, sley_io *io)
{
  sley_output *out = sley__work_output(&w->work);
  if (out->half.has_ended || out->half.error != NULL) return NULL;
  bool has_halves =
      io->kind == SLEY__IO_CUSTOM ? sley__io_type_of(io)->end != NULL : io->kind == SLEY__IO_SOCKET;
  if (has_halves) {
    out->half.has_ended = true;
    return sley__returned(sley__io_type_of(io)->end(sley__io_ctx_of(io)), "sley_io_new as end", "");
  }
  if (is_alone(io)) w->closes = true; /* it can only be written */
  else if (!w->closes)
    w->error = sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                              "sley_output_end: this object has no halves to end");
  return NULL;
}

static sley__step end_stages(end_work *w, sley_error **e)
{
  sley_io *io = sley__io_of_half(w->work.half);
  sley_promise *p = NULL;
  for (;; w->stage++) {
    if (w->stage == SENDING && !end_sends(w)) return SLEY__STEP_MORE;
    if (w->stage == ENDING) p = end_direction(w, io);
    if (w->stage == CLOSING) {
      sley__patience_end(sley__channel_of(io)->extras);
      sley__work_output(&w->work)->half.is_over = w->closes;
      p = w->closes && is_alone(io) ? sley__channels_close(io) : NULL;
    }
    if (w->stage == OVER) {
      *e = w->error;
      w->error = NULL;
      return SLEY__STEP_DONE;
    }
    if (p != NULL && end_waits(w, p)) {
      w->stage++;
      return SLEY__STEP_RUNS;
    }
    p = NULL;
  }
}

static sley__step end_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  end_work *w = (end_work *)(void *)work;
  (void)v;
  if (work->is_running) return SLEY__STEP_RUNS;
  work->is_running = true; /* closing the object ends all others */
  sley__step step = end_stages(w, e);
  work->is_running = step == SLEY__STEP_RUNS;
  return step;
}

static void end_over(void *ctx)
{
  end_work *w = ctx;
  sley__half *half = w->work.half;
  sley_io *io = sley__io_of_half(half);
  sley_error *e = NULL;
  sley_promise *p = w->pending;
  w->pending = NULL;
  end_collect(w, p);
  if (w->stage == CLOSING && io->error != NULL) { /* aborted while it ended */
    sley_error_drop(w->error);
    w->error = sley_error_keep(io->error);
    w->stage = OVER;
  }
  if (end_stages(w, &e) == SLEY__STEP_DONE) {
    sley__work_leave(&w->work);
    sley__work_settle(&w->work, sley_unit(), e);
    if (io->error == NULL) sley__output_tell((sley_output *)(void *)half);
  }
  sley_io_drop(io);
}

static void end_drop(sley__work *work) { sley_error_drop(((end_work *)(void *)work)->error); }

static const sley__work_type end_type = {.operation = {"end", sley__work_cancel},
                                         .bytes = sizeof(end_work),
                                         .attempt = end_attempt,
                                         .drop = end_drop,
                                         .starts_in_line = true,
                                         .may_when_closed = true,
                                         .goes_on = true};

/* What stands before it in line can wait for the peer, too. */
sley_promise *sley__end_start(const char *site, const char *function, sley_output *output,
                              bool closes)
{
  sley_io *io = sley__io_of_half(sley__half_of(output));
  end_work w = {.work = {.type = &end_type}, .closes = closes};
  sley__io_hold(io);
  sley_promise *p = sley__work_start(site, function, output, &w.work);
  bool reads_away = sley__channel_of(io)->out.half.is_over;
  if (sley_is_pending(p) && io->error == NULL && !reads_away) sley__patience_begin(io);
  sley_io_drop(io);
  return p;
}
