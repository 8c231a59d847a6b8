/* Channels: buffered input and output over a byte object, in its own memory. Reading guide: half.h; line.h and line.c, the
 * works of a half and who runs, with body.c; this file; input.c, reading into a block; fill.c and each.c, waiting for data;
 * take_bytes.c, what becomes of it; output.c, room and pieces; send.c, sending and marks, with starving.c and flush_all.c;
 * hunger.c, no memory; write.c; close.c, end.c and patience.c, the ends, with extras.c; limits.c and limited.c, limits of
 * time; watch.c, waiting for the end; make.c, how they are made; memory.c; detach.c; seek.c; drain.c, the end of a domain;
 * standard.c; number.c, text.c and streams.c, what they carry besides bytes; pump.c and relay.c, from one to another, with
 * broken.c; fds.c, descriptors that come with bytes. */
#ifndef SLEY_IO_CHANNEL_H
#define SLEY_IO_CHANNEL_H

#include <stdarg.h>

#include "io/channel/limits.h"
#include "io/channel/line.h"

/* ---- watch.c ---- */

/* Reads, if nobody else does and somebody waits for the end: whether it did. Runs no callback. */
bool sley__input_read_ahead(sley_input *in);
bool sley__input_is_watched(const sley_input *in);
/* No more will come: whoever waits for that is told in the next turn. */
void sley__input_over(const sley_input *in);
/* With e, which is lent. Callbacks run here. */
void sley__watches_reject(const sley_input *in, sley_error *e);
void sley__watches_free(struct sley__extras *x);

/* ---- each.c ---- */

/* The call of its function, for which enough is unread: DONE; RUNS; or MORE, and then the input is to be looked at. */
sley__step sley__each_call(sley__work *work, sley_input_fn *f, void *ctx, sley_value *v,
                           sley_error **e);
/* The attempt of a work that has f called for each arrival of data, as sley_input_each does. */
sley__step sley__each_attempt(sley__work *work, sley_input_fn *f, void *ctx, sley_value *v,
                              sley_error **e);

/* What a sley_input_each has beside its work. */
typedef struct sley__each_rest {
  sley_input_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
} sley__each_rest;
/* Takes an each apart that rests alone in the line of to->half, and whose promise p nobody else has or waits for: fills the
 * rest and what to needs of its work, whose type stays, and consumes p. to is to be put in line. false: it is none of that. */
bool sley__each_take(sley_promise *p, sley__work *to, sley__each_rest *rest);

/* ---- input.c ---- */

/* One call of the object, for so many unread bytes; what became of a call that had so much room. Whether anything has
 * changed: bytes came, or no more will. */
bool sley__input_read(sley_input *in, size_t need);
bool sley__input_took(sley_input *in, int64_t n, size_t room);

void sley__input_ready(sley_io *io);
/* Attempts the first work, again and again as long as that helps. */
sley__step sley__input_attempt(sley_input *in, sley__work *work, sley_value *v, sley_error **e);
/* Works in line go on. Callbacks run here; the object must be held. */
void sley__input_go_on(sley_input *in);
/* Gives back a block without unread bytes. */
void sley__input_tidy(sley_input *in);
static inline bool sley__input_is_over(const sley_input *in)
{
  return in->half.has_ended || in->half.error != NULL;
}
/* An operation begins, or the next one in line: where the end is not for good, it asks again. */
void sley__input_end_again(sley_input *in);
static inline void sley__input_ask_again(sley_input *in)
{
  if (SLEY__UNLIKELY(in->half.has_ended && in->half.ends_again)) sley__input_end_again(in);
}
/* Why no more comes: the object's error or, at the end, that of a message cut short. Owned. */
sley_error *sley__input_why(const sley_input *in);
/* Where what is unread lies; NULL: nowhere. */
static inline const char *sley__input_at(const sley_input *in)
{
  return in->block != NULL ? in->block->input.at : NULL;
}
/* Marks n bytes as read, which stay where they are until the input is used next. */
static inline void sley__input_advance(sley_input *in, size_t n)
{
  struct sley__block *b = in->block;
  if (b == NULL) return; /* n is 0 then */
  b->input.at += n;
  b->input.searched = 0;
  in->unread -= (uint32_t)n;
  in->half.position += n;
}
static inline void sley__input_forget_unread(sley_input *in)
{
  in->unread = 0;
  if (in->block != NULL) in->block->input.searched = 0;
}
/* It has a block for itself from now on, which holds nothing of its. */
static inline void sley__input_hold(sley_input *in, struct sley__block *block)
{
  in->block = block;
  block->input.at = block->data;
  block->input.searched = 0;
}
/* Bytes whose end the caller has asked for and that may lie in the block no longer. */
void sley__input_take_back(sley_input *in);
/* What has been consumed is nobody's. */
static inline void sley__input_hide(const sley_input *in)
{
#ifdef SLEY__POISONS
  struct sley__block *b = in->block;
  if (b != NULL && b->is_of_domain && b->holders == 1)
    SLEY__HIDE(b->data, (size_t)(b->input.at - b->data));
#else
  (void)in;
#endif
}

