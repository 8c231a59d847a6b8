/* Opening datagram sockets, their addresses and peers. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#ifdef __APPLE__
#define __APPLE_USE_RFC_3542
#endif
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/datagram/datagram.h"

enum { MOST = 2048, LARGEST = 1 << 20, BATCH = 32, LARGEST_BATCH = 1024, FDS_MOST = 253 };
#define QUEUE ((size_t)1 << 20)
#define FINISH 5.0

/* What is being opened, and what is known of it. */
typedef struct opening {
  const char *site;
  const sley_datagram_options *o;
  sley_address address, peer;
  bool binds;
  int family; /* of sockets: AF_INET, ... */
  sley_datagram *socket;
} opening;

static int family_of(const sley_address *a)
{
  unsigned length;
  const struct sockaddr *s = sley_address_sockaddr(a, &length);
  return length == 0 ? AF_UNSPEC : s->sa_family;
}

static sley_error *open_error(const opening *op, const char *call, int code)
{
  const sley_datagram_options *o = op->o;
  return sley_error_new_at(op->site, &sley_kind_errno, code, "a datagram socket %s %s: %s: %s",
                           o->address != NULL || o->peer == NULL ? "at" : "to",
                           o->address != NULL ? o->address
                           : o->peer != NULL  ? o->peer
                                              : "any address",
                           call, strerror(code));
}

/* ---- options ---- */

static sley_error *number_error(const char *site, const char *name, const char *range)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "sley_datagram_open: %s is %s", name,
                           range);
}

static sley_error *numbers_check(const char *site, const sley_datagram_options *o)
{
  if (o->most > LARGEST) return number_error(site, "most", "over 1 MiB");
  if (o->batch > LARGEST_BATCH) return number_error(site, "batch", "over 1,024");
  if (o->most_fds > FDS_MOST) return number_error(site, "most_fds", "over 253");
  if (o->receive_buffer > INT_MAX || o->send_buffer > INT_MAX)
    return number_error(site, "a buffer", "over 2 GiB");
  if (!(o->finish >= 0)) return number_error(site, "finish", "negative");
  return NULL;
}

static sley_error *addresses_read(opening *op)
{
  const sley_datagram_options *o = op->o;
  sley_error *e = NULL;
  if (o->peer != NULL) e = sley_address_parse_at(op->site, o->peer, &op->peer);
  if (e != NULL) return e;
  const char *address = o->address != NULL ? o->address : o->peer == NULL ? "*:0" : NULL;
  if (address != NULL) e = sley_address_parse_at(op->site, address, &op->address);
  if (e != NULL) return e;
  op->binds = address != NULL;
  op->family = family_of(op->binds ? &op->address : &op->peer);
  size_t size;
  const char *path = sley_address_path(&op->address, &size);
  if (path != NULL && size == 0) op->binds = false; /* a Unix socket without a name */
  if ((o->replace || o->mode != 0) && (path == NULL || size == 0 || path[0] == '\0'))
    return sley_error_new_at(op->site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_datagram_open: replace and mode are for paths of Unix sockets");
  if (o->peer == NULL || op->family == family_of(&op->peer)) return NULL;
  return sley_error_new_at(op->site, &sley_kind_sley, SLEY_EINVAL,
                           "sley_datagram_open: address %s and peer %s are of different families",
                           o->address, o->peer);
}

/* ---- the descriptor ---- */

static bool set(sley_fd fd, int level, int option, int value)
{
  return sley__sys_setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static bool set_if(bool wanted, sley_fd fd, int level, int option, int value)
{
  return !wanted || set(fd, level, option, value);
}

static bool set_of_ip(const opening *op, sley_fd fd)
{
  const sley_datagram_options *o = op->o;
  bool is_v6 = op->family == AF_INET6;
  if (is_v6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, o->only_ipv6)) return false;
  if (is_v6 && (!set_if(o->want_destination, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) ||
                !set_if(o->want_tos, fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1)))
    return false;
#ifdef SO_RXQ_OVFL
  if (!set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1)) return false;
#endif
#ifdef __linux__
  /* An IPv6 socket also says it of IPv4. */
  if (!set_if(o->want_tos, fd, IPPROTO_IP, IP_RECVTOS, 1)) return false;
#else
  if (is_v6) return true;
  if (!set_if(o->want_tos, fd, IPPROTO_IP, IP_RECVTOS, 1)) return false;
#endif
  if (is_v6) return true;
#if defined(IP_PKTINFO)
  return set_if(o->want_destination, fd, IPPROTO_IP, IP_PKTINFO, 1);
#elif defined(IP_RECVDSTADDR)
  return set_if(o->want_destination, fd, IPPROTO_IP, IP_RECVDSTADDR, 1);
#else
  return true;
#endif
}

