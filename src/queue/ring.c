/* A ring between two domains whose messages announce themselves: each carries its number, stored last, so that one
 * cache line takes it across and the consumer reads nothing else (the idea of FastForward: Giacomoni, Moseley,
 * Vachharajani, PPoPP 2008; with a number in place of its NULL, so that the consumer does not write to the places).
 * The number of the first message staged is held back until all are published: those behind it cannot be read before
 * it. The consumer's position, head, is stored once for many messages. docs/decisions/queue.md has what each of
 * these is worth. */
#include <ck_pr.h>

#include "queue/annotate.h"
#include "queue/queue_floor.h"

/* Processors fetch cache lines in pairs. */
enum { APART = 128, LINE = 64, AHEAD = 16 /* messages */, HELD = 2 };

struct sley__ring {
  char apart_before[APART]; /* distance from the allocator's other objects */
  unsigned head;            /* any thread; written by the consumer */
  char apart[APART];
  struct {              /* producer */
    unsigned staged;    /* end of what has been written */
    unsigned published; /* end of what can be read */
    unsigned seen_head; /* the consumer's head when last loaded */
    unsigned size, mask;
    bool is_fresh;                    /* has places that never held a message */
    struct sley__message first[HELD]; /* staged: written to their places when they are published */
  } producer;
  char apart_too[APART];
  struct {             /* consumer */
    unsigned taken;    /* end of what has been read, not released yet */
    unsigned released; /* head */
    unsigned seen;     /* end of the batch being read */
    unsigned mask;
  } consumer;
  char apart_again[APART];
  struct sley__message slots[]; /* any thread: the number; the rest by whose turn it is */
};

size_t sley__ring_bytes(unsigned capacity)
{
  return sizeof(struct sley__ring) + capacity * sizeof(struct sley__message) + LINE;
}

/* Numbers begin with 1 and repeat after 2^32, long after their place has held another. */
static unsigned number_of(unsigned index) { return index + 1; }

struct sley__ring *sley__ring_init(void *memory, unsigned capacity)
{
  /* Aligns the places, not the head, to a cache line. */
  uintptr_t places = (uintptr_t)memory + offsetof(struct sley__ring, slots);
  struct sley__ring *ring = (void *)((char *)memory + (LINE - places % LINE) % LINE);
  ring->head = 0;
  ring->producer.staged = ring->producer.published = ring->producer.seen_head = 0;
  ring->producer.is_fresh = true;
  ring->slots[0].number = 0;
  ring->producer.size = capacity;
  ring->producer.mask = ring->consumer.mask = capacity - 1;
  ring->consumer.taken = ring->consumer.released = ring->consumer.seen = 0;
  return ring;
}

static unsigned room_seen(const struct sley__ring *ring)
{
  return ring->producer.size - (ring->producer.staged - ring->producer.seen_head);
}

static void look_at_head(struct sley__ring *ring)
{
  YIELD_POINT();
  ring->producer.seen_head = ck_pr_load_uint(&ring->head);
  /* The consumer has read a slot before its head passes it. */
  ck_pr_fence_load_store();
  TAKE_OVER(&ring->head);
}

bool sley__ring_has_room(struct sley__ring *ring, unsigned messages)
{
  if (room_seen(ring) >= messages) return true;
  look_at_head(ring);
  return room_seen(ring) >= messages;
}

static struct sley__message *ring_slot(struct sley__ring *ring, unsigned index)
{
  return &ring->slots[index & ring->producer.mask];
}

/* Where the next message is written. The consumer may be polling the place where a batch begins, so the first HELD
 * messages are written to theirs in one go when the batch is published. */
static inline struct sley__message *next_place(struct sley__ring *ring)
{
  unsigned index = ring->producer.staged++, in_batch = index - ring->producer.published;
  /* This line is in the consumer's cache; without the prefetch each store would wait for its line. */
  __builtin_prefetch(ring_slot(ring, index + AHEAD), 1);
  struct sley__message *place =
      in_batch < HELD ? &ring->producer.first[in_batch] : ring_slot(ring, index);
  place->number = number_of(index);
  return place;
}

