/* Room for output: a chain of pieces, each in a block of the output's own or in a part that it holds. A block is taken
 * with the first byte and given back when all in it is sent. */
#include "io/channel/channel.h"

/* A piece of a block of the output's own is that block's first member; others are allocations. */
static bool is_own(const struct sley__piece *piece)
{
  return (const void *)piece == (const void *)piece->block;
}

void sley__output_append_piece(sley_output *out, struct sley__piece *piece)
{
  struct sley__piece *last = out->last != NULL ? out->last : piece;
  piece->next = last->next;
  last->next = piece;
  out->last = piece;
}

static void piece_free(struct sley__piece *piece)
{
  struct sley__block *block = piece->block;
  if (SLEY__UNLIKELY(sley__piece_has_fds(piece))) {
    sley__fds_piece_free(piece);
    return;
  }
  if (!is_own(piece)) sley__free(sley__self(), piece, sizeof(*piece));
  else sley__current->io->sending -= block->is_of_domain;
  if (block != NULL) sley__block_drop(block);
}

static void first_free(sley_output *out, struct sley__piece *piece)
{
  if (piece == out->last) out->last = NULL;
  else out->last->next = piece->next;
  piece_free(piece);
}

void sley__output_sent(sley_output *out, size_t n)
{
  out->unsent -= n;
  for (struct sley__piece *piece; n > 0 && (piece = sley__output_first(out)) != NULL;) {
    if (n < piece->size) {
      piece->at += n;
      piece->size -= n;
      return;
    }
    n -= piece->size;
    first_free(out, piece);
  }
}

void sley__output_drop_unsent(sley_output *out)
{
  for (struct sley__piece *piece; (piece = sley__output_first(out)) != NULL;)
    first_free(out, piece);
  out->unsent = 0;
}

/* ---- room ---- */

static size_t room_of(const struct sley__piece *last)
{
  if (last == NULL || !is_own(last)) return 0;
  const struct sley__block *b = last->block;
  return (size_t)(b->data + b->size - last->at) - last->size;
}

static SLEY__ALWAYS_INLINE struct sley__block *block_add(sley_output *out)
{
  struct sley__io_state *state = sley__io_state_of(sley__io_of_output(out));
  struct sley__block *b = sley__block_take(state);
  if (SLEY__UNLIKELY(b == NULL)) return NULL;
  state->sending++;
  SLEY__HIDE(b->data, SLEY__BLOCK_BYTES); /* what is not reserved */
  b->piece.at = b->data;
  b->piece.size = 0;
  sley__output_append_piece(out, &b->piece);
  return b;
}

/* Of the room behind what is written only n bytes are lent. */
static void lend(const struct sley__block *b, const char *at, size_t n)
{
#ifdef SLEY__POISONS
  SLEY__HIDE(at, (size_t)(b->data + b->size - at));
  SLEY__SHOW(at, n);
#else
  (void)b;
  (void)at;
  (void)n;
#endif
}

static SLEY__NOINLINE char *room_in_next(sley_output *out, size_t n)
{
  if (n > SLEY__BLOCK_BYTES) return NULL;
  /* A full block gains nothing from waiting for the end of the turn. */
  if (out->unsent >= SLEY__BLOCK_BYTES / 2 && !out->half.is_blocked && !out->half.no_auto_flush)
    sley__output_send_early(out);
  if (out->last != NULL && room_of(out->last) >= n) {
    lend(out->last->block, out->last->at + out->last->size, n);
    return (char *)(uintptr_t)out->last->at + out->last->size;
  }
  struct sley__block *b = block_add(out);
  if (b == NULL) return NULL;
  lend(b, b->data, n);
  return b->data;
}

char *sley__output_room(sley_output *out, size_t n)
{
  const struct sley__piece *last = out->last;
  if (SLEY__LIKELY(room_of(last) >= n && last != NULL)) {
    lend(last->block, last->at + last->size, n);
    return (char *)(uintptr_t)last->at + last->size;
  }
  return room_in_next(out, n);
}

static SLEY__ALWAYS_INLINE void mark_dirty(sley_output *out)
{
  if (out->half.dirty != 0 || out->half.is_blocked) return;
  struct sley__io_state *state = sley__io_state_of(sley__io_of_output(out));
  state->dirty[state->dirty_end++] = out;
  out->half.dirty = (uint8_t)state->dirty_end;
  sley__loop_touch(sley__current);
  if (SLEY__UNLIKELY(state->dirty_end == SLEY__DIRTY_MOST)) sley__outputs_flush(state);
}

void sley__output_mark_dirty(sley_output *out) { mark_dirty(out); }

static SLEY__ALWAYS_INLINE void output_wrote(sley_output *out, size_t n)
{
  out->last->size += n;
  if (is_own(out->last)) lend(out->last->block, out->last->at + out->last->size, 0);
  out->unsent += n;
  out->half.position += n;
  if (SLEY__UNLIKELY(out->unsent >= sley__output_high(out))) out->half.is_full = true;
  if (SLEY__LIKELY(!out->half.no_auto_flush) || out->unsent > SLEY__BLOCK_BYTES) mark_dirty(out);
}

void sley__output_wrote(sley_output *out, size_t n)
{
  output_wrote(out, n);
  /* Making room has sent a full block in vain: what is written now would follow a hole. */
  if (SLEY__UNLIKELY(out->half.error != NULL)) sley__output_drop_unsent(out);
}

bool sley__output_append_bytes(sley_output *out, sley_bytes *bytes)
{
  struct sley__piece *piece = sley__alloc(sley__self(), sizeof(*piece));
  if (piece == NULL) return false;
  *piece = (struct sley__piece){.at = bytes->at, .block = bytes->block};
  size_t size = bytes->size;
  *bytes = (sley_bytes){0};
  sley__output_append_piece(out, piece);
  sley__output_wrote(out, size);
  return true;
}

