/* TCP connections. What a readiness engine does with a socket is in the reactor (readiness.c). */
#include "io/object/object.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

/* The memory is the runtime's, since a connection can change domains: under way it has no handle, and gets one on
 * first use. */
struct sley_io {
  struct sley__handle *handle; /* NULL: no loop knows it yet */
  sley_fd fd;
  sley_runtime *runtime;
  uint64_t mark; /* OPEN or CLOSED; beyond the bytes that allocators overwrite in freed memory */
};
static const uint64_t BASE = 0x736c6579207463ff, CLOSED = 0x736c657920636cff;
#define OPEN (BASE ^ (uintptr_t)&sley__copy) /* a connection of another copy is not open here */

/* Detects a stale handle as far as its memory still shows it. */
static _Noreturn SLEY__NOINLINE void io_stale(const sley_io *io, const char *function,
                                              const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (io == NULL) sley__abort("%s%s%s was given NULL instead of a connection", function, at, site);
  if (io->mark != CLOSED)
    sley__refuse_foreign_if_known((uintptr_t)(io->mark ^ BASE), function, site, "a connection");
  sley__abort(
      "%s%s%s was given a connection that is already closed: sley_io_abort closes it, and so does "
      "dropping a value that owns it; set the variable to NULL then",
      function, at, site);
}

static inline void check_open(const sley_io *io, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(io == NULL || io->mark != OPEN)) io_stale(io, function, site);
}

static void io_drop(void *ptr) { sley_io_abort(ptr); }

static void handle_check(const sley_io *io, const char *function, const char *site)
{
  const sley_domain *owner = sley__handle_domain(io->handle), *d = sley__self();
  if (SLEY__UNLIKELY(owner != d))
    sley__abort(
        "%s%s%s in domain %s was given a connection of domain %s: move it there as a value, for "
        "example with sley_call",
        function, site[0] != '\0' ? " at " : "", site, d->name, owner->name);
}

/* Leaves its loop; fails while an operation on it is pending. */
static void *io_send(void *ptr)
{
  sley_io *io = ptr;
  if (io->handle == NULL) return io;
  handle_check(io, "a move of its value", "");
  if (!sley__handle_is_idle(io->handle)) return NULL;
  struct sley__handle *handle = io->handle;
  io->handle = NULL;
  sley__handle_close(handle);
  return io;
}

const sley_type sley_type_io = {
    .size = sizeof(sley_type), .name = "sley_io", .drop = io_drop, .send = io_send};

static int nodelay_set(sley_fd fd, bool on)
{
  int value = on;
  return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value));
}

int sley__io_new(sley_domain *d, sley_fd fd, struct sley__handle *handle, sley_io **out)
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
  nodelay_set(fd, true); /* a socket other than TCP refuses it */
  return 0;
}

/* NULL: *failed is the reason. */
static struct sley__handle *handle_here(const char *site, sley_io *io, sley_promise **failed)
{
  if (SLEY__LIKELY(io->handle != NULL)) {
    handle_check(io, "a read or write", site);
    return io->handle;
  }
  int code = sley__handle_open(sley__self(), io->fd, &io->handle);
  if (code == 0) return io->handle;
  *failed = code == -SLEY_ENOMEM
                ? sley__nomem_promise()
                : sley_fail_at(site, sley__error_errno(site, errno, "the loop cannot be made"));
  return NULL;
}

sley_promise *sley_read_at(const char *site, sley_io *io, void *buffer, size_t size)
{
  sley_promise *failed = NULL;
  check_open(io, "sley_read", site);
  if (size == 0)
    return sley_fail_at(
        site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                "sley_read was given an empty buffer: it needs at least one byte"));
  struct sley__handle *handle = handle_here(site, io, &failed);
  return handle == NULL ? failed : sley__handle_receive(site, handle, buffer, size);
}

sley_promise *sley_write_at(const char *site, sley_io *io, const void *data, size_t size)
{
  sley_promise *failed = NULL;
  check_open(io, "sley_write", site);
  struct sley__handle *handle = handle_here(site, io, &failed);
  return handle == NULL ? failed : sley__handle_send(site, handle, data, size);
}

sley_error *sley_io_shutdown(sley_io *io)
{
  check_open(io, "sley_io_shutdown", "");
  return shutdown(io->fd, SHUT_WR) == 0 ? NULL : sley__error_errno("", errno, "shutdown");
}

void sley_io_abort(sley_io *io)
{
  if (io == NULL) return;
  check_open(io, "sley_io_abort", "");
  struct sley__handle *handle = io->handle;
  sley_fd fd = io->fd;
  if (handle != NULL) handle_check(io, "sley_io_abort", "");
  io->mark = CLOSED;
  __asm__ volatile("" ::"r"(io) : "memory"); /* keeps the write to the freed memory */
  sley__runtime_free(io->runtime, io, sizeof(*io));
  /* The handle first: its callbacks must not find the descriptor number reused. */
  if (handle != NULL) sley__handle_close(handle);
  close(fd);
}

sley_fd sley_io_fd(const sley_io *io)
{
  check_open(io, "sley_io_fd", "");
  return io->fd;
}

sley_error *sley_io_set_nodelay(sley_io *io, bool on)
{
  check_open(io, "sley_io_set_nodelay", "");
  if (nodelay_set(io->fd, on) == 0) return NULL;
  return sley__error_errno("", errno, "setsockopt of TCP_NODELAY");
}

sley__peer sley__peer_of(const sley_io *io)
{
  sley__peer peer = {.length = sizeof(peer.v6)};
  if (getpeername(io->fd, &peer.any, &peer.length) != 0) peer.length = 0;
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

size_t sley_io_peer(const sley_io *io, char *text, size_t size)
{
  check_open(io, "sley_io_peer", "");
  sley__peer peer = sley__peer_of(io);
  return sley__peer_text(&peer, text, size);
}

sley_value sley_io_to_value(sley_io *io) { return sley_own(io, &sley_type_io); }

sley_io *sley_io_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_io);
}

bool sley_io_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_io); }

sley_io *sley_io_take(sley_value *v) { return sley__value_take(v, &sley_type_io); }