static bool set_options(const opening *op, sley_fd fd)
{
  const sley_datagram_options *o = op->o;
  if (!set_if(o->share_port, fd, SOL_SOCKET, SO_REUSEPORT, 1)) return false;
  if (!set_if(o->reuse_address, fd, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  if (!set_if(o->broadcast, fd, SOL_SOCKET, SO_BROADCAST, 1)) return false;
  if (!set_if(o->receive_buffer > 0, fd, SOL_SOCKET, SO_RCVBUF, (int)o->receive_buffer))
    return false;
  if (!set_if(o->send_buffer > 0, fd, SOL_SOCKET, SO_SNDBUF, (int)o->send_buffer)) return false;
  if (op->family != AF_UNIX) return set_of_ip(op, fd);
#ifdef SO_PASSCRED
  return set_if(o->want_credentials, fd, SOL_SOCKET, SO_PASSCRED, 1);
#else
  return true;
#endif
}

static sley_error *fd_open_one(const opening *op, sley_fd *out)
{
  const sley_datagram_options *o = op->o;
  unsigned length;
  sley_fd fd = *out = sley__datagram_socket(op->family);
  if (fd < 0) return open_error(op, "socket", errno);
  if (!set_options(op, fd)) return open_error(op, "setsockopt", errno);
  if (o->prepare != NULL) {
    sley_error *e = o->prepare(o->prepare_ctx, fd);
    if (e != NULL) return e;
  }
  const char *fault =
      op->binds ? sley__datagram_bind(op->socket, fd, &op->address, o->replace, o->mode) : NULL;
  if (fault != NULL) return open_error(op, fault, errno);
  const struct sockaddr *to = sley_address_sockaddr(&op->peer, &length);
  while (length > 0 && sley__sys_connect(fd, to, (socklen_t)length) != 0)
    if (errno != EINTR) return open_error(op, "connect", errno);
  return NULL;
}

/* "Every address" is of IPv6, with IPv4, if the system has IPv6; otherwise of IPv4. */
static bool may_be_ipv4(const opening *op)
{
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)op->address.data;
  return op->binds && op->family == AF_INET6 && !op->o->only_ipv6 && op->peer.length == 0 &&
         IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr) &&
         (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
}

static sley_error *fd_open(opening *op, sley_fd *out)
{
  errno = 0;
  sley_error *e = fd_open_one(op, out);
  if (e == NULL) return NULL;
  bool again = sley_error_kind_get(e) == &sley_kind_errno && may_be_ipv4(op);
  if (*out >= 0) sley__sys_close(*out);
  *out = -1;
  if (!again) return e;
  sley_error_drop(e);
  e = sley_address_from_host_at(op->site, "0.0.0.0", sley_address_port(&op->address), &op->address);
  op->family = AF_INET;
  return e != NULL ? e : fd_open_one(op, out);
}

/* ---- the socket ---- */

static void fill(sley_datagram *d, const opening *op)
{
  const sley_datagram_options *o = op->o;
  d->site = op->site;
  d->family = op->family;
  d->is_unix = op->family == AF_UNIX;
  d->only_ipv6 = o->only_ipv6;
  d->peer = op->peer;
  d->has_peer = op->peer.length > 0;
  d->wants_destination = o->want_destination && !d->is_unix;
  d->wants_tos = o->want_tos && !d->is_unix;
  d->wants_credentials = o->want_credentials && d->is_unix;
  d->most_fds = d->is_unix ? o->most_fds : 0;
  d->most = o->most > 0 ? o->most : MOST;
  d->batch = o->batch > 0 ? o->batch : BATCH;
  d->queue = o->queue > 0 ? o->queue : QUEUE;
  d->finish = o->finish > 0 ? o->finish : FINISH;
  d->control = sley__room_control(d);
  sley__dlist_init(&d->receivers);
  sley__dlist_init(&d->waiting);
}

/* Frees what open_socket has made so far. */
static void undo(sley_datagram *d, sley_fd fd)
{
  if (fd >= 0) sley__sys_close(fd);
  sley__datagram_path_remove(d);
  sley__free(d->domain, d, sizeof(*d));
}

static sley_error *open_socket(opening *op, sley_datagram **out)
{
  sley_domain *domain = sley__self();
  sley_fd fd = -1;
  int code = sley__datagrams_open(domain);
  if (code != 0) return sley__loop_error(op->site, code);
  sley_datagram *d = sley__alloc(domain, sizeof(*d));
  if (d == NULL) return sley_error_nomem();
  memset(d, 0, sizeof(*d));
  d->domain = domain;
  op->socket = d;
  bool has_path = !op->binds || sley__datagram_path_reserve(d, &op->address);
  sley_error *e = has_path ? fd_open(op, &fd) : sley_error_nomem();
  if (e == NULL) {
    fill(d, op);
    sley__datagram_opened(d);
    code = sley__handle_open(&d->handle, domain, fd, &sley__datagram_calls);
    if (code != 0) e = sley__loop_error(op->site, code);
  }
  if (e != NULL) {
    undo(d, fd);
    return e;
  }
  d->failed = op->o->failed;
  d->failed_ctx = op->o->failed_ctx;
  d->failed_drop = op->o->failed_drop;
  sley__datagram_note_port(d);
  sley__dlist_append(&domain->datagrams->all, &d->place);
  *out = d;
  return NULL;
}

sley_error *sley_datagram_open_at(const char *site, const sley_datagram_options *options,
                                  sley_datagram **out)
{
  SLEY__NEEDS_AT(site, out);
  *out = NULL;
  SLEY__OPTIONS_READ(options, sley_datagram_options, "sley_datagram_open");
  opening op = {.site = site, .o = options};
  sley_error *e = numbers_check(site, options);
  if (e == NULL) e = addresses_read(&op);
  if (e == NULL) e = open_socket(&op, out);
  if (e != NULL && options->failed_drop != NULL) options->failed_drop(options->failed_ctx);
  if (options->prepare_drop != NULL) options->prepare_drop(options->prepare_ctx);
  return e;
}