/* ---- hunger.c ---- */

/* At the limit a sixteenth is kept for inputs that hold nothing and have been consumed from before. So those that hold
 * something can wait for the rest, and a crowd of new ones that send half a message cannot take it all. */
static inline bool sley__input_may_take_last(const sley_input *in)
{
  return in->block == NULL && in->half.position > 0;
}
/* It found no memory for a block: sley__input_go_on is called when there may be some. */
void sley__input_hunger(sley_input *in);
/* It is closed. */
void sley__input_hunger_ends(sley_input *in);
void sley__inputs_feed(struct sley__later *later);
/* It keeps a block. As the turn ends, what little is unread moves out of it. */
void sley__input_note_partial(sley_input *in);
void sley__inputs_look(struct sley__io_state *state);

/* Whether it has nothing, is open, and is told of what comes. */
static inline bool sley__input_rests(const sley_input *in)
{
  const sley_io *io = sley__io_of_input(in);
  return SLEY__LIKELY(in->block == NULL && !in->half.is_closed && !sley__input_is_over(in) &&
                      !(io->handle.maybe_ready & SLEY__READ) && (io->handle.wanted & SLEY__READ));
}

/* ---- fill.c ---- */

sley_error *sley__input_too_much(const char *site, const char *function, size_t n, size_t most);

/* ---- take_bytes.c ---- */

/* A value of the next n bytes, which are consumed; without a copy if they are enough. false: out of memory. */
bool sley__input_take_bytes(sley_input *in, size_t n, sley_value *v);

/* ---- output.c ---- */

/* Room for n bytes, at most a block's, behind what is written. NULL: out of memory. */
char *sley__output_room(sley_output *out, size_t n);
void sley__output_wrote(sley_output *out, size_t n);
/* Copies all of it or, out of memory, nothing. */
bool sley__output_append(sley_output *out, const void *data, size_t size);
/* The end of what a part refers to. Takes it over. false: out of memory. */
bool sley__output_append_bytes(sley_output *out, sley_bytes *bytes);
void sley__output_append_piece(sley_output *out, struct sley__piece *piece);
/* The first size bytes of a block, which it takes over. */
void sley__output_append_block(sley_output *out, struct sley__block *block, size_t size);
void sley__output_drop_unsent(sley_output *out);
/* Pieces of what is unsent in their order; NULL: there is none, or no next one. */
static inline struct sley__piece *sley__output_first(const sley_output *out)
{
  return out->last != NULL ? out->last->next : NULL;
}
static inline struct sley__piece *sley__output_next(const sley_output *out,
                                                    const struct sley__piece *piece)
{
  return piece != out->last ? piece->next : NULL;
}
/* n bytes have gone. */
void sley__output_sent(sley_output *out, size_t n);
/* To be flushed when the turn ends. */
void sley__output_mark_dirty(sley_output *out);
/* It is to be flushed no more. */
static inline void sley__output_clean(sley_output *out)
{
  if (out->half.dirty == 0) return;
  sley__io_state_of(sley__io_of_output(out))->dirty[out->half.dirty - 1] = NULL;
  out->half.dirty = 0;
}

/* ---- fds.c ---- */

/* A piece without bytes and with descriptors, which travel with the first byte behind it. */
static inline bool sley__piece_has_fds(const struct sley__piece *piece)
{
  return piece->size == 0 && piece->block == NULL;
}
void sley__fds_piece_free(struct sley__piece *piece);
/* What is unsent begins with descriptors: sends them with the bytes behind them, as the function of a type. *wanted: so
 * many bytes. */
int64_t sley__output_send_fds(const sley_output *out, const sley_io *io, size_t *wanted);
/* Descriptors that come from now on are kept. */
void sley__input_takes_fds(sley_io *io);
/* The channels end. */
void sley__input_takes_fds_no_more(struct sley__extras *x);
/* Closes those that it keeps; it has extras. */
void sley__input_fds_close(const sley_input *in);

/* ---- text.c ---- */

