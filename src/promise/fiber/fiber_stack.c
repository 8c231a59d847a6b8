/* Stacks for fibers: mapped in chunks, each with a guard below it, committed by use, and kept for the next fiber.
 *
 * A size class is a power of two. If the kernel has MADV_GUARD_INSTALL (Linux 6.13), a guard is a mark in the page
 * table and a chunk is one mapping. Elsewhere it is a range of inaccessible pages, and every stack costs two of the
 * mappings that vm.max_map_count limits.
 *
 * A freed stack stays warm, up to a number per class; further ones lose their memory, and a chunk is unmapped when
 * all its stacks have. A stack that was used deeply loses what lies below its first pages, unless it is the next to
 * be used. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "promise/fiber/fiber_warm.h"

#if defined(__linux__) && !defined(MADV_GUARD_INSTALL)
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_STACK
#define MAP_STACK 0
#endif

enum { CHUNK_MOST_BYTES = 64 << 20, GUARD_LEAST = 65536, COLOURS = 16 };
enum { WARM_MOST = 1024, WARM_MOST_LARGE = 16 };
/* How much memory a free stack keeps, and the places below it that are searched for traces of deep use. */
enum { KEPT_BYTES = 16384, SMALL_PLACE = 512, LARGE_PLACE = 8192, CLOSELY_EVERY = 64 };

/* ---- system calls ---- */

static void *map(size_t bytes)
{
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) return NULL;
#ifdef MADV_NOHUGEPAGE
  madvise(memory, bytes, MADV_NOHUGEPAGE); /* otherwise the first touch would commit 2 MiB */
#endif
  return memory;
}

static int mark_guard(void *memory, size_t bytes)
{
#ifdef MADV_GUARD_INSTALL
  enum { NO_ADVICE = 0x5eed };
  /* Emulators (qemu-user) treat any advice as a hint: they report success and do nothing. */
  if (madvise(memory, bytes, NO_ADVICE) == 0) {
    errno = EINVAL;
    return -1;
  }
  return madvise(memory, bytes, MADV_GUARD_INSTALL);
#else
  (void)memory;
  (void)bytes;
  errno = EINVAL;
  return -1;
#endif
}

static int protect(void *memory, size_t bytes) { return mprotect(memory, bytes, PROT_NONE); }

static void discard(void *memory, size_t bytes) { madvise(memory, bytes, MADV_DONTNEED); }

struct sley__stack_calls sley__stack_calls = {map, mark_guard, protect, discard, munmap};

/* ---- places ---- */

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

size_t sley__stack_guard_bytes(void)
{
  size_t page = page_bytes();
  return page > GUARD_LEAST ? page : GUARD_LEAST;
}

static size_t class_bytes(unsigned class) { return (size_t)1 << (class + STACK_LEAST); }

static unsigned class_for(size_t bytes)
{
  size_t page = page_bytes();
  if (bytes < 2 * page) bytes = 2 * page;
  unsigned class = 0;
  while (class < STACK_CLASSES && class_bytes(class) < bytes) class ++;
  return class;
}

static size_t stride(unsigned class) { return class_bytes(class) + sley__stack_guard_bytes(); }

static char *low_of(const stack_chunk *chunk, uint32_t index)
{
  return chunk->memory + index * stride(chunk->class) + sley__stack_guard_bytes();
}

/* Fibers begin at different offsets in their first page, so that they do not share the same cache lines. */
static fiber *fiber_of(const stack_chunk *chunk, uint32_t index)
{
  char *top = low_of(chunk, index) + class_bytes(chunk->class);
  size_t color = ((size_t)index * 5 + (uint32_t)((uintptr_t)chunk >> 6)) % COLOURS * 64;
  return (fiber *)(void *)(top - color - ((sizeof(fiber) + 63) & ~(size_t)63));
}

static bool has_room(const stack_chunk *chunk)
{
  return chunk->cold != 0 || chunk->carved < chunk->count;
}

static stack_chunk *chunk_at(struct sley__dlist *place)
{
  return SLEY__CONTAINER(place, stack_chunk, place);
}

void sley__stacks_init(struct sley__fibers *pool)
{
  for (unsigned class = 0; class < STACK_CLASSES; class ++) {
    sley__dlist_init(&pool->roomy[class]);
    sley__dlist_init(&pool->full[class]);
    pool->warm_room[class] = class <= STACK_CLASS_DEFAULT ? WARM_MOST : WARM_MOST_LARGE;
  }
  pool->page = page_bytes();
  pool->guard = sley__stack_guard_bytes();
  pool->watermarks = sley__checkers_allow_watermark();
}

