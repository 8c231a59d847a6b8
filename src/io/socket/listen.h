/* What listen.c and listen_accept.c share. */
#ifndef SLEY_IO_LISTEN_H
#define SLEY_IO_LISTEN_H

#include <sley/loop.h>

#include "io/socket/socket.h"

#define PAUSE_LEAST (10 * SLEY_MILLISECOND)

/* Counted, since a pausing accept can outlive the close. */
struct sley_listener {
  struct sley__descriptor descriptor;
  unsigned holders; /* the user, or the loop after the close, and every accept under way */
  bool closed;
  sley_fd spare;
  unsigned port;
  uint64_t accepted, refused;
  sley_time pause;       /* of the next pause */
  sley_promise *pausing; /* the pause under way, one reference */
  const char *site;      /* of the accept under way */
  uint64_t mark; /* OPEN or CLOSED; beyond the bytes that allocators overwrite in freed memory */
};

/* ---- listen.c ---- */

/* Aborts unless the listener is open and this domain's. */
void sley__listener_check(const sley_listener *l, const char *function, const char *site);
void sley__listener_release(void *ctx); /* the listener */
sley_fd sley__listener_spare(void);     /* a descriptor to close when others run out */

#endif
