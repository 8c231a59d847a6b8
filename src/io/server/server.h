/* What the files of servers share. Reading guide: start.c, their start, over server.c; each.c, what a server has its
 * domains do; accept.c, with limit.c and per_peer.c, whether there is a place for a connection, and handover.c, which
 * domain gets it, also when that of the acceptor ends (leave.c); serve.c, a connection from its start to its end, with
 * what it is asked (connection.c), how else it ends (failure.c), its limits of time (idle.c), a peer that goes while it is
 * served (gone.c), and the way out of the server (detach.c); stop.c and stop_signals.c; with_server.c. What we regret: a
 * stop is a state of each domain, so that two of them at once have to be reconciled. */
#ifndef SLEY_IO_SERVER_H
#define SLEY_IO_SERVER_H

#include <sley/loop_hooks.h>
#include <sley/server.h>
#include <stddef.h>

#include "io/channel/channel.h"
#include "io/socket/socket.h"

typedef struct member member;

/* One listener of one domain. */
typedef struct acceptor {
  sley_server *server;
  member
      *member;  /* the kernel balances, and this domain serves; NULL: connections are handed over */
  size_t index; /* of its address */
  bool is_waiting;  /* for an answer to a hand-over */
  bool failing;     /* accepting has failed since the last connection */
  uint32_t is_full; /* any thread, __atomic: it waits for a place */
  uint64_t dropped; /* of the listener's refused ones, those that are counted */
  /* Its domain's own. */
  sley_listener *listener; /* NULL: closed */
  sley_alarm *pause; /* of accepting, after a failure or at the limit; made with the listener */
  bool is_accepting;
  sley_io *parked; /* accepted when the last place was just taken */
  /* Its domain ends, and the server lives: see leave.c. */
  sley_finish_hook *finish;
  bool is_leaving;
  unsigned handing;      /* connections that other domains have not answered for */
  sley_resolver *handed; /* of there being none */
} acceptor;

/* What a stop does with connections that do not end. */
typedef enum stop_stage { STOP_WAITS, STOP_CANCELS, STOP_ABORTS } stop_stage;

/* One domain's part. */
struct member {
  sley_server *server;
  sley_domain *domain; /* one handle */
  /* Any thread, __atomic. */
  uint64_t accepted, open, failed, lost, refused, timed_out, aged, canceled, dropped, gone,
      detached;
  uint64_t answered;   /* likewise, but written by that domain only */
  struct order *undo;  /* the starter's, while the member is being started */
  acceptor *acceptors; /* one for each address */
  /* That domain's own. */
  sley__limits limits;    /* of its connections, which are on its list */
  bool is_ending;         /* a stop has begun */
  uint8_t stop_stage;     /* of it: stop_stage */
  sley_time deadline;     /* of the stop */
  sley_resolver *drained; /* of the pending stop */
  sley_promise *stopped;  /* that stop's promise; one reference */
  sley_promise *patience; /* that stop's timer; one reference */
};

/* An address to listen on. */
typedef struct place {
  sley_listen_options options;
  sley_drop_fn *prepare_drop;        /* of the options */
  char *copy;                        /* of the options' address; NULL: it has none */
  sley_address address;              /* where it listens; any thread, once the server has started */
  char port_text[SLEY_ADDRESS_TEXT]; /* the address as the members after the first are given it */
} place;

struct sley_server {
  sley_runtime *runtime;
  const char *site;            /* of sley_server_start */
  unsigned holders;            /* any thread, __atomic */
  sley_server_options options; /* without what only starting needs */
  sley_channel_options channels;
  sley_domain *home;         /* that started it; one handle */
  uint64_t open, wrapping;   /* any thread, __atomic: places taken, if there are limits */
  bool is_ready;             /* any thread, __atomic */
  struct sley__peers *peers; /* how many connections each has; NULL: there is no limit */
  sley_time age_unit;        /* see idle.c; 0: there is no longest life */
  uint32_t grace_most;       /* looks */
  /* The starter's own. */
  size_t next; /* where the search among equals starts; any thread, __atomic */
  unsigned unanswered;
  sley_promise *resting; /* `ready` seconds; one reference */
  bool has_rested;
  size_t count, listens;
  place *places;
  acceptor *acceptors; /* its own, then each member's */
  member members[];
};

/* What few connections have. */
typedef struct connection_extras {
  /* Its scope. */
  sley_scope *scope;    /* one handle; NULL: nobody has asked */
  sley_promise *ending; /* what its body waits for, until the body has it */
  sley_resolver *end;   /* leaves it */
  sley_promise *result; /* one reference */
  sley_promise *watch;  /* of the end of its input; one reference; NULL: see gone.c */
  /* Who gets it when it leaves the server; NULL: nobody. */
  sley_detached_fn *taker;
  void *taker_ctx;
  sley_drop_fn *taker_drop;
  sley_detached taken; /* for the taker; io NULL: nothing yet */
} connection_extras;

