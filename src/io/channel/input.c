/* Reading into a block. One is taken when the object has something, and given back when that is consumed: an input that
 * waits for its peer has none. After a call that left room nothing is tried again before the next event. */
#include "io/channel/channel.h"

#include <errno.h>
#include <unistd.h>

enum {
  ROOM_LEAST = 2048, /* less than that is made more by moving what is unread */
  READS_MOST =
      4 /* one after the other: then it is the turn of others, and the rest is reported again */
};

sley_error *sley__input_why(const sley_input *in)
{
  return in->half.error != NULL ? sley_error_keep(in->half.error) : sley_error_eof();
}

/* ---- blocks ---- */

static SLEY__ALWAYS_INLINE void block_give(sley_input *in)
{
  struct sley__block *b = in->block;
  in->block = NULL;
  if (SLEY__UNLIKELY(b->partial != 0)) {
    sley__block_uncount(b);
    b->owner = NULL;
    b->partial &= SLEY__PARTIAL_LISTED;
  }
  sley__block_drop(b);
}

void sley__input_tidy(sley_input *in)
{
  if (in->block != NULL && in->unread == 0 && !in->half.is_lent) block_give(in);
}

void sley__input_take_back(sley_input *in)
{
  if (SLEY__LIKELY(!in->half.is_lent)) return;
  in->half.is_lent = false;
  sley__input_hide(in);
  sley__input_tidy(in);
}

/* What is unread goes to the beginning of another block, of this size at least. false: out of memory. */
static bool block_change(sley_input *in, struct sley__io_state *state, size_t size)
{
  struct sley__block *b =
      size <= SLEY__BLOCK_BYTES ? sley__block_take(state) : sley__block_new(state->runtime, size);
  if (b == NULL) return false;
  size_t searched = 0;
  sley__block_count(state, b);
  if (in->block != NULL) {
    memcpy(b->data, in->block->input.at, in->unread);
    searched = in->block->input.searched;
    if (in->block->owner == in) sley__block_hand_on(in->block, b);
    block_give(in);
  }
  sley__input_hold(in, b);
  b->input.searched = searched;
  return true;
}

/* Whether a block of this size in place of the one that it has would be too much. */
static bool is_at_limit(const sley_input *in, const struct sley__io_state *state, size_t size)
{
  size_t kept = sley__input_may_take_last(in) ? 0 : state->limit / 16;
  size_t has = in->block != NULL ? sley__block_counts(in->block) : 0;
  return state->limit != 0 && !state->exceeds_limit &&
         sley__blocks_limited(state) + kept + sley__blocks_of(size) > state->limit + has;
}

/* Room behind what is unread, in one piece with it, for `wanted` bytes of both at least. 0: out of memory. */
static SLEY__NOINLINE size_t input_room_more(sley_input *in, struct sley__io_state *state,
                                             size_t wanted)
{
  struct sley__block *b = in->block;
  /* One that has crossed is counted by others, too, and its size is no longer that of its data. */
  bool changes = b == NULL || b->has_crossed || b->holders > 1 ||
                 (!b->is_of_domain && b->size < SLEY__BLOCK_BYTES);
  if (changes) {
    size_t size = wanted > SLEY__BLOCK_BYTES ? wanted : SLEY__BLOCK_BYTES;
    if (is_at_limit(in, state, size) || !block_change(in, state, size)) return 0;
  } else if (in->unread == 0 && wanted <= b->size) {
    if (b->is_of_domain) SLEY__SHOW(b->data, b->size);
    sley__input_hold(in, b);
  } else {
    size_t behind = (size_t)(b->data + b->size - b->input.at);
    if (wanted > b->size) { /* doubled, so that bytes are not moved again and again */
      size_t size =
          b->size * 2 > sley__input_most(in) ? sley__input_most(in) + (size_t)1 : b->size * 2;
      if (wanted > size) size = wanted;
      if (is_at_limit(in, state, size) || !block_change(in, state, size)) return 0;
    } else if (behind < wanted || behind - in->unread < ROOM_LEAST) {
      if (b->is_of_domain) SLEY__SHOW(b->data, b->size);
      memmove(b->data, b->input.at, in->unread);
      b->input.at = b->data;
    }
  }
  b = in->block;
  return (size_t)(b->data + b->size - (b->input.at + in->unread));
}

static SLEY__ALWAYS_INLINE size_t input_room(sley_input *in, struct sley__io_state *state,
                                             size_t wanted)
{
  if (SLEY__UNLIKELY(in->block != NULL || wanted > SLEY__BLOCK_BYTES || state->limit != 0))
    return input_room_more(in, state, wanted);
  struct sley__block *b = sley__block_take(state);
  if (SLEY__UNLIKELY(b == NULL)) return 0;
  sley__input_hold(in, b);
  return b->size;
}

/* ---- reading ---- */

static void input_ended(sley_input *in, sley_io *io)
{
  in->half.has_ended = true;
  if (io->kind == SLEY__IO_PLAIN) in->half.ends_again = true;
  else if (io->kind == SLEY__IO_STREAM) in->half.ends_again = isatty(io->handle.fd) == 1;
}

