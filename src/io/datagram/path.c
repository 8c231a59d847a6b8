/* The file of a Unix socket's path. Packets carry the name that a socket was bound to, so it is bound to its own path at
 * once, not renamed as listeners are. A stale file is moved away and looked at before it is removed: if somebody was bound
 * to the path meanwhile, it gets its name back. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/datagram/datagram.h"

bool sley__datagram_path_reserve(sley_datagram *d, const sley_address *address)
{
  size_t size;
  const char *path = sley_address_path(address, &size);
  if (path == NULL || size == 0 || path[0] == '\0') return true;
  d->file.bytes = size + 1;
  d->file.path = sley__alloc(d->domain, size + 1);
  if (d->file.path == NULL) return false;
  memcpy(d->file.path, path, size);
  d->file.path[size] = '\0';
  return true;
}

/* The file is known again by its device and number. */
static void file_note(sley_datagram *d)
{
  struct stat is;
  if (lstat(d->file.path, &is) != 0) return;
  d->file.device = is.st_dev;
  d->file.number = is.st_ino;
}

void sley__datagram_path_remove(sley_datagram *d)
{
  struct stat now;
  if (d->file.path == NULL) return;
  if (d->file.number != 0 && lstat(d->file.path, &now) == 0 && now.st_dev == d->file.device &&
      now.st_ino == d->file.number)
    unlink(d->file.path);
  sley__free(d->domain, d->file.path, d->file.bytes);
  d->file.path = NULL;
}

/* ---- binding ---- */

static bool bind_now(sley_fd fd, const sley_address *address)
{
  unsigned length;
  const struct sockaddr *at = sley_address_sockaddr(address, &length);
  return sley__sys_bind(fd, at, (socklen_t)length) == 0;
}

/* Whether a socket is bound to it; one of another kind, or one that this process may not send to, counts. */
static bool is_bound(const sley_address *address)
{
  unsigned length;
  const struct sockaddr *to = sley_address_sockaddr(address, &length);
  sley_fd fd = sley__datagram_socket(AF_UNIX);
  if (fd < 0) return true;
  bool is = sley__sys_connect(fd, to, (socklen_t)length) == 0 ||
            (errno != ECONNREFUSED && errno != ENOENT);
  sley__sys_close(fd);
  return is;
}

static bool stale_remove(const char *path, const sley_address *address)
{
  static unsigned count;
  char away[PATH_MAX];
  struct stat was, moved;
  if (lstat(path, &was) != 0) return errno == ENOENT;
  if (!S_ISSOCK(was.st_mode) || is_bound(address)) return false;
  snprintf(away, sizeof(away), "%s.%ld.%u", path, (long)getpid(),
           __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED));
  if (rename(path, away) != 0) return errno == ENOENT;
  bool is_same =
      lstat(away, &moved) == 0 && moved.st_dev == was.st_dev && moved.st_ino == was.st_ino;
  bool is_free = is_same || link(away, path) != 0;
  unlink(away);
  return is_free;
}

const char *sley__datagram_bind(sley_datagram *d, sley_fd fd, const sley_address *address,
                                bool replace, unsigned mode)
{
  if (d->file.path == NULL) return bind_now(fd, address) ? NULL : "bind";
  /* Never more than mode allows; what the umask takes comes afterwards. */
  if (mode != 0 && fchmod(fd, (mode_t)mode) != 0) return "fchmod";
  if (!bind_now(fd, address)) {
    if (errno != EADDRINUSE || !replace) return "bind";
    bool is_free = stale_remove(d->file.path, address);
    errno = EADDRINUSE;
    if (!is_free || !bind_now(fd, address)) return "bind";
  }
  file_note(d);
  return mode == 0 || chmod(d->file.path, (mode_t)mode) == 0 ? NULL : "chmod";
}
