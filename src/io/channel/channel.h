/* Channels: buffered input and output over a byte object, in its own memory. Reading guide: this file; line.c, the works
 * of a half and who runs; input.c, reading into a block; fill.c and each.c, waiting for data; take_bytes.c, what becomes of
 * it; output.c, room and pieces; send.c, sending and marks, with starving.c; hunger.c, no memory; write.c; close.c, with
 * extras.c; limits.c and limited.c, limits of time; watch.c, waiting for the end; make.c, how they are made; memory.c;
 * detach.c; seek.c; drain.c, the end of a domain; standard.c; number.c, text.c and streams.c, what they carry besides
 * bytes; pump.c and relay.c, from one to another; fds.c, descriptors that come with bytes. */
#ifndef SLEY_IO_CHANNEL_H
#define SLEY_IO_CHANNEL_H

#include <stdarg.h>

#include <sley/channel.h>

#include "io/channel/limits.h"
#include "io/object/object.h"

struct sley__work;
struct sley__lock;

/* Works in the order in which they were asked for; the first one runs, the others wait. */
typedef struct sley__line {
  struct sley__work *last; /* its next is the first; NULL: none */
} sley__line;

/* Where the works of a half are. */
typedef union sley__top {
  sley__line line;         /* depth 0 */
  struct sley__lock *lock; /* else: the innermost body that runs, which has the line inside it */
} sley__top;

/* What input and output have in common, and what is small of both: a channel waits in few bytes. */
typedef struct sley__half {
  sley__top top;
  sley_error *error; /* what the object failed with, for good; NULL: nothing */
  uint64_t position; /* bytes consumed, or accepted */
  uint8_t depth;     /* bodies that run inside one another */
  union {
    bool is_lent;  /* input: the caller has addresses in the block */
    uint8_t dirty; /* output: its place among those to be flushed, counted from 1; 0: it has none */
  };
  bool is_output : 1;
  bool is_made : 1;
  bool is_closed : 1; /* what is asked for now is rejected */
  bool has_ended : 1; /* input: no more comes; output: the peer reads the end */
  /* Input. */
  bool ends_again : 1; /* the end is not for good: a terminal, a file */
  bool is_hungry : 1;  /* it found no memory for a block */
  bool whole_lines : 1;
  /* Output. */
  bool is_blocked : 1; /* the object takes nothing for now, and will tell */
  bool has_news : 1;   /* somebody is to be told of what the last flush did */
  bool is_told : 1;    /* of the error, has anybody been */
  bool is_full : 1;    /* above the high mark, and not below the low one since */
  bool is_over : 1;    /* closing it is over, and left the object open for the input */
  bool no_auto_flush : 1;
  bool is_starving : 1; /* blocked, by the kernel's want of memory */
  /* The id of the domain in which a call without a promise, through the handle of the current depth, needs no further
   * check: nothing is in line, closed or broken. SLEY__NOT_FREE: it needs them. */
  uint32_t free_in;
} sley__half;
enum { SLEY__NOT_FREE = 0x7fffffff /* no domain's id */ };

/* The address of a half is a multiple of 16. The handle that a body is given has the depth in its low bits. */
enum { SLEY__DEPTH_MOST = 15 };

struct sley_input {
  sley__half half;           /* the first member */
  struct sley__block *block; /* holds what is unread, and knows where; NULL: nothing is */
  uint32_t unread;           /* a block is smaller than 4 GiB */
  uint32_t most;             /* option: bytes that a piece can have */
};

/* What few channels have, and all that are being closed. */
struct sley__extras {
  float linger, finish;   /* options; 0: what the header says */
  uint32_t low;           /* option: the low mark; 0: a quarter of the high one */
  sley_promise *in, *out; /* of the first close of each; one reference each */
  sley_promise *patience; /* a sleep while a closing output makes no progress; one reference */
  uint64_t sent;          /* when that began */
  struct sley__channel_limits *limits; /* of time; NULL: none */
  struct sley__limits *waking;   /* to be told that an operation waits; NULL: there are no limits */
  struct sley__watches *watches; /* of the end of the input; NULL: there has been none */
  struct sley__arrival *fds_first, *fds_last; /* descriptors that came: see fds.c */
  size_t fds_count;
};