/* ---- chunks ---- */

static stack_chunk *chunk_new(sley_domain *d, unsigned class, const char **why)
{
  stack_chunk *chunk = sley__runtime_alloc(d->runtime, sizeof(*chunk));
  if (chunk == NULL) return NULL;
  *chunk = (stack_chunk){.class = class};
  size_t most = CHUNK_MOST_BYTES / stride(class);
  chunk->count = most > CHUNK_STACKS ? CHUNK_STACKS : most == 0 ? 1 : (uint32_t)most;
  chunk->memory = sley__stack_calls.map(chunk->count * stride(class));
  if (chunk->memory == NULL) {
    *why = "mmap";
    sley__runtime_free(d->runtime, chunk, sizeof(*chunk));
    return NULL;
  }
  sley__dlist_prepend(&d->fibers->roomy[class], &chunk->place);
  return chunk;
}

static void chunk_free(sley_domain *d, stack_chunk *chunk)
{
  sley__dlist_remove(&chunk->place);
  for (uint32_t i = 0; i < chunk->carved; i++)
    sley__checkers_unmapped(chunk, i, low_of(chunk, i),
                            low_of(chunk, i) + class_bytes(chunk->class));
  d->fibers->stacks -= chunk->carved;
  sley__stack_calls.unmap(chunk->memory, chunk->count * stride(chunk->class));
  sley__runtime_free(d->runtime, chunk, sizeof(*chunk));
}

/* Installs the guard of a chunk's next stack. False: sets *why and errno. */
static bool carve(sley_domain *d, stack_chunk *chunk, const char **why)
{
  char *low = low_of(chunk, chunk->carved);
  size_t bytes = sley__stack_guard_bytes();
  /* For any reason: an older kernel, or a system call filter that does not know the advice. */
  if (sley__stack_calls.guard(low - bytes, bytes) != 0 &&
      sley__stack_calls.protect(low - bytes, bytes) != 0) {
    *why = "mprotect";
    return false;
  }
  sley__checkers_carved(chunk, chunk->carved, low, low + class_bytes(chunk->class));
  chunk->carved++;
  d->fibers->stacks++;
  return true;
}

/* The lowest address that f keeps when free; memory below it can be discarded. */
static char *kept(const sley_domain *d, const fiber *f)
{
  return (char *)(((uintptr_t)f->top - KEPT_BYTES) & ~(uintptr_t)(d->fibers->page - 1));
}

static fiber *place_fiber(sley_domain *d, stack_chunk *chunk, uint32_t index)
{
  fiber *f = fiber_of(chunk, index);
  f->domain = d;
  f->chunk = chunk;
  f->index = index;
  f->class = chunk->class;
  f->low = low_of(chunk, index);
  f->top = f->low + class_bytes(chunk->class);
  f->quarter = class_bytes(chunk->class) / 4;
  bool is_large = class_bytes(chunk->class) >= KEPT_BYTES + LARGE_PLACE + d->fibers->page;
  f->looked_at = d->fibers->watermarks && is_large ? kept(d, f) - LARGE_PLACE : NULL;
  return f;
}

static fiber *take_slowly(sley_domain *d, unsigned class, const char **why)
{
  struct sley__fibers *pool = d->fibers;
  struct sley__dlist *roomy = &pool->roomy[class];
  stack_chunk *chunk =
      !sley__dlist_is_empty(roomy) ? chunk_at(roomy->next) : chunk_new(d, class, why);
  if (chunk == NULL) return NULL;
  uint32_t index = chunk->carved;
  if (chunk->cold != 0) {
    index = (uint32_t)__builtin_ctz(chunk->cold);
    chunk->cold &= ~(1u << index);
  } else if (!carve(d, chunk, why)) {
    int code = errno;
    if (chunk->carved == 0) chunk_free(d, chunk);
    errno = code;
    return NULL;
  }
  if (!has_room(chunk)) {
    sley__dlist_remove(&chunk->place);
    sley__dlist_prepend(&pool->full[class], &chunk->place);
  }
  return place_fiber(d, chunk, index);
}

