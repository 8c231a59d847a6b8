/* TCP connections. Reading guide to io: this file; listen.c, accepting; connect.c, names and
 * addresses; address.c, those that need no look-up; dns_kind.c; balance.c, servers over several domains, with accept.c, who gets a connection,
 * and serve.c. What a readiness engine does with a socket is the reactor's (readiness.c). */
#include "io/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

/* The memory is the runtime's, since a connection may change domains: on the way it has no handle, and
 * gets one where it is used first. */
struct sley_io {
  struct sley__handle *handle; /* NULL: not yet known to any loop */
  sley_fd fd;
  sley_runtime *runtime;
  uint64_t mark; /* OPEN or CLOSED; behind what allocators write into freed memory */
};
static const uint64_t BASE = 0x736c6579207463ff, CLOSED = 0x736c657920636cff;
#define OPEN (BASE ^ (uintptr_t)&sley__copy) /* a connection of another copy is not open here */

/* A stale handle is told apart as far as its memory shows it. */
static _Noreturn SLEY__NOINLINE void stale(const sley_io *tcp, const char *function,
                                           const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (tcp == NULL) sley__abort("%s%s%s was given NULL instead of a connection", function, at, site);
  if (tcp->mark != CLOSED)
    sley__refuse_foreign_if_known((uintptr_t)(tcp->mark ^ BASE), function, site, "a connection");
  sley__abort(
      "%s%s%s was given a connection that is closed already: sley_io_abort, and dropping a value "
      "that owns a connection, end it; set the variable to NULL there",
      function, at, site);
}

static inline void check_open(const sley_io *tcp, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(tcp == NULL || tcp->mark != OPEN)) stale(tcp, function, site);
}

static void tcp_drop(void *ptr) { sley_io_abort(ptr); }

static void handle_check(const sley_io *tcp, const char *function, const char *site)
{
  const sley_domain *owner = sley__handle_domain(tcp->handle), *d = sley__self();
  if (SLEY__UNLIKELY(owner != d))
    sley__abort(
        "%s%s%s in domain %s was given a connection of domain %s: move it there as a value, with "
        "sley_call and its like",
        function, site[0] != '\0' ? " at " : "", site, d->name, owner->name);
}

/* Leaves its loop; not while an operation on it is pending. */
static void *tcp_send(void *ptr)
{
  sley_io *tcp = ptr;
  if (tcp->handle == NULL) return tcp;
  handle_check(tcp, "a move of its value", "");
  if (!sley__handle_is_idle(tcp->handle)) return NULL;
  struct sley__handle *handle = tcp->handle;
  tcp->handle = NULL;
  sley__handle_close(handle);
  return tcp;
}

const sley_type sley_type_io = {
    .size = sizeof(sley_type), .name = "sley_io", .drop = tcp_drop, .send = tcp_send};

int sley__tcp_new(sley_domain *d, sley_fd fd, struct sley__handle *handle, sley_io **out)
{
  *out = sley__runtime_alloc(d->runtime, sizeof(**out));
  int code = *out == NULL ? -SLEY_ENOMEM : 0;
  if (code == 0 && handle == NULL) code = sley__handle_open(d, fd, &handle);
  if (code != 0) {
    sley__runtime_free(d->runtime, *out, sizeof(**out));
    *out = NULL;
    return code;
  }
  (*out)->handle = handle;
  (*out)->fd = fd;
  (*out)->runtime = d->runtime;
  (*out)->mark = OPEN;
  sley_io_set_nodelay(*out, true);
  return 0;
}

/* NULL: *failed says why. */
static struct sley__handle *handle_here(const char *site, sley_io *tcp, sley_promise **failed)
{
  if (SLEY__LIKELY(tcp->handle != NULL)) {
    handle_check(tcp, "a read or write", site);
    return tcp->handle;
  }
  int code = sley__handle_open(sley__self(), tcp->fd, &tcp->handle);
  if (code == 0) return tcp->handle;
  *failed = code == -SLEY_ENOMEM
                ? sley__nomem_promise()
                : sley_fail_at(site, sley__error_errno(site, errno, "the loop cannot be made"));
  return NULL;
}

sley_promise *sley_read_at(const char *site, sley_io *tcp, void *buffer, size_t size)
{
  sley_promise *failed = NULL;
  check_open(tcp, "sley_read", site);
  if (size == 0)
    return sley_fail_at(
        site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                "sley_read was given a buffer of no bytes: give it one at least"));
  struct sley__handle *handle = handle_here(site, tcp, &failed);
  return handle == NULL ? failed : sley__handle_receive(site, handle, buffer, size);
}

sley_promise *sley_write_at(const char *site, sley_io *tcp, const void *data, size_t size)
{
  sley_promise *failed = NULL;
  check_open(tcp, "sley_write", site);
  struct sley__handle *handle = handle_here(site, tcp, &failed);
  return handle == NULL ? failed : sley__handle_send(site, handle, data, size);
}

int sley_io_shutdown(sley_io *tcp)
{
  check_open(tcp, "sley_io_shutdown", "");
  return shutdown(tcp->fd, SHUT_WR) == 0 ? 0 : -SLEY_ESYSTEM;
}

void sley_io_abort(sley_io *tcp)
{
  if (tcp == NULL) return;
  check_open(tcp, "sley_io_abort", "");
  struct sley__handle *handle = tcp->handle;
  sley_fd fd = tcp->fd;
  if (handle != NULL) handle_check(tcp, "sley_io_abort", "");
  tcp->mark = CLOSED;
  __asm__ volatile("" ::"r"(tcp) : "memory"); /* the mark is written, though the memory is freed */
  sley__runtime_free(tcp->runtime, tcp, sizeof(*tcp));
  /* The handle first: its callbacks must not find the number reused. */
  if (handle != NULL) sley__handle_close(handle);
  close(fd);
}

sley_fd sley_io_fd(const sley_io *tcp)
{
  check_open(tcp, "sley_io_fd", "");
  return tcp->fd;
}

int sley_io_set_nodelay(sley_io *tcp, bool on)
{
  int value = on;
  check_open(tcp, "sley_io_set_nodelay", "");
  return setsockopt(tcp->fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0 ? 0
                                                                                   : -SLEY_ESYSTEM;
}

sley__peer sley__peer_of(const sley_io *tcp)
{
  sley__peer peer = {.length = sizeof(peer.v6)};
  if (getpeername(tcp->fd, &peer.any, &peer.length) != 0) peer.length = 0;
  return peer;
}

size_t sley__peer_text(const sley__peer *peer, char *text, size_t size)
{
  char host[64] = "unknown", port[16] = "0";
  if (peer->length != 0)
    getnameinfo(&peer->any, peer->length, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
  int n = snprintf(text, size, "%s:%s", host, port);
  return n > 0 ? (size_t)n : 0;
}

size_t sley_io_peer(const sley_io *tcp, char *text, size_t size)
{
  check_open(tcp, "sley_io_peer", "");
  sley__peer peer = sley__peer_of(tcp);
  return sley__peer_text(&peer, text, size);
}

sley_io *sley_io_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_io);
}
