#include "queues.h"

#include <ck_fifo.h>
#include <ck_pr.h>
#include <ck_ring.h>
#include <ck_stack.h>
#include <sched.h>
#include <stdlib.h>

#include "queue/queue_floor.h"

/* If several processes share a processor, a full queue empties only once its reader runs. */
static void wait_a_little(int *looks)
{
  if (++*looks % 256 == 0) sched_yield();
  else ck_pr_stall();
}

typedef struct node {
  union {
    ck_stack_entry_t stack;
    struct sley__inbox_node inbox;
    ck_fifo_spsc_entry_t spsc;
    ck_fifo_mpmc_entry_t mpmc;
  } link;
  struct sley__message message;
} node;

CK_RING_PROTOTYPE(message, sley__message)

struct queue {
  struct sley__ring *sley;
  void *sley_memory;
  struct sley__sleeper sleeper;
  struct sley__inbox inbox;
  ck_stack_t stack;
  ck_fifo_spsc_t spsc;
  ck_fifo_mpmc_t mpmc;
  ck_ring_t ring;
  struct sley__message slots[QUEUE_CAPACITY];
};

static queue *make(void)
{
  queue *q = aligned_alloc(64, (sizeof(*q) + 63) / 64 * 64);
  if (q == NULL) abort();
  *q = (queue){0};
  q->sley_memory = malloc(sley__ring_bytes(QUEUE_CAPACITY));
  if (q->sley_memory == NULL) abort();
  q->sley = sley__ring_init(q->sley_memory, QUEUE_CAPACITY);
  ck_stack_init(&q->stack);
  ck_fifo_spsc_init(&q->spsc, malloc(sizeof(node)));
  ck_fifo_mpmc_init(&q->mpmc, malloc(sizeof(node)));
  ck_ring_init(&q->ring, QUEUE_CAPACITY);
  return q;
}

static void drop(queue *q)
{
  ck_fifo_spsc_entry_t *spsc;
  ck_fifo_mpmc_entry_t *mpmc;
  ck_fifo_spsc_deinit(&q->spsc, &spsc);
  ck_fifo_mpmc_deinit(&q->mpmc, &mpmc);
  free(spsc);
  free(mpmc);
  free(q->sley_memory);
  free(q);
}

static node *node_new(void)
{
  node *n = malloc(sizeof(*n));
  if (n == NULL) abort();
  n->message.word[0] = 1;
  return n;
}

/* ---- one producer ---- */

static void publish(queue *q)
{
  sley__ring_publish(q->sley);
  sley__sleeper_notify(&q->sleeper);
}

static void sley_send(queue *q, long count, int batch)
{
  int looks = 0;
  for (long i = 1; i <= count; i++) {
    while (!sley__ring_has_room(q->sley, 1)) {
      publish(q);
      wait_a_little(&looks);
    }
    sley__ring_put(q->sley, 1, 2, 3, 4);
    if (i % batch == 0) publish(q);
  }
  publish(q);
}

static long sley_receive(queue *q, long at_most)
{
  long got = 0;
  while (got < at_most && sley__ring_next(q->sley) != NULL) got++;
  sley__ring_release(q->sley);
  return got;
}

/* With the fence and the check of the sleeper that a message to a domain also needs. */
static void ring_spsc_send(queue *q, long count, int batch)
{
  struct sley__message m = {.word = {2, 3, 4}};
  int looks = 0;
  (void)batch;
  for (long i = 0; i < count; i++) {
    while (!ck_ring_enqueue_spsc_message(&q->ring, q->slots, &m)) wait_a_little(&looks);
    sley__sleeper_notify(&q->sleeper);
  }
}

static long ring_spsc_receive(queue *q, long at_most)
{
  struct sley__message m;
  long got = 0;
  while (got < at_most && ck_ring_dequeue_spsc_message(&q->ring, q->slots, &m)) got++;
  return got;
}

static void fifo_spsc_send(queue *q, long count, int batch)
{
  (void)batch;
  for (long i = 0; i < count; i++) {
    node *n = node_new();
    ck_fifo_spsc_enqueue(&q->spsc, &n->link.spsc, n);
    sley__sleeper_notify(&q->sleeper);
  }
}

static long fifo_spsc_receive(queue *q, long at_most)
{
  long got = 0;
  void *value;
  while (got < at_most && ck_fifo_spsc_dequeue(&q->spsc, &value)) {
    got++;
    free(ck_fifo_spsc_recycle(&q->spsc));
  }
  return got;
}

/* ---- several ---- */

static void ring_mpsc_send(queue *q, long count, int batch)
{
  struct sley__message m = {.word = {2, 3, 4}};
  int looks = 0;
  (void)batch;
  for (long i = 0; i < count; i++) {
    while (!ck_ring_enqueue_mpsc_message(&q->ring, q->slots, &m)) wait_a_little(&looks);
    sley__sleeper_notify(&q->sleeper);
  }
}

static long ring_mpsc_receive(queue *q, long at_most)
{
  struct sley__message m;
  long got = 0;
  while (got < at_most && ck_ring_dequeue_mpsc_message(&q->ring, q->slots, &m)) got++;
  return got;
}

static void fifo_mpmc_send(queue *q, long count, int batch)
{
  (void)batch;
  for (long i = 0; i < count; i++) {
    node *n = node_new();
    ck_fifo_mpmc_enqueue(&q->mpmc, &n->link.mpmc, n);
    sley__sleeper_notify(&q->sleeper);
  }
}

static long fifo_mpmc_receive(queue *q, long at_most)
{
  long got = 0;
  void *value;
  ck_fifo_mpmc_entry_t *garbage;
  while (got < at_most && ck_fifo_mpmc_dequeue(&q->mpmc, &value, &garbage)) got++;
  return got; /* garbage is not reclaimed: that needs hazard pointers or epochs, which cost more */
}

static void inbox_send(queue *q, long count, int batch)
{
  (void)batch;
  for (long i = 0; i < count; i++) {
    sley__inbox_push(&q->inbox, &node_new()->link.inbox);
    sley__sleeper_notify(&q->sleeper);
  }
}

static long inbox_receive(queue *q, long at_most)
{
  long got = 0;
  (void)at_most;
  struct sley__inbox_node *n = sley__inbox_take_all(&q->inbox);
  while (n != NULL) {
    struct sley__inbox_node *next = n->next;
    free(n);
    n = next;
    got++;
  }
  return got;
}

const queue_kind queue_kinds[] = {
    {"sley_ring", 0, make, drop, sley_send, sley_receive},
    {"ck_ring_spsc", 0, make, drop, ring_spsc_send, ring_spsc_receive},
    {"ck_fifo_spsc", 0, make, drop, fifo_spsc_send, fifo_spsc_receive},
    {"ck_ring_mpsc", 1, make, drop, ring_mpsc_send, ring_mpsc_receive},
    {"ck_fifo_mpmc", 1, make, drop, fifo_mpmc_send, fifo_mpmc_receive},
    {"sley_inbox", 1, make, drop, inbox_send, inbox_receive}, /* a ck_stack, taken whole */
};
const int queue_kinds_count = sizeof(queue_kinds) / sizeof(queue_kinds[0]);
