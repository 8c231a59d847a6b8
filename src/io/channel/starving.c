/* Outputs for which the kernel had no memory (ENOBUFS, ENOMEM). That a socket is writable says nothing then, so they are tried
 * again in the next turn, then after 10 ms, doubling to a second. */
#include <sley/alarm.h>

#include "io/channel/channel.h"

#define AGAIN_LEAST 0.01 /* seconds */
#define AGAIN_MOST 1.0

/* Whether it has had enough. Runs no callback. */
static bool send_again(struct sley__io_state *state, sley_output *out)
{
  out->is_starving = out->is_blocked = false;
  sley__output_send(out);
  if (out->has_news) {
    if (!sley__dlist_is_on(&out->dirty)) sley__dlist_append(&state->dirty, &out->dirty);
    sley__run_later(state, &state->tell);
  }
  return !out->is_starving;
}

/* Whether all have had enough. */
static bool all_send_again(struct sley__io_state *state)
{
  bool all = true;
  for (struct sley__dlist *p = state->open.next; p != &state->open; p = p->next) {
    const sley_io *io = SLEY__CONTAINER(p, sley_io, place);
    sley_output *out = &sley__channel_of(io)->out;
    if (io->has_channels && out->is_starving && !send_again(state, out)) all = false;
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