/* No memory: what has come stays with the kernel, and is asked for again when a block comes back, or soon. */
static void input_starves(sley_input *in, sley_io *io)
{
  sley__io_want_no_more(io, SLEY__READ);
  io->handle.maybe_ready |= SLEY__READ;
  sley__input_hunger(in);
}

/* The kernel has no memory for the call. Its event would come again in each turn. */
static bool input_is_poor(sley_input *in, sley_io *io)
{
  struct sley__io_state *state = sley__io_state_of(io);
  bool is_fed_soon = sley__dlist_is_on(&state->feed.place);
  sley__input_tidy(in);
  if (!is_fed_soon) sley__dlist_leave(&state->feed.place); /* its own block is no news for others */
  if (!in->half.is_hungry) in->half.is_starving = true;
  input_starves(in, io);
  return false;
}

/* Nothing was read: n is 0 or a negated code. */
static SLEY__NOINLINE bool input_took_nothing(sley_input *in, sley_io *io, int64_t n)
{
  io->handle.maybe_ready &= (uint8_t)~SLEY__READ;
  if (n == -SLEY_EAGAIN) return false;
  if (n == 0) input_ended(in, io);
  else if (errno == ENOMEM || errno == ENOBUFS) return input_is_poor(in, io);
  else in->half.error = sley__io_code_error("", io, n, sley__io_call_name(io, false));
  sley__io_want_no_more(io, SLEY__READ);
  if (sley__channel_of(io)->out.half.is_watched) sley__io_state_of(io)->look(io);
  sley__input_over(in);
  return true;
}

/* What a call gave that had so much room. Whether anything has changed: bytes came, or no more will. */
static SLEY__ALWAYS_INLINE bool input_took(sley_input *in, sley_io *io, int64_t n, size_t room)
{
  if (SLEY__UNLIKELY(n <= 0)) return input_took_nothing(in, io, n);
  in->unread += (uint32_t)n;
  if ((size_t)n < room && io->kind != SLEY__IO_CUSTOM)
    io->handle.maybe_ready &= (uint8_t)~SLEY__READ;
  return true;
}

bool sley__input_took(sley_input *in, int64_t n, size_t room)
{
  return input_took(in, sley__io_of_input(in), n, room);
}

/* One call. */
static SLEY__ALWAYS_INLINE bool input_read(sley_input *in, sley_io *io, size_t need)
{
  sley_room room;
  room.size = input_room(in, sley__io_state_of(io), need > in->unread ? need : in->unread + 1);
  if (SLEY__UNLIKELY(room.size == 0)) {
    input_starves(in, io);
    return false;
  }
  room.at = (char *)(uintptr_t)in->block->input.at + in->unread;
  int64_t n = sley__io_is_simple(io) ? sley__socket_read(io, room.at, room.size)
              : io->kind != SLEY__IO_CUSTOM
                  ? sley__fd_read(io, &room, 1)
                  : sley__io_type_of(io)->read(sley__io_ctx_of(io), &room, 1);
  return input_took(in, io, n, room.size);
}

bool sley__input_read(sley_input *in, size_t need)
{
  return input_read(in, sley__io_of_input(in), need);
}

static SLEY__NOINLINE bool input_read_more(sley_input *in, sley_io *io, size_t need)
{
  return input_read(in, io, need);
}

static SLEY__ALWAYS_INLINE sley__step input_attempt(sley_input *in, sley__work *work, sley_value *v,
                                                    sley_error **e)
{
  sley_io *io = sley__io_of_input(in);
  for (int reads = 0;; reads++) {
    if (in->unread >= work->need || sley__input_is_over(in)) {
      sley__step step = work->type->attempt(work, v, e);
      if (step != SLEY__STEP_MORE) return step;
    }
    if (SLEY__UNLIKELY(io->error != NULL || /* by a body */
                       (in->half.is_closed && !work->type->may_when_closed))) {
      *e = io->error != NULL ? sley_error_keep(io->error) : sley_error_closed();
      return SLEY__STEP_DONE;
    }
    bool tries = (io->handle.maybe_ready & SLEY__READ) || io->kind == SLEY__IO_PLAIN;
    if (reads == READS_MOST) return SLEY__STEP_MORE;
    if (!tries || !sley__loop_may_try(io->handle.loop) || !input_read_more(in, io, work->need))
      return SLEY__STEP_MORE;
  }
}

void sley__input_end_again(sley_input *in)
{
  in->half.has_ended = false;
  sley__io_of_input(in)->handle.maybe_ready |= SLEY__READ;
}

sley__step sley__input_attempt(sley_input *in, sley__work *work, sley_value *v, sley_error **e)
{
  return input_attempt(in, work, v, e);
}

