/* Blocks. Those of a domain are kept for the next taker, last in, first out, so that one that is hot in the
 * processor's cache is taken first. Their data begins at different offsets: with a whole number of pages from one to
 * the next, the first bytes of many, which are all that is used of most, would compete for a few sets of the cache. */
#include "io/bytes/block.h"

enum { LINE = 64, COLORS = 16 };
/* Its data begins behind the block itself, after 0 to 15 lines. */
enum { HEAD = (sizeof(struct sley__block) + LINE - 1) / LINE * LINE };
enum { BYTES_OF_DOMAIN = HEAD + (COLORS - 1) * LINE + SLEY__BLOCK_BYTES };

static size_t bytes_of(const struct sley__block *b)
{
  if (b->is_of_domain) return BYTES_OF_DOMAIN;
  return b->drop != NULL ? sizeof(*b) : HEAD + b->size;
}

static void in_use_note(struct sley__io_state *io)
{
  uint64_t most = io->made - io->spares_least;
  if (most > io->in_use_most) io->in_use_most = most;
}

struct sley__block *sley__block_take_new(struct sley__io_state *io)
{
  struct sley__block *b = sley__runtime_alloc(io->runtime, BYTES_OF_DOMAIN);
  if (b == NULL) return NULL;
  memset(b, 0, sizeof(*b));
  b->data = (char *)b + HEAD + (size_t)(io->color++ % COLORS) * LINE;
  b->size = SLEY__BLOCK_BYTES;
  b->piece.block = b;
  b->home = io;
  b->holders = 1;
  b->is_of_domain = true;
  io->made++;
  io->spares_least = 0;
  return b;
}

struct sley__block *sley__block_new(sley_runtime *runtime, size_t size)
{
  if (size > SIZE_MAX - HEAD) return NULL;
  struct sley__block *b = sley__runtime_alloc(runtime, HEAD + size);
  if (b == NULL) return NULL;
  memset(b, 0, sizeof(*b));
  b->data = (char *)b + HEAD;
  b->size = size;
  b->piece.block = b;
  b->runtime = runtime;
  b->holders = 1;
  return b;
}

struct sley__block *sley__block_adopt(sley_runtime *runtime, void *data, size_t size,
                                      sley_drop_fn *drop, void *ctx)
{
  struct sley__block *b = sley__runtime_alloc(runtime, sizeof(*b));
  if (b == NULL) return NULL;
  *b = (struct sley__block){.piece = {.block = b},
                            .data = data,
                            .size = size,
                            .runtime = runtime,
                            .holders = 1,
                            .drop = drop,
                            .ctx = ctx};
  return b;
}

static void block_free(sley_runtime *runtime, struct sley__block *b)
{
  size_t bytes = bytes_of(b);
  if (b->is_of_domain) SLEY__SHOW(b->data, SLEY__BLOCK_BYTES);
  sley_drop_fn *drop = b->drop;
  void *ctx = b->ctx;
  sley__runtime_free(runtime, b, bytes);
  if (drop != NULL) drop(ctx);
}

/* Of a domain that has ended, when its last block has come back. */
static void state_free_if_unused(struct sley__io_state *io)
{
  sley_runtime *runtime = io->runtime;
  if (io->made > 0) return;
  sley__runtime_free(runtime, io, sizeof(*io));
  sley__runtime_release(runtime);
}

static void give_back(struct sley__block *b)
{
  struct sley__io_state *io = b->home;
  if (b->is_given_out) io->given_out--;
  b->is_given_out = false;
  if (io->domain == NULL) {
    io->made--;
    block_free(io->runtime, b);
    state_free_if_unused(io);
    return;
  }
  if (SLEY__UNLIKELY(io->domain != sley__current))
    sley__abort(
        "sley_bytes_drop in domain %s was given a part of domain %s: move it there as a value, for "
        "example with sley_call",
        sley__current->name, io->domain->name);
  b->holders = 1;
  SLEY__HIDE(b->data, SLEY__BLOCK_BYTES);
  b->piece.next = io->spare;
  io->spare = &b->piece;
  io->spares++;
  if (io->hungry > 0) sley__run_later(io, &io->feed);
}

void sley__block_drop_slow(struct sley__block *block)
{
  uint32_t left = block->has_crossed ? __atomic_sub_fetch(&block->holders, 1, __ATOMIC_ACQ_REL)
                                     : --block->holders;
  if (left > 0) return;
  if (block->is_of_domain) give_back(block);
  else block_free(block->runtime, block);
}

