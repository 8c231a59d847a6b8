/* The domain floor's own header: seats, pairs, envelopes.
 *
 *   seat      what other threads know of a domain. Outlives it while anybody refers to it.
 *   pair      the ring from one domain to another, made when first used, with the sender's credits.
 *   envelope  a call on its way: made by the caller, carries the reply, freed at home.
 *   ticket    a promise of this domain that any thread may be asked to answer (ticket.h).
 *
 * Read call.c, then serve.c, pair.c, drain.c, spawn.c and shutdown.c. What stands on these:
 *   each.c, gather.c     one call to each of several domains      join.c, collect.c   who waits for an end
 *   ticket.c, remote.c   promises that any thread may answer      shared.c            objects of several domains
 *   port.c, port_wait.c, port_stream.c, broadcast.c               queues of values between domains
 *   cross_mutex.c, cross_condition.c, cross_once.c, cross_barrier.c
 *   sharded.c, instance.c   an object with an instance a domain   team.c, parallel.c  groups, and loops over them
 *   processors.c, quota.c, spin.c   where threads run, and how they wait  counters.c, placement.c, dump_remote.c  reports */
#ifndef SLEY_DOMAIN_SEAT_H
#define SLEY_DOMAIN_SEAT_H

#include <pthread.h>
#include <sley/call.h>
#include <sley/domain.h>
#include <string.h>

#include "promise/promise_floor.h"
#include "queue/queue_floor.h"
#include "reactor/reactor_floor.h"

/* A ring has room for what credits allow at once, and for posts beside it: for each credit of one
 * direction a call, of two messages, its cancel note and the note of the call before it (which is read
 * before a call behind it is answered); for each of the other direction a reply. None of them finds
 * it full. */
enum {
  LEVELS = 4,
  CREDITS = 112, /* of all levels */
  RING_CAPACITY = 1024,
  RELEASED = 32, /* calls or other messages that are read before their places become free */
  RING_RESERVED = CREDITS * 5 + 2 * RELEASED,
  BATCH =
      16, /* messages published without waiting for the turn's end, where somebody waits for them */
  FLUSHED = 64,          /* of any kind: whether the other domain sleeps is then looked at, too */
  FOREIGN_POSTS = 65536, /* from threads without a domain, unread in one inbox */
  DOMAINS_MOST = 4096    /* started by one call */
};

/* Credits of a level: most calls are not nested. */
static inline unsigned credits_of(int level) { return level == 0 ? 64 : level == 1 ? 32 : 8; }

/* Words of messages, after the kind:
 *   PLAIN_CALL  (with its level) envelope, function, argument
 *   CALL        the same; SECOND: the argument's type, deadline
 *   CANCEL      envelope
 *   REPLY       envelope, value        FAILURE  envelope, error
 *   POST        function, argument */
enum {
  MESSAGE_PLAIN_CALL,
  MESSAGE_CALL,
  MESSAGE_SECOND,
  MESSAGE_CANCEL,
  MESSAGE_REPLY,
  MESSAGE_FAILURE,
  MESSAGE_POST
};
enum { KIND_BITS = 8 };

typedef struct sley__seat seat;
typedef struct ticket ticket;
/* Tickets that wait for one thing, under the lock of that thing (ticket.h). */
typedef struct ticket_list {
  ticket *first, *last;
} ticket_list;

/* What a call's function finds beside its argument, where one of the library's own stands between it
 * and the user's. */
typedef struct sley__errand {
  uint64_t word;
  void *pointer;
  void (*function)(void); /* cast back there */
} sley__errand;

/* Stays at home but for its address: what the called side needs travels in the messages. */
typedef struct envelope {
  seat *home; /* one hold */
  const char *site;
  sley_runtime *runtime;
  unsigned holders; /* the call until it is answered, and its cancel note until it was read;
                            any thread, __atomic */
  uint32_t level;
  sley__errand errand;
  struct serving *serving; /* over there only: while it is served and its promise is pending */
  /* Home only. */
  sley_call_fn *f;
  sley_value arg;     /* until it is sent */
  sley_time deadline; /* on the domains' clock; 0: none */
  struct pair *pair;
  sley_resolver *resolver;                      /* NULL once cancelled */
  struct envelope *next_waiting;                /* or the next spare one */
  struct envelope *next_flight, **flight_place; /* calls that are not settled here */
  bool sent;
} envelope;

