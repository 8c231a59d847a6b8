/* Unix sockets that listen. A socket is bound to a name of its own, given its mode, and listens; only then does it get
 * the name that clients know. To replace a stale socket, both change names at once, and what was there is asked: if
 * somebody listens on it after all, they change back. So of two servers that start at the same time one keeps the name,
 * and the other is told that it is in use. */
#ifdef __linux__
#define _GNU_SOURCE /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "io/socket/escape.h"
#include "io/socket/listen.h"
#include "io/socket/unix_path.h"

#ifdef O_PATH
#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)
#else
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

/* A name in a folder, as an address for bind and connect. */
static bool address_in(const char *path, sley_fd folder, const char *name, sley_address *out)
{
  char text[PATH_MAX];
  const char *end = strrchr(path, '/');
  int folder_size = end != NULL ? (int)(end - path) + 1 : 0;
  int n = snprintf(text, sizeof(text), "%.*s%s", folder_size, path, name);
  if (n > 0 && (size_t)n < sizeof(text) && sley__address_of_path(text, (size_t)n, out)) return true;
#ifdef __linux__
  n = snprintf(text, sizeof(text), "/proc/self/fd/%d/%s", folder, name);
  return n > 0 && (size_t)n < sizeof(text) && sley__address_of_path(text, (size_t)n, out);
#else
  (void)folder;
  return false;
#endif
}

/* Whether somebody listens on it. A socket of another kind, a full queue, or one that this process may not join, is somebody's. */
static bool is_served(const sley_address *address)
{
  sley_fd fd = sley__socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0) return true;
  int code = sley__sys_connect(fd, sley__sockaddr(address), (socklen_t)address->length);
  bool served = code == 0 || (errno != ECONNREFUSED && errno != ENOENT);
  sley__sys_close(fd);
  return served;
}

static bool is_socket(sley_fd folder, const char *name)
{
  struct stat status;
  return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode);
}

enum { NO_REPLACE = 1, EXCHANGE = 2 }; /* RENAME_... of linux/fs.h */

/* 0 or -1 with errno; ENOSYS or EINVAL: not here. */
static int rename_with(sley_fd folder, const char *from, const char *to, unsigned flags)
{
#if defined(__linux__) && defined(SYS_renameat2)
  return (int)syscall(SYS_renameat2, folder, from, folder, to, flags);
#else
  (void)folder;
  (void)from;
  (void)to;
  (void)flags;
  errno = ENOSYS;
  return -1;
#endif
}

/* 0, or -1 with errno; EEXIST: there is something of this name. */
static int rename_new(sley_fd folder, const char *from, const char *to)
{
  if (rename_with(folder, from, to, NO_REPLACE) == 0) return 0;
  if (errno != ENOSYS && errno != EINVAL) return -1;
  if (linkat(folder, from, folder, to, 0) != 0) return -1;
  unlinkat(folder, from, 0);
  return 0;
}

static bool is_same(sley_fd folder, const char *name, const struct stat *file)
{
  struct stat status;
  return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         status.st_dev == file->st_dev && status.st_ino == file->st_ino;
}

/* Changes names back. Another process can do the same in between: then it has what is ours, and gives it back. */
static void give_back(sley_fd folder, const char *own, const char *name, const struct stat *file)
{
  enum { TURNS = 200 };
  for (int i = 0; i < TURNS && !is_same(folder, own, file); i++) {
    if (i > 1) usleep(100);
    rename_with(folder, own, name, EXCHANGE);
  }
}

/* Puts own in the place of a stale socket. 0, or -1 with errno. */
static int take_over(const char *path, sley_fd folder, const char *own, const char *name,
                     const struct stat *file)
{
  sley_address there, was;
  struct stat status;
  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (!S_ISSOCK(status.st_mode) || !address_in(path, folder, name, &there) || is_served(&there)) {
    errno = EADDRINUSE;
    return -1;
  }
  if (rename_with(folder, own, name, EXCHANGE) != 0)
    return errno == ENOSYS || errno == EINVAL ? renameat(folder, own, folder, name) : -1;
  if (is_socket(folder, own) && address_in(path, folder, own, &was) && !is_served(&was)) {
    unlinkat(folder, own, 0);
    return 0;
  }
  give_back(folder, own, name, file);
  errno = EADDRINUSE;
  return -1;
}

/* Gives own, which listens, the name that clients know. 0, or -1 with errno. */
static int publish(const sley_listen_options *o, const char *path, sley_fd folder, const char *own,
                   const char *name, const struct stat *file)
{
  for (int i = 0;; i++) {
    if (rename_new(folder, own, name) == 0) return 0;
    if (errno != EEXIST) return -1;
    errno = EADDRINUSE;
    if (!o->replace) return -1;
    if (take_over(path, folder, own, name, file) == 0) return 0;
    if (errno != ENOENT || i == 3) return -1; /* gone meanwhile: there is nothing to take over */
  }
}