struct sley_output {
  sley__half half;            /* the first member; its option high is a member of the object */
  struct sley__piece *last;   /* of what is not sent yet; its next is the first; NULL: none */
  struct sley__work *waiting; /* not in line: for marks, and for what was written before */
  size_t unsent;
};

typedef struct sley__channel {
  _Alignas(16) sley_input in;
  _Alignas(16) sley_output out;
  struct sley__extras *extras; /* of both halves; NULL: they have none */
} sley__channel;
/* Without its padding, which is not there. */
enum { SLEY__CHANNEL_BYTES = offsetof(sley__channel, extras) + sizeof(struct sley__extras *) };
_Static_assert((int)SLEY__CHANNEL_BYTES <= (int)(SLEY__IO_HALVES * sizeof(uint64_t)), "they fit");
_Static_assert(offsetof(sley__channel, out.last) ==
                       offsetof(sley_io, transfer) - offsetof(sley_io, halves) &&
                   offsetof(sley__channel, out.unsent) >= offsetof(sley_io, transfer) +
                                                              sizeof(((sley_io *)0)->transfer) -
                                                              offsetof(sley_io, halves),
               "an output of a detached object looks at neither last nor waiting");

static inline uint32_t sley__input_most(const sley_input *in) { return in->most; }
static inline struct sley__extras *sley__extras_of(const sley_input *in)
{
  return ((const sley__channel *)(const void *)in)->extras;
}

static inline sley__channel *sley__channel_of(const sley_io *io)
{
  return (sley__channel *)(uintptr_t)io->halves;
}
static inline sley_io *sley__io_of_input(const sley_input *in)
{
  return SLEY__CONTAINER((uintptr_t)in, sley_io, halves);
}
static inline sley_io *sley__io_of_output(const sley_output *out)
{
  return SLEY__CONTAINER((uintptr_t)out - offsetof(sley__channel, out), sley_io, halves);
}
/* The high mark. */
static inline uint32_t sley__output_high(const sley_output *out)
{
  return sley__io_of_output(out)->high;
}
static inline sley_io *sley__io_of_half(const sley__half *half)
{
  return half->is_output ? sley__io_of_output((const sley_output *)(const void *)half)
                         : sley__io_of_input((const sley_input *)(const void *)half);
}

/* ---- line.c ---- */

typedef enum sley__step {
  SLEY__STEP_DONE,  /* *v is its value, or *e its error, owned */
  SLEY__STEP_MORE,  /* more is needed: data, or room; attempted again when there is */
  SLEY__STEP_RUNS,  /* a body runs, and ends the work */
  SLEY__STEP_LEAVES /* output: it waits outside of the line from now on */
} sley__step;

/* A kind of work on a half. */
typedef struct sley__work_type {
  sley__operation_type operation; /* its cancel is sley__work_cancel */
  size_t bytes;                   /* of the struct that begins with a sley__work */
  /* Called when it is the first in line, and again when there is more. Input: only if `need` bytes are unread, or no more
   * will come (sley__input_is_over): then it must not ask for more. Runs no callback. */
  sley__step (*attempt)(struct sley__work *work, sley_value *v, sley_error **e);
  /* Input: its attempt when `need` bytes are unread and more can come, without a look at that; MORE: the first in line is
   * to be attempted. It can end itself, with callbacks. NULL: it has none. */
  sley__step (*call)(struct sley__work *work, sley_value *v, sley_error **e);
  void (*drop)(struct sley__work *work); /* its struct goes; NULL: it owns nothing */
  /* It has to stand behind others: copies what is the caller's as soon as the call has returned. false: out of memory.
   * NULL: nothing is. */
  bool (*copy)(struct sley__work *work);
  bool
      starts_in_line; /* it has its place there before the first attempt, which can then run callbacks */
  bool has_body;      /* it runs one under a sley__lock */
  bool may_when_closed; /* it can be started on a half that is closed */
  bool goes_on;         /* a cancel ends only the waiting for it */
  /* Of works in memory of their owner's, who has no promise: it is over, with e if there is one, or canceled. Consumes v
   * and e. NULL: it is the data of an operation. */
  void (*over)(struct sley__work *work, sley_value v, sley_error *e);
  const char *(*site)(const struct sley__work *work); /* of those; where it was asked for */
} sley__work_type;

