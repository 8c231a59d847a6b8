/* Listening and accepting. An accept is rejected only for what is wrong with the listener itself. A connection
 * that failed in the queue is counted and passed over. Where descriptors run out, a spare one is given up to
 * take and close what is in the queue, so that peers do not wait for nothing, and accepting pauses; it also
 * pauses where the kernel has no memory for it. A listener is counted, since an accept that pauses outlives its
 * closing. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/address.h"
#include "io/io.h"
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
  uint64_t mark;         /* OPEN or CLOSED; behind what allocators write into freed memory */
};
static const uint64_t BASE = 0x736c65796c7374ff, CLOSED = 0x736c65796c7363ff;
#define OPEN (BASE ^ (uintptr_t)&sley__copy) /* a listener of another copy is not open here */

/* A stale handle is told apart as far as its memory shows it. */
static _Noreturn SLEY__NOINLINE void stale(const sley_listener *l, const char *function,
                                           const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (l->mark != CLOSED)
    sley__refuse_foreign_if_known((uintptr_t)(l->mark ^ BASE), function, site, "a listener");
  sley__abort(
      "%s%s%s was given a listener that is closed already: set the variable to NULL where "
      "sley_listener_close ends it",
      function, at, site);
}

/* Open, and this domain's: its handle is watched by the loop that opened it. */
static void check_here(const sley_listener *l, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(l->mark != OPEN)) stale(l, function, site);
  const sley_domain *owner = sley__handle_domain(l->handle), *d = sley__self_at(function, site);
  if (SLEY__UNLIKELY(owner != d))
    sley__abort(
        "%s%s%s in domain %s was given a listener of domain %s: open one in each domain "
        "(share_port "
        "lets them share a port), or accept there and move the connections, with sley_call and its "
        "like",
        function, site[0] != '\0' ? " at " : "", site, d->name, owner->name);
}

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
  struct addrinfo *found;
  int code = sley__addresses_numeric(o->host, o->port, AI_PASSIVE, &found);
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
  if (options->port > SLEY__PORT_MOST) {
    char text[16];
    snprintf(text, sizeof(text), "%u", options->port);
    return sley__port_error(site, "sley_listen", text);
  }
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
      l->mark = OPEN;
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
  check_here(listener, "sley_listener_close", "");
  listener->mark = CLOSED;
  __asm__ volatile("" ::"r"(listener) : "memory"); /* written, though the memory may be freed */
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

/* Whether an accept pauses. A pause that was cancelled is over at once, whoever hears of it first. */
static bool is_pausing(sley_listener *l)
{
  if (l->pausing == NULL) return false;
  if (sley_is_pending(l->pausing)) return true;
  sley_drop(l->pausing);
  l->pausing = NULL;
  return false;
}

static sley_promise *after_pause(void *ctx, sley_value *v)
{
  sley_listener *l = ctx;
  (void)v;
  is_pausing(l);
  return l->closed ? sley_fail_at(l->site, sley_error_closed()) : accept_once(l);
}

static sley_promise *pause_failed(void *ctx, sley_error *e)
{
  sley_listener *l = ctx;
  is_pausing(l);
  return sley_fail_at(l->site, l->closed ? sley_error_closed() : sley_error_keep(e));
}

/* Takes what waits in the queue and closes it, so that the peers know. */
static void refuse_all(sley_listener *l)
{
  if (l->spare >= 0) close(l->spare);
  for (int i = 0; i < REFUSE_AT_ONCE; i++) {
    sley_fd fd = sley__accept(l->fd, &l->refused);
    if (fd < 0) break;
    close(fd);
    l->refused++;
  }
  l->spare = spare_open();
}

static sley_promise *pause_first(sley_listener *l)
{
  sley_promise *pause = sley__sleep(l->site, l->pause);
  l->pause = l->pause * 2 < SLEY_SECOND ? l->pause * 2 : SLEY_SECOND;
  l->pausing = sley_keep(pause);
  l->holders++;
  sley_promise *p = sley_try_bind_at(l->site, pause, after_pause, pause_failed, l, release);
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
  sley_io *io;
  if (sley_take(v, &taken) != 0) return sley_fail_at(l->site, sley_error_nomem());
  sley_fd fd = (sley_fd)(intptr_t)taken.ptr;
  if (sley__io_new(sley__self(), fd, NULL, &io) != 0) {
    close(fd);
    l->refused++;
    if (l->closed) return sley_fail_at(l->site, sley_error_closed());
    refuse_all(l);
    return pause_first(l);
  }
  l->accepted++;
  l->pause = PAUSE_LEAST;
  return sley_return_at(l->site, sley_own(io, &sley_type_io));
}

static sley_promise *on_failure(void *ctx, sley_error *e)
{
  sley_listener *l = ctx;
  int code = sley_error_kind_get(e) == &sley_kind_errno ? sley_error_code(e) : 0;
  bool no_descriptor = code == EMFILE || code == ENFILE;
  /* ENOSPC: the kernel watches as many descriptors as it may. */
  bool no_room = no_descriptor || code == ENOBUFS || code == ENOMEM || code == ENOSPC;
  if (l->closed || !(no_room || sley__accept_is_of_peer(code)))
    return sley_fail_at(l->site, sley_error_keep(e));
  if (no_descriptor) refuse_all(l);
  return pause_first(l);
}

static sley_promise *accept_once(sley_listener *l)
{
  l->holders++;
  return sley_try_bind_at(l->site, sley__handle_accept(l->site, l->handle, &l->refused),
                          on_connection, on_failure, l, release);
}

sley_io *sley__listener_take(sley_listener *l)
{
  sley_fd fd = sley__accept(l->fd, &l->refused);
  sley_io *io;
  if (fd < 0) return NULL;
  if (sley__io_new(sley__self(), fd, NULL, &io) != 0) {
    close(fd);
    l->refused++;
    return NULL;
  }
  l->accepted++;
  return io;
}

sley_promise *sley_accept_at(const char *site, sley_listener *listener)
{
  if (SLEY__UNLIKELY(listener == NULL))
    sley__abort(
        "sley_accept%s%s was given NULL instead of a listener: look at the error of "
        "sley_listen first",
        site[0] != '\0' ? " at " : "", site);
  check_here(listener, "sley_accept", site);
  if (is_pausing(listener))
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "accept: another accept of this listener still "
                                                "waits: cancel it first (sley_choose leaves the "
                                                "losers pending, sley_pick cancels them)"));
  listener->site = site;
  return accept_once(listener);
}
