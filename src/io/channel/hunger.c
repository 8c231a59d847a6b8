/* Inputs that found no memory for a block, or their domain at its limit. They go on in turn as blocks come back, and try
 * again after 10 ms, doubling to a second. If none has come back for a second, the input that has waited longest for the
 * rest of its message is given up, since all that hold blocks can be waiting for the rest of theirs.
 *
 * What little is unread when a turn ends moves out of its block, so that slow peers do not hold all of them. */
#include <sley/cancel.h>

#include "io/channel/channel.h"

enum { PART = 8 /* of a block: so much moves out of it */ };
#define AGAIN_LEAST (10 * SLEY_MILLISECOND)
#define AGAIN_MOST SLEY_SECOND

/* ---- hunger ---- */

static void hunger_sleep(struct sley__io_state *state);

static void input_feed(sley_input *in)
{
  sley_io *io = sley__io_of_input(in);
  sley__io_hold(io);
  in->half.is_hungry = false;
  sley__io_state_of(io)->hungry--;
  sley__channels_list(io);
  sley__input_go_on(in);
  sley__input_read_ahead(in);
  sley_io_drop(io);
}

static void hunger_end(struct sley__io_state *state)
{
  sley_promise *p = state->sleep;
  state->sleep = NULL;
  state->again = 0;
  if (p == NULL) return;
  sley_cancel(p);
  sley_drop(p);
}

/* One pass over those that are hungry now; who finds nothing stands behind the others. */
void sley__inputs_feed(struct sley__later *later)
{
  struct sley__io_state *state = SLEY__CONTAINER(later, struct sley__io_state, feed);
  struct sley__dlist *hungry = &state->objects[SLEY__LIST_HUNGRY];
  for (size_t n = state->hungry; n > 0 && !sley__dlist_is_empty(hungry); n--)
    input_feed(&sley__channel_of(SLEY__CONTAINER(hungry->next, sley_io, place))->in);
  if (state->hungry == 0) hunger_end(state);
}

/* The one that has held a block longest without consuming from it. */
static sley_input *longest_incomplete(struct sley__io_state *state)
{
  sley_input *longest = NULL;
  for (sley_io *io = NULL; (io = sley__io_next(state, io)) != NULL;) {
    if (!io->has_channels || !sley__channel_of(io)->in.half.is_made) continue;
    sley_input *in = &sley__channel_of(io)->in;
    if (in->block == NULL || !in->block->is_of_domain || sley__half_first(&in->half) == NULL)
      continue;
    if (longest == NULL || in->block->since < longest->block->since) longest = in;
  }
  return longest;
}

static void input_kill(struct sley__io_state *state, sley_input *in)
{
  sley_io *io = sley__io_of_input(in);
  state->killed++;
  sley__io_hold(io);
  in->half.error = sley_error_nomem();
  sley__input_over(in);
  sley__io_want_no_more(io, SLEY__READ);
  in->unread = 0;
  sley__input_go_on(in);
  sley_io_drop(io);
}

static void hunger_over(void *ctx)
{
  struct sley__io_state *state = ctx;
  if (state->sleep == NULL) return; /* canceled */
  sley_drop(state->sleep);
  state->sleep = NULL;
  if (sley__clock() - state->came_back >= SLEY_SECOND) {
    sley_input *in = longest_incomplete(state);
    if (in != NULL) input_kill(state, in);
    state->came_back = sley__clock();
  }
  sley__inputs_feed(&state->feed);
  if (state->hungry > 0) hunger_sleep(state);
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
  if (state->hungry++ == 0) state->came_back = sley__clock();
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
  if (b->is_listed || !b->is_of_domain) return;
  struct sley__io_state *state = sley__io_state_of(sley__io_of_input(in));
  if (b->owner != in) b->since = state->domain->published.since;
  b->owner = in;
  b->is_listed = true;
  b->next_partial = state->partial;
  state->partial = b;
}

static void move_out(struct sley__io_state *state, sley_input *in)
{
  struct sley__block *b = in->block;
  if (in->half.is_lent || b->holders > 1 || in->unread > b->size / PART) return;
  struct sley__block *small = sley__block_new(state->runtime, in->unread);
  if (small == NULL) return;
  memcpy(small->data, in->at, in->unread);
  in->block = small;
  in->at = small->data;
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
    b->is_listed = false;
    if (in != NULL && in->block == b && in->unread > 0) move_out(state, in);
    b = next;
  }
}
