/* A peer: the link from one domain to another, made on first use. It owns the ring, the sender's credits and the
 * counters of both sides. A link has one direction; answers use the link in the opposite one. */
#ifndef SLEY_DOMAIN_PEER_H
#define SLEY_DOMAIN_PEER_H

#include "domain/link/message.h"
#include "domain/link/seat.h"

/* RING_RESERVED messages of a ring are for calls and answers, which are never refused; posts can use the others.
 * Each credit of this direction stands for a call of two messages, its cancel message, and the cancel message of the
 * call before it (which is read before any later call is answered); each credit of the other direction for a reply. */
enum {
  CREDITS = 112, /* of all levels together */
  RING_CAPACITY = 1024,
  RELEASED = 32, /* messages that the reader reads before freeing their slots */
  RING_RESERVED = CREDITS * 5 + 2 * RELEASED,
  BATCH = 16,  /* unpublished messages that are published before the end of the turn */
  FLUSHED = 64 /* staged messages that are flushed before the end of the turn */
};

/* Credits of a level; most calls are not nested. */
static inline unsigned sley__credits_of(int level) { return level == 0 ? 64 : level == 1 ? 32 : 8; }

struct peer {
  item announced;   /* first; travels once, through to's inbox */
  seat *from, *to;  /* one hold on each */
  unsigned holders; /* sender and reader; any thread, __atomic */
  struct sley__ring *ring;
  void *memory;         /* the allocation that contains the ring */
  pthread_mutex_t lock; /* protects state */
  /* What the reader does with the link. Closed: it reads no more; what is left in the ring is the sender's again. */
  enum peer_state { PEER_ANNOUNCED, PEER_KNOWN, PEER_CLOSED } state;
  peer *back; /* for answers: made with the first call; then the reader's, unless it has one */
  /* Sender only. */
  char apart_before[SLEY__APART];
  bool answerable; /* back has been made */
  bool losing;     /* unread messages are being lost */
  peer *next_outgoing;
  unsigned credits[LEVELS];
  envelope *waiting[LEVELS], **waiting_end[LEVELS]; /* calls that wait for a credit */
  unsigned waits;                                   /* how many calls wait */
  unsigned staged, seconds; /* messages since the last flush; how many of them are MESSAGE_SECOND */
  uint64_t sent, batches, wakeups_sent, wakeups_saved, credit_waits, refused;
  /* Reader only. */
  char apart_between[SLEY__APART];
  peer *next_incoming;
  uint64_t received, expired, longest;
  unsigned found; /* messages read since a turn last emptied the ring */
  unsigned owed;  /* messages to read before requests that wait for the rings */
  char apart_behind[SLEY__APART];
};

/* The link between two seats, made on first use. NULL: out of memory. Sender. */
peer *sley__peer_between(seat *from, seat *to);
/* The link from d, the current domain, for the public function at site. NULL: it cannot send; *code is the reason. */
peer *sley__peer_to_slow(sley_domain *d, sley_domain *to, int *code, const char *function,
                         const char *site);
static inline peer *sley__peer_to(sley_domain *d, sley_domain *to, int *code, const char *function,
                                  const char *site)
{
  const seat *here = d->seat;
  /* Most messages go to the same domain as the one before. */
  peer *p = here == NULL || here->ending ? NULL : here->outgoing;
  return SLEY__LIKELY(p != NULL && p->to == to->seat)
             ? p
             : sley__peer_to_slow(d, to, code, function, site);
}
bool sley__peer_expect_answers(peer *p); /* sender, before a call; false: out of memory */
/* The link back to the caller of e. NULL: the caller's domain has ended. */
peer *sley__peer_for_answer(seat *here, seat *home, envelope *e);
void sley__peer_release(peer *p);

/* Stages a message that is never refused. The first one of a turn is visible immediately; later ones once there are
 * BATCH of them, or at the end of the turn. Sender. */
void sley__peer_stage(peer *p, unsigned kind, uint64_t a, uint64_t b, uint64_t c);
/* As sley__peer_stage, followed by a MESSAGE_SECOND of two words. */
void sley__peer_stage_long(peer *p, unsigned kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                           uint64_t e);
void sley__peer_flush(peer *p); /* sender: publishes what is staged and wakes the reader */

bool sley__peer_drain(peer *p, sley__budget *budget); /* reader. true: the budget is spent */
void sley__peer_close(peer *p);                       /* reader: reads it one last time */

#endif