sley_promise *sley__output_printf_list(const char *site, sley_output *output, const char *format,
                                       va_list arguments);

/* What is wrong is for good. code: negated; with errno, if it says so. Runs no callback. */
void sley__output_fail(sley_output *out, int64_t code);

/* ---- broken.c ---- */

/* Puts work, in memory of its owner's, among those that wait: it is over when the output has failed, or is aborted.
 * asks_kernel: also when nobody can read any more what is written, as far as the kernel tells. */
void sley__output_watch(sley_output *out, sley__work *work, bool asks_kernel);
void sley__output_watch_end(sley__work *work);

/* ---- flush_all.c ---- */

enum {
  SLEY__OUTPUTS_NESTED = 16 /* objects over one another, at most, that are flushed together */
};
/* The output of an object, if it has something to send; else NULL. */
sley_output *sley__output_unsent(sley_io *io);
/* Sends what all outputs have, as far as their objects take it. Runs no callback. */
void sley__outputs_send_all(struct sley__io_state *state);

/* ---- drain.c ---- */

/* From now on the current domain waits for what is unsent as it finishes. */
sley_error *sley__drain_start(void);

/* ---- starving.c ---- */

/* Those that starve are tried again. */
void sley__outputs_send_again(struct sley__later *later);

/* ---- send.c ---- */

/* Whether it waits for memory of the kernel, and not for its peer. */
static inline bool sley__output_starves(const sley_output *out) { return out->half.is_starving; }
/* Sends what the object takes now. Runs no callback: has_news says whether sley__output_tell is due. */
void sley__output_send(sley_output *out);
/* The same before the turn ends, unless what runs has had its share of the turn: then the flush of the turn sends it. What
 * never blocks (a file, memory) would hold up all others. */
void sley__output_send_early(sley_output *out);
/* Settles what waited for that, and lets the works in line go on. Callbacks run here; the object must be held. */
void sley__output_tell(sley_output *out);
void sley__output_ready(sley_io *io);
void sley__outputs_flush(struct sley__io_state *state);
/* Puts the object on the list of its domain that it belongs on now, as the last. */
void sley__channels_list(sley_io *io);
void sley__outputs_tell(struct sley__later *later);
void sley__channels_flush(struct sley__io_state *state);
/* Behind those that wait outside the line. */
void sley__output_append_waiting(sley_output *out, sley__work *work);
/* What has become of a write that is in the output: done, or it waits for the low mark. */
sley__step sley__output_written(sley_output *out, sley__work *work, sley_value *v, sley_error **e);
static inline uint32_t sley__output_low(const sley_output *out)
{
  const struct sley__extras *x = sley__channel_of(sley__io_of_output(out))->extras;
  return x != NULL && x->low > 0 ? x->low : sley__output_high(out) / 4;
}
/* The output's error, owned, which counts as told now. */
sley_error *sley__output_error_tell(sley_output *out);

/* ---- pump.c ---- */

/* As sley_input_pump, but that the kernel is not asked whether output is broken: of a peer that has closed, the last words
 * may be under way the other way. */
sley_promise *sley__pump_of_relay(const char *site, sley_input *in, sley_output *output);

/* The peer of a connection that still is one: later a reset connection has none. */
sley__peer sley__pump_peer(const sley_io *io);
/* e with "reading from NAME: " or "writing to NAME: " before its message. Borrows e. */
sley_error *sley__pump_error(const char *site, sley_error *e, const char *doing, const sley_io *io,
                             const sley__peer *peer);

/* Whether its end or close is over, and all was sent: a flush and another end have nothing to wait for. */
static inline bool sley__output_is_ended(const sley_output *out)
{
  return (out->half.has_ended || out->half.is_over) && out->half.error == NULL &&
         out->unsent == 0 && sley__half_first(&out->half) == NULL;
}

/* ---- extras.c ---- */

/* Those of the object's channels, made if it has none. NULL: out of memory. */
struct sley__extras *sley__extras_open(sley_io *io);
/* Without limits of time and watches. */
void sley__extras_free(sley_io *io);

/* ---- limited.c ---- */

/* Of an object whose channels have extras. An owned error, or NULL. */
sley_error *sley__channel_limits_begin(sley_io *io, const sley_channel_options *options);
void sley__channel_limits_end(struct sley__extras *x);

/* ---- close.c ---- */

extern const struct sley__handle_calls sley__channel_calls;
void sley__channels_abort(sley_io *io);
void sley__channels_over(sley_io *io);
/* With limits of time and watches. */
void sley__extras_end(sley_io *io);

#endif
