/* The memory of channels: what a half is, and where it lies in its object. */
#ifndef SLEY_IO_HALF_H
#define SLEY_IO_HALF_H

#include <sley/channel.h>

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
  bool is_closed : 1;   /* what is asked for now is rejected */
  bool has_ended : 1;   /* input: no more comes; output: the peer reads the end */
  bool is_starving : 1; /* the kernel has no memory; an input is hungry then, an output blocked */
  /* Input. */
  bool ends_again : 1; /* the end is not for good: a terminal, a file */
  bool is_hungry : 1;  /* it found no memory for a block */
  bool shows_all : 1;  /* a fill has asked for more than a block */
  /* Output. */
  bool is_blocked : 1; /* the object takes nothing for now, and will tell */
  bool has_news : 1;   /* somebody is to be told of what the last flush did */
  bool is_told : 1;    /* of the error, has anybody been */
  bool is_watched : 1; /* somebody is to hear that it breaks */
  bool is_full : 1;    /* above the high mark, and not below the low one since */
  bool is_over : 1;    /* closing it is over, and left the object open; or it is being detached */
  bool no_auto_flush : 1;
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
  bool takes_fds;   /* option */
  bool whole_lines; /* option: what has no end is no line */
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

#endif
