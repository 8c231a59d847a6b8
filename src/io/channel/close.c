/* The ends of channels. An output's close stands in line, then sends and ends its direction; an input's is immediate.
 * Whichever comes last closes the object. A socket with unread input would be reset by that, and what was sent last be
 * lost (RFC 9112, section 9.6): so what the peer still sends is read away first. */
#include <stdio.h>

#include <sley/bind.h>
#include <sley/cancel.h>
#include <sley/loop.h>

#include "io/channel/close.h"

#define LINGER 2.0

/* NULL: out of memory, and the object is aborted. */
static struct sley__extras *close_begin(sley_io *io)
{
  struct sley__extras *x = sley__extras_open(io);
  if (x == NULL) sley__io_abort_now(io, sley_error_closed());
  return x;
}

/* ---- reading away ---- */

static sley__step away_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  (void)v;
  (void)e;
  sley__input_forget_unread(in);
  sley__input_tidy(in);
  return sley__input_is_over(in) ? SLEY__STEP_DONE : SLEY__STEP_MORE;
}

static const sley__work_type away_type = {.operation = {"reading away", sley__work_cancel},
                                          .bytes = sizeof(sley__work),
                                          .attempt = away_attempt,
                                          .may_when_closed = true};

/* ---- closing the object ---- */

/* Also without memory for the way to then_close. */
static void object_release(void *ctx)
{
  sley_io *io = ctx;
  if (io->error == NULL) sley__io_abort_now(io, sley_error_closed());
  sley_io_drop(io);
}

static sley_promise *object_close_now(sley_io *io)
{
  if (sley__io_closing(io) != NULL) return sley_keep(sley__io_closing(io));
  if (io->error != NULL) return sley_return(sley_unit());
  sley_promise *p = sley__io_close_now("", io);
  sley__channels_abort(io);
  return p;
}

static sley_promise *then_close(void *ctx, sley_value *v)
{
  (void)v;
  return object_close_now(ctx);
}

/* The peer did not end in time, or has reset the connection. */
static sley_promise *then_close_all_the_same(void *ctx, sley_error *e)
{
  (void)e;
  return object_close_now(ctx);
}

static double linger_of(const sley_io *io)
{
  const struct sley__extras *x = sley__channel_of(io)->extras;
  return x != NULL && (x->linger > 0 || x->linger < 0) ? (double)x->linger : LINGER;
}

static bool lingers(const sley_io *io)
{
  const sley__channel *channel = sley__channel_of(io);
  return io->kind == SLEY__IO_SOCKET && channel->out.half.has_ended && linger_of(io) >= 0 &&
         !sley__input_is_over(&channel->in) && channel->out.half.error == NULL;
}

/* When both halves are closed. */
sley_promise *sley__channels_close(sley_io *io)
{
  sley_input *in = &sley__channel_of(io)->in;
  if (!lingers(io)) return object_close_now(io);
  sley__work w = {.type = &away_type, .need = 1};
  sley_promise *away = sley__work_start("", "sley_output_close", in, &w);
  if (sley_is_pending(away)) away = sley_with_timeout(away, linger_of(io));
  sley__io_hold(io);
  return sley_try_bind(away, then_close, then_close_all_the_same, io, object_release);
}

/* A cast can hide that it is the other half. */
static sley__half *half_to_close(const void *handle, bool is_output, const char *function,
                                 const char *site)
{
  sley__half *half = sley__half_check(handle, function, site);
  if (SLEY__UNLIKELY(half->is_output != is_output))
    sley__abort("%s%s%s was given an %s", function, site[0] != '\0' ? " at " : "", site,
                is_output ? "input: use sley_input_close" : "output: use sley_output_close");
  return half;
}

static sley_error *inside_error(const char *site, const char *function)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "%s was given the inside handle of a body: close the outer one",
                           function);
}

sley_promise *sley_output_end_at(const char *site, sley_output *output)
{
  sley__half *half = half_to_close(output, true, "sley_output_end", site);
  sley_io *io = sley__io_of_half(half);
  if (sley__depth_of(output) > 0) return sley_fail_at(site, inside_error(site, "sley_output_end"));
  if (half->is_closed && sley__output_is_ended((const sley_output *)(const void *)half))
    return sley_return_at(site, sley_unit());
  if (io->error != NULL || half->is_closed) return sley_fail_at(site, sley_error_closed());
  if (close_begin(io) == NULL) return sley__nomem_promise();
  sley__half_close(half);
  return sley__end_start(site, "sley_output_end", output, false);
}

sley_promise *sley_output_close_at(const char *site, sley_output *output)
{
  sley__half *half = half_to_close(output, true, "sley_output_close", site);
  sley_io *io = sley__io_of_half(half);
  if (sley__depth_of(output) > 0)
    return sley_fail_at(site, inside_error(site, "sley_output_close"));
  if (!half->is_made) return sley_return_at(site, sley_unit()); /* detached */
  struct sley__extras *x = sley__channel_of(io)->extras;
  if (x != NULL && x->out != NULL) return sley_keep(x->out);
  if (io->error != NULL || half->is_over) return sley_return_at(site, sley_unit());
  x = close_begin(io);
  if (x == NULL) return sley__nomem_promise();
  sley__half_close(half);
  sley__io_hold(io);
  sley_promise *p =
      sley_no_cancel_at(site, sley__end_start(site, "sley_output_close", output, true));
  if (sley_promise_error(p) == sley_error_nomem() && io->error == NULL)
    sley__io_abort_now(io, sley_error_closed()); /* it cannot be closed in order */
  else x->out = sley_keep(p);
  sley_io_drop(io);
  return p;
}

