/* Listening and accepting. Where descriptors run out, connections in the queue would make the
 * listener readable for ever: a spare descriptor is given up to take and close them, and accepting
 * pauses. A listener is counted, since an accept that pauses outlives its closing. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tcp.h"
#include "sley/loop.h"

#define PAUSE_LEAST (10 * SLEY_MILLISECOND)
enum { REFUSE_AT_ONCE = 64 };

struct sley_listener {
  unsigned holders; /* the user and every accept under way */
  bool closed;
  sley_fd fd, spare;
  struct sley__handle *handle;
  unsigned port;
  uint64_t accepted, refused;
  sley_time pause;       /* of the next pause */
  sley_promise *pausing; /* the pause under way, one reference */
  const char *site;      /* of the accept under way */
};

static void release(void *ctx)
{
  sley_listener *l = ctx;
  if (--l->holders == 0) sley__free(sley__self(), l, sizeof(*l));
}

/* ---- opening ---- */

static sley_error *listen_error(const char *site, const sley_listen_options *o, const char *call,
                                int code)
{
  return sley_error_new_at(site, &sley_kind_errno, code, "listening on %s port %u: %s: %s",
                           o->host != NULL ? o->host : "every address", o->port, call,
                           strerror(code));
}

static const char *open_socket(const sley_listen_options *o, const struct addrinfo *a, sley_fd *out)
{
  const int on = 1, off = 0;
  sley_fd fd = *out = sley__socket(a->ai_family);
  if (fd < 0) return "socket";
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return "setsockopt";
  if (o->share_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
    return "setsockopt";
  if (a->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
    return "setsockopt";
  if (bind(fd, a->ai_addr, a->ai_addrlen) != 0) return "bind";
  if (listen(fd, o->backlog > 0 ? o->backlog : SOMAXCONN) != 0) return "listen";
  return NULL;
}

/* Every address means IPv6 with IPv4 mapped in where the system has IPv6, else IPv4. */
static sley_error *open_first(const char *site, const sley_listen_options *o, sley_fd *out)
{
  char port[16];
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
  struct addrinfo *found;
  snprintf(port, sizeof(port), "%u", o->port);
  int code = getaddrinfo(o->host, port, &hints, &found);
  if (code != 0)
    return sley_error_new_at(site, &sley_kind_dns, code, "listening on %s: %s",
                             o->host != NULL ? o->host : "every address", gai_strerror(code));
  sley_error *e = NULL;
  *out = -1;
  for (int family = o->host == NULL ? AF_INET6 : AF_UNSPEC;; family = AF_INET) {
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
      if (family != AF_UNSPEC && a->ai_family != family) continue;
      const char *failed = open_socket(o, a, out);
      if (failed == NULL) {
        sley_error_drop(e);
        freeaddrinfo(found);
        return NULL;
      }
      sley_error_drop(e);
      e = listen_error(site, o, failed, errno);
      bool taken = errno == EADDRINUSE || errno == EACCES;
      if (*out >= 0) close(*out);
      *out = -1;
      if (taken) family = AF_INET; /* another family would only hide that */
    }
    if (family != AF_INET6) break;
  }
  freeaddrinfo(found);
  return e != NULL ? e : listen_error(site, o, "getaddrinfo", EADDRNOTAVAIL);
}

static unsigned port_of(sley_fd fd)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof(address);
  char port[16] = "0";
  if (getsockname(fd, (struct sockaddr *)(void *)&address, &length) != 0) return 0;
  getnameinfo((struct sockaddr *)(void *)&address, length, NULL, 0, port, sizeof(port),
              NI_NUMERICSERV);
  unsigned number = 0;
  sscanf(port, "%u", &number);
  return number;
}

