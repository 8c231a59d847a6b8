/* Connecting: one address after the other. Names are looked up by getaddrinfo in a job of the pool for names; a
 * numeric host with a numeric port needs no thread, and so never waits behind slow lookups. */
#ifdef __linux__
#define _GNU_SOURCE /* EAI_NODATA, EAI_ADDRFAMILY */
#endif
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/object/object.h"
#include "io/socket/port.h"
#include "preempt/preempt_floor.h"

static void addresses_drop(void *ptr) { freeaddrinfo(ptr); }

static const sley_type addresses_type = {
    .size = sizeof(sley_type), .name = "addresses", .drop = addresses_drop};

/* A name being resolved: the frame of a job. text holds the host, then the port. */
typedef struct question {
  const char *site;
  const char *port;
  struct addrinfo *found;
  bool is_numeric; /* the host */
  char text[];
} question;

/* RFC 6761: these names mean the loopback address, whatever addresses the machine has. */
static bool is_localhost(const char *host)
{
  static const char name[] = "localhost";
  size_t length = strlen(host), own = sizeof(name) - 1;
  if (length > 0 && host[length - 1] == '.') length--;
  if (length < own || strncasecmp(host + length - own, name, own) != 0) return false;
  return length == own || host[length - own - 1] == '.';
}

static int look_up(question *q, int flags)
{
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
  return sley__sys_getaddrinfo(q->text, q->port, &hints, &q->found);
}

static bool has_no_address(int code)
{
#ifdef EAI_NODATA
  if (code == EAI_NODATA) return true;
#endif
#ifdef EAI_ADDRFAMILY
  if (code == EAI_ADDRFAMILY) return true;
#endif
  return code == EAI_NONAME;
}

/* AI_ADDRCONFIG drops addresses of families that the machine cannot use, but ignores the loopback addresses: a name
 * can still have one of those. */
static int look_up_usable(question *q)
{
  if (q->is_numeric) return look_up(q, AI_NUMERICHOST); /* the port is a name */
  if (is_localhost(q->text)) return look_up(q, 0);
  int code = look_up(q, AI_ADDRCONFIG);
  return has_no_address(code) ? look_up(q, 0) : code;
}

/* On a worker. */
static sley_error *connect_resolve(void *data, sley_value *out)
{
  question *q = data;
  int code = look_up_usable(q), system = errno;
  (void)out;
  if (code == 0) return NULL;
  q->found = NULL;
  if (code == EAI_SYSTEM)
    return sley_error_new_at(q->site, &sley_kind_errno, system, "resolving %s port %s: %s", q->text,
                             q->port, strerror(system));
  return sley_error_new_at(q->site, &sley_kind_dns, code, "resolving %s port %s: %s", q->text,
                           q->port,
                           code == EAI_SERVICE ? "no service has this name" : gai_strerror(code));
}

static sley_error *connect_hand_over(void *data, sley_value *out)
{
  question *q = data;
  *out = sley_own(q->found, &addresses_type);
  q->found = NULL;
  return NULL;
}

static void question_drop(void *data)
{
  const question *q = data;
  if (q->found != NULL) freeaddrinfo(q->found);
}

static const sley_job_type resolve_type = {.size = sizeof(sley_job_type),
                                           .name = "getaddrinfo",
                                           .work = connect_resolve,
                                           .finish = connect_hand_over,
                                           .drop = question_drop};

static question *question_new(const char *site, const char *host, const char *port, bool is_numeric)
{
  size_t host_bytes = strlen(host) + 1, port_bytes = strlen(port) + 1;
  question *q = sley_job_new(&resolve_type, sizeof(*q) + host_bytes + port_bytes);
  if (q == NULL) return NULL;
  q->site = site;
  q->is_numeric = is_numeric;
  memcpy(q->text, host, host_bytes);
  q->port = memcpy(q->text + host_bytes, port, port_bytes);
  return q;
}

/* A connect under way: the addresses, which one is being tried, and its socket. Every callback still to run has a
 * hold. */
typedef struct attempt {
  unsigned holders;
  const char *site;
  const char *port;
  struct addrinfo *addresses;
  const struct addrinfo *tried, *next;
  sley_io *io; /* over the socket; NULL: none */
  size_t bytes;
  char host[]; /* followed by the port */
} attempt;

static void socket_close(attempt *a)
{
  sley_io *io = a->io;
  a->io = NULL;
  sley_io_abort(io);
}

static void attempt_release(void *ctx)
{
  attempt *a = ctx;
  if (--a->holders > 0) return;
  socket_close(a);
  if (a->addresses != NULL) freeaddrinfo(a->addresses);
  sley__free(sley__self(), a, a->bytes);
}

static attempt *attempt_hold(attempt *a)
{
  a->holders++;
  return a;
}

static sley_promise *try_next(attempt *a);

static in_port_t port_in(const struct sockaddr *address)
{
  const void *raw = address;
  return address->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)raw)->sin6_port
                                        : ((const struct sockaddr_in *)raw)->sin_port;
}

