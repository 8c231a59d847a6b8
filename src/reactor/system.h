/* Every system call of the floors from here up, so that each can fail on purpose: in an ordinary build sley__sys_recv
 * is recv, and a test compares the machine code; with SLEY_FAILING_CALLS it is a function of the tests, which draws
 * from a seed what happens (tests/failing).
 *
 * hygiene/system refuses these calls elsewhere. libev's own calls cannot be seen here: tests replace the symbols. */
#ifndef SLEY_REACTOR_SYSTEM_H
#define SLEY_REACTOR_SYSTEM_H

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Result, name, parameters, arguments. First those that can do a part of what they are asked to. */
#define SLEY__SYSTEM_TRANSFERS(X)                                                               \
  X(ssize_t, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags))           \
  X(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))        \
  X(ssize_t, send, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags)) \
  X(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))  \
  X(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size))                             \
  X(ssize_t, readv, (int fd, const struct iovec *parts, int count), (fd, parts, count))         \
  X(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))

#define SLEY__SYSTEM_CALLS(X)                                                                     \
  X(int, socket, (int family, int type, int protocol), (family, type, protocol))                  \
  X(int, socketpair, (int family, int type, int protocol, int ends[2]),                           \
    (family, type, protocol, ends))                                                               \
  X(int, bind, (int fd, const struct sockaddr *address, socklen_t length), (fd, address, length)) \
  X(int, listen, (int fd, int backlog), (fd, backlog))                                            \
  X(int, accept, (int fd, struct sockaddr *address, socklen_t *length), (fd, address, length))    \
  X(int, connect, (int fd, const struct sockaddr *address, socklen_t length),                     \
    (fd, address, length))                                                                        \
  X(int, shutdown, (int fd, int how), (fd, how))                                                  \
  X(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t length),          \
    (fd, level, name, value, length))                                                             \
  X(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *length),               \
    (fd, level, name, value, length))                                                             \
  X(int, getsockname, (int fd, struct sockaddr *address, socklen_t *length),                      \
    (fd, address, length))                                                                        \
  X(int, getpeername, (int fd, struct sockaddr *address, socklen_t *length),                      \
    (fd, address, length))                                                                        \
  X(int, pipe, (int ends[2]), (ends))                                                             \
  X(int, close, (int fd), (fd))                                                                   \
  X(int, fstat, (int fd, struct stat *of), (fd, of))                                              \
  X(int, poll, (struct pollfd * fds, nfds_t count, int milliseconds), (fds, count, milliseconds)) \
  X(int, getaddrinfo,                                                                             \
    (const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found),  \
    (host, port, hints, found))                                                                   \
  SLEY__SYSTEM_CALLS_OF_LINUX(X)                                                                  \
  SLEY__SYSTEM_CALLS_BEYOND_POSIX(X)                                                              \
  SLEY__SYSTEM_SPLICE(X)

#ifdef __linux__
#include <sys/eventfd.h>
#define SLEY__SYSTEM_CALLS_OF_LINUX(X) X(int, eventfd, (unsigned count, int flags), (count, flags))
#else
#define SLEY__SYSTEM_CALLS_OF_LINUX(X)
#endif

/* Linux declares them if _GNU_SOURCE is defined. */
#if !defined(__APPLE__) && (defined(_GNU_SOURCE) || !defined(__linux__))
#define SLEY__SYSTEM_CALLS_BEYOND_POSIX(X)                                                     \
  X(int, accept4, (int fd, struct sockaddr *address, socklen_t *length, int flags),            \
    (fd, address, length, flags))                                                              \
  X(int, pipe2, (int ends[2], int flags), (ends, flags))                                       \
  X(int, ppoll,                                                                                \
    (struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask), \
    (fds, count, timeout, mask))                                                               \
  X(int, recvmmsg,                                                                             \
    (int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout),   \
    (fd, messages, count, flags, timeout))                                                     \
  X(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags),              \
    (fd, messages, count, flags))
#else
#define SLEY__SYSTEM_CALLS_BEYOND_POSIX(X)
#endif

#if defined(__linux__) && defined(_GNU_SOURCE)
#define SLEY__SYSTEM_SPLICE(X)                                                       \
  X(ssize_t, splice,                                                                 \
    (int from, loff_t *from_at, int to, loff_t *to_at, size_t size, unsigned flags), \
    (from, from_at, to, to_at, size, flags))
#else
#define SLEY__SYSTEM_SPLICE(X)
#endif

#ifdef SLEY_FAILING_CALLS
#define SLEY__SYSTEM_CALL(result, name, parameters, arguments) result sley__sys_##name parameters;
SLEY__SYSTEM_TRANSFERS(SLEY__SYSTEM_CALL)
SLEY__SYSTEM_CALLS(SLEY__SYSTEM_CALL)
/* With arguments that vary. */
int sley__sys_fcntl(int fd, int what, int value);
int sley__sys_open(const char *path, int flags);
#else
#define sley__sys_recv recv
#define sley__sys_recvmsg recvmsg
#define sley__sys_send send
#define sley__sys_sendmsg sendmsg
#define sley__sys_read read
#define sley__sys_readv readv
#define sley__sys_writev writev
#define sley__sys_socket socket
#define sley__sys_socketpair socketpair
#define sley__sys_bind bind
#define sley__sys_listen listen
#define sley__sys_accept accept
#define sley__sys_connect connect
#define sley__sys_shutdown shutdown
#define sley__sys_setsockopt setsockopt
#define sley__sys_getsockopt getsockopt
#define sley__sys_getsockname getsockname
#define sley__sys_getpeername getpeername
#define sley__sys_pipe pipe
#define sley__sys_close close
#define sley__sys_fstat fstat
#define sley__sys_poll poll
#define sley__sys_getaddrinfo getaddrinfo
#define sley__sys_accept4 accept4
#define sley__sys_pipe2 pipe2
#define sley__sys_ppoll ppoll
#define sley__sys_splice splice
#define sley__sys_recvmmsg recvmmsg
#define sley__sys_sendmmsg sendmmsg
#define sley__sys_eventfd eventfd
#define sley__sys_fcntl fcntl
#define sley__sys_open open
#endif

#endif
