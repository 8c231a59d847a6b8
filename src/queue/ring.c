/* A ring between two domains: ConcurrencyKit's SPSC ring (ck_ring.h) with its head and tail stored once for
 * many messages each: the tail for all that were staged since the last time, the head for all that
 * were taken. What one side writes for each message lies apart from what the other reads; see
 * docs/decisions/queue.md for what that is worth. */
#include <ck_pr.h>

#include "queue/annotate.h"
#include "queue/queue_floor.h"

/* Processors fetch cache lines in pairs. */
enum { APART = 128, LINE = 64, AHEAD = 8 /* messages */ };

struct sley__ring {
  unsigned head; /* any thread; written by the consumer */
  char apart_head[APART];
  unsigned tail; /* any thread; written by the producer */
  char apart[APART];
  struct {              /* producer */
    unsigned staged;    /* end of what is written, not yet published */
    unsigned published; /* tail */
    unsigned seen_head; /* the consumer's head when last looked at */
    unsigned size, mask;
  } producer;
  char apart_too[APART];
  struct {             /* consumer */
    unsigned taken;    /* end of what is read, not yet released */
    unsigned released; /* head */
    unsigned seen_tail;
    unsigned mask;
  } consumer;
  char apart_again[APART];
  struct sley__message slots[];
};

size_t sley__ring_bytes(unsigned capacity)
{
  return sizeof(struct sley__ring) + capacity * sizeof(struct sley__message) + LINE;
}

struct sley__ring *sley__ring_init(void *memory, unsigned capacity)
{
  /* So that the places, not the head, begin with a cache line. */
  uintptr_t places = (uintptr_t)memory + offsetof(struct sley__ring, slots);
  struct sley__ring *ring = (void *)((char *)memory + (LINE - places % LINE) % LINE);
  ring->head = ring->tail = 0;
  ring->producer.staged = ring->producer.published = ring->producer.seen_head = 0;
  ring->producer.size = capacity;
  ring->producer.mask = ring->consumer.mask = capacity - 1;
  ring->consumer.taken = ring->consumer.released = ring->consumer.seen_tail = 0;
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

struct sley__message *sley__ring_place(struct sley__ring *ring)
{
  if (!sley__ring_has_room(ring, 1)) return NULL;
  /* The consumer's cache has this one; the stores would each wait for theirs. */
  __builtin_prefetch(&ring->slots[(ring->producer.staged + AHEAD) & ring->producer.mask], 1);
  return &ring->slots[ring->producer.staged++ & ring->producer.mask];
}

bool sley__ring_stage(struct sley__ring *ring, const struct sley__message *message)
{
  struct sley__message *place = sley__ring_place(ring);
  if (place != NULL) *place = *message;
  return place != NULL;
}

bool sley__ring_publish(struct sley__ring *ring)
{
  if (ring->producer.staged == ring->producer.published) return false;
  HAND_OVER(&ring->tail);
  ck_pr_fence_store();
  YIELD_POINT();
  ring->producer.published = ring->producer.staged;
  ck_pr_store_uint(&ring->tail, ring->producer.staged);
  return true;
}

bool sley__ring_is_empty(const struct sley__ring *ring)
{
  if (ring->consumer.seen_tail != ring->consumer.taken) return false;
  YIELD_POINT();
  return ck_pr_load_uint(&ring->tail) == ring->consumer.taken;
}

const struct sley__message *sley__ring_next(struct sley__ring *ring)
{
  unsigned taken = ring->consumer.taken;
  if (taken == ring->consumer.seen_tail) {
    YIELD_POINT();
    ring->consumer.seen_tail = ck_pr_load_uint(&ring->tail);
    if (taken == ring->consumer.seen_tail) return NULL;
    ck_pr_fence_load();
    TAKE_OVER(&ring->tail);
  }
  ring->consumer.taken = taken + 1;
  return &ring->slots[taken & ring->consumer.mask];
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

bool sley__ring_take(struct sley__ring *ring, struct sley__message *message)
{
  const struct sley__message *next = sley__ring_next(ring);
  if (next == NULL) return false;
  *message = *next;
  sley__ring_release(ring);
  return true;
}
