/* A ring between two domains: the head and tail of ConcurrencyKit's SPSC ring, with the tail stored
 * once for all messages staged since the last time. Publishing each message alone costs the consumer
 * a cache miss on the tail for each; see docs/decisions/queue.md. */
#include <ck_pr.h>
#include <ck_ring.h>

#include "queue/annotate.h"
#include "queue/queue_floor.h"

struct sley__ring {
  ck_ring_t ring;
  unsigned staged;    /* producer: end of what is written, not yet published */
  unsigned seen_head; /* producer: the consumer's head when last looked at */
  char apart[CK_MD_CACHELINE];
  unsigned seen_tail; /* consumer */
  char apart_too[CK_MD_CACHELINE];
  struct sley__message slots[];
};

size_t sley__ring_bytes(unsigned capacity)
{
  return sizeof(struct sley__ring) + capacity * sizeof(struct sley__message);
}

struct sley__ring *sley__ring_init(void *memory, unsigned capacity)
{
  struct sley__ring *ring = memory;
  ck_ring_init(&ring->ring, capacity);
  ring->staged = ring->seen_head = ring->seen_tail = 0;
  return ring;
}

unsigned sley__ring_room(const struct sley__ring *ring)
{
  YIELD_POINT();
  return ring->ring.size - (ring->staged - ck_pr_load_uint(&ring->ring.c_head));
}

bool sley__ring_stage(struct sley__ring *ring, const struct sley__message *message)
{
  if (ring->staged - ring->seen_head == ring->ring.size) {
    YIELD_POINT();
    ring->seen_head = ck_pr_load_uint(&ring->ring.c_head);
    /* The consumer has read a slot before its head passes it. */
    ck_pr_fence_load_store();
    TAKE_OVER(&ring->ring.c_head);
    if (ring->staged - ring->seen_head == ring->ring.size) return false;
  }
  ring->slots[ring->staged++ & ring->ring.mask] = *message;
  return true;
}

bool sley__ring_publish(struct sley__ring *ring)
{
  if (ring->staged == ring->ring.p_tail) return false;
  HAND_OVER(&ring->ring.p_tail);
  ck_pr_fence_store();
  YIELD_POINT();
  ck_pr_store_uint(&ring->ring.p_tail, ring->staged);
  return true;
}

bool sley__ring_is_empty(const struct sley__ring *ring)
{
  YIELD_POINT();
  return ck_pr_load_uint(&ring->ring.p_tail) == ring->ring.c_head;
}

bool sley__ring_take(struct sley__ring *ring, struct sley__message *message)
{
  unsigned head = ring->ring.c_head;
  if (head == ring->seen_tail) {
    YIELD_POINT();
    ring->seen_tail = ck_pr_load_uint(&ring->ring.p_tail);
    if (head == ring->seen_tail) return false;
    ck_pr_fence_load();
    TAKE_OVER(&ring->ring.p_tail);
  }
  *message = ring->slots[head & ring->ring.mask];
  HAND_OVER(&ring->ring.c_head);
  ck_pr_fence_load_store();
  YIELD_POINT();
  ck_pr_store_uint(&ring->ring.c_head, head + 1);
  return true;
}
