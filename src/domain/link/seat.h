/* A seat: what other threads know of a domain. It outlives the domain as long as it has holders. */
#ifndef SLEY_DOMAIN_SEAT_H
#define SLEY_DOMAIN_SEAT_H

#include <pthread.h>
#include <sley/call.h>
#include <sley/domain.h>
#include <string.h>

#include "domain/link/item.h"
#include "promise/promise_floor.h"
#include "queue/queue_floor.h"
#include "reactor/reactor_floor.h"

enum {
  LEVELS = 4,           /* nesting levels of calls */
  FOREIGN_POSTS = 65536 /* unread posts of threads without a domain allowed in one inbox */
};

typedef struct peer peer;
typedef struct envelope envelope;
typedef struct ticket ticket;

typedef struct item_queue { /* oldest first */
  struct sley__inbox_node *first, **end;
} item_queue;

struct sley__seat {
  sley_domain *domain;
  sley_runtime *runtime;
  uintptr_t origin; /* sley__origin when it was made */
  unsigned id;      /* copies of the domain's, which it outlives */
  char name[32];
  unsigned holders; /* any thread, __atomic */
  char apart_before[SLEY__APART];
  /* Senders read these with every batch, so they are kept away from fields that are written all the time. */
  struct sley__sleeper sleeper; /* any thread */
  /* Any thread, __atomic; set in this order. gated: takes no more calls. gone: reads its rings for the last time;
   * senders take back what they publish later. finished: reads its inbox for the last time; senders take back what
   * they push later. */
  bool gated, gone, finished;
  char apart_between[SLEY__APART];
  struct sley__inbox inbox; /* any thread */
  unsigned foreign_posts;   /* unread; any thread, __atomic */
  pthread_mutex_t lock;     /* keeps the loop from ending while it is being woken */
  struct sley__loop *loop;  /* under lock; NULL once the domain has ended */
  /* All below is the owner's, except where noted. */
  char apart_inside[SLEY__APART];
  peer *incoming, *outgoing;
  /* Taken from the inbox and kept for later turns: what no turn had time for; posts, and requests behind them;
   * requests that wait for the rings to be read. */
  struct sley__intake intake;
  item_queue backlog, later;
  struct {
    struct serving *active; /* whose promises are pending */
    struct serving *spare;  /* for the next call */
    struct sley__storage
        *levels[LEVELS]; /* the storage under which calls of each level are served */
  } served;              /* calls from other domains */
  struct {
    envelope *spare; /* each keeps its hold on the seat */
    unsigned spare_count;
    envelope *flight; /* not settled */
  } made;             /* calls to other domains */
  struct sley__local *locals;
  ticket *tickets;                       /* whose promises are not settled */
  struct sley_cross_mutex *held_mutexes; /* of shared/ */
  struct {
    sley_time most; /* the limit, or SPIN_AUTOMATIC */
    sley_time time; /* how long spinning currently pays */
    unsigned processors;
    unsigned woken;              /* sleeps ended by a message since it last spun */
  } spin;                        /* spinning before sleep */
  sley_domain_counters counters; /* written relaxed; read by any thread */
  bool ending;                   /* can send no more calls and posts */
  sley_time opened;
  struct {
    bool spawned;
    pthread_t thread;
    sley_call_fn *start;
    sley_value start_arg;
    sley_promise *root;            /* the promise of start */
    sley_domain_report_fn *report; /* for promises left at the end; NULL: stderr */
    void *report_ctx;
    sley_drop_fn *report_drop;
    sley_hook_fn *async_hook, *unhandled_hook; /* set when its thread begins */
    void *hook_ctx;
    sley_drop_fn *hook_drop;
    struct shutdown_request *shutdown; /* the request being carried out */
    sley_promise *deadline;            /* when what is left is canceled, then forced; NULL: past */
    bool forced;                       /* canceled promises have had their time */
    /* Domains that this one has shut down. */
    unsigned asked;                 /* which have not answered yet */
    struct shutdown_request *ended; /* answers of those whose threads are not joined yet */
    sley_promise *look;             /* the timer that checks those threads; NULL: none */
    sley_time look_after;           /* its last delay */
    seat *next_uncollected;         /* in the runtime's list, under its lock */
    /* Under the seat's lock. */
    struct sley__dlist watchers; /* tickets waiting for its end */
    bool over;
    size_t left; /* promises freed at the end */
  } life;        /* of life/ */
  struct {
    seat *next, **place;
    bool placed;        /* its thread runs */
    long thread_number; /* the system's; 0: unknown */
    const char *engine;
  } placement; /* of figures/: in the runtime's list, under its lock */
  char apart_behind[SLEY__APART];
};

/* What an upper folder does at stages of a seat's life; NULL: nothing. */
typedef struct seat_part {
  void (*open)(seat *s);  /* other threads can now find it */
  void (*close)(seat *s); /* its end begins */
  void (*end)(seat *s);   /* everything that arrived is read and answered; callbacks may run */
  void (*gone)(seat *s);  /* it is gone: reads its inbox for the last time */
} seat_part;
extern const seat_part *const sley__seat_parts[4]; /* tables.c; NULL ends it */

static inline void sley__count_up(uint64_t *counter, uint64_t by)
{
  __atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

/* ---- seat.c ---- */

_Noreturn void sley__seat_missing(const sley_domain *to);
static inline seat *sley__seat_of(sley_domain *to) /* of another domain. Any thread */
{
  if (SLEY__UNLIKELY(to->seat == NULL)) sley__seat_missing(to);
  return to->seat;
}
void sley__seat_hold(seat *s);
void sley__seat_release(seat *s);
void sley__seat_wake(seat *s);           /* if it sleeps; call after publishing. Any thread */
void sley__seat_send(seat *to, item *i); /* through the inbox. Any thread */
void sley__inbox_lose(seat *s); /* everything in the inbox. Any thread, once s has finished */

/* The error for something that has ended. Any thread. */
sley_error *sley__gone_error(const char *site, const char *what);

/* ---- open.c ---- */

/* d's seat, made on first use. NULL: *code is the reason. */
seat *sley__seat_open(sley_domain *d, int *code);

/* ---- turn.c ---- */

extern const sley__loop_hooks sley__seat_hooks;
void sley__seat_flush(seat *s);
void sley__seat_flush_and_tidy(seat *s);   /* and drops links to ended domains */
void sley__seat_drain_all(seat *s);        /* when it ends */
bool sley__seat_has_mail(const seat *s);   /* something has arrived since the last check */
bool sley__seat_keeps_mail(const seat *s); /* left over from earlier turns */

/* ---- spin.c ---- */

enum {
  SPIN_AUTOMATIC = -1,
  SPIN_AGAIN = 256 /* sleeps ended by messages before it spins again */
};
bool sley__spin(sley_domain *d, sley_time most);

#endif