void sley__block_uncount(struct sley__block *block)
{
  if (!(block->partial & SLEY__PARTIAL_COUNTED)) return;
  block->partial &= (uint8_t)~SLEY__PARTIAL_COUNTED;
  sley__current->io->large -= sley__blocks_of(block->size);
}

/* Others may free it before this turn ends. */
static void partial_leave(struct sley__block *block)
{
  struct sley__block **place = &block->home->partial;
  if ((block->partial & SLEY__PARTIAL_LISTED) != 0) {
    while (*place != block) place = &(*place)->next_partial;
    *place = block->next_partial;
  }
  block->partial = 0;
  block->owner = NULL;
}

void sley__block_cross(struct sley__block *block)
{
  if (block->has_crossed) return;
  sley__block_uncount(block);
  if (block->is_of_domain) {
    partial_leave(block);
    SLEY__SHOW(block->data, SLEY__BLOCK_BYTES);
    /* Its size is now that of a block that is freed by whoever drops it last. */
    struct sley__io_state *io = block->home;
    sley_runtime *runtime = io->runtime;
    if (block->is_given_out) io->given_out--;
    io->made--;
    if (io->spares_least > 0) io->spares_least--;
    block->is_of_domain = block->is_given_out = false;
    block->size = BYTES_OF_DOMAIN - HEAD;
    block->runtime = runtime;
  }
  block->has_crossed = true;
}

static void spare_free(struct sley__io_state *io, size_t count)
{
  /* The oldest lie at the end of the list. */
  struct sley__piece **place = &io->spare;
  for (size_t kept = io->spares - count; kept > 0; kept--) place = &(*place)->next;
  for (struct sley__piece *piece; (piece = *place) != NULL;) {
    *place = piece->next;
    io->spares--;
    io->made--;
    block_free(io->runtime, piece->block);
  }
}

void sley__blocks_look_slow(struct sley__io_state *io, sley_time now)
{
  in_use_note(io);
  /* So many were spare at any time since the last look. */
  spare_free(io, io->spares_least);
  io->spares_least = io->spares;
  io->looked = now;
}

void sley_block_counters_get(sley_block_counters *out)
{
  sley_block_counters now = {0};
  size_t size = SLEY__FIGURES_CHECK(out, sley_block_counters, "sley_block_counters_get");
  struct sley__io_state *io = sley__self()->io;
  now.size = size;
  now.block_size = SLEY__BLOCK_BYTES;
  if (io != NULL) {
    in_use_note(io);
    now.taken = io->taken;
    now.in_use = io->made - io->spares;
    now.in_use_most = io->in_use_most;
    now.held = sley__blocks_held(io);
    now.spare = io->spares;
    now.waited = io->waited;
    now.killed = io->killed;
    now.limit = io->limit * SLEY__BLOCK_BYTES;
  }
  memcpy(out, &now, size);
}

sley_error *sley_block_set_limit(size_t bytes)
{
  struct sley__io_state *io = sley__io_state_open(sley__self());
  if (io == NULL) return sley_error_nomem();
  io->limit = bytes / SLEY__BLOCK_BYTES;
  if (bytes > 0 && io->limit == 0) io->limit = 1;
  return NULL;
}

/* ---- the state of a domain ---- */

static void state_release(sley_domain *d)
{
  struct sley__io_state *io = d->io;
  d->io = NULL;
  spare_free(io, io->spares);
  io->domain = NULL;
  state_free_if_unused(io);
}

static const struct sley__part blocks_part = {.release = state_release};

struct sley__io_state *sley__io_state_open(sley_domain *d)
{
  if (SLEY__LIKELY(d->io != NULL)) return d->io;
  struct sley__io_state *io = sley__runtime_alloc(d->runtime, sizeof(*io));
  if (io == NULL) return NULL;
  memset(io, 0, sizeof(*io));
  io->domain = d;
  io->runtime = d->runtime;
  io->looked = sley__clock();
  sley__runtime_hold(d->runtime);
  for (int i = 0; i < SLEY__LISTS; i++) sley__dlist_init(&io->objects[i]);
  sley__dlist_init(&io->limits);
  sley__dlist_init(&io->later);
  d->io = io;
  d->parts[SLEY__PART_BLOCKS] = &blocks_part;
  return io;
}
