/* Blocks: memory that belongs to the library, counted. Those of a domain have one size and are kept for the next taker;
 * others are of the size that was asked for, or are somebody else's memory with a drop. */
#ifndef SLEY_IO_BLOCK_H
#define SLEY_IO_BLOCK_H

#include <sley/io.h>

#include "io/bytes/poison.h"
#include "reactor/reactor_floor.h"

typedef struct sley_input sley_input;
typedef struct sley_output sley_output;

/* What a message of 16 KiB leaves room in. */
enum { SLEY__BLOCK_BYTES = 16384 + 448 };

/* Bytes of a block in a chain: of an output's unsent data, or of spare blocks. */
struct sley__piece {
  struct sley__piece *next;
  const char *at;
  size_t size;
  struct sley__block *block; /* NULL: memory that is never freed */
};

enum { SLEY__PARTIAL_LISTED = 1, SLEY__PARTIAL_NOTED = 2, SLEY__PARTIAL_COUNTED = 4 };
/* The first 64 bytes are all that a block in use touches beside its data. */
struct sley__block {
  union { /* the first member: of whoever holds the block alone */
    struct sley__piece piece;
    struct {           /* of an input, also if parts are outside; the piece's block stays */
      const char *at;  /* what is unread */
      size_t searched; /* of that, without the end of a line */
    } input;
  };
  char *data;
  size_t size;
  union {
    struct sley__io_state *home; /* of a domain's block */
    sley_runtime *runtime;       /* of any other */
  };
  union {
    struct {
      uint32_t holders; /* any thread, __atomic, once it has crossed */
      bool is_of_domain;
      bool has_crossed;
      /* SLEY__PARTIAL_: it is on its domain's list; owner and since are set; it counts for the limit, being larger. */
      uint8_t partial;
      bool is_given_out; /* parts of it are outside of channels, so it no longer counts */
    };
    uint64_t state; /* all of these */
  };
  sley_drop_fn *drop; /* of adopted memory */
  void *ctx;
  sley_bytes box; /* for one value of it */
  /* Of one that an input holds: see hunger.c. */
  struct sley__block *next_partial;
  sley_input *owner;
  uint64_t position; /* of the owner when it began to hold this */
  sley_time since;
};
_Static_assert(sizeof(void *) != 8 || offsetof(struct sley__block, drop) == 64, "one cache line");
_Static_assert(offsetof(struct sley__block, input.searched) + sizeof(size_t) <=
                   offsetof(struct sley__block, piece.block),
               "an input leaves the piece's block");

/* What is to be run in the next turn, from the loop. */
struct sley__later {
  struct sley__dlist place;
  void (*run)(struct sley__later *later);
};

enum { SLEY__DIRTY_MOST = 64 /* outputs: then they are flushed before the turn ends */ };
/* Each object is on one: of those whose output has news; else of those whose input waits for a block; else of the rest. */
enum { SLEY__LIST_NEWS, SLEY__LIST_HUNGRY, SLEY__LIST_OPEN, SLEY__LISTS };

