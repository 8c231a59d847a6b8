/* What is unsent as a domain finishes: it is waited for, then told about. */
#include <sley/bind.h>
#include <sley/combine.h>
#include <sley/loop.h>
#include <sley/loop_hooks.h>

#include "io/channel/channel.h"

#define DRAIN 5.0 /* seconds */

/* Also of one that is being closed. */
static const sley__work_type drain_type = {.operation = {"drain", sley__work_cancel},
                                           .bytes = sizeof(sley__work),
                                           .may_when_closed = true};

static sley_promise *drain_one(sley_output *out)
{
  if (!out->half.is_blocked) sley__output_send(out);
  if (out->unsent == 0 || out->half.error != NULL) return sley_return_unit();
  sley__work w = {.type = &drain_type, .target = out->half.position};
  return sley__work_start_outside("", "the end of a domain", out, &w);
}

/* The next one that holds the domain up no longer. Callbacks run as it is aborted. */
static bool give_up_next(sley_domain *d)
{
  for (sley_io *io = NULL; (io = sley__io_next(d->io, io)) != NULL;) {
    sley_output *out = sley__output_unsent(io);
    char name[SLEY__PEER_TEXT];
    if (out == NULL) continue;
    sley__io_name(io, NULL, name, sizeof(name));
    sley__domain_tell_left(d, "%zu bytes to %s not sent%s%s", out->unsent, name,
                           SLEY__MADE_AT(sley__io_site(io)));
    sley__io_abort_now(io, sley_error_closed());
    return true;
  }
  return false;
}

/* rounds: that are left. Those that were below others have more to send after each. */
static sley_promise *drain_round(intptr_t rounds);

static sley_promise *round_over(void *ctx, sley_value *v)
{
  (void)v;
  return drain_round((intptr_t)ctx);
}

static sley_promise *round_failed(void *ctx, sley_error *e)
{
  if (sley_error_is_canceled(e)) return sley_fail(sley_error_keep(e)); /* the time is over */
  return round_over(ctx, NULL);
}

static sley_promise *drain_round(intptr_t rounds)
{
  struct sley__io_state *state = sley__current->io;
  sley_promise *all = sley_return_unit();
  bool some = false;
  sley__outputs_send_all(state);
  for (sley_io *io = NULL; (io = sley__io_next(state, io)) != NULL;) {
    sley_output *out = sley__output_unsent(io);
    if (out == NULL) continue;
    sley_promise *both[] = {all, drain_one(out)};
    all = sley_join(both, 2);
    some = true;
  }
  if (!some || rounds == 0) return all;
  void *left = (void *)(rounds - 1); /* NOLINT(performance-no-int-to-ptr) */
  return sley_try_bind(all, round_over, round_failed, left, NULL);
}

static sley_promise *drained(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  while (give_up_next(sley__current)) continue;
  return sley_return_unit();
}

static sley_promise *not_drained(void *ctx, sley_error *e)
{
  (void)e;
  return drained(ctx, NULL);
}

static sley_promise *drain(void *ctx)
{
  (void)ctx;
  sley_promise *all = drain_round(SLEY__OUTPUTS_NESTED);
  if (sley_is_pending(all)) all = sley_with_timeout(all, DRAIN);
  return sley_try_bind(all, drained, not_drained, NULL, NULL);
}

sley_error *sley__drain_start(void)
{
  sley_finish_hook *hook;
  return sley_at_finish(true, drain, NULL, NULL, &hook);
}