sley_promise *sley_input_close_at(const char *site, sley_input *in)
{
  sley__half *half = half_to_close(in, false, "sley_input_close", site);
  sley_input *i = (sley_input *)(void *)half;
  sley_io *io = sley__io_of_half(half);
  if (sley__depth_of(in) > 0) return sley_fail_at(site, inside_error(site, "sley_input_close"));
  if (sley__extras_of(i) != NULL && sley__extras_of(i)->in != NULL)
    return sley_keep(sley__extras_of(i)->in);
  if (io->error != NULL || half->is_closed || !half->is_made) /* closed, or detached */
    return sley_return_at(site, sley_unit());
  struct sley__extras *x = close_begin(io);
  if (x == NULL) return sley__nomem_promise();
  const sley_output *out = &sley__channel_of(io)->out;
  sley__io_hold(io);
  sley__half_close(half);
  i->half.is_lent = false;
  sley__input_forget_unread(i);
  sley__input_tidy(i);
  sley__input_fds_close(i);
  sley__io_want_no_more(io, SLEY__READ);
  sley__half_reject_all(half, sley_error_closed());
  sley__watches_reject(i, sley_error_closed());
  bool is_last = io->error == NULL && (!out->half.is_made || out->half.is_over);
  sley_promise *p = is_last ? sley_no_cancel_at(site, sley__channels_close(io))
                            : sley_return_at(site, sley_unit());
  x->in = sley_keep(p);
  sley_io_drop(io);
  return p;
}

/* ---- at once ---- */

/* Nobody has asked since it failed. Its descriptor is closed by now, and a reset connection has no peer to name. */
static void output_error_untold(const sley_io *io, sley_output *out)
{
  char before[2 * SLEY__PEER_TEXT];
  const char *name = io->kind == SLEY__IO_CUSTOM   ? sley__io_type_of(io)->name
                     : io->is_standard             ? "a standard stream"
                     : io->kind == SLEY__IO_SOCKET ? "a connection"
                                                   : "a descriptor";
  snprintf(before, sizeof(before),
           "an output was dropped that had told nobody of its error: writing to %s: ", name);
  sley__async_report(sley__self(), sley__output_error_tell(out), "", before, "");
}

/* Of an object whose error is set. Callbacks run here. */
void sley__channels_abort(sley_io *io)
{
  sley__channel *channel = sley__channel_of(io);
  sley_input *in = &channel->in;
  sley_output *out = &channel->out;
  sley__io_hold(io);
  sley__half_close(&in->half);
  sley__half_close(&out->half);
  if (sley__extras_of(in) != NULL) {
    sley__patience_end(sley__extras_of(in));
    sley__channel_limits_end(sley__extras_of(in));
    sley__watches_reject(in, io->error);
  }
  sley__output_clean(out);
  out->half.has_news = false;
  if (in->half.is_hungry) sley__input_hunger_ends(in);
  sley__channels_list(io);
  sley__output_drop_unsent(out);
  if (sley__extras_of(in) != NULL) sley__input_fds_close(in);
  in->half.is_lent = in->half.is_hungry = false;
  out->half.is_starving = false;
  sley__input_forget_unread(in);
  sley__input_tidy(in);
  if (out->half.error != NULL && !out->half.is_told) output_error_untold(io, out);
  while (out->waiting != NULL) {
    sley__work *w = out->waiting;
    sley__work_leave(w);
    sley__work_settle(w, sley_unit(), sley_error_keep(io->error));
  }
  sley__half_reject_all(&in->half, sley_error_keep(io->error));
  sley__half_reject_all(&out->half, sley_error_keep(io->error));
  sley_io_drop(io);
}

void sley_input_abort(sley_input *in)
{
  if (in == NULL) return;
  sley_io *io = sley__io_of_half(sley__half_check(in, __func__, ""));
  sley__io_abort_now(io, sley_error_closed());
}

void sley_output_abort(sley_output *output)
{
  if (output == NULL) return;
  sley_io *io = sley__io_of_half(sley__half_check(output, __func__, ""));
  sley__io_abort_now(io, sley_error_closed());
}

void sley__extras_end(sley_io *io)
{
  struct sley__extras *x = sley__channel_of(io)->extras;
  if (x == NULL) return;
  sley__channel_limits_end(x);
  sley__watches_free(x);
  if (x->takes_fds) sley__input_takes_fds_no_more(x);
  sley__extras_free(io);
}

/* Its memory goes. */
void sley__channels_over(sley_io *io)
{
  const sley__channel *channel = sley__channel_of(io);
  sley_error_drop(channel->in.half.error);
  sley_error_drop(channel->out.half.error);
  sley__extras_end(io);
}
