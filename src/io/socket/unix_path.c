/* Names of Unix sockets given as text. A path that is too long for an address is named through its folder, which stays
 * open as long as the name is used: /proc/self/fd/N/NAME (Linux). */
#ifdef __linux__
#define _GNU_SOURCE /* O_PATH */
#endif
#include "io/socket/unix_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/socket/escape.h"
#include "promise/promise_floor.h"
#include "reactor/reactor_floor.h"

static sley_error *path_error(const char *site, const char *function, const char *text)
{
  return sley_error_new_at(
      site, &sley_kind_sley, SLEY_EINVAL,
      "%s: \"%s\" is no name of a Unix socket: those bytes that are not printable ASCII are \\xHH, "
      "only Linux has abstract names, and a path has at most %zu bytes, on Linux its last part",
      function, sley__say(text).text, sizeof(((struct sockaddr_un *)0)->sun_path));
}

#ifdef __linux__
static sley_error *open_folder(const char *site, const char *function, char *path, size_t size,
                               sley__unix_path *out)
{
  char *name = path + size, short_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
  while (name > path && name[-1] != '/') name--;
  if (name == path) return path_error(site, function, path);
  char first = *name;
  *name = '\0';
  out->folder = sley__fd_above_standard(sley__sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
  int code = errno;
  *name = first;
  if (out->folder < 0)
    return sley_error_new_at(site, &sley_kind_errno, code, "%s: the folder of unix:%s: %s",
                             function, sley__say(path).text, strerror(code));
  int n = snprintf(short_path, sizeof(short_path), "/proc/self/fd/%d/%.*s", out->folder,
                   (int)(path + size - name), name);
  if (n > 0 && (size_t)n < sizeof(short_path) &&
      sley__address_of_path(short_path, (size_t)n, &out->address))
    return NULL;
  sley__unix_path_close(out);
  return path_error(site, function, path);
}
#endif

sley_error *sley__unix_path_open(const char *site, const char *function, const char *text,
                                 sley__unix_path *out)
{
  char path[PATH_MAX];
  size_t size;
  *out = (sley__unix_path){.folder = -1};
  if (!sley__path_unescape(text + 5, path, sizeof(path) - 1, &size))
    return path_error(site, function, text);
  if (sley__address_of_path(path, size, &out->address)) return NULL;
#ifdef __linux__
  path[size] = '\0';
  if (path[0] != '\0') return open_folder(site, function, path, size, out);
#endif
  return path_error(site, function, text);
}

void sley__unix_path_close(sley__unix_path *path)
{
  if (path->folder >= 0) sley__sys_close(path->folder);
  path->folder = -1;
}
