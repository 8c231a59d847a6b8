/* Outputs for which the kernel had no memory (ENOBUFS, ENOMEM). That a socket is writable says nothing then, so they are tried
 * again in the next turn, then after 10 ms, doubling to a second. */
#include <sley/alarm.h>

#include "io/channel/channel.h"

#define AGAIN_LEAST 0.01 /* seconds */
#define AGAIN_MOST 1.0

/* Runs no callback. */
static void send_again(sley_output *out)
{
  out->half.is_starving = out->half.is_blocked = false;
  sley__output_send(out);
}

/* Whether all have had enough. */
static bool all_send_again(struct sley__io_state *state)
{
  bool all = true;
  for (sley_io *io = sley__io_next(state, NULL), *next; io != NULL; io = next) {
    sley__half *half = &sley__channel_of(io)->out.half;
    bool starves = io->has_channels && half->is_starving, had_news = half->has_news;
    if (starves) send_again(&sley__channel_of(io)->out);
    next = sley__io_next(state, io); /* before it goes to another list */
    if (!starves) continue;
    if (half->is_starving) all = false;
    if (half->has_news && !had_news) sley__channels_list(io);
  }
  return all;
}

static sley_error *again_over(void *ctx)
{
  sley__outputs_send_again(&((struct sley__io_state *)ctx)->send_again);
  return NULL;
}

static void again_gone(void *ctx) { ((struct sley__io_state *)ctx)->again_alarm = NULL; }

static void again_rest(struct sley__io_state *state)
{
  double next = state->again_seconds * 2;
  state->again_seconds = next < AGAIN_LEAST ? AGAIN_LEAST : next > AGAIN_MOST ? AGAIN_MOST : next;
  if (state->again_alarm == NULL)
    sley_error_drop(
        sley_alarm_new(AGAIN_LEAST, again_over, state, again_gone, &state->again_alarm));
  if (state->again_alarm == NULL) { /* no memory for that, either */
    sley__run_later(state, &state->send_again);
    return;
  }
  (void)sley_alarm_change(state->again_alarm, state->again_seconds);
  sley_alarm_start_now(state->again_alarm);
}

void sley__outputs_send_again(struct sley__later *later)
{
  struct sley__io_state *state = SLEY__CONTAINER(later, struct sley__io_state, send_again);
  if (!all_send_again(state)) {
    sley__dlist_leave(&later->place); /* not in the next turn, too */
    again_rest(state);
    return;
  }
  state->again_seconds = 0;
  if (state->again_alarm != NULL) sley_alarm_stop(state->again_alarm);
}