/* step: of the first work's call of its function; MORE: it is to be attempted. */
static void input_go_on(sley_input *in, sley__step step, sley_value v, sley_error *e)
{
  for (sley__work *work; (work = sley__half_first(&in->half)) != NULL; step = SLEY__STEP_MORE) {
    if (step == SLEY__STEP_MORE) {
      v = sley_unit();
      e = NULL;
      step = input_attempt(in, work, &v, &e);
    }
    if (step == SLEY__STEP_RUNS) break;
    if (step == SLEY__STEP_MORE) {
      if (!in->half.is_hungry) sley__io_want(sley__io_of_input(in), SLEY__READ);
      break;
    }
    sley__work_leave(work);
    sley__work_settle(work, v, e);
    if (SLEY__UNLIKELY(in->half.is_closed)) break; /* which rejects what is left */
    if (sley__half_first(&in->half) != NULL) sley__input_ask_again(in);
  }
  sley__input_tidy(in);
  if (in->block != NULL) sley__input_note_partial(in);
}

void sley__input_go_on(sley_input *in) { input_go_on(in, SLEY__STEP_MORE, sley_unit(), NULL); }

void sley__input_ready(sley_io *io)
{
  sley_input *in = &sley__channel_of(io)->in;
  sley__work *work = sley__half_first(&in->half);
  if (work == NULL || in->half.is_hungry) { /* nobody waits, or a body computes: the peer does */
    if (SLEY__UNLIKELY(sley__channel_of(io)->out.half.is_watched)) sley__io_state_of(io)->look(io);
    if (SLEY__UNLIKELY(sley__extras_of(in) != NULL) && sley__input_read_ahead(in)) return;
    io->handle.maybe_ready |= SLEY__READ;
    sley__io_want_no_more(io, SLEY__READ);
    return;
  }
  if (SLEY__UNLIKELY(!input_read(in, io, work->need))) {
    if (io->kind == SLEY__IO_CUSTOM && !in->half.is_hungry) sley__io_want(io, SLEY__READ);
    sley__input_tidy(in);
    return;
  }
  sley_value v = sley_unit();
  sley_error *e = NULL;
  sley__step step = SLEY__STEP_MORE;
  bool is_enough = in->unread >= work->need && !sley__input_is_over(in);
  sley__io_hold(io);
  if (is_enough && work->type->call != NULL) step = work->type->call(work, &v, &e);
  if (step != SLEY__STEP_MORE || !sley__input_rests(in)) input_go_on(in, step, v, e);
  if (SLEY__UNLIKELY(sley__extras_of(in) != NULL)) sley__input_read_ahead(in);
  if (SLEY__LIKELY(io->handle.holders > 1)) io->handle.holders--;
  else sley_io_drop(io);
}

/* ---- lent ---- */

static SLEY__NOINLINE size_t peek_nothing(const sley_input *in, const char **data)
{
  sley__half_check(in, "sley_input_peek", "");
  if (data == NULL) sley__missing("sley_input_peek", "", "data");
  *data = NULL;
  return 0;
}

/* Of more than a block, what others than the caller have had read (a watch, a line) is shown block by block: a write
 * copies no more than one before it returns. */
static SLEY__NOINLINE size_t peek_much(const sley_input *in)
{
  bool is_wanted = in->half.depth > 0 && in->half.top.lock->work->need > SLEY__BLOCK_BYTES;
  return is_wanted || in->half.shows_all ? in->unread : SLEY__BLOCK_BYTES;
}

size_t sley_input_peek(sley_input *in, const char **data)
{
  sley_input *i = sley__input_if_free(in);
  if (SLEY__UNLIKELY(i == NULL || data == NULL)) return peek_nothing(in, data);
  *data = sley__input_at(i);
  i->half.is_lent = i->unread > 0;
  return SLEY__LIKELY(i->unread <= SLEY__BLOCK_BYTES) ? i->unread : peek_much(i);
}

static SLEY__NOINLINE void consume_nothing(const sley_input *in, size_t n)
{
  const sley_input *i = (const sley_input *)(void *)sley__half_check(in, "sley_input_consume", "");
  if (i->half.is_closed && n == 0) return;
  sley__abort("sley_input_consume was asked to consume %zu bytes, and %zu can be consumed now", n,
              sley__half_is_free(&i->half, in) ? (size_t)i->unread : 0);
}

void sley_input_consume(sley_input *in, size_t n)
{
  sley_input *i = sley__input_if_free(in);
  if (SLEY__UNLIKELY(i == NULL || n > i->unread)) {
    consume_nothing(in, n);
    return;
  }
  i->half.is_lent = i->half.shows_all = false;
  if (SLEY__LIKELY(n == i->unread && i->block != NULL)) { /* where it lay is of no interest */
    i->half.position += n;
    i->unread = 0;
    block_give(i);
    return;
  }
  sley__input_advance(i, n);
  sley__input_hide(i);
}

size_t sley_input_buffered(const sley_input *in)
{
  const sley_input *i = (const sley_input *)(void *)sley__half_check(in, __func__, "");
  return i->unread;
}

bool sley_input_is_ended(const sley_input *in)
{
  const sley_input *i = (const sley_input *)(void *)sley__half_check(in, __func__, "");
  return sley__input_is_over(i);
}