/* What is under way, in this order. */
typedef enum connection_stage {
  CONNECTION_WRAPPED,
  CONNECTION_IN_LINE, /* served by a work of its own in the line of its input */
  CONNECTION_SERVED,  /* in any other way */
  CONNECTION_LEAVES_SCOPE,
  CONNECTION_LEAVES_SERVER,
  CONNECTION_CLOSES_OUTPUT,
  CONNECTION_CLOSES_INPUT,
  CONNECTION_OVER
} connection_stage;

/* Of a server with serve. */
typedef struct connection_served {
  sley__each_rest each; /* of a sley_input_each that it took over */
  uint32_t came;        /* bytes of input when it was said to be idle, modulo 2^32 */
  bool is_idle;         /* said so, see came */
} connection_served;

/* Many of them wait, so what only some need lies behind it: connection.c knows where. */
struct sley_connection {
  sley__limited limited; /* the first member; its place is among its member's */
  member *member;        /* with a hold on its server */
  union {
    sley__work serving;      /* CONNECTION_IN_LINE: of burst, or of an each that it took over */
    struct {                 /* else */
      sley_io *io;           /* with channels, which hold it; bare: NULL */
      sley_promise *promise; /* of the stage; one reference; NULL: not known yet */
      sley_value value;      /* bare, and what wrap gave: the object; else unit */
    } now;
  };
  connection_extras *extras; /* NULL: it has none */
  uint32_t born; /* in units of the server's age_unit, modulo 2^32; aged: looks since it is */
  uint8_t stage;
  unsigned peer_kind : 2; /* sley__peer_kind, of what comes first behind it */
  bool is_canceled : 1;   /* by a stop or a limit */
  bool has_timed_out : 1;
  bool is_aged : 1;  /* it has had its longest life */
  bool was_told : 1; /* that it failed */
};
_Static_assert(sizeof(void *) != 8 || sizeof(sley_connection) == 88,
               "with an IPv4 address it is a slot of 96 bytes");

/* How much is kept of a peer's address. */
typedef enum sley__peer_kind {
  SLEY__PEER_NONE,
  SLEY__PEER_V4,
  SLEY__PEER_V6,
  SLEY__PEER_UNIX
} sley__peer_kind;

static inline void sley__member_count(uint64_t *counter, int by)
{
  __atomic_add_fetch(counter, (uint64_t)(int64_t)by, __ATOMIC_RELAXED);
}
static inline bool sley__is_bare(const sley_server *s) { return s->options.bare != NULL; }

/* ---- server.c ---- */

size_t sley__server_bytes(size_t count); /* with so many members */
size_t sley__acceptors_bytes(const sley_server *s);

/* Reports e (borrowed) to the current domain's async hook, in a sentence that says during what. */
void sley__server_tell(const sley_server *s, sley_error *e, const char *doing, const char *what);
void sley__server_release(void *ctx); /* the server */
/* The listener of an address; first: the others use its port. */
sley_error *sley__server_listen(sley_server *s, size_t index, bool shares, bool first,
                                sley_listener **out);
/* Whether each domain listens on this address itself. */
bool sley__place_is_shared(const sley_server *s, size_t index);

/* ---- each.c ---- */

/* All domains listen, or none. The result is the server's value. */
sley_promise *sley__server_listen_each(const char *site, sley_server *s);
sley_promise *sley__server_stop_each(const char *site, sley_server *s, double seconds);
/* Has the kernel give out the connections that it holds back until data comes, in all domains. */
void sley__server_hold_back_none(sley_server *s);
/* Has the acceptor go on, in its domain. false: no memory, or no room. */
bool sley__acceptor_wake(acceptor *a);

/* ---- accept.c ---- */

/* Starts accepting, and continues as long as there is a listener. */
void sley__accept_next(void *ctx); /* the acceptor */
void sley__accept_pause(acceptor *a, double seconds);
/* Opens its listener in the current domain; first: of those with this address. */
sley_error *sley__accept_open(acceptor *a, bool first);
/* Takes and serves what waits in the queues, as far as that goes in so many seconds, then closes the listeners: those of a
 * member, or the starter's (NULL). */
void sley__accept_end(sley_server *s, member *m, double seconds);
/* The kernel holds back no connections any more: a member's, or the starter's (NULL). */
void sley__accept_hold_back_none(sley_server *s, member *m);
/* Takes what waits in the queue of one listener, until that time, then closes it. */
void sley__accept_leave(acceptor *a, sley_time until);
/* Closes the listeners and drops what was accepted. */
void sley__accept_undo(sley_server *s, member *m);

/* ---- handover.c ---- */

enum { SLEY__UNANSWERED_MOST = 64 /* hand-overs, before accepting waits for one */ };
/* A connection that has a place goes to its domain, unless its peer has too many. */
void sley__give(acceptor *a, sley_io *io);

/* ---- leave.c ---- */

/* Has what waits in the queue go to other domains as the current one finishes. An owned error, or NULL. */
sley_error *sley__leave_prepare(acceptor *a);
/* Whether the acceptor's domain ends. */
bool sley__acceptor_leaves(const acceptor *a);
/* A connection is on its way to another domain. Consumes p. */
void sley__leave_hands_over(acceptor *a, sley_promise *p);

