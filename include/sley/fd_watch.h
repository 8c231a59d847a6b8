/* sley/fd_watch.h: calling a function whenever a descriptor of another library is ready: for c-ares, libcurl, libpq and
 * whatever else names descriptors for its program to watch. */
#ifndef SLEY_FD_WATCH_H
#define SLEY_FD_WATCH_H

#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_fd_watch sley_fd_watch; /* belongs to its domain */

/* What a watch asks for and tells; both can be asked for at once. */
enum { SLEY_FD_READABLE = 1, SLEY_FD_WRITABLE = 2 };

/* Called in each turn of the loop in which the descriptor is ready: what is SLEY_FD_READABLE or SLEY_FD_WRITABLE, in a
 * call each, and failure NULL. Or what is 0 and failure, which is lent, says why the kernel does not watch the
 * descriptor (it was closed; ENOSPC: fs.epoll.max_user_watches; ENOMEM); it is not watched then until the next
 * sley_fd_watch_set. It can set or drop any watch. */
typedef void sley_fd_watch_fn(void *ctx, unsigned what, const sley_error *failure);

/* Watches fd for what: SLEY_FD_READABLE, SLEY_FD_WRITABLE, both, or 0 for nothing yet. fd may be watched and waited for
 * several times. Its end (the peer has closed) and its errors count as ready.
 * Owns    *out is the caller's: sley_fd_watch_drop. fd stays yours: drop the watch, or set it to 0, before you close
 *         fd. drop(ctx) is called when the watch is dropped, or ends with its domain.
 * Fails   kind errno: EBADF for a bad descriptor, or if no loop can be made; SLEY_EINVAL if what has other bits; out
 *         of memory. *out is NULL then, and ctx is dropped.
 * Cost    one allocation; none for each call of f.
 * Lwt     Lwt_engine.on_readable, on_writable; Lwt_unix.register_action
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_fd_watch_new(sley_fd fd, unsigned what,
                                                                sley_fd_watch_fn *f, void *ctx,
                                                                sley_drop_fn *drop,
                                                                sley_fd_watch **out);
/* Changes what is watched for. Without effect if that is watched already. Other bits abort.
 * Since   0.1 */
SLEY_API void sley_fd_watch_set(sley_fd_watch *watch, unsigned what);
/* Ends a watch; f is not called any more. NULL is allowed.
 * Lwt     Lwt_engine.stop_event
 * Since   0.1 */
SLEY_API void sley_fd_watch_drop(sley_fd_watch *watch);

SLEY_EXTERN_C_END

#include <sley/sites/fd_watch.h>

#endif
