/* Names of Unix sockets given as text. */
#ifndef SLEY_IO_UNIX_PATH_H
#define SLEY_IO_UNIX_PATH_H

#include "io/socket/address.h"

/* A name for system calls. */
typedef struct sley__unix_path {
  sley_address address;
  sley_fd folder; /* of a path that is too long for an address, which goes through it; -1: none */
} sley__unix_path;

static inline bool sley__is_unix(const char *text)
{
  static const char head[] = "unix:";
  for (int i = 0; i < 5; i++)
    if (text[i] != head[i]) return false;
  return true;
}
/* text: "unix:PATH". An owned error, in a message of function, or NULL: sley__unix_path_close then. Any thread. */
sley_error *sley__unix_path_open(const char *site, const char *function, const char *text,
                                 sley__unix_path *out);
void sley__unix_path_close(sley__unix_path *path);

#endif