/* A call over there. */
typedef struct serving {
  sley_value arg;
  envelope *call; /* NULL: answered already */
  sley_call_fn *f;
  sley_time deadline;
  /* From here on only if it is not answered at once. */
  sley_promise *promise;
  struct serving *next_active, **active_place;
  sley_runtime *runtime;
  unsigned parts; /* who needs it: the list, and the promise's observer, which may go first */
  bool cut_off;   /* cancelled since the domain ends */
} serving;

typedef struct pair {
  struct sley__inbox_node announced; /* on its way into to's inbox */
  int kind;                          /* ITEM_PAIR: says what the inbox node is */
  seat *from, *to;                   /* one hold on each */
  unsigned holders;                  /* producer and consumer; any thread, __atomic */
  struct sley__ring *ring;
  void *memory;         /* that it lies in */
  pthread_mutex_t lock; /* of state */
  /* To the consumer. Closed: it reads no more, and what is in the ring is the producer's again. */
  enum pair_state { PAIR_ANNOUNCED, PAIR_KNOWN, PAIR_CLOSED } state;
  struct pair *back; /* made by the producer with its first call, so that the answer always finds a
                        queue; the consumer's from then on, if it has none there yet */
  /* Producer only. */
  char apart_before[SLEY__APART];
  bool answerable; /* back has been made */
  bool losing;     /* what the consumer did not read is being taken back */
  struct pair *next_outgoing;
  unsigned credits[LEVELS];
  envelope *waiting[LEVELS], **waiting_end[LEVELS];
  unsigned waits;           /* envelopes there */
  unsigned staged, seconds; /* since it was flushed; of those, second messages of calls */
  uint64_t sent, batches, wakeups_sent, wakeups_saved, credit_waits, refused;
  /* Consumer only. */
  char apart_between[SLEY__APART];
  struct pair *next_incoming;
  uint64_t received, expired, longest;
  unsigned
      found; /* messages read since the ring was empty, or since a turn had time for all that it read */
  unsigned owed; /* messages to be read before requests to shut down */
  char apart_behind[SLEY__APART];
} pair;

/* What comes through an inbox beside pairs. */
enum { ITEM_PAIR, ITEM_POST, ITEM_SHUTDOWN, ITEM_ENDED, ITEM_TICKET };

typedef struct item {
  struct sley__inbox_node node;
  int kind;
  sley_post_fn *f;
  sley_value arg;
  sley_runtime *runtime;
  /* shutdown, and its answer */
  sley_time patience;
  seat *asker;
  sley_resolver *resolver; /* the asker's; NULL once it no longer waits */
  sley_domain *domain;
  size_t left;
  struct item *next_ended;
} item;

typedef struct item_queue { /* oldest first */
  struct sley__inbox_node *first, *last;
} item_queue;

struct sley__seat {
  sley_domain *domain;
  sley_runtime *runtime;
  uintptr_t origin; /* sley__origin when it was made */
  unsigned id;      /* these two are the domain's, and outlive it */
  char name[32];
  unsigned holders; /* any thread, __atomic */
  char apart_before[SLEY__APART];
  /* Others look at these with every batch, so they lie apart from what is written all the time. */
  struct sley__sleeper sleeper; /* any thread */
  /* any thread, __atomic; set in this order. gated: takes no more calls. gone: reads its rings a last
   * time; what is published later its sender takes back. finished: the same for the inbox. */
  bool gated, gone, finished;
  char apart_between[SLEY__APART];
  struct sley__inbox inbox; /* any thread */
  unsigned posts;           /* of foreign threads, unread; any thread, __atomic */
  pthread_mutex_t lock;     /* keeps the loop from ending while it is woken */
  struct sley__loop *loop;  /* under lock; NULL once the domain has ended */
  /* Owner only. */
  char apart_inside[SLEY__APART];
  pair *incoming, *outgoing;
  /* Out of the inbox, and kept for later turns: what came in the last ones; posts and requests to shut down;
   * requests that wait for the rings to be read. */
  struct sley__intake intake;
  item_queue backlog, later;
  serving *active;                      /* calls being served whose promises are pending */
  struct serving *spare;                /* for the next call to be served */
  struct sley__storage *levels[LEVELS]; /* what calls of each level are served under */
  envelope *envelopes;                  /* spare ones; each keeps its hold on the seat */
  unsigned envelope_count;
  envelope *flight;              /* calls made that are not settled */
  struct sley_cross_mutex *held; /* mutexes between domains that it holds */
  struct sley__local *locals;    /* what other floors and files keep here */
  ticket *tickets;               /* promises of tickets that are not settled */
  sley_time spin_most;           /* before sleep: the limit, or SPIN_AUTOMATIC */
  sley_time spin;                /* what is worth it now */
  unsigned processors;
  unsigned woken;                /* sleeps that a message ended, since it last spun */
  sley_domain_counters counters; /* written by the owner, relaxed; read by any thread */
  bool ending;                   /* sends no more calls and posts */
  unsigned asked;                /* domains asked to end that have not said so yet */
  item *ended;                   /* answers of domains whose threads are still to be joined */
  sley_promise *look;            /* the timer for that; NULL: none */
  sley_time look_after;          /* how long it was */
  seat *next_uncollected;
  bool spawned;
  pthread_t thread;
  sley_call_fn *start;
  sley_value start_arg;
  sley_promise *root;            /* start's promise */
  item *shutdown;                /* being carried out */
  bool forced;                   /* the deadline is over and what was cancelled had its time */
  sley_domain_report_fn *report; /* of what is left; NULL: to stderr */
  void *report_ctx;
  sley_hook_fn *async_hook, *unhandled_hook; /* set when its thread begins */
  void *hook_ctx;
  sley_time opened;
  /* In the runtime's list, under its lock. */
  seat *next_seat, **seat_place;
  bool placed;        /* its thread runs */
  long thread_number; /* the system's; 0: unknown */
  const char *engine;
  /* Under lock. */
  ticket_list watchers; /* wait for its end */
  bool over;
  size_t left;            /* promises freed at the end */
  sley_promise *deadline; /* NULL: over */
  char apart_behind[SLEY__APART];
};

