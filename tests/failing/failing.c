/* See failing.h: the calls of src/reactor/system.h, drawing from a seed. */
#define _GNU_SOURCE
#ifndef SLEY_FAILING_CALLS
#define SLEY_FAILING_CALLS
#endif
#include "failing.h"

#include <errno.h>
#include <stdio.h>

#include "reactor/system.h"

#define NUMBER(result, name, parameters, arguments) CALL_##name,
enum { SLEY__SYSTEM_TRANSFERS(NUMBER) SLEY__SYSTEM_CALLS(NUMBER) CALL_fcntl, CALL_open, CALLS };
#define NAME(result, name, parameters, arguments) #name,
static const char *const names[] = {SLEY__SYSTEM_TRANSFERS(NAME) SLEY__SYSTEM_CALLS(NAME) "fcntl",
                                    "open"};

static _Thread_local struct {
  failing_how how;
  uint64_t state;
  unsigned every, storm; /* EINTRs still to come in a row, of storming */
  int storming;
} drawing;
static unsigned asked[CALLS], failed[CALLS]; /* any thread, __atomic */

static const int everywhere[] = {EINTR, EAGAIN, ENOBUFS, ENOMEM, EMFILE, ECONNABORTED};

void failing_begin(failing_how how, uint64_t seed, unsigned every)
{
  drawing.how = how;
  drawing.state = seed * 0x9e3779b97f4a7c15u + 1;
  drawing.every = every;
  drawing.storm = 0;
}

void failing_end(void) { drawing.how = FAILING_NOT; }

bool failing_draws(int code)
{
  for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++)
    if (everywhere[i] == code) return true;
  return false;
}

