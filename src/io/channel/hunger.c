/* Inputs that found no memory for a block, or their domain at its limit. They go on in turn as blocks come back, and try
 * again after 10 ms, doubling to a second. If none of them has got on for a second, those that have waited so long for the rest
 * of their message are given up, the longest first, as many as wait for a block: all that hold blocks can be waiting
 * for the rest of theirs.
 *
 * What little is unread when a turn ends moves out of its block, so that slow peers do not hold all of them. */
#include <sley/cancel.h>

#include "io/channel/channel.h"

enum {
  PART = 8,        /* of a block: so much moves out of it */
  FED_MOST = 256,  /* at a time */
  KILLED_MOST = 16 /* at a time, since each is looked for among all objects */
};
#define AGAIN_LEAST (10 * SLEY_MILLISECOND)
#define AGAIN_MOST SLEY_SECOND

/* ---- hunger ---- */

static void hunger_sleep(struct sley__io_state *state);

/* Whether it goes on. */
static bool input_feed(struct sley__io_state *state, sley_input *in)
{
  sley_io *io = sley__io_of_input(in);
  sley_time fed = state->fed;
  sley__io_hold(io);
  in->half.is_hungry = false;
  state->hungry--;
  sley__channels_list(io);
  sley__input_go_on(in);
  sley__input_read_ahead(in);
  bool is_fed = !in->half.is_hungry;
  sley_io_drop(io);
  state->fed = is_fed ? sley__clock() : fed;
  if (!is_fed && state->limit != 0) state->waited--; /* it is counted once */
  return is_fed;
}

static void hunger_end(struct sley__io_state *state)
{
  sley_promise *p = state->sleep;
  state->sleep = NULL;
  state->again = 0;
  state->gives_up = false;
  if (p == NULL) return;
  sley_cancel(p);
  sley_drop(p);
}

/* Where one finds nothing, those behind it hardly do. */
void sley__inputs_feed(struct sley__later *later)
{
  struct sley__io_state *state = SLEY__CONTAINER(later, struct sley__io_state, feed);
  struct sley__dlist *hungry = &state->objects[SLEY__LIST_HUNGRY];
  int fed = 0;
  while (fed < FED_MOST && !sley__dlist_is_empty(hungry)) {
    sley_io *io = SLEY__CONTAINER(hungry->next, sley_io, place);
    if (!input_feed(state, &sley__channel_of(io)->in)) {
      hunger_sleep(state);
      return;
    }
    fed++;
  }
  if (state->hungry == 0) hunger_end(state);
  else sley__run_later(state, &state->feed); /* the rest, or those that have news to tell first */
}

static bool is_incomplete(const sley_io *io, sley_time since)
{
  if (!io->has_channels || !sley__channel_of(io)->in.half.is_made) return false;
  const sley_input *in = &sley__channel_of(io)->in;
  return in->block != NULL && in->block->is_of_domain && sley__half_first(&in->half) != NULL &&
         in->block->since <= since;
}

/* Those that have held a block longest without consuming from it, since then at least; at most `most`, the longest
 * first. */
static int longest_incomplete(struct sley__io_state *state, sley_time since, sley_input **found,
                              int most)
{
  int count = 0;
  for (sley_io *io = NULL; (io = sley__io_next(state, io)) != NULL;) {
    if (!is_incomplete(io, since)) continue;
    sley_input *in = &sley__channel_of(io)->in;
    int at = count < most ? count++ : most;
    for (; at > 0 && in->block->since < found[at - 1]->block->since; at--)
      if (at < most) found[at] = found[at - 1];
    if (at < most) found[at] = in;
  }
  return count;
}

static void input_kill(struct sley__io_state *state, sley_input *in)
{
  sley_io *io = sley__io_of_input(in);
  state->killed++;
  sley__io_hold(io);
  in->half.error = sley_error_nomem();
  sley__input_over(in);
  sley__io_want_no_more(io, SLEY__READ);
  sley__input_forget_unread(in);
  sley__input_go_on(in);
  sley_io_drop(io);
}

