/* The byte object, as the other folders of io see it. */
#ifndef SLEY_IO_OBJECT_H
#define SLEY_IO_OBJECT_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <sley/io.h>

#include "promise/promise_floor.h"
#include "reactor/reactor_floor.h"

/* The memory is the runtime's, since a connection can change domains: under way no loop knows it, and the one of the
 * domain that uses it first then does. */
struct sley_io {
  struct sley__descriptor descriptor;
  sley_runtime *runtime;
  uint64_t mark; /* open or closed; beyond the bytes that allocators overwrite in freed memory */
};

/* The remote address; length 0: none (any more). */
typedef struct sley__peer {
  socklen_t length;
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  };
} sley__peer;
enum { SLEY__PEER_TEXT = 80 }; /* bytes that "address:port" fits in */
sley__peer sley__peer_of(const sley_io *io);
/* "address:port", cut to size - 1 bytes; returns the length needed. */
size_t sley__peer_text(const sley__peer *peer, char *text, size_t size);

/* A connection of d over fd, which it owns on success. 0 or a code of sley__loop_open. */
int sley__io_new(sley_domain *d, sley_fd fd, sley_io **out);

#endif