const char *failing_text(void)
{
  static char text[1024];
  size_t used = 0;
  for (int call = 0; call < CALLS; call++)
    if (asked[call] > 0 && used < sizeof(text))
      used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %u of %u",
                               used > 0 ? ", " : "", names[call], failed[call], asked[call]);
  return text;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(void)
{
  uint64_t z = drawing.state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* What each call can say: first the harmless ones, and how many those are. */
typedef struct sayings {
  int harmless, count;
  int codes[6];
} sayings;

static const sayings *sayings_of(int call)
{
  static const sayings transfer = {2, 4, {EINTR, EAGAIN, ENOBUFS, ENOMEM}};
  static const sayings accepting = {5, 6, {EINTR, EAGAIN, ECONNABORTED, ENOBUFS, ENOMEM, EMFILE}};
  static const sayings making = {0, 3, {EMFILE, ENOBUFS, ENOMEM}};
  static const sayings connecting = {1, 2, {EINTR, ENOBUFS}};
  static const sayings interrupted = {1, 1, {EINTR}};
  static const sayings asking = {0, 2, {ENOBUFS, ENOMEM}};
  static const sayings opening = {0, 2, {EMFILE, ENOMEM}};
  static const sayings nothing = {0, 0, {0}};
  switch (call) {
    case CALL_recv:
    case CALL_recvmsg:
    case CALL_send:
    case CALL_sendmsg:
    case CALL_read:
    case CALL_readv:
    case CALL_writev:
    case CALL_splice:
    case CALL_recvmmsg:
    case CALL_sendmmsg: return &transfer;
    case CALL_accept:
    case CALL_accept4: return &accepting;
    case CALL_socket:
    case CALL_socketpair:
    case CALL_pipe:
    case CALL_pipe2:
    case CALL_eventfd: return &making;
    case CALL_connect: return &connecting;
    case CALL_close:
    case CALL_ppoll: return &interrupted;
    case CALL_setsockopt:
    case CALL_getsockopt:
    case CALL_getsockname:
    case CALL_getpeername:
    case CALL_bind:
    case CALL_listen:
    case CALL_shutdown: return &asking;
    case CALL_getaddrinfo: /* says EAI_MEMORY */
    case CALL_open: return &opening;
    default: return &nothing; /* fcntl, fstat and poll cannot fail for what is asked here */
  }
}

unsigned failing_spared(void)
{
  enum { ENOUGH = 200 };
  unsigned spared = 0;
  for (int call = 0; call < CALLS; call++)
    spared += sayings_of(call)->count > 0 && asked[call] >= ENOUGH && failed[call] == 0;
  return spared;
}

/* Whether this call fails, with errno. */
static bool fails(int call)
{
  if (drawing.how == FAILING_NOT) return false;
  __atomic_add_fetch(&asked[call], 1, __ATOMIC_RELAXED);
  const sayings *s = sayings_of(call);
  bool storms = drawing.storm > 0 && drawing.storming == call;
  int count = drawing.how == FAILING_HARD ? s->count : s->harmless;
  if (count == 0 || (!storms && draw() % drawing.every != 0)) return false;
  int code = storms ? EINTR : s->codes[draw() % (unsigned)count];
  if (storms) drawing.storm--;
  else if (code == EINTR) drawing.storm = (unsigned)(draw() % 8);
  drawing.storming = call;
  __atomic_add_fetch(&failed[call], 1, __ATOMIC_RELAXED);
  errno = code;
  return true;
}

/* A part of size, now and then. */
static size_t shortened(size_t size)
{
  if (drawing.how == FAILING_NOT || size < 2 || draw() % drawing.every != 0) return size;
  return 1 + (size_t)(draw() % (size - 1));
}

static struct iovec first_part(const struct iovec *parts)
{
  struct iovec part = *parts;
  part.iov_len = shortened(part.iov_len);
  return part;
}

/* ---- transfers ---- */

ssize_t sley__sys_recv(int fd, void *to, size_t size, int flags)
{
  return fails(CALL_recv) ? -1 : recv(fd, to, shortened(size), flags);
}

ssize_t sley__sys_recvmsg(int fd, struct msghdr *message, int flags)
{
  return fails(CALL_recvmsg) ? -1 : recvmsg(fd, message, flags);
}

ssize_t sley__sys_send(int fd, const void *from, size_t size, int flags)
{
  return fails(CALL_send) ? -1 : send(fd, from, shortened(size), flags);
}

/* Whole if descriptors travel with it, or to a name. */
ssize_t sley__sys_sendmsg(int fd, const struct msghdr *message, int flags)
{
  if (fails(CALL_sendmsg)) return -1;
  struct msghdr m = *message;
  struct iovec part;
  if (m.msg_controllen == 0 && m.msg_name == NULL && m.msg_iovlen > 0 && m.msg_iov->iov_len > 1 &&
      drawing.how != FAILING_NOT && draw() % drawing.every == 0) {
    part = first_part(m.msg_iov);
    m.msg_iov = &part;
    m.msg_iovlen = 1;
  }
  return sendmsg(fd, &m, flags);
}

ssize_t sley__sys_read(int fd, void *to, size_t size)
{
  return fails(CALL_read) ? -1 : read(fd, to, shortened(size));
}

ssize_t sley__sys_readv(int fd, const struct iovec *parts, int count)
{
  if (fails(CALL_readv)) return -1;
  struct iovec part = count > 0 ? first_part(parts) : (struct iovec){NULL, 0};
  bool whole = count == 0 || part.iov_len == parts->iov_len;
  return readv(fd, whole ? parts : &part, whole ? count : 1);
}

ssize_t sley__sys_writev(int fd, const struct iovec *parts, int count)
{
  if (fails(CALL_writev)) return -1;
  struct iovec part = count > 0 ? first_part(parts) : (struct iovec){NULL, 0};
  bool whole = count == 0 || part.iov_len == parts->iov_len;
  return writev(fd, whole ? parts : &part, whole ? count : 1);
}

/* ---- the others ---- */

/* As close(2) says of Linux: the descriptor is closed whatever it returns. */
static int close_and_fail(int fd)
{
  int result = close(fd);
  return fails(CALL_close) ? -1 : result;
}

/* As connect(2): one that is interrupted goes on. */
static int connect_or_fail(int fd, const struct sockaddr *address, socklen_t length)
{
  if (!fails(CALL_connect)) return connect(fd, address, length);
  if (errno == EINTR) {
    (void)!connect(fd, address, length);
    errno = EINTR;
  }
  return -1;
}

static int look_up(const char *host, const char *port, const struct addrinfo *hints,
                   struct addrinfo **found)
{
  return fails(CALL_getaddrinfo) ? EAI_MEMORY : getaddrinfo(host, port, hints, found);
}

/* Some of the packets, now and then. */
static int receive_some(int fd, struct mmsghdr *messages, unsigned count, int flags,
                        struct timespec *timeout)
{
  return recvmmsg(fd, messages, (unsigned)shortened(count), flags, timeout);
}

static int send_some(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
  return sendmmsg(fd, messages, (unsigned)shortened(count), flags);
}

static ssize_t move_some(int from, loff_t *from_at, int to, loff_t *to_at, size_t size,
                         unsigned flags)
{
  return splice(from, from_at, to, to_at, shortened(size), flags);
}

#define ORDINARY(result, name, parameters, arguments)               \
  result sley__sys_##name parameters                                \
  {                                                                 \
    if (CALL_##name == CALL_close || CALL_##name == CALL_connect || \
        CALL_##name == CALL_getaddrinfo)                            \
      return REAL_##name arguments;                                 \
    return fails(CALL_##name) ? -1 : REAL_##name arguments;         \
  }
#define REAL_socket socket
#define REAL_socketpair socketpair
#define REAL_bind bind
#define REAL_listen listen
#define REAL_accept accept
#define REAL_connect connect_or_fail
#define REAL_shutdown shutdown
#define REAL_setsockopt setsockopt
#define REAL_getsockopt getsockopt
#define REAL_getsockname getsockname
#define REAL_getpeername getpeername
#define REAL_pipe pipe
#define REAL_close close_and_fail
#define REAL_fstat fstat
#define REAL_poll poll
#define REAL_getaddrinfo look_up
#define REAL_accept4 accept4
#define REAL_pipe2 pipe2
#define REAL_eventfd eventfd
#define REAL_ppoll ppoll
#define REAL_recvmmsg receive_some
#define REAL_splice move_some
#define REAL_sendmmsg send_some
SLEY__SYSTEM_CALLS(ORDINARY)

int sley__sys_fcntl(int fd, int what, int value)
{
  return fails(CALL_fcntl) ? -1 : fcntl(fd, what, value);
}

int sley__sys_open(const char *path, int flags)
{
  return fails(CALL_open) ? -1 : open(path, flags);
}
