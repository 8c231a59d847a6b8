/* How long a close waits for the peer: as long as bytes move, and then `finish` seconds. */
#include <sley/cancel.h>
#include <sley/loop.h>

#include "io/channel/close.h"

#define FINISH 30.0

static void patience_over(void *ctx);

static double finish_of(const sley_io *io)
{
  const struct sley__extras *x = sley__channel_of(io)->extras;
  return x->finish > 0 ? (double)x->finish : FINISH;
}

void sley__patience_begin(sley_io *io)
{
  const sley_output *out = &sley__channel_of(io)->out;
  struct sley__extras *x = sley__channel_of(io)->extras;
  if (x->patience != NULL) return;
  x->sent = out->half.position - out->unsent;
  sley_promise *p = sley_sleep(finish_of(io));
  if (!sley_is_pending(p)) { /* no memory for a limit */
    sley_drop(p);
    return;
  }
  x->patience = p;
  sley__io_hold(io);
  sley_on_termination(p, patience_over, io);
}

void sley__patience_end(struct sley__extras *x)
{
  sley_promise *p = x->patience;
  x->patience = NULL;
  if (p == NULL) return;
  sley_cancel(p);
  sley_drop(p);
}

/* The peer takes nothing of what is unsent, or a type cannot tell it of the end; a body that computes is not to blame. */
static bool waits_for_peer(const sley_output *out)
{
  return out->half.has_ended || (out->unsent > 0 && out->half.is_blocked);
}

static sley_error *patience_error(const sley_io *io, const sley_output *out)
{
  if (out->unsent == 0)
    return sley_error_new(&sley_kind_sley, SLEY_ETIMEOUT,
                          "closing an output: its end could not be told within %g seconds",
                          finish_of(io));
  return sley_error_new(&sley_kind_sley, SLEY_ETIMEOUT,
                        "closing an output: %zu bytes could not be sent within %g seconds",
                        out->unsent, finish_of(io));
}

static void patience_over(void *ctx)
{
  sley_io *io = ctx;
  const sley_output *out = &sley__channel_of(io)->out;
  struct sley__extras *x = sley__channel_of(io)->extras;
  if (x->patience != NULL && io->error == NULL) { /* it was not canceled */
    sley_drop(x->patience);
    x->patience = NULL;
    bool has_moved = out->half.position - out->unsent != x->sent;
    if (has_moved || !waits_for_peer(out)) sley__patience_begin(io);
    else sley__io_abort_now(io, patience_error(io, out));
  }
  sley_io_drop(io);
}