typedef struct sley__work {
  const sley__work_type *type;
  struct sley__work *next;
  sley__half *half;
  union {
    size_t need; /* input: bytes to be unread before an attempt */
    uint64_t
        target; /* output, outside the line: the position up to which all is to be sent; 0: below the low mark */
  };
  uint8_t depth; /* of the handle by which it was asked for */
  bool is_canceled;
  bool is_running; /* and ends by itself */
  uint32_t looks;  /* that found it waiting: see limited.c */
} sley__work;
enum { SLEY__LOOKS_OVER = INT32_MAX }; /* it is being rejected for a limit of time */

static inline sley_input *sley__work_input(const sley__work *work)
{
  return (sley_input *)(void *)work->half;
}
static inline sley_output *sley__work_output(const sley__work *work)
{
  return (sley_output *)(void *)work->half;
}

/* The half behind a handle; aborts if it is none, or belongs to a body that has ended. */
sley__half *sley__half_check_slow(const void *handle, const char *function, const char *site);
static inline unsigned sley__depth_of(const void *handle)
{
  return (uintptr_t)handle & SLEY__DEPTH_MOST;
}
static inline sley__half *sley__half_of(const void *handle)
{
  return (sley__half *)((uintptr_t)handle & ~(uintptr_t)SLEY__DEPTH_MOST);
}
static inline sley__half *sley__half_check(const void *handle, const char *function,
                                           const char *site)
{
  sley__half *half = sley__half_of(handle);
  if (SLEY__UNLIKELY(half == NULL || !sley__io_is_here(sley__io_of_half(half)) ||
                     sley__depth_of(handle) > half->depth))
    return sley__half_check_slow(handle, function, site);
  return half;
}
/* What a work with a body needs as long as that runs, when it has the half for itself. It lies on the stack, and goes to
 * memory of its own when the body has to be waited for. */
typedef struct sley__lock {
  sley__work *work;
  sley__line inside;  /* works that the body asks for */
  sley__top outer;    /* of the half, as it was before */
  sley_promise *body; /* pending; one reference. NULL: the function that gives it runs */
  uint64_t before;    /* the half's position as it began */
  bool was_over;      /* input: at that time */
  bool is_reserve;    /* its memory is of the domain's reserve */
} sley__lock;

/* The line of the current depth. */
static inline sley__line *sley__half_line(sley__half *half)
{
  return half->depth == 0 ? &half->top.line : &half->top.lock->inside;
}
/* The first work of the current depth; NULL: there is none. */
static inline sley__work *sley__half_first(const sley__half *half)
{
  const sley__work *last = half->depth == 0 ? half->top.line.last : half->top.lock->inside.last;
  return last != NULL ? last->next : NULL;
}
/* The next one in line; work NULL: the first. NULL: there is none. */
static inline sley__work *sley__line_next(const sley__line *line, const sley__work *work)
{
  if (work == line->last) return NULL;
  return work != NULL ? work->next : line->last->next;
}
/* Whether nothing is under way or in line that a call through this handle would overtake. */
static inline bool sley__half_is_free(const sley__half *half, const void *handle)
{
  if (half->depth != sley__depth_of(handle)) return false;
  return half->depth == 0 ? half->top.line.last == NULL : half->top.lock->inside.last == NULL;
}
/* Whether a call without a promise can use the half behind handle now without any further check. */
static inline bool sley__half_is_here(const sley__half *half, const void *handle)
{
  return SLEY__LIKELY((uintptr_t)handle > SLEY__DEPTH_MOST && half->free_in == sley__current->id &&
                      half->depth == sley__depth_of(handle));
}
/* That half, of this kind; else NULL. */
static inline sley_input *sley__input_if_free(const sley_input *handle)
{
  sley_input *in = (sley_input *)(void *)sley__half_of(handle);
  return sley__half_is_here(&in->half, handle) ? in : NULL;
}
static inline sley_output *sley__output_if_free(const sley_output *handle)
{
  sley_output *out = (sley_output *)(void *)sley__half_of(handle);
  return sley__half_is_here(&out->half, handle) ? out : NULL;
}
/* Call when any of this has changed: the first in line, the depth, what is closed, an output's error. Owner. */
static inline void sley__half_look(sley__half *half)
{
  bool is_free = sley__half_line(half)->last == NULL && !half->is_closed &&
                 (half->error == NULL || !half->is_output);
  half->free_in = is_free ? sley__current->id : SLEY__NOT_FREE;
}
static inline void sley__half_close(sley__half *half)
{
  half->is_closed = true;
  half->free_in = SLEY__NOT_FREE;
}
/* Does it at once if that can be, else puts a copy of it in line. wanted: type and own members are set, and NULL-safe
 * for drop; consumed. */
