/* Listeners. listen.c has their life, listen_open.c and listen_unix.c their sockets, listen_accept.c accepting. */
#ifndef SLEY_IO_LISTEN_H
#define SLEY_IO_LISTEN_H

#include <sley/loop.h>
#include <sley/socket.h>
#include <sys/stat.h>

#include "io/socket/socket.h"

#define PAUSE_LEAST (10 * SLEY_MILLISECOND)

/* The file of a Unix socket. */
typedef struct sley__unix_file {
  sley_fd folder;     /* -1: there is none: an abstract name, or none at all */
  struct stat status; /* which file it is: device and inode */
  char name[256];     /* in the folder */
} sley__unix_file;

/* Counted, since a pausing accept can outlive the close. */
struct sley_listener {
  struct sley__descriptor descriptor;
  struct sley__ending ending; /* of its domain, if it is still open */
  unsigned holders; /* the user, or the loop after the close, and every accept under way */
  bool closed;
  bool has_fast_open;
  bool is_seqpacket;
  sley_fd spare;
  sley_address address;
  sley__unix_file file;
  uint64_t accepted, refused;
  sley_time pause;                      /* of the next pause */
  sley_promise *pausing;                /* the pause under way, one reference */
  const char *made_at;                  /* of sley_listen */
  const char *site;                     /* of the accept under way */
  void (*dropped)(void *ctx, int code); /* see sley__listener_tell; NULL: nobody is told */
  void *dropped_ctx;
  uint64_t mark; /* OPEN or CLOSED; beyond the bytes that allocators overwrite in freed memory */
};

/* ---- listen.c ---- */

/* Aborts unless the listener is open and this domain's. */
void sley__listener_check(const sley_listener *l, const char *function, const char *site);
void sley__listener_release(void *ctx); /* the listener */
sley_fd sley__listener_spare(void);     /* a descriptor to close when others run out */

/* ---- listen_open.c: sockets that listen; an owned error, or NULL ---- */

sley_error *sley__listen_open(const char *site, const sley_listen_options *o, sley_fd *out);
/* The options that every socket has, before it is bound. */
sley_error *sley__listen_prepare(const char *site, const sley_listen_options *o, sley_fd fd);
/* "listening on ADDRESS: CALL: TEXT". */
sley_error *sley__listen_error(const char *site, const sley_listen_options *o, const char *call,
                               int code);
int sley__listen_backlog(const sley_listen_options *o);

/* ---- listen_unix.c ---- */

/* *address is what clients connect to. */
sley_error *sley__listen_unix(const char *site, const sley_listen_options *o, sley_fd *out,
                              sley_address *address, sley__unix_file *file);
/* Removes the file, if it is still the listener's. */
void sley__unix_file_remove(sley__unix_file *file);

#endif
