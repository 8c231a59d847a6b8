/* What passes between threads: an inbox that any thread may push to, rings between two domains, and the protocol by
 * which a consumer goes to sleep and is woken. All ConcurrencyKit calls of the project are in this folder, which is
 * compiled without the thread checker (it does not understand CK's fences) and reports each hand-over to it by hand.
 * sleeper.c: sleeping and waking; inbox.c: from any thread; ring.c: between two domains; channel.c: among many. */
#ifndef SLEY_QUEUE_FLOOR_H
#define SLEY_QUEUE_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sleep and wake. The consumer announces, then checks its queues once more, then sleeps; a producer publishes, then
 * calls notify. Each side's store is kept before its load by a full fence, so at least one of them sees the other
 * (Dekker): models/sleep_wake.pml. */
struct sley__sleeper {
  unsigned sleeping; /* any thread */
};
void sley__sleeper_announce(struct sley__sleeper *sleeper); /* owner: then check, then sleep */
void sley__sleeper_awake(struct sley__sleeper *sleeper);    /* owner */
/* Any thread, after publishing: true for the one caller that must wake the owner. */
bool sley__sleeper_notify(struct sley__sleeper *sleeper);
/* As sley__sleeper_notify, if the last thing published was a push to an inbox. */
bool sley__sleeper_notify_pushed(struct sley__sleeper *sleeper);

void sley__stall(void); /* between two polls of what another thread writes */

/* An inbox: any number of producers, one owner; intrusive, never full. */
struct sley__inbox_node {
  struct sley__inbox_node *next;
};
struct sley__inbox {
  struct sley__inbox_node *head; /* any thread */
};
void sley__inbox_push(struct sley__inbox *inbox, struct sley__inbox_node *node); /* any thread */
/* Pushes a list linked by next, newest first, which becomes visible as a whole. */
void sley__inbox_push_list(struct sley__inbox *inbox, struct sley__inbox_node *newest,
                           struct sley__inbox_node *oldest);
bool sley__inbox_is_empty(const struct sley__inbox *inbox); /* any thread */
/* Owner: everything pushed so far, as a list linked by next, oldest first, or NULL. */
struct sley__inbox_node *sley__inbox_take_all(struct sley__inbox *inbox);

/* What the owner of an inbox has taken out of it and not handled yet: it takes everything, and may handle only a
 * part. All zero is an empty one. The owner's only. */
struct sley__intake {
  struct sley__inbox_node *first, *last;    /* oldest first */
  struct sley__inbox_node *unturned;        /* newer than those, newest first: being reversed */
  struct sley__inbox_node *turned, *newest; /* the part of them reversed so far, and its end */
};
/* Appends what is in the inbox. However much that is, this takes a bounded time: what is not reversed yet comes out
 * after later calls. */
void sley__intake_fill(struct sley__intake *intake, struct sley__inbox *inbox);
struct sley__inbox_node *sley__intake_next(struct sley__intake *intake); /* the oldest, or NULL */
/* Everything here and in the inbox, as a list linked by next, oldest first. */
struct sley__inbox_node *sley__intake_all(struct sley__intake *intake, struct sley__inbox *inbox);
static inline bool sley__intake_is_empty(const struct sley__intake *intake)
{
  return intake->first == NULL && intake->unturned == NULL;
}

/* A message: a kind and three words, whose meaning belongs to the domain floor. */
struct sley__message {
  unsigned number; /* the ring's, as is batch: the index of this message, plus 1 */
  uint16_t batch;  /* how many messages the batch has; in its first message only */
  uint16_t kind;
  uint64_t word[3];
};

/* A ring from one domain to another: one producer, one consumer. Messages are staged, and become visible together
 * when the producer publishes; they are taken one by one, and their places become free together when the consumer
 * releases them. */
struct sley__ring;
/* capacity: a power of two. memory: sley__ring_bytes(capacity) bytes; the ring lies somewhere in it. */
size_t sley__ring_bytes(unsigned capacity);
struct sley__ring *sley__ring_init(void *memory, unsigned capacity);
bool sley__ring_has_room(struct sley__ring *ring, unsigned messages); /* producer */
/* Producer, if there is room: stages a message. Returns how many are staged now. */
unsigned sley__ring_put(struct sley__ring *ring, uint16_t kind, uint64_t a, uint64_t b, uint64_t c);
/* Producer: as sley__ring_put, if there is room for it and for `beside` more messages. */
bool sley__ring_offer(struct sley__ring *ring, unsigned beside, uint16_t kind, uint64_t a,
                      uint64_t b, uint64_t c);
bool sley__ring_publish(struct sley__ring *ring); /* producer; false: nothing was staged */
/* Consumer: takes the oldest; NULL: none. Valid until what was taken is released. */
const struct sley__message *sley__ring_next(struct sley__ring *ring);
unsigned sley__ring_unread(const struct sley__ring *ring); /* consumer: how many there are now */
void sley__ring_release(struct sley__ring *ring);          /* consumer */
bool sley__ring_is_empty(const struct sley__ring *ring);   /* consumer: all are taken */

/* A channel: a bounded queue of pairs of words, any number of producers and consumers. A thread that then checks for
 * waiters (fence, then load) has that load kept behind its own change, as a thread that announces that it waits
 * (store, fence) has its check of the channel: so at least one of the two sees the other. */
struct sley__item {
  uint64_t word[2];
};
struct sley__channel;
size_t sley__channel_bytes(unsigned slots); /* a power of two, at least 4; one is never used */
struct sley__channel *sley__channel_init(void *memory, unsigned slots);
bool sley__channel_put(struct sley__channel *channel,
                       const struct sley__item *item);                           /* any thread */
bool sley__channel_take(struct sley__channel *channel, struct sley__item *item); /* any thread */
unsigned sley__channel_length(const struct sley__channel *channel); /* any thread; a snapshot */
/* Once only, by any thread: puts that do not have a place yet find the channel full from then on. */
void sley__channel_close(struct sley__channel *channel);
/* Any thread: closed, and every item is taken. An item whose put has a place counts until it is taken. */
bool sley__channel_is_over(const struct sley__channel *channel);
void sley__fence(void); /* full: no load behind it is satisfied before the stores ahead of it */

/* Sets a mark of an end. Producers publish, fence and load the mark; the owner sets the mark, then loads what they
 * published. The fence keeps that load behind the store, which a sequentially consistent store alone does not on
 * ARMv8, POWER and RISC-V: a plain load may pass it there. */
static inline void sley__mark_set(bool *mark)
{
  __atomic_store_n(mark, true, __ATOMIC_RELEASE);
  sley__fence();
}

#endif
