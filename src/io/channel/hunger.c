/* Inputs that found no memory for a block, or their domain at its limit, or for whose call the kernel had no memory
 * (those starve). They go on in turn as blocks come back, and all try again after 10 ms, doubling to a second. If none of
 * them has got on for a second, those that have waited so long for the rest of their message are given up, the longest
 * first, as many as wait for a block: all that hold blocks can be waiting for the rest of theirs.
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

static void hungry_no_more(struct sley__io_state *state, sley_input *in)
{
  if (in->half.is_starving) state->starving--;
  in->half.is_hungry = in->half.is_starving = false;
  state->hungry--;
  sley__channels_list(sley__io_of_input(in));
}

typedef enum fed { GOES_ON, STARVES, FINDS_NO_BLOCK } fed;

static fed input_feed(struct sley__io_state *state, sley_input *in)
{
  sley_io *io = sley__io_of_input(in);
  sley_time before = state->fed;
  sley__io_hold(io);
  hungry_no_more(state, in);
  sley__input_go_on(in);
  sley__input_read_ahead(in);
  fed result = !in->half.is_hungry ? GOES_ON : in->half.is_starving ? STARVES : FINDS_NO_BLOCK;
  sley_io_drop(io);
  state->fed = result == GOES_ON ? sley__clock() : before;
  if (result == FINDS_NO_BLOCK && state->limit != 0) state->waited--; /* it is counted once */
  return result;
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

/* Where one finds no block, those behind it hardly do. Those that starve wait for the time, not for blocks. */
static void inputs_feed(struct sley__io_state *state, bool starving_too)
{
  struct sley__dlist *hungry = &state->objects[SLEY__LIST_HUNGRY];
  size_t most = state->hungry < FED_MOST ? state->hungry : FED_MOST;
  for (size_t seen = 0; seen < most && !sley__dlist_is_empty(hungry); seen++) {
    sley_io *io = SLEY__CONTAINER(hungry->next, sley_io, place);
    sley_input *in = &sley__channel_of(io)->in;
    if (in->half.is_starving && !starving_too) {
      sley__channels_list(io); /* as the last one */
      continue;
    }
    if (input_feed(state, in) != FINDS_NO_BLOCK) continue;
    hunger_sleep(state);
    return;
  }
  if (state->hungry == 0) hunger_end(state);
  else if (state->hungry == state->starving) hunger_sleep(state);
  else sley__run_later(state, &state->feed); /* the rest, or those that have news to tell first */
}

void sley__inputs_feed(struct sley__later *later)
{
  inputs_feed(SLEY__CONTAINER(later, struct sley__io_state, feed), false);
}

static bool is_incomplete(const sley_io *io, sley_time since)
{
  if (!io->has_channels || !sley__channel_of(io)->in.half.is_made) return false;
  const sley_input *in = &sley__channel_of(io)->in;
  return in->block != NULL && in->block->owner == in && sley__half_first(&in->half) != NULL &&
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
  if (state->hungry == state->starving) return;
  if (!state->gives_up && now - state->fed < SLEY_SECOND) return;
  int count = longest_incomplete(state, now - SLEY_SECOND, found, most);
  for (int i = 0; i < count; i++) sley__io_hold(sley__io_of_input(found[i]));
  for (int i = 0; i < count; i++) {
    sley_io *io = sley__io_of_input(found[i]);
    if (is_incomplete(io, now)) input_kill(state, found[i]); /* callbacks of others have run */
    sley_io_drop(io);
  }
  state->gives_up = count > 0;
  /* The programs of those that hold blocks wait for something else, such as these. */
  state->exceeds_limit = count == 0 && longest_incomplete(state, now, found, 1) == 0;
  if (count > 0) state->again = 0; /* and soon the next ones */
}

static void hunger_over(void *ctx)
{
  struct sley__io_state *state = ctx;
  if (state->sleep == NULL) return; /* canceled */
  sley_drop(state->sleep);
  state->sleep = NULL;
  give_up_some(state);
  inputs_feed(state, true);
  state->exceeds_limit = false;
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
  if (in->half.is_starving) state->starving++;
  else if (state->limit != 0) state->waited++;
  sley__channels_list(sley__io_of_input(in));
  hunger_sleep(state);
}

void sley__input_hunger_ends(sley_input *in)
{
  struct sley__io_state *state = sley__current->io;
  hungry_no_more(state, in);
  if (state->hungry == 0) hunger_end(state);
}

/* ---- what is unread as a turn ends ---- */

void sley__input_note_partial(sley_input *in)
{
  struct sley__block *b = in->block;
  bool is_large = b->partial & SLEY__PARTIAL_COUNTED;
  if ((b->partial & SLEY__PARTIAL_LISTED) != 0 || !(b->is_of_domain || is_large)) return;
  struct sley__io_state *state = sley__io_state_of(sley__io_of_input(in));
  if (b->owner != in || b->position != in->half.position) {
    b->since = state->domain->published.since;
    b->position = in->half.position;
    b->owner = in;
  }
  if (is_large) return;
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