/* As many as wait, until none that wait are left or none has held its block for a second. */
static void give_up_some(struct sley__io_state *state)
{
  sley_input *found[KILLED_MOST];
  sley_time now = sley__clock();
  int most = state->hungry < KILLED_MOST ? (int)state->hungry : KILLED_MOST;
  if (!state->gives_up && now - state->fed < SLEY_SECOND) return;
  int count = longest_incomplete(state, now - SLEY_SECOND, found, most);
  for (int i = 0; i < count; i++) sley__io_hold(sley__io_of_input(found[i]));
  for (int i = 0; i < count; i++) {
    sley_io *io = sley__io_of_input(found[i]);
    if (is_incomplete(io, now)) input_kill(state, found[i]); /* callbacks of others have run */
    sley_io_drop(io);
  }
  state->gives_up = count > 0;
  if (count > 0) state->again = 0; /* and soon the next ones */
}

static void hunger_over(void *ctx)
{
  struct sley__io_state *state = ctx;
  if (state->sleep == NULL) return; /* canceled */
  sley_drop(state->sleep);
  state->sleep = NULL;
  give_up_some(state);
  sley__inputs_feed(&state->feed);
}

static void hunger_sleep(struct sley__io_state *state)
{
  if (state->sleep != NULL) return;
  state->again = state->again == 0 ? AGAIN_LEAST : state->again * 2;
  if (state->again > AGAIN_MOST) state->again = AGAIN_MOST;
  sley_promise *p = sley__sleep("", state->again);
  if (!sley_is_pending(p)) { /* no memory for that, either: the next turn */
    sley_drop(p);
    sley__run_later(state, &state->feed);
    return;
  }
  state->sleep = p;
  sley_on_termination(p, hunger_over, state);
}

void sley__input_hunger(sley_input *in)
{
  struct sley__io_state *state = sley__io_state_of(sley__io_of_input(in));
  if (in->half.is_hungry) return;
  in->half.is_hungry = true;
  if (state->hungry++ == 0) state->fed = sley__clock();
  if (state->limit != 0) state->waited++;
  sley__channels_list(sley__io_of_input(in));
  hunger_sleep(state);
}

void sley__input_hunger_ends(sley_input *in)
{
  struct sley__io_state *state = sley__current->io;
  in->half.is_hungry = false;
  sley__channels_list(sley__io_of_input(in));
  if (--state->hungry == 0) hunger_end(state);
}

/* ---- what is unread as a turn ends ---- */

void sley__input_note_partial(sley_input *in)
{
  struct sley__block *b = in->block;
  if ((b->partial & SLEY__PARTIAL_LISTED) != 0 || !b->is_of_domain) return;
  struct sley__io_state *state = sley__io_state_of(sley__io_of_input(in));
  if (b->owner != in || b->position != in->half.position) {
    b->since = state->domain->published.since;
    b->position = in->half.position;
    b->owner = in;
  }
  b->partial = SLEY__PARTIAL_LISTED | SLEY__PARTIAL_NOTED;
  b->next_partial = state->partial;
  state->partial = b;
}

static void move_out(struct sley__io_state *state, sley_input *in)
{
  struct sley__block *b = in->block;
  if (in->half.is_lent || b->holders > 1 || in->unread > b->size / PART) return;
  struct sley__block *small = sley__block_new(state->runtime, in->unread);
  if (small == NULL) return;
  memcpy(small->data, b->input.at, in->unread);
  sley__input_hold(in, small);
  small->input.searched = b->input.searched;
  b->owner = NULL;
  sley__block_drop(b);
}

void sley__inputs_look(struct sley__io_state *state)
{
  struct sley__block *b = state->partial;
  state->partial = NULL;
  while (b != NULL) {
    struct sley__block *next = b->next_partial;
    sley_input *in = b->owner;
    b->partial &= SLEY__PARTIAL_NOTED;
    if (in != NULL && in->block == b && in->unread > 0) move_out(state, in);
    b = next;
  }
}
