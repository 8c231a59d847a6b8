/* Made by scripts/generate from sley/fd_watch.h: its functions for pointers and bindings. */
#include <sley/fd_watch.h>

/* clang-format off */

sley_error *(sley_fd_watch_new)(sley_fd fd, unsigned what, sley_fd_watch_fn *f, void *ctx, sley_drop_fn *drop, sley_fd_watch **out)
{
  return sley_fd_watch_new_at("", fd, what, f, ctx, drop, out);
}