fiber *sley__stack_take(sley_domain *d, size_t bytes, const char **why)
{
  struct sley__fibers *pool = d->fibers;
  unsigned class = bytes == 0 ? STACK_CLASS_DEFAULT : class_for(bytes * STACK_FACTOR);
  *why = NULL;
  if (class >= STACK_CLASSES) {
    *why = "stack size";
    errno = EINVAL;
    return NULL;
  }
  fiber *f = pool->warm[class];
  if (f != NULL) {
    sley__stack_take_warm(pool, f, class);
    return f;
  }
  f = take_slowly(d, class, why);
  if (f == NULL) return NULL;
  sley__stack_counted(pool);
  sley__checkers_taken(f);
  return f;
}

/* ---- freeing ---- */

typedef uint64_t words __attribute__((vector_size(16), may_alias));

NO_ADDRESS_CHECK static bool any_written(const char *from, size_t bytes)
{
  const words *at = (const words *)(const void *)from;
  words all = {0};
  for (size_t i = 0; i < bytes / sizeof(words); i++) all |= at[i];
  return (all[0] | all[1]) != 0;
}

/* Calls that reached below this place have written into it, unless their frames are larger than it. So a small place
 * is checked each time, a large one occasionally. Reading untouched pages costs no memory: the kernel maps one shared
 * page of zeros. The place is at the start of its page: lines at the end would alias, for the processor, those that
 * fibers have just written in another page. */
static bool was_used_deeply(const fiber *f, bool closely)
{
  return any_written(f->looked_at, closely ? LARGE_PLACE : SMALL_PLACE);
}

void sley__stack_tidy(sley_domain *d, fiber *f)
{
  struct sley__fibers *pool = d->fibers;
  f->is_tidy = true;
  if (f->looked_at == NULL || !was_used_deeply(f, pool->ended % CLOSELY_EVERY == 0)) return;
  sley__stack_calls.discard(f->low, (size_t)(kept(d, f) - f->low));
  pool->trimmed++;
}

void sley__stack_cool(sley_domain *d, fiber *f)
{
  stack_chunk *chunk = f->chunk;
  uint32_t index = f->index;
  struct sley__fibers *pool = d->fibers;
  bool was_full = !has_room(chunk);
  pool->room++;
  pool->ended++;
  sley__checkers_given(f);
  sley__stack_calls.discard(f->low, (size_t)(f->top - f->low)); /* including f */
  chunk->cold |= 1u << index;
  if (__builtin_popcount(chunk->cold) == (int)chunk->carved) {
    chunk_free(d, chunk);
  } else if (was_full) {
    sley__dlist_remove(&chunk->place);
    sley__dlist_prepend(&pool->roomy[chunk->class], &chunk->place);
  }
}

/* ---- all stacks ---- */

/* Does not read a cold stack, which would commit memory. */
static bool is_live(const stack_chunk *chunk, uint32_t index)
{
  return !(chunk->cold & 1u << index) && fiber_of(chunk, index)->state != FIBER_FREE;
}

static fiber *list_find(const struct sley__dlist *list, bool (*f)(void *, fiber *), void *ctx)
{
  for (struct sley__dlist *at = list->next; at != list; at = at->next) {
    const stack_chunk *chunk = chunk_at(at);
    for (uint32_t i = 0; i < chunk->carved; i++)
      if (is_live(chunk, i) && f(ctx, fiber_of(chunk, i))) return fiber_of(chunk, i);
  }
  return NULL;
}

fiber *sley__fibers_find(sley_domain *d, bool (*f)(void *ctx, fiber *f), void *ctx)
{
  fiber *found = NULL;
  for (unsigned class = 0; found == NULL && class < STACK_CLASSES; class ++) {
    found = list_find(&d->fibers->full[class], f, ctx);
    if (found == NULL) found = list_find(&d->fibers->roomy[class], f, ctx);
  }
  return found;
}

static bool given_for_good(void *ctx, fiber *f)
{
  (void)ctx;
  sley__checkers_given(f);
  return false;
}

void sley__stacks_release(sley_domain *d)
{
  sley__fibers_find(d, given_for_good, NULL);
  for (unsigned class = 0; class < STACK_CLASSES; class ++) {
    struct sley__dlist *lists[] = {&d->fibers->full[class], &d->fibers->roomy[class]};
    for (int i = 0; i < 2; i++)
      while (!sley__dlist_is_empty(lists[i])) chunk_free(d, chunk_at(lists[i]->next));
  }
}