static inline unsigned ring_stage(struct sley__ring *ring, uint16_t kind, uint64_t a, uint64_t b,
                                  uint64_t c)
{
  struct sley__message *message = next_place(ring);
  message->kind = kind;
  message->word[0] = a;
  message->word[1] = b;
  message->word[2] = c;
  return ring->producer.staged - ring->producer.published;
}

unsigned sley__ring_put(struct sley__ring *ring, uint16_t kind, uint64_t a, uint64_t b, uint64_t c)
{
  return ring_stage(ring, kind, a, b, c);
}

bool sley__ring_offer(struct sley__ring *ring, unsigned beside, uint16_t kind, uint64_t a,
                      uint64_t b, uint64_t c)
{
  if (__builtin_expect(room_seen(ring) <= beside, 0)) {
    look_at_head(ring);
    if (room_seen(ring) <= beside) return false;
  }
  ring_stage(ring, kind, a, b, c);
  return true;
}

static void ring_put_held(struct sley__ring *ring, unsigned index,
                          const struct sley__message *message)
{
  struct sley__message *place = ring_slot(ring, index);
  place->kind = message->kind;
  for (int i = 0; i < 3; i++) place->word[i] = message->word[i];
}

/* What memory held before could equal the number that the consumer expects next. */
static void clear_next(struct sley__ring *ring)
{
  ring->producer.is_fresh = ring->producer.staged < ring->producer.size;
  if (ring->producer.is_fresh) ring->slots[ring->producer.staged].number = 0;
}

bool sley__ring_publish(struct sley__ring *ring)
{
  unsigned first = ring->producer.published, count = ring->producer.staged - first;
  if (count == 0) return false;
  struct sley__message *message = ring_slot(ring, first);
  if (__builtin_expect(ring->producer.is_fresh, 0)) clear_next(ring);
  if (count > 1) {
    ring_put_held(ring, first + 1, &ring->producer.first[1]);
    ring_slot(ring, first + 1)->number = number_of(first + 1);
  }
  ring_put_held(ring, first, &ring->producer.first[0]);
  message->batch = (uint16_t)count;
  HAND_OVER(&ring->slots);
  /* Behind the messages, and behind what the producer read of the values in them, which belong to the receiver now. */
  ck_pr_fence_release();
  YIELD_POINT();
  ck_pr_store_uint(&message->number, number_of(first));
  ring->producer.published = ring->producer.staged;
  return true;
}

bool sley__ring_is_empty(const struct sley__ring *ring)
{
  unsigned taken = ring->consumer.taken;
  if (taken != ring->consumer.seen) return false;
  YIELD_POINT();
  return ck_pr_load_uint(&ring->slots[taken & ring->consumer.mask].number) != number_of(taken);
}

unsigned sley__ring_unread(const struct sley__ring *ring)
{
  unsigned index = ring->consumer.seen;
  for (;;) { /* from batch to batch */
    const struct sley__message *message = &ring->slots[index & ring->consumer.mask];
    YIELD_POINT();
    if (ck_pr_load_uint(&message->number) != number_of(index)) return index - ring->consumer.taken;
    ck_pr_fence_load();
    index += message->batch;
  }
}

const struct sley__message *sley__ring_next(struct sley__ring *ring)
{
  unsigned taken = ring->consumer.taken;
  const struct sley__message *message = &ring->slots[taken & ring->consumer.mask];
  if (taken == ring->consumer.seen) {
    YIELD_POINT();
    if (ck_pr_load_uint(&message->number) != number_of(taken)) return NULL;
    ck_pr_fence_load();
    TAKE_OVER(&ring->slots);
    ring->consumer.seen = taken + message->batch;
  }
  ring->consumer.taken = taken + 1;
  return message;
}

void sley__ring_release(struct sley__ring *ring)
{
  if (ring->consumer.released == ring->consumer.taken) return;
  HAND_OVER(&ring->head);
  ck_pr_fence_load_store();
  YIELD_POINT();
  ring->consumer.released = ring->consumer.taken;
  ck_pr_store_uint(&ring->head, ring->consumer.taken);
}