static sley_fd spare_open(void) { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

sley_error *sley_listen_at(const char *site, const sley_listen_options *options,
                           sley_listener **out)
{
  SLEY__NEEDS_AT(site, out);
  sley_domain *d = sley__self();
  *out = NULL;
  SLEY__OPTIONS_CHECK(options, sley_listen_options, "sley_listen");
  if (options->port > 65535)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_listen: port %u: the last is 65535", options->port);
  sley_listener *l = sley__alloc(d, sizeof(*l));
  if (l == NULL) return sley_error_nomem();
  memset(l, 0, sizeof(*l));
  sley_error *e = open_first(site, options, &l->fd);
  if (e == NULL) {
    l->spare = spare_open();
    int code = sley__handle_open(d, l->fd, &l->handle);
    if (code == 0) {
      l->holders = 1;
      l->port = port_of(l->fd);
      l->pause = PAUSE_LEAST;
      *out = l;
      return NULL;
    }
    e = code == -SLEY_ENOMEM ? sley_error_nomem() : listen_error(site, options, "the loop", errno);
    if (l->spare >= 0) close(l->spare);
    close(l->fd);
  }
  sley__free(d, l, sizeof(*l));
  return e;
}

sley_error *(sley_listen)(const sley_listen_options *options, sley_listener **out)
{
  return sley_listen_at("", options, out);
}

unsigned sley_listener_port(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return listener->port;
}

uint64_t sley_listener_accepted(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return listener->accepted;
}

uint64_t sley_listener_refused(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return listener->refused;
}

void sley_listener_close(sley_listener *listener)
{
  if (listener == NULL || listener->closed) return;
  struct sley__handle *handle = listener->handle;
  listener->closed = true;
  listener->handle = NULL;
  sley__handle_close(handle);
  close(listener->fd);
  if (listener->spare >= 0) close(listener->spare);
  if (listener->pausing != NULL) sley_cancel(listener->pausing);
  release(listener);
}

/* ---- accepting ---- */

static sley_promise *accept_once(sley_listener *l);

static sley_promise *after_pause(void *ctx, sley_value *v)
{
  sley_listener *l = ctx;
  (void)v;
  sley_drop(l->pausing);
  l->pausing = NULL;
  return l->closed ? sley_fail_at(l->site, sley_error_closed()) : accept_once(l);
}

static sley_promise *pause_failed(void *ctx, sley_error *e)
{
  sley_listener *l = ctx;
  sley_drop(l->pausing);
  l->pausing = NULL;
  return sley_fail_at(l->site, l->closed ? sley_error_closed() : sley_error_keep(e));
}

/* Takes what waits in the queue and closes it, so that the peers know; then waits a while. */
static sley_promise *refuse_and_pause(sley_listener *l)
{
  if (l->spare >= 0) close(l->spare);
  for (int i = 0; i < REFUSE_AT_ONCE; i++) {
    sley_fd fd = sley__accept(l->fd);
    if (fd < 0) break;
    close(fd);
    l->refused++;
  }
  l->spare = spare_open();
  sley_promise *pause = sley_sleep_for_at(l->site, l->pause);
  l->pause = l->pause * 2 < SLEY_SECOND ? l->pause * 2 : SLEY_SECOND;
  l->pausing = sley_keep(pause);
  l->holders++;
  sley_promise *p = sley_try_bind_own_at(l->site, pause, after_pause, pause_failed, l, release);
  if (l->pausing == pause && !sley_is_pending(p)) { /* no memory to wait for it */
    sley_drop(l->pausing);
    l->pausing = NULL;
  }
  return p;
}

static sley_promise *on_connection(void *ctx, sley_value *v)
{
  sley_listener *l = ctx;
  sley_value taken;
  sley_tcp *tcp;
  if (sley_take(v, &taken) != 0) return sley_fail_at(l->site, sley_error_nomem());
  sley_fd fd = (sley_fd)(intptr_t)taken.ptr;
  if (sley__tcp_new(sley__self(), fd, NULL, &tcp) != 0) {
    close(fd);
    l->refused++;
    return l->closed ? sley_fail_at(l->site, sley_error_closed()) : refuse_and_pause(l);
  }
  l->accepted++;
  l->pause = PAUSE_LEAST;
  return sley_return_at(l->site, sley_own(tcp, &sley_type_tcp));
}

static sley_promise *on_failure(void *ctx, sley_error *e)
{
  sley_listener *l = ctx;
  int code = sley_error_kind_of(e) == &sley_kind_errno ? sley_error_code(e) : 0;
  bool scarce = code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
  if (scarce && !l->closed) return refuse_and_pause(l);
  return sley_fail_at(l->site, sley_error_keep(e));
}

static sley_promise *accept_once(sley_listener *l)
{
  l->holders++;
  return sley_try_bind_own_at(l->site, sley__handle_accept(l->site, l->handle), on_connection,
                              on_failure, l, release);
}

sley_tcp *sley__listener_take(sley_listener *l)
{
  sley_fd fd;
  sley_tcp *tcp;
  do fd = sley__accept(l->fd);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0) return NULL;
  if (sley__tcp_new(sley__self(), fd, NULL, &tcp) != 0) {
    close(fd);
    l->refused++;
    return NULL;
  }
  l->accepted++;
  return tcp;
}

sley_promise *sley_accept_at(const char *site, sley_listener *listener)
{
  if (SLEY__UNLIKELY(listener == NULL))
    sley__abort(
        "sley_accept%s%s was given NULL instead of a listener: look at the error of "
        "sley_listen first",
        site[0] != '\0' ? " at " : "", site);
  if (listener->pausing != NULL)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "another accept waits on this listener"));
  listener->site = site;
  return accept_once(listener);
}

sley_promise *(sley_accept)(sley_listener *listener) { return sley_accept_at("", listener); }