/* What a domain has for I/O. */
struct sley__io_state {
  sley_domain *domain; /* NULL: it has ended */
  sley_runtime *runtime;
  struct sley__piece *spare; /* last in, first out */
  size_t spares, made;       /* made: spare or in use */
  size_t spares_least;       /* since the blocks were last looked through */
  size_t limit;              /* blocks that channels can hold; 0: no limit */
  size_t given_out;          /* blocks in use outside of channels */
  size_t sending;            /* blocks of outputs, which their marks bound */
  size_t large;              /* so many blocks would hold what inputs have in larger ones */
  uint64_t taken, in_use_most, waited, killed;
  sley_time looked; /* when blocks that nobody needed were last freed */
  unsigned color;   /* of the next new block */
  /* Lists of the channels. */
  /* Outputs with data to send, in the order in which they got it; NULL where one has left. */
  sley_output *dirty[SLEY__DIRTY_MOST];
  unsigned dirty_begin, dirty_end;
  size_t more;                 /* what sley_input_more was asked for last */
  struct sley__block *partial; /* blocks that inputs hold, to be looked at when the turn ends */
  size_t hungry;               /* inputs that wait for a block */
  size_t starving;             /* of those, inputs for which the kernel had no memory */
  struct sley__dlist objects[SLEY__LISTS]; /* all of the domain */
  struct sley__dlist later;                /* of sley__later: what the next turn runs */
  struct sley__later tell;                 /* tells what the last flush did */
  sley_io *standard[3];                    /* one holder each */
  /* For moving bytes without a copy: see object/splice.c. */
  sley_fd pipe[2];
  bool has_pipe;
  struct sley__block *pipe_rest;
  struct sley__later send_again;   /* for outputs that found no memory in the kernel */
  struct sley_alarm *again_alarm;  /* see channel/starving.c; NULL: there has been none */
  double again_seconds;            /* how long that is; 0: the next turn */
  struct sley__dlist limits;       /* of time that channels have in common: see channel/limited.c */
  uint64_t fds_closed;             /* times that descriptors came and nobody took them */
  size_t fds_takers;               /* inputs that take them */
  struct sley__arrival *fds_spare; /* memory for the next ones: see channel/fds.c */
  /* Reads for an input that takes them, as recvmsg(2); set with the first one. */
  ssize_t (*fds_read)(sley_io *io, const sley_room *room, int flags);
  void (*look)(sley_io *io); /* whether a watched output has broken: see channel/broken.c */
  struct sley__later feed;   /* lets hungry inputs go on */
  sley_promise *sleep;       /* before they are asked again; one reference */
  sley_time again;           /* how long that is */
  sley_time fed;             /* when one of them went on last, or the first began to wait */
  bool gives_up;             /* inputs that hold blocks, since none of those went on for a second */
  bool exceeds_limit;        /* for now, since nobody is left to be given up */
  void (*flush)(struct sley__io_state *state); /* as a turn ends, if dirty or partial have any */
  /* As the domain ends; NULL: it has no channels. */
  void (*channels_abort)(sley_io *io); /* of an object that has them and is being aborted */
  void (*channels_end)(sley_io *io);   /* the same, when its domain ends: memory of that goes */
};

static inline void sley__run_later(struct sley__io_state *state, struct sley__later *later)
{
  if (sley__dlist_is_on(&later->place)) return;
  sley__dlist_append(&state->later, &later->place);
  sley__loop_touch(sley__current);
}

/* The current domain's, made on first use. NULL: out of memory. */
struct sley__io_state *sley__io_state_open(sley_domain *d);

/* A block of the domain with one holder, its piece not set. NULL: out of memory. */
struct sley__block *sley__block_take_new(struct sley__io_state *io);
static inline struct sley__block *sley__block_take(struct sley__io_state *io)
{
  struct sley__piece *piece = io->spare;
  io->taken++;
  if (SLEY__UNLIKELY(piece == NULL)) return sley__block_take_new(io);
  io->spare = piece->next;
  if (--io->spares < io->spares_least) io->spares_least = io->spares;
  SLEY__SHOW(((struct sley__block *)(void *)piece)->data, SLEY__BLOCK_BYTES);
  return (struct sley__block *)(void *)piece;
}
/* A block of this size with one holder, from the current domain's runtime. NULL: out of memory. */
struct sley__block *sley__block_new(sley_runtime *runtime, size_t size);
/* A block of memory of somebody else's, whose last holder calls drop(ctx). NULL: out of memory. */
struct sley__block *sley__block_adopt(sley_runtime *runtime, void *data, size_t size,
                                      sley_drop_fn *drop, void *ctx);
