/* What the files of balanced servers share: balance.c and balance_each.c (start and end), accept.c (which domain
 * gets a connection) and serve.c (the domain that has it). */
#ifndef SLEY_IO_BALANCE_H
#define SLEY_IO_BALANCE_H

#include <sley/balance.h>

#include "io/socket/socket.h"

typedef struct served served;
typedef struct order order;

/* One domain's part. */
typedef struct member {
  sley_balance *balance;
  sley_domain *domain;                   /* one handle */
  uint64_t accepted, open, failed, lost; /* any thread, __atomic */
  struct order *undo;                    /* the acceptor's, while the member is being started */
  /* That domain's own. */
  sley_listener *listener; /* only if the kernel balances */
  sley_promise *pausing;   /* accepting, after a failure; one reference */
  bool failing;            /* accepting has failed since the last connection */
  served *first;
  sley_resolver *drained; /* of the pending stop */
  sley_promise *stopped;  /* that stop's promise; one reference */
  sley_promise *patience; /* that stop's timer; one reference */
} member;

struct sley_balance {
  sley_runtime *runtime;
  const char *site; /* of sley_balance_start */
  unsigned holders; /* any thread, __atomic */
  sley_balance_mode mode;
  sley_serve_fn *serve;
  sley_balance_key_fn *key;
  sley_value context;
  unsigned port;
  sley_listen_options listen;
  char address[SLEY_ADDRESS_TEXT]; /* listen's */
  sley_drop_fn *prepare_drop;      /* likewise */
  /* The acceptor's own. */
  sley_listener *listener;
  size_t next; /* where the search among equals starts */
  unsigned unanswered;
  bool is_waiting;       /* accepting waits for an answer */
  sley_promise *pausing; /* accepting, after a failure; one reference */
  bool failing;          /* accepting has failed since the last connection */
  size_t count;
  member members[];
};

static inline void sley__member_count(uint64_t *counter, int by)
{
  __atomic_add_fetch(counter, (uint64_t)(int64_t)by, __ATOMIC_RELAXED);
}

/* balance.c: reports e (borrowed) to the current domain's async hook, in a sentence that says during what. */
void sley__balance_tell(const sley_balance *b, sley_error *e, const char *doing, const char *what);
/* balance_each.c: all domains listen, or none. The result is the balance's value. */
sley_promise *sley__balance_listen_each(const char *site, sley_balance *b);
sley_promise *sley__balance_stop_each(const char *site, sley_balance *b, double seconds);
/* accept.c: start accepting, and continue as long as there is a listener; in the acceptor's domain (of a balance),
 * or in a member's own. */
void sley__accept_next(void *ctx); /* the balance */
void sley__accept_here(void *ctx); /* the member */
void sley__pause_end(sley_promise **pausing);
/* Takes and serves what waits in the listener's queue, then closes the listener, if there is one. */
void sley__accept_end(sley_balance *b);
void sley__accept_here_end(member *m);
/* serve.c, in the member's domain. */
void sley__serve(member *m, sley_io *io); /* counted as open already; consumes io */
sley_promise *sley__serve_stop(member *m, double seconds);

#endif