void sley__output_append_block(sley_output *out, struct sley__block *block, size_t size)
{
  block->piece.at = block->data;
  block->piece.size = 0;
  sley__output_append_piece(out, &block->piece);
  sley__output_wrote(out, size);
}

/* ---- without a promise ---- */

static SLEY__NOINLINE sley_output *free_output(sley_output *handle, const char *function)
{
  sley_output *out = (sley_output *)(void *)sley__half_check(handle, function, "");
  bool may = sley__half_is_free(&out->half, handle) && sley__io_of_output(out)->error == NULL &&
             !(out->half.is_closed && sley__depth_of(handle) == 0);
  return may && sley__io_attach(sley__io_of_output(out)) == 0 ? out : NULL;
}

static SLEY__NOINLINE char *reserve_slowly(sley_output *output, size_t n)
{
  sley_output *o = free_output(output, "sley_output_reserve");
  return o != NULL ? sley__output_room(o, n) : NULL;
}

char *sley_output_reserve(sley_output *output, size_t n)
{
  sley_output *o = sley__output_if_free(output);
  if (SLEY__UNLIKELY(o == NULL)) return reserve_slowly(output, n);
  if (o->last != NULL || n > SLEY__BLOCK_BYTES) return sley__output_room(o, n);
  struct sley__block *b = block_add(o);
  if (SLEY__UNLIKELY(b == NULL)) return NULL;
  lend(b, b->data, n);
  return b->data;
}

static _Noreturn SLEY__NOINLINE void commit_too_much(size_t n, size_t room)
{
  sley__abort(
      "sley_output_commit was asked for %zu bytes, and %zu are reserved: it follows "
      "sley_output_reserve without another call on this output between",
      n, room);
}

/* In a build with the address checker: what comes next is reserved no more, since something was written after that. */
static SLEY__NOINLINE void commit_late(size_t n)
{
  sley__abort(
      "sley_output_commit was asked for %zu bytes that are not reserved: it follows "
      "sley_output_reserve without another call on this output between",
      n);
}

static inline void commit_check(const sley_output *o, size_t n)
{
  (void)o;
  if (SLEY__UNLIKELY(SLEY__IS_HIDDEN((char *)(uintptr_t)o->last->at + o->last->size, n)))
    commit_late(n);
}

static SLEY__NOINLINE void commit_slowly(sley_output *output, size_t n)
{
  sley_output *o = (sley_output *)(void *)sley__half_check(output, "sley_output_commit", "");
  const struct sley__piece *last = o->half.is_made ? o->last : NULL; /* else it was detached */
  if (SLEY__UNLIKELY(n > room_of(last))) commit_too_much(n, room_of(last));
  if (n > 0) commit_check(o, n);
  if (SLEY__UNLIKELY(o->half.error != NULL)) { /* a message may be finished */
    sley__output_drop_unsent(o);
    return;
  }
  if (n > 0) sley__output_wrote(o, n);
}

void sley_output_commit(sley_output *output, size_t n)
{
  sley_output *o = sley__output_if_free(output);
  if (SLEY__UNLIKELY(o == NULL || o->last == NULL || n == 0 || n > room_of(o->last))) {
    commit_slowly(output, n);
    return;
  }
  commit_check(o, n);
  output_wrote(o, n);
}

int sley_output_try_write(sley_output *output, const void *data, size_t size)
{
  sley_output *o = (sley_output *)(void *)sley__half_check(output, __func__, "");
  if (o->half.error != NULL) {
    o->half.is_told = true;
    return -SLEY_ESYSTEM;
  }
  if (size > SLEY__BLOCK_BYTES) return -SLEY_EINVAL;
  if (o->half.is_closed && sley__depth_of(output) == 0) return -SLEY_ECLOSED;
  o = free_output(output, __func__);
  if (o == NULL) return sley_output_is_closed(output) ? -SLEY_ECLOSED : -SLEY_EAGAIN;
  if (o->unsent >= sley__output_high(o)) return -SLEY_EAGAIN;
  if (!sley__output_append(o, data, size)) return -SLEY_ENOMEM;
  if (SLEY__LIKELY(o->half.error == NULL)) return 0;
  o->half.is_told = true;
  return -SLEY_ESYSTEM;
}

static SLEY__NOINLINE bool is_ready_slowly(const sley_output *output)
{
  const sley_output *o =
      (const sley_output *)(void *)sley__half_check(output, "sley_output_is_ready", "");
  return o->unsent < sley__output_high(o);
}

bool sley_output_is_ready(const sley_output *output)
{
  const sley_output *o = sley__output_if_free(output);
  return SLEY__LIKELY(o != NULL) ? o->unsent < sley__output_high(o) : is_ready_slowly(output);
}

bool sley_output_is_busy(const sley_output *output)
{
  return !sley__half_is_free(sley__half_check(output, __func__, ""), output);
}

bool sley_output_is_closed(const sley_output *output)
{
  const sley__half *half = sley__half_check(output, __func__, "");
  return half->is_closed || sley__io_of_half(half)->error != NULL;
}

size_t sley_output_buffered(const sley_output *output)
{
  return ((const sley_output *)(void *)sley__half_check(output, __func__, ""))->unsent;
}

int64_t sley_output_position(const sley_output *output)
{
  return (int64_t)sley__half_check(output, __func__, "")->position;
}

sley_error *sley_output_error(sley_output *output)
{
  sley_output *o = (sley_output *)(void *)sley__half_check(output, __func__, "");
  if (o->half.error != NULL) o->half.is_told = true;
  return o->half.error;
}