static const char *bind_own(const sley_listen_options *o, const char *path, sley__unix_file *file,
                            sley_fd fd)
{
  static unsigned count;
  char own[sizeof(file->name) + 40];
  sley_address address;
  struct stat status;
  snprintf(own, sizeof(own), "%s.%ld.%u", file->name, (long)getpid(),
           __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED));
  errno = ENAMETOOLONG;
  if (!address_in(path, file->folder, own, &address)) return "bind";
  /* of a process that had this number before */
  if (is_socket(file->folder, own)) unlinkat(file->folder, own, 0);
  if (sley__sys_bind(fd, sley__sockaddr(&address), (socklen_t)address.length) != 0) return "bind";
  const char *failed = NULL;
  if (fstatat(file->folder, own, &status, AT_SYMLINK_NOFOLLOW) != 0) return "stat";
  if (o->mode != 0 && fchmodat(file->folder, own, (mode_t)o->mode, 0) != 0) failed = "chmod";
  else if (sley__sys_listen(fd, sley__listen_backlog(o)) != 0) failed = "listen";
  else if (publish(o, path, file->folder, own, file->name, &status) != 0) failed = "bind";
  if (failed != NULL) {
    int code = errno;
    if (is_same(file->folder, own, &status)) unlinkat(file->folder, own, 0);
    errno = code;
    return failed;
  }
  file->status = status;
  return NULL;
}

/* What failed, with errno set; NULL: it listens. */
static const char *open_file(const sley_listen_options *o, const char *path, sley__unix_file *file,
                             sley_fd fd)
{
  char folder[PATH_MAX];
  const char *end = strrchr(path, '/'), *name = end != NULL ? end + 1 : path;
  size_t size = strlen(name);
  errno = size == 0 ? EISDIR : ENAMETOOLONG;
  if (size == 0 || size >= sizeof(file->name)) return "bind";
  memcpy(file->name, name, size + 1);
  snprintf(folder, sizeof(folder), "%.*s", end != NULL ? (int)(end - path) + 1 : 1,
           end != NULL ? path : ".");
  file->folder = sley__sys_open(folder, FOLDER_FLAGS);
  if (file->folder < 0) return "the folder";
  const char *failed = bind_own(o, path, file, fd);
  if (failed == NULL) return NULL;
  int code = errno;
  sley__sys_close(file->folder);
  file->folder = -1;
  errno = code;
  return failed;
}

/* An abstract name, or none: the system chooses one then. */
static const char *open_abstract(const sley_listen_options *o, sley_address *address, sley_fd fd)
{
  sley_address room;
  socklen_t size = sizeof(room.data);
  if (sley__sys_bind(fd, sley__sockaddr(address), (socklen_t)address->length) != 0) return "bind";
  if (sley__sys_listen(fd, sley__listen_backlog(o)) != 0) return "listen";
  if (sley__sys_getsockname(fd, (struct sockaddr *)(void *)room.data, &size) != 0)
    return "getsockname";
  sley__address_of_sockaddr(room.data, size, address);
  return NULL;
}

sley_error *sley__listen_unix(const char *site, const sley_listen_options *o, sley_fd *out,
                              sley_address *address, sley__unix_file *file)
{
  char path[PATH_MAX];
  size_t size;
  file->folder = -1;
  *out = -1;
  if (!sley__path_unescape(o->address + 5, path, sizeof(path) - 1, &size))
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_listen: \"%s\" is no name of a Unix socket: its bytes that are "
                             "not printable ASCII are \\xHH",
                             sley__say(o->address).text);
  path[size] = '\0';
  bool is_file = size > 0 && path[0] != '\0';
  if (!sley__address_of_path(path, size, address)) {
    if (!is_file) return sley__listen_error(site, o, "bind", ENAMETOOLONG);
    sley__address_of_path(NULL, 0, address);
  }
  sley_fd fd = sley__socket(AF_UNIX, sley__socket_type(o->kind));
  if (fd < 0) return sley__listen_error(site, o, "socket", errno);
  sley_error *e = sley__listen_prepare(site, o, fd);
  if (e == NULL) {
    const char *failed = is_file ? open_file(o, path, file, fd) : open_abstract(o, address, fd);
    if (failed == NULL) {
      *out = fd;
      return NULL;
    }
    e = sley__listen_error(site, o, failed, errno);
  }
  sley__sys_close(fd);
  return e;
}

void sley__unix_file_remove(sley__unix_file *file)
{
  if (file->folder < 0) return;
  if (is_same(file->folder, file->name, &file->status)) unlinkat(file->folder, file->name, 0);
  sley__sys_close(file->folder);
  file->folder = -1;
}
