/* Listeners: opening and lifetime. Accepting is in listen_accept.c. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/socket/listen.h"
#include "io/socket/port.h"
static const uint64_t BASE = 0x736c65796c7374ff, CLOSED = 0x736c65796c7363ff;
#define OPEN (BASE ^ (uintptr_t)&sley__copy) /* a listener of another copy is not open here */

/* Detects a stale handle as far as its memory still shows it. */
static _Noreturn SLEY__NOINLINE void listener_stale(const sley_listener *l, const char *function,
                                                    const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (l->mark != CLOSED)
    sley__refuse_foreign_if_known((uintptr_t)(l->mark ^ BASE), function, site, "a listener");
  sley__abort(
      "%s%s%s was given a listener that is already closed: set the variable to NULL when you call "
      "sley_listener_close",
      function, at, site);
}

/* Open, and this domain's: the loop that opened it watches its handle. */
void sley__listener_check(const sley_listener *l, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(l->mark != OPEN)) listener_stale(l, function, site);
  const sley_domain *owner = sley__handle_domain(&l->descriptor.handle),
                    *d = sley__self_at(function, site);
  if (SLEY__UNLIKELY(owner != d))
    sley__abort(
        "%s%s%s in domain %s was given a listener of domain %s: open one in each domain "
        "(share_port lets them share a port), or accept there and move the connections, for "
        "example with sley_call",
        function, site[0] != '\0' ? " at " : "", site, d->name, owner->name);
}

void sley__listener_release(void *ctx)
{
  sley_listener *l = ctx;
  if (--l->holders == 0) sley__free(sley__self(), l, sizeof(*l));
}

static void listener_over(struct sley__handle *handle) { sley__listener_release(handle); }

static const struct sley__handle_calls listener_calls = {
    .ready = sley__descriptor_ready, .refused = sley__descriptor_refused, .over = listener_over};

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
  if (sley__sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return "setsockopt";
  if (o->share_port && sley__sys_setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
    return "setsockopt";
  if (a->ai_family == AF_INET6 &&
      sley__sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
    return "setsockopt";
  if (sley__sys_bind(fd, a->ai_addr, a->ai_addrlen) != 0) return "bind";
  if (sley__sys_listen(fd, o->backlog > 0 ? o->backlog : SOMAXCONN) != 0) return "listen";
  return NULL;
}

/* "Every address" is IPv6 with mapped IPv4 if the system has IPv6, otherwise IPv4. */
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
      if (*out >= 0) sley__sys_close(*out);
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
  if (sley__sys_getsockname(fd, (struct sockaddr *)(void *)&address, &length) != 0) return 0;
  getnameinfo((struct sockaddr *)(void *)&address, length, NULL, 0, port, sizeof(port),
              NI_NUMERICSERV);
  unsigned number = 0;
  sscanf(port, "%u", &number);
  return number;
}

sley_fd sley__listener_spare(void) { return sley__sys_open("/dev/null", O_RDONLY | O_CLOEXEC); }

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
  sley_fd fd = -1;
  sley_error *e = open_first(site, options, &fd);
  if (e == NULL) {
    l->spare = sley__listener_spare();
    int code = sley__descriptor_open(&l->descriptor, d, fd, &listener_calls);
    if (code == 0) {
      l->holders = 1;
      l->port = port_of(fd);
      l->pause = PAUSE_LEAST;
      l->mark = OPEN;
      *out = l;
      return NULL;
    }
    e = code == -SLEY_ENOMEM ? sley_error_nomem() : listen_error(site, options, "the loop", errno);
    if (l->spare >= 0) sley__sys_close(l->spare);
    sley__sys_close(fd);
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
  sley__listener_check(listener, "sley_listener_close", "");
  listener->mark = CLOSED;
  __asm__ volatile("" ::"r"(listener) : "memory"); /* keeps the write to memory about to be freed */
  listener->closed = true;
  if (listener->spare >= 0) sley__sys_close(listener->spare);
  listener->holders++;
  sley__descriptor_close(&listener->descriptor);
  if (listener->pausing != NULL) sley_cancel(listener->pausing);
  sley__listener_release(listener);
}
