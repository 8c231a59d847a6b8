/* One attempt to connect: its socket and the system calls for it. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/socket/race.h"
#include "io/socket/socket_options.h"

static bool is_internet(const sley__attempt *a)
{
  return sley_address_family_get(&a->address) != SLEY_ADDRESS_FAMILY_UNIX;
}

static sley_error *failed(const sley__attempt *a, const char *call)
{
  return sley__error_errno(a->race->site, errno, call);
}

static sley_error *bind_from(const sley__attempt *a)
{
  const sley_address *from = a->race->options.from;
  const int on = 1;
  if (from == NULL) return NULL;
  bool has_port = sley_address_port(from) != 0;
  /* A port of one's own can be in use by a connection that is over. */
  if (has_port && sley__sys_setsockopt(a->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
    return failed(a, "setsockopt of SO_REUSEADDR");
#ifdef IP_BIND_ADDRESS_NO_PORT
  /* The port is chosen by connect, where it need only differ from those of the same peer. */
  if (!has_port && is_internet(a))
    sley__sys_setsockopt(a->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
#endif
  if (sley__sys_bind(a->fd, sley__sockaddr(from), (socklen_t)from->length) != 0)
    return failed(a, "bind");
  return NULL;
}

static sley_error *prepare(const sley__attempt *a)
{
  const sley_connect_options *o = &a->race->options;
  sley_error *e = NULL;
  if (is_internet(a) && o->keep_alive > 0)
    e = sley__fd_keep_alive(a->race->site, a->fd, o->keep_alive, o->keep_alive / 4, 4);
  if (e == NULL && is_internet(a) && o->user_timeout > 0)
    e = sley__fd_user_timeout(a->race->site, a->fd, o->user_timeout);
  if (e == NULL && o->prepare != NULL) e = o->prepare(o->prepare_ctx, a->fd);
  return e;
}

/* The queue of a Unix socket is full: poll would say that it can be written to, and connect would fail again. */
static sley_error *pause_full(sley__attempt *a)
{
  enum { MOST_MS = 64 };
  a->pause = a->pause == 0                           ? SLEY_MILLISECOND
             : a->pause < MOST_MS * SLEY_MILLISECOND ? 2 * a->pause
                                                     : a->pause;
  return sley__attempt_wait(a, sley__sleep(a->race->site, a->pause));
}

static sley_error *connect_now(sley__attempt *a, bool *connected)
{
  *connected =
      sley__sys_connect(a->fd, sley__sockaddr(&a->address), (socklen_t)a->address.length) == 0;
  if (*connected) return NULL;
  if (errno == EAGAIN && !is_internet(a)) return pause_full(a);
  /* A connect that a signal has interrupted goes on. */
  if (errno != EINPROGRESS && errno != EINTR) return failed(a, "connect");
  return sley__attempt_wait(a, sley_io_wait_writable_at(a->race->site, a->io));
}

sley_error *sley__attempt_begin(sley__attempt *a, bool *connected)
{
  struct sley__race *r = a->race;
  *connected = false;
  if (a->fd >= 0) return connect_now(a, connected);
  if (r->options.allow != NULL && !r->options.allow(r->options.allow_ctx, &a->address))
    return sley_error_new_at(r->site, &sley_kind_errno, EACCES, "this address is not allowed");
  if (r->resolver == NULL) return sley_error_canceled();
  int type = sley__socket_type(r->options.kind);
  if (type != SOCK_STREAM && is_internet(a))
    return sley_error_new_at(r->site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_connect: the option kind is for Unix sockets");
  a->fd = sley__socket(sley__sockaddr(&a->address)->sa_family, type);
  if (a->fd < 0) return failed(a, "socket");
  int code = sley__io_new(sley__self(), a->fd, type == SOCK_SEQPACKET, &a->io);
  if (code != 0) return sley__loop_error(r->site, code);
  sley__io_note_site(a->io, r->site);
  sley_error *e = prepare(a);
  if (e == NULL && r->resolver == NULL) e = sley_error_canceled();
  if (e == NULL) e = bind_from(a);
  return e != NULL ? e : connect_now(a, connected);
}

sley_error *sley__attempt_outcome(const sley__attempt *a)
{
  int code = 0;
  socklen_t size = sizeof(code);
  if (sley__sys_getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  return code == 0 ? NULL : sley__error_errno(a->race->site, code, "connect");
}

bool sley__attempt_is_connected(const sley__attempt *a)
{
  struct pollfd asked = {.fd = a->fd, .events = POLLOUT};
  sley_address peer;
  if (a->fd < 0 || a->waiting == NULL || sley__sys_poll(&asked, 1, 0) != 1) return false;
  socklen_t size = sizeof(peer.data);
  return sley__sys_getpeername(a->fd, (struct sockaddr *)(void *)peer.data, &size) == 0 &&
         !sley__attempt_is_self(a);
}

/* If nothing listens on a local port that is free for outgoing connections, the kernel can assign that very port to
 * the socket, and TCP then connects it to itself (RFC 9293, simultaneous open). */
bool sley__attempt_is_self(const sley__attempt *a)
{
  struct sockaddr_storage own, peer;
  sley_address addresses[2];
  socklen_t own_size = sizeof(own), peer_size = sizeof(peer);
  if (!is_internet(a)) return false;
  if (sley__sys_getsockname(a->fd, (struct sockaddr *)(void *)&own, &own_size) != 0 ||
      !sley__address_of_sockaddr(&own, own_size, &addresses[0]) ||
      sley_address_port(&addresses[0]) != sley_address_port(&a->address))
    return false;
  return sley__sys_getpeername(a->fd, (struct sockaddr *)(void *)&peer, &peer_size) == 0 &&
         sley__address_of_sockaddr(&peer, peer_size, &addresses[1]) &&
         sley_address_is_equal(&addresses[0], &addresses[1]);
}

sley_error *sley__attempt_take(sley__attempt *a, sley_io **out)
{
  sley__race_forget(&a->waiting);
  *out = a->io;
  a->io = NULL;
  a->fd = -1;
  if (!is_internet(a) || !a->race->options.keep_delay) return NULL;
  sley_error *e = sley_io_set_nodelay(*out, false);
  if (e != NULL) sley_io_drop(*out);
  return e;
}

void sley__attempt_close(sley__attempt *a)
{
  sley__race_forget(&a->limit);
  sley__race_forget(&a->waiting);
  sley_io *io = a->io;
  sley_fd fd = a->fd;
  a->io = NULL;
  a->fd = -1;
  if (io == NULL && fd >= 0) sley__sys_close(fd);
  sley_io_abort(io);
  sley_io_drop(io);
}

/* A connection to itself that lingers would keep the port from whoever wants to listen on it. */
void sley__attempt_reset(sley__attempt *a)
{
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  sley__sys_setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  sley__attempt_close(a);
}