/* Whether it is a domain's, with one holder, and nothing else is known of it. */
static inline bool sley__block_is_plain(const struct sley__block *block)
{
  static const struct sley__block plain = {.holders = 1, .is_of_domain = true};
#if UINTPTR_MAX > \
    UINT32_MAX /* a holder elsewhere may be counting; it is not plain then, whatever is read */
  return SLEY__LIKELY(__atomic_load_n(&block->state, __ATOMIC_RELAXED) == plain.state);
#else /* two words, of which the second says so */
  return SLEY__LIKELY(block->state == plain.state);
#endif
}
/* Drops a holder. */
void sley__block_drop_slow(struct sley__block *block);
static inline void sley__block_drop(struct sley__block *block)
{
  struct sley__io_state *io = block->home;
  if (SLEY__UNLIKELY(!sley__block_is_plain(block) || io->domain == NULL || io->hungry != 0)) {
    sley__block_drop_slow(block);
    return;
  }
  SLEY__HIDE(block->data, SLEY__BLOCK_BYTES);
  block->piece.next = io->spare;
  io->spare = &block->piece;
  io->spares++;
}
static inline void sley__block_keep(struct sley__block *block)
{
  if (SLEY__UNLIKELY(block->has_crossed)) __atomic_add_fetch(&block->holders, 1, __ATOMIC_RELAXED);
  else block->holders++;
}
/* Parts of it leave the channels: it no longer counts for the limit. */
static inline void sley__block_give_out(struct sley__block *block)
{
  if (!block->is_of_domain || block->is_given_out) return;
  block->is_given_out = true;
  block->home->given_out++;
}
/* Blocks that channels hold; and those for which there is a limit. */
static inline size_t sley__blocks_held(const struct sley__io_state *io)
{
  return io->made - io->spares - io->given_out + io->large;
}
static inline size_t sley__blocks_limited(const struct sley__io_state *io)
{
  return sley__blocks_held(io) - io->sending;
}
static inline size_t sley__blocks_of(size_t size)
{
  return (size + SLEY__BLOCK_BYTES - 1) / SLEY__BLOCK_BYTES;
}
/* As how many it counts, in the hands of an input. */
static inline size_t sley__block_counts(const struct sley__block *block)
{
  if (block->is_of_domain) return block->holders == 1 && !block->is_given_out;
  return block->partial & SLEY__PARTIAL_COUNTED ? sley__blocks_of(block->size) : 0;
}
/* A new one that is larger than a domain's counts as long as an input has it. */
static inline void sley__block_count(struct sley__io_state *io, struct sley__block *block)
{
  if (block->size <= SLEY__BLOCK_BYTES) return;
  block->partial |= SLEY__PARTIAL_COUNTED;
  io->large += sley__blocks_of(block->size);
}
void sley__block_uncount(struct sley__block *block);
/* What is unread moves: the time since which its owner has waited for the rest goes on. */
static inline void sley__block_hand_on(const struct sley__block *from, struct sley__block *to)
{
  to->partial |= SLEY__PARTIAL_NOTED;
  to->owner = from->owner;
  to->position = from->position;
  to->since = from->since;
}
/* Before it crosses: it leaves its domain's blocks, and is counted atomically from now on. */
void sley__block_cross(struct sley__block *block);
/* Once a turn: frees those that nobody has needed for a second. */
enum { SLEY__BLOCKS_LOOKED_EVERY = 1000000000 /* ns */ };
void sley__blocks_look_slow(struct sley__io_state *io, sley_time now);
static inline void sley__blocks_look(struct sley__io_state *io, sley_time now)
{
  if (SLEY__UNLIKELY(now - io->looked >= SLEY__BLOCKS_LOOKED_EVERY))
    sley__blocks_look_slow(io, now);
}
/* Nanoseconds until that; -1: no block is spare. */
static inline sley_time sley__blocks_look_due(const struct sley__io_state *io)
{
  if (io->spares == 0) return -1;
  sley_time left = io->looked + SLEY__BLOCKS_LOOKED_EVERY - sley__clock();
  return left > 0 ? left : 0;
}

#endif