static inline void count_up(uint64_t *counter, uint64_t by)
{
  __atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

enum {
  SPIN_AUTOMATIC = -1,
  SPIN_AGAIN = 256 /* sleeps ended by messages before it is tried again */
};

/* spin.c */
bool sley__linger(sley_domain *d, sley_time most);

/* seat.c */
_Noreturn void sley__seat_missing(const sley_domain *to);
static inline seat *sley__seat_of(sley_domain *to) /* of another domain. Any thread */
{
  if (SLEY__UNLIKELY(to->seat == NULL)) sley__seat_missing(to);
  return to->seat;
}
void sley__item_arrived(seat *s, struct sley__inbox_node *node); /* out of the inbox */
void sley__seat_flush(seat *s);
seat *sley__seat_open(sley_domain *d, int *code); /* d's seat, made on first use, or NULL */
void sley__seat_hold(seat *s);
void sley__seat_release(seat *s);
void sley__seat_wake(seat *s); /* if it sleeps; after publishing. Any thread */
void sley__seat_send(seat *to, struct sley__inbox_node *node); /* through the inbox. Any thread */

/* drain.c */
bool sley__inbox_drain(sley_domain *d, sley__budget *budget);
bool sley__posts_drain(sley_domain *d, sley__budget *budget);
bool sley__pairs_drain(sley_domain *d, sley__budget *budget);
void sley__drain_all(sley_domain *d);       /* at its end */
bool sley__anything_is_kept(const seat *s); /* by earlier turns */
bool sley__anything_came(const seat *s);    /* since what is kept was taken */

/* pair.c */
pair *sley__pair_to(seat *from, seat *to); /* NULL: out of memory */
pair *sley__pair_look(sley_domain *d, sley_domain *to, int *code, const char *function,
                      const char *site);
/* The pair from d, the current domain, to another; NULL with a code: it cannot send. Most go where the
 * last one went. function: the public one, at site. */
static inline pair *sley__pair_here(sley_domain *d, sley_domain *to, int *code,
                                    const char *function, const char *site)
{
  const seat *here = d->seat;
  pair *p = here == NULL || here->ending ? NULL : here->outgoing;
  return SLEY__LIKELY(p != NULL && p->to == to->seat)
             ? p
             : sley__pair_look(d, to, code, function, site);
}
bool sley__pair_expect_answers(pair *p); /* producer, before a call; false: out of memory */
pair *sley__pair_for_answer(seat *here, seat *home, envelope *e); /* NULL: home has ended */
void sley__pair_stage(pair *p, uint16_t kind, uint64_t a, uint64_t b, uint64_t c);
void sley__pair_stage_call(pair *p, const envelope *e, sley_call_fn *f, sley_time deadline,
                           const sley_value *arg);
bool sley__pair_has_room_for_post(pair *p);
/* false: there is no room. */
bool sley__pair_stage_post(pair *p, sley_post_fn *f, const sley_value *arg);
void sley__pair_flush(pair *p);
void sley__pair_release(pair *p);
bool sley__pair_drain(pair *p, sley__budget *budget); /* consumer. true: the budget is spent */
/* Consumer, once it sees the announcement; false: closed meanwhile. */
bool sley__pair_meet(pair *p);
void sley__pair_close(pair *p); /* consumer: reads it a last time */
/* Any thread, for a consumer that has finished; consumes its hold. */
void sley__pair_refuse(pair *p);

typedef struct arrival { /* a call, out of its messages */
  envelope *call;
  sley_call_fn *f;
  sley_time deadline;
  uint32_t level;
  sley_value arg;
} arrival;

/* call.c */
sley_promise *sley__call_errand(const char *site, sley_domain *to, sley_call_fn *f, sley_value arg,
                                const sley__errand *errand);
static inline const sley__errand *sley__errand_of(const sley_value *arg) /* that f was lent */
{
  return &((const serving *)(const void *)((const char *)arg - offsetof(serving, arg)))
              ->call->errand;
}
sley_error *sley__gone_error(const char *site, const char *what);
sley_error *sley__called_gone_error(const char *site, const seat *called);
void sley__reply_arrived(envelope *e, sley_value out, sley_error *error);
/* Over there: its home has ended. */
void sley__reply_lost(envelope *e, sley_value out, sley_error *error);
void sley__call_lost(arrival *a);        /* home: the called domain has ended before taking it */
void sley__cancel_lost(envelope *e);     /* home: the same for its cancel note */
void sley__envelope_let_go(envelope *e); /* over there */
void sley__envelopes_end(seat *here); /* frees spare ones; the last that is done about calls here */
void sley__calls_reject(seat *here);  /* all made here that nobody will hear the answers of */

/* serve.c */
extern const sley_key
    sley__call_deadline; /* of the call being served: nobody waits for it after that */
void sley__call_arrived(pair *p, arrival *a);
void sley__cancel_arrived(envelope *e);
void sley__calls_cancel(seat *here); /* all being served */
void sley__servings_end(seat *here); /* answers all being served with GONE */

/* shutdown.c */
void sley__shutdown_arrived(seat *here, item *i);
void sley__shutdown_refuse(
    item *i); /* the domain has been asked, or has ended, already. Any thread */
/* A request that is to be sent later, and its promise; nothing else can fail then. NULL: out of
 * memory. Unsent, it is let go by sley__shutdown_forget. */
item *sley__shutdown_prepare(const char *site, sley_promise **p);
void sley__shutdown_send(item *i, sley_domain *domain);
void sley__shutdown_forget(item *i);
void sley__ended_arrived(seat *here, item *i);
void sley__ended_tell(item *i); /* its asker; i is gone */
bool sley__may_end(void *ctx);
void sley__deadline_end(seat *s); /* nothing is left to be cancelled */
void sley__report_left(void *ctx, const char *site, size_t pending, size_t settled); /* of a seat */
/* collect.c */
/* The answer of a domain that has ended, for its asker: told when the thread is joined. Home. */
void sley__ended_collect(seat *here, item *i);
void sley__ended_forget(seat *here); /* the asker ends; what is left is the runtime's to join */
void sley__abandon(sley_runtime *runtime, unsigned requests); /* an asker ends before its answers */
/* The answer to such a request; NULL: it had been asked already. Last touch of the runtime. */
void sley__abandoned_ended(sley_runtime *runtime, seat *ended);
void sley__abandoned_wait(sley_runtime *runtime); /* until all such have ended and are joined */
/* placement.c: the list of what sley_placement shows. */
void sley__seat_list(seat *s);
void sley__seat_unlist(seat *s);
/* Something of this domain that ends with it at the latest. Owner. */
typedef struct sley__local {
  struct sley__local *next, **place;
  uint64_t id;                            /* never used twice */
  void (*end)(struct sley__local *local); /* the domain ends; takes itself out */
} sley__local;
uint64_t sley__local_id(void); /* any thread */
void sley__local_begin(sley__local *local, seat *here);
void sley__local_end(sley__local *local);
sley__local *sley__local_find(const seat *here, uint64_t id); /* NULL: none */
/* join.c: its end is told to those who wait for it. Its thread. */
void sley__seat_over(seat *s, size_t left);

#endif
