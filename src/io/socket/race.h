/* Connecting: several addresses at a time, of which one wins (RFC 8305, section 5). connect.c starts a race, race.c
 * says which attempt runs when, and attempt.c does the system calls of one. */
#ifndef SLEY_IO_RACE_H
#define SLEY_IO_RACE_H

#include <sley/socket.h>

#include "io/object/object.h"
#include "io/socket/unix_path.h"

struct sley__race;

/* One address. */
typedef struct sley__attempt {
  struct sley__race *race;
  sley_address address;
  sley_fd fd;            /* -1: not under way */
  sley_io *io;           /* over it; NULL: none yet */
  sley_promise *waiting; /* for the socket, or to try a full queue again; one reference */
  sley_promise *limit;   /* the time of this attempt; one reference */
  sley_error *error;     /* why it failed; owned */
  unsigned selves;       /* how often it was connected to itself */
  sley_time pause;       /* until a full queue is tried again */
} sley__attempt;

/* Counted: every callback still to run has a hold. */
struct sley__race {
  struct sley__dlist place; /* among the domain's */
  unsigned holders;
  const char *site;
  sley_resolver *resolver; /* of the result; NULL: the race is over */
  sley_connect_options options;
  sley_address from;
  sley_time delay;       /* negative: one after the other */
  sley_promise *looking; /* for the addresses; one reference, as the next two */
  sley_promise *pacing;  /* until the next attempt */
  sley_promise *limit;   /* the time of all */
  sley__unix_path path;
  bool is_by_name; /* the addresses are named in errors */
  bool remembers;  /* which family won, and which failed */
  sley__attempt *attempts;
  size_t count, next, pending;
  size_t bytes;
  char target[]; /* for messages */
};

/* ---- attempt.c ---- */

/* Begins; NULL: under way, or connected already if *connected. Otherwise an owned error. */
sley_error *sley__attempt_begin(sley__attempt *a, bool *connected);
/* What the kernel says of the socket: NULL: connected; otherwise an owned error. */
sley_error *sley__attempt_outcome(const sley__attempt *a);
bool sley__attempt_is_connected(const sley__attempt *a); /* now */
bool sley__attempt_is_self(const sley__attempt *a);      /* connected to its own address */
/* The connection, taken out of the attempt. An owned error, or NULL. */
sley_error *sley__attempt_take(sley__attempt *a, sley_io **out);
void sley__attempt_close(sley__attempt *a);
void sley__attempt_reset(sley__attempt *a); /* closes it, and leaves no trace of its connection */

/* ---- race.c ---- */

/* Starts the next attempt, and those behind it as long as they fail at once. */
void sley__race_go(struct sley__race *r);
/* Ends a race that nobody wins. Consumes e. */
void sley__race_reject(struct sley__race *r, sley_error *e);
/* Cancels and closes everything. */
void sley__race_stop(struct sley__race *r);
struct sley__race *sley__race_hold(struct sley__race *r);
void sley__race_release(void *ctx);
/* Cancels a promise, gives up the reference, and forgets it. */
void sley__race_forget(sley_promise **p);
/* Goes on with the attempt when p, which it consumes, is settled. An owned error if p is rejected by now, or NULL. */
sley_error *sley__attempt_wait(sley__attempt *a, sley_promise *p);

#endif
