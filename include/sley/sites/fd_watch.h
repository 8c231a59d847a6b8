/* Made by scripts/generate from sley/fd_watch.h. */
#ifndef SLEY_SITES_FD_WATCH_H
#define SLEY_SITES_FD_WATCH_H

#include <sley/fd_watch.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_fd_watch_new_at(const char *site, sley_fd fd, unsigned what, sley_fd_watch_fn *f, void *ctx, sley_drop_fn *drop, sley_fd_watch **out); /* contract: fd_watch.h */
#define sley_fd_watch_new(...) sley_fd_watch_new_at(SLEY_HERE, __VA_ARGS__) /* contract: fd_watch.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