/* ---- limit.c ---- */

/* What a connection has a place for: being open, and being wrapped. */
enum { SLEY__PLACE_OPEN = 1, SLEY__PLACE_WRAP = 2, SLEY__PLACES = 3 };
/* Takes all places that a new connection needs, or none. */
bool sley__place_take(sley_server *s);
bool sley__place_is_there(const sley_server *s);
/* Gives them back, and has an acceptor that waits for one go on. */
void sley__place_free(sley_server *s, unsigned which);
/* Has one that waits go on, if there is a place. */
void sley__place_offer(sley_server *s);
/* Goes on accepting when a place is free. */
void sley__place_wait(acceptor *a);
/* A connection of the member is over, which had these places. */
void sley__member_leave(member *m, const sley__peer *peer, unsigned places);

/* ---- per_peer.c: how many connections each peer has; any thread ---- */

struct sley__peers *sley__peers_new(sley_runtime *runtime); /* NULL: out of memory */
void sley__peers_free(struct sley__peers *p);               /* NULL is allowed */
/* Counts one more. false: it has `most` already, or there is no memory to count it. */
bool sley__peers_enter(struct sley__peers *p, const sley__peer *peer, size_t most);
void sley__peers_leave(struct sley__peers *p, const sley__peer *peer);

/* ---- start.c ---- */

/* Drops what sley_server_start owns of its options. */
void sley__server_options_drop(const sley_server_options *options);

/* ---- serve.c, in the member's domain ---- */

/* Counted as open already. Consumes io. peer: as counted; without a limit it is asked for. */
void sley__serve(member *m, sley_io *io, const sley__peer *peer);

/* ---- failure.c ---- */

/* The peer's name in a message. */
void sley__connection_name(const sley_connection *c, char *text, size_t size);
enum { SLEY__CONNECTION_NAME = SLEY__PEER_TEXT };
void sley__connection_cancel(sley_connection *c);
/* Its object is closed at once. */
void sley__connection_abort(sley_connection *c);
void sley__connection_failed(sley_connection *c, sley_error *e); /* counts and tells it, once */

/* ---- extras.c ---- */

/* Those of c, made if it has none. NULL: out of memory. */
connection_extras *sley__connection_extras(sley_connection *c);
void sley__connection_extras_free(sley_connection *c);
/* Nobody gets it. */
void sley__taker_drop(connection_extras *x);

/* ---- connection.c ---- */

/* A new one, all zero but for its member and its peer. NULL: out of memory. */
sley_connection *sley__connection_new(member *m, const sley__peer *peer);
void sley__connection_free(sley_connection *c);
/* Recorded early: a socket that was reset has none. */
sley__peer sley__connection_peer(const sley_connection *c);
connection_served *sley__connection_served(const sley_connection *c);
/* If there is a least rate. */
sley__limited_rate *sley__connection_rate(const sley_connection *c);
/* With channels; bare: NULL. */
static inline sley_io *sley__connection_io(const sley_connection *c)
{
  return c->stage == CONNECTION_IN_LINE ? sley__io_of_half(c->serving.half) : c->now.io;
}
static inline bool sley__connection_is_served(const sley_connection *c)
{
  return c->stage == CONNECTION_IN_LINE || c->stage == CONNECTION_SERVED;
}

/* Leaves its scope, if it has one: a promise, or NULL. */
sley_promise *sley__connection_scope_leave(sley_connection *c);
/* Whether a stop can end it without loss, as far as bytes have come. */
bool sley__connection_is_idle(const sley_connection *c);
/* The same, but for bytes that nobody has read yet. */
bool sley__connection_is_between(const sley_connection *c);

/* ---- gone.c ---- */

/* What serves it waits: serving, a pending promise, is canceled when the peer has gone, if the options say so. */
void sley__gone_watch(sley_connection *c, sley_promise *serving);
void sley__gone_forget(sley_connection *c);

/* ---- detach.c ---- */

void sley__detach_forget(sley_connection *c); /* nobody gets it */
/* Takes the object out of its channels, if somebody gets it: a promise, or NULL. sley__detached is called when that is
 * fulfilled, sley__detach_end when it is settled: whether it is out. */
sley_promise *sley__detach_begin(sley_connection *c);
void sley__detached(void *ctx, sley_value *v); /* the connection */
bool sley__detach_end(sley_connection *c);
/* Who gets it, and what: for sley__detach_give, which consumes a hold on the server, when the connection has been freed. */
connection_extras sley__detach_take(const sley_connection *c);
void sley__detach_give(sley_server *s, connection_extras *x);

/* ---- idle.c ---- */

void sley__looks_set(sley_server *s); /* from its options */
void sley__looks_begin(sley_connection *c);

/* ---- stop.c, in the member's domain ---- */

sley_promise *sley__member_stop(const char *site, member *m, double seconds);
void sley__member_drained(member *m); /* the last connection is over */

#endif