sley_promise *sley__work_start(const char *site, const char *function, const void *handle,
                               sley__work *wanted);
/* The same, for a work that waits outside the line of an output. */
sley_promise *sley__work_start_outside(const char *site, const char *function,
                                       const sley_output *handle, const sley__work *wanted);
/* Puts one in line that its owner has, in its own memory, and attempts it if it is the first. It can be over when this
 * returns, and callbacks run here. Its half and its type are set; the half is open and free, and its object is held. */
void sley__work_begin(sley__work *work);
/* Puts it in line without an attempt; half and depth are set. */
void sley__work_put(sley__work *work);
/* Cancels it; callbacks run here if its owner has it. */
void sley__work_cancel(void *data);
/* Takes it out of its line, and frees nothing. */
void sley__work_leave(sley__work *work);
/* Settles a work that is in no line: with e if there is one. Callbacks run here. */
void sley__work_settle(sley__work *work, sley_value v, sley_error *e);
/* Rejects all works of all depths but those whose body runs: these are canceled. Consumes e. */
void sley__half_reject_all(sley__half *half, sley_error *e);

/* The same with those that are marked (SLEY__LOOKS_OVER); the others go on. The object must be held. */
void sley__half_reject_marked(sley__half *half, sley_error *e);
/* Where it was asked for. */
const char *sley__work_site(sley__work *work);

/* The handle for the body. */
static inline void *sley__lock_enter(sley__lock *lock, sley__work *work)
{
  sley__half *half = work->half;
  lock->work = work;
  lock->inside.last = NULL;
  lock->outer = half->top;
  lock->body = NULL;
  lock->before = half->position;
  half->top.lock = lock;
  work->is_running = true;
  half->depth++;
  sley__half_look(half);
  return (char *)half + half->depth;
}

/* Rejects what the body has asked for and not waited for. */
void sley__lock_left_inside(sley__half *half);
static inline void sley__lock_leave(const sley__lock *lock)
{
  sley__half *half = lock->work->half;
  if (SLEY__UNLIKELY(lock->inside.last != NULL)) sley__lock_left_inside(half);
  half->depth--;
  lock->work->is_running = false;
  half->top = lock->outer;
  sley__half_look(half);
}
/* Holds the object and waits for the end of the body, which it consumes, then calls done with a lock in other memory;
 * done begins with sley__lock_over. */
void sley__lock_wait(const sley__lock *lock, sley_promise *body, sley_done_fn *done);
/* Leaves the lock and frees its memory. Returns what it was; its object still has the holder. */
sley__lock sley__lock_over(void *lock);

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
  if (n == 0) return; /* of nothing, too */
  in->block->input.at += n;
  in->block->input.searched = 0;
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

/* ---- each.c ---- */

/* The attempt of a work that has f called for each arrival of data, as sley_input_each does. */
sley__step sley__each_attempt(sley__work *work, sley_input_fn *f, void *ctx, sley_value *v,
                              sley_error **e);

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

/* ---- take.c ---- */

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
/* Closes those that it keeps; it has extras. */
void sley__input_fds_close(const sley_input *in);

/* ---- text.c ---- */

sley_promise *sley__output_printf_list(const char *site, sley_output *output, const char *format,
                                       va_list arguments);

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

/* The peer of a connection that still is one: later a reset connection has none. */
sley__peer sley__pump_peer(const sley_io *io);
/* e with "reading from NAME: " or "writing to NAME: " before its message. Borrows e. */
sley_error *sley__pump_error(const char *site, sley_error *e, const char *doing, const sley_io *io,
                             const sley__peer *peer);

/* Whether its end or close is over, and all was sent: a flush and another end have nothing to wait for. */
static inline bool sley__output_is_ended(const sley_output *out)
{
  return (out->half.has_ended || out->half.is_over) && out->half.error == NULL &&
         sley__half_first(&out->half) == NULL;
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
