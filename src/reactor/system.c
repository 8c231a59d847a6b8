/* Calls that differ between systems. Linux, FreeBSD, NetBSD and OpenBSD have accept4. */
#ifdef __linux__
#define _GNU_SOURCE
#elif defined(__FreeBSD__)
#include <pthread_np.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/reactor_floor.h"

/* ---- descriptors ---- */

enum { STANDARD = 3 /* descriptors below are the standard streams' */ };

sley_fd sley__fd_duplicate(sley_fd fd) { return sley__sys_fcntl(fd, F_DUPFD_CLOEXEC, STANDARD); }

static SLEY__NOINLINE sley_fd lift(sley_fd fd)
{
  sley_fd above = sley__fd_duplicate(fd);
  int code = errno;
  sley__sys_close(fd);
  errno = code;
  return above;
}

sley_fd sley__fd_above_standard(sley_fd fd)
{
  return SLEY__LIKELY(fd < 0 || fd >= STANDARD) ? fd : lift(fd);
}

bool sley__fds_above_standard(sley_fd ends[2])
{
  for (int i = 0; i < 2; i++) {
    ends[i] = sley__fd_above_standard(ends[i]);
    if (ends[i] >= 0) continue;
    int code = errno;
    sley__sys_close(ends[1 - i]);
    errno = code;
    return false;
  }
  return true;
}

void sley__standard_hold(sley__standard_held *held)
{
  held->count = 0;
  for (sley_fd fd = 0; fd < STANDARD; fd++) {
    if (sley__sys_fcntl(fd, F_GETFD, 0) >= 0) continue;
    sley_fd got = sley__sys_open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (got >= 0) held->fds[held->count++] = got;
  }
}

void sley__standard_release(sley__standard_held *held)
{
  int code = errno;
  while (held->count > 0) sley__sys_close(held->fds[--held->count]);
  errno = code;
}

#ifdef __APPLE__
static sley_fd prepared(sley_fd fd)
{
  if (fd < 0) return fd;
  sley__sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
  sley__sys_fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static sley_fd accept_one(sley_fd fd)
{
  return sley__fd_above_standard(prepared(sley__sys_accept(fd, NULL, NULL)));
}

sley_fd sley__socket(int family, int type)
{
  return sley__fd_above_standard(prepared(sley__sys_socket(family, type, 0)));
}
#else
static sley_fd accept_one(sley_fd fd)
{
  return sley__fd_above_standard(sley__sys_accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

sley_fd sley__socket(int family, int type)
{
  return sley__fd_above_standard(sley__sys_socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}
#endif

bool sley__accept_is_of_peer(int code)
{
  switch (code) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case EPROTONOSUPPORT:
    case EOPNOTSUPP:
    case ETIMEDOUT:
    case ECONNRESET:
    case EPERM: /* a firewall rule */
#ifdef EHOSTDOWN
    case EHOSTDOWN:
#endif
#ifdef ESOCKTNOSUPPORT
    case ESOCKTNOSUPPORT:
#endif
#ifdef ENONET
    case ENONET:
#endif
#ifdef ENOSR
    case ENOSR:
#endif
      return true;
    default: return false;
  }
}

sley_fd sley__accept(sley_fd fd, uint64_t *passed)
{
  enum { PASSED_AT_ONCE = 64 };
  for (int peers = 0;;) {
    sley_fd accepted = accept_one(fd);
    if (accepted >= 0) return accepted;
    if (errno == EINTR) continue;
    if (!sley__accept_is_of_peer(errno)) return -1;
    ++*passed;
    if (++peers == PASSED_AT_ONCE) return -1;
  }
}

#if defined(__APPLE__)
#define CONDITION_CLOCK CLOCK_REALTIME /* the only one supported here */
int sley__condition_init(pthread_cond_t *condition) { return pthread_cond_init(condition, NULL); }
#else
#define CONDITION_CLOCK CLOCK_MONOTONIC
int sley__condition_init(pthread_cond_t *condition)
{
  pthread_condattr_t attributes;
  int code = pthread_condattr_init(&attributes);
  if (code != 0) return code;
  code = pthread_condattr_setclock(&attributes, CONDITION_CLOCK);
  if (code == 0) code = pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
  return code;
}
#endif

struct timespec sley__condition_until(sley_time left)
{
  enum { LONGEST = 1000000000 }; /* seconds: practically no limit, and fits every time_t */
  struct timespec until;
  clock_gettime(CONDITION_CLOCK, &until);
  sley_time seconds = left / SLEY_SECOND;
  until.tv_sec += (time_t)(seconds < LONGEST ? seconds : LONGEST);
  until.tv_nsec += (long)(left % SLEY_SECOND);
  if (until.tv_nsec >= SLEY_SECOND) {
    until.tv_sec++;
    until.tv_nsec -= (long)SLEY_SECOND;
  }
  return until;
}

/* ---- threads ---- */

void sley__signals_of_others(sigset_t *set)
{
  static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF};
  sigfillset(set);
  for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) sigdelset(set, own[i]);
}

int sley__thread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                        void *ctx)
{
  sigset_t others, old;
  sley__pin();
  sley__signals_of_others(&others);
  pthread_sigmask(SIG_SETMASK, &others, &old);
  int code = pthread_create(thread, attributes, run, ctx);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return code;
}

#ifdef __linux__
static int join_now(pthread_t thread) { return pthread_tryjoin_np(thread, NULL); }
#elif defined(__FreeBSD__)
static int join_now(pthread_t thread)
{
  const struct timespec past = {0, 0};
  return pthread_timedjoin_np(thread, NULL, &past);
}
#else
static int join_now(pthread_t thread) { return pthread_join(thread, NULL); }
#endif

bool sley__thread_join_ended(pthread_t thread)
{
  /* Usually the thread needs only a few microseconds more, if it gets a processor. */
  enum { LOOKS = 50 };
  for (int i = 0; i < LOOKS; i++) {
    int code = join_now(thread);
    if (code != EBUSY && code != ETIMEDOUT) return true;
    sched_yield();
  }
  return false;
}