static bool same_host(const sley__peer *a, const sley__peer *b)
{
  if (a->any.sa_family != b->any.sa_family) return false;
  if (a->any.sa_family == AF_INET6)
    return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
  return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

/* If nothing listens on a local port that is free for outgoing connections, the kernel can assign that very port to
 * the socket, and TCP then connects it to itself (RFC 9293, simultaneous open). */
static bool is_connected_to_itself(const attempt *a)
{
  sley__peer own = {.length = sizeof(own.v6)}, peer = {.length = sizeof(peer.v6)};
  if (sley__sys_getsockname(sley_io_fd(a->io), &own.any, &own.length) != 0 ||
      port_in(&own.any) != port_in(a->tried->ai_addr))
    return false;
  return sley__sys_getpeername(sley_io_fd(a->io), &peer.any, &peer.length) == 0 &&
         port_in(&own.any) == port_in(&peer.any) && same_host(&own, &peer);
}

/* This address does not answer. Borrows e. */
static sley_promise *give_up_or_go_on(attempt *a, sley_error *e)
{
  socket_close(a);
  if (a->next != NULL) return try_next(a);
  return sley_fail_at(
      a->site, sley_error_wrap_at(a->site, sley_error_keep(e), "connecting to %s port %s: %s",
                                  a->host, a->port, sley_error_message(e)));
}

static sley_promise *connect_connected(void *ctx, sley_value *v)
{
  attempt *a = ctx;
  (void)v;
  if (is_connected_to_itself(a)) {
    sley_error *e = sley__error_errno(a->site, ECONNREFUSED, "connect");
    sley_promise *p = give_up_or_go_on(a, e);
    sley_error_drop(e);
    return p;
  }
  sley_io *io = a->io;
  a->io = NULL;
  return sley_return_at(a->site, sley_own(io, &sley_type_io));
}

static sley_promise *connect_refused(void *ctx, sley_error *e)
{
  attempt *a = ctx;
  if (!sley_error_is_canceled(e)) return give_up_or_go_on(a, e);
  socket_close(a);
  return sley_fail_at(a->site, sley_error_keep(e));
}

/* A socket for the next address, connecting. */
static sley_promise *connect_socket(attempt *a, const struct addrinfo *address)
{
  sley_fd fd = sley__socket(address->ai_family);
  if (fd < 0) return sley_fail_at(a->site, sley__error_errno(a->site, errno, "socket"));
  int code = sley__io_new(sley__self(), fd, &a->io);
  if (code != 0) {
    sley_promise *p = sley_fail_at(a->site, sley__loop_error(a->site, code));
    sley__sys_close(fd);
    return p;
  }
  return sley__descriptor_connect(a->site, &a->io->descriptor, address->ai_addr,
                                  (unsigned)address->ai_addrlen);
}

static sley_promise *try_next(attempt *a)
{
  const struct addrinfo *address = a->tried = a->next;
  a->next = address->ai_next;
  return sley_try_bind_at(a->site, connect_socket(a, address), connect_connected, connect_refused,
                          attempt_hold(a), attempt_release);
}

static sley_promise *connect_resolved(void *ctx, sley_value *v)
{
  attempt *a = ctx;
  sley_value taken;
  int code = sley_take(v, &taken);
  if (code != 0) return sley_fail_at(a->site, sley_error_nomem());
  a->addresses = taken.ptr;
  a->next = a->addresses;
  return try_next(a);
}

static attempt *attempt_new(const char *site, const char *host, const char *port)
{
  size_t host_bytes = strlen(host) + 1, port_bytes = strlen(port) + 1;
  size_t bytes = sizeof(attempt) + host_bytes + port_bytes;
  attempt *a = sley__alloc(sley__self(), bytes);
  if (a == NULL) return NULL;
  *a = (attempt){.site = site, .bytes = bytes};
  memcpy(a->host, host, host_bytes);
  a->port = memcpy(a->host + host_bytes, port, port_bytes);
  return a;
}

static sley_promise *connect_by_name(const char *site, attempt *a, const char *host,
                                     const char *port, bool is_numeric)
{
  question *q = question_new(site, host, port, is_numeric);
  if (q == NULL) {
    attempt_release(attempt_hold(a));
    return sley_fail_at(site, sley_error_nomem());
  }
  sley_promise *p = sley_job_start_at(site, sley_workers_default(SLEY_WORKERS_PURPOSE_DNS),
                                      SLEY_PRIORITY_NORMAL, q);
  return sley_bind_at(site, p, connect_resolved, attempt_hold(a), attempt_release);
}

sley_promise *sley_connect_at(const char *site, const char *host, const char *port)
{
  if (SLEY__UNLIKELY(host == NULL || port == NULL))
    sley__abort("sley_connect%s%s was given NULL for its argument %s",
                site[0] != '\0' ? " at " : "", site, host == NULL ? "host" : "port");
  unsigned number;
  sley__port_form form = sley__port_parse(port, &number);
  if (form == PORT_INVALID) return sley_fail_at(site, sley__port_error(site, "sley_connect", port));
  attempt *a = attempt_new(site, host, port);
  if (a == NULL) return sley_fail_at(site, sley_error_nomem());
  bool is_numeric = sley__addresses_numeric(host, number, 0, &a->addresses) == 0;
  if (!is_numeric) a->addresses = NULL;
  if (is_numeric && form == PORT_NUMBER) {
    a->next = a->addresses;
    return try_next(a);
  }
  if (is_numeric) {
    freeaddrinfo(a->addresses);
    a->addresses = NULL;
  }
  return connect_by_name(site, a, host, port, is_numeric);
}
