/* The queue of a port: ConcurrencyKit's ring with many producers and many consumers. Each operation is one yield
 * point, not one for each access inside: a producer that has taken its place spins until those before it have
 * finished, and a simulator that switched there would never return. */
#include <ck_pr.h>
#include <ck_ring.h>

#include "queue/annotate.h"
#include "queue/queue_floor.h"

struct sley__channel {
  ck_ring_t ring;
  struct sley__item slots[];
};

CK_RING_PROTOTYPE(item, sley__item)

/* Added to the number of the place that producers take next: each later producer finds the ring too full, while
 * those that already have a place still fill it. So closing is one step among the puts. */
static const unsigned closed_by = 1u << 31;

size_t sley__channel_bytes(unsigned slots)
{
  return sizeof(struct sley__channel) + slots * sizeof(struct sley__item);
}

struct sley__channel *sley__channel_init(void *memory, unsigned slots)
{
  struct sley__channel *channel = memory;
  ck_ring_init(&channel->ring, slots);
  return channel;
}

bool sley__channel_put(struct sley__channel *channel, const struct sley__item *item)
{
  struct sley__item copy = *item;
  HAND_OVER(&channel->ring.p_tail);
  ck_pr_fence_release(); /* CK's own fence does not order what the producer read of the item */
  YIELD_POINT();
  return ck_ring_enqueue_mpmc_item(&channel->ring, channel->slots, &copy);
}

/* CK's own dequeue (0.7.1) has only a store fence between reading the item and giving its place back: a weakly
 * ordered processor could then read what is stored in the place next. */
static bool channel_take(ck_ring_t *ring, const struct sley__item *slots, struct sley__item *item)
{
  unsigned taken = ck_pr_load_uint(&ring->c_head);
  do {
    ck_pr_fence_load();
    if (ck_pr_load_uint(&ring->p_tail) == taken) return false;
    ck_pr_fence_load();
    *item = slots[taken & ring->mask];
    ck_pr_fence_load_atomic();
  } while (!ck_pr_cas_uint_value(&ring->c_head, taken, taken + 1, &taken));
  return true;
}

bool sley__channel_take(struct sley__channel *channel, struct sley__item *item)
{
  YIELD_POINT();
  if (!channel_take(&channel->ring, channel->slots, item)) return false;
  TAKE_OVER(&channel->ring.p_tail);
  return true;
}

unsigned sley__channel_length(const struct sley__channel *channel)
{
  YIELD_POINT();
  return ck_ring_size(&channel->ring);
}

void sley__channel_close(struct sley__channel *channel)
{
  YIELD_POINT();
  ck_pr_add_uint(&channel->ring.p_head, closed_by);
}

bool sley__channel_is_over(const struct sley__channel *channel)
{
  YIELD_POINT();
  unsigned taken = ck_pr_load_uint(&channel->ring.c_head);
  ck_pr_fence_load();
  return ck_pr_load_uint(&channel->ring.p_head) - taken == closed_by;
}

void sley__fence(void) { ck_pr_fence_memory(); }
