/* TCP connections. What a readiness engine does with a socket is in the reactor (readiness.c). */
#include "io/object/object.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

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
  const sley_domain *owner = sley__handle_domain(&io->descriptor.handle), *d = sley__self();
  if (SLEY__UNLIKELY(owner != d))
    sley__abort(
        "%s%s%s in domain %s was given a connection of domain %s: move it there as a value, for "
        "example with sley_call",
        function, site[0] != '\0' ? " at " : "", site, d->name, owner->name);
}

static bool is_known(const sley_io *io) { return io->descriptor.handle.loop != NULL; }

static sley_fd fd_of(const sley_io *io) { return io->descriptor.handle.fd; }

static void io_over(struct sley__handle *handle)
{
  sley_io *io = (sley_io *)(void *)handle;
  sley__runtime_free(io->runtime, io, sizeof(*io));
}

static const struct sley__handle_calls io_calls = {
    .ready = sley__descriptor_ready, .refused = sley__descriptor_refused, .over = io_over};

/* Leaves its loop; fails while an operation on it is pending. */
static void *io_send(void *ptr)
{
  sley_io *io = ptr;
  if (!is_known(io)) return io;
  handle_check(io, "a move of its value", "");
  if (!sley__descriptor_is_idle(&io->descriptor)) return NULL;
  sley__handle_leave(&io->descriptor.handle);
  return io;
}

const sley_type sley_type_io = {
    .size = sizeof(sley_type), .name = "sley_io", .drop = io_drop, .send = io_send};

static int nodelay_set(sley_fd fd, bool on)
{
  int value = on;
  return sley__sys_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value));
}

int sley__io_new(sley_domain *d, sley_fd fd, sley_io **out)
{
  sley_io *io = *out = sley__runtime_alloc(d->runtime, sizeof(*io));
  int code = io == NULL ? -SLEY_ENOMEM : sley__descriptor_open(&io->descriptor, d, fd, &io_calls);
  if (code != 0) {
    sley__runtime_free(d->runtime, io, sizeof(*io));
    *out = NULL;
    return code;
  }
  io->runtime = d->runtime;
  io->mark = OPEN;
  nodelay_set(fd, true); /* a socket other than TCP refuses it */
  return 0;
}

/* NULL: *failed is the reason. */
static struct sley__descriptor *descriptor_here(const char *site, sley_io *io,
                                                sley_promise **failed)
{
  if (SLEY__LIKELY(is_known(io))) {
    handle_check(io, "a read or write", site);
    return &io->descriptor;
  }
  sley_fd fd = fd_of(io);
  int code = sley__descriptor_open(&io->descriptor, sley__self(), fd, &io_calls);
  if (code == 0) return &io->descriptor;
  io->descriptor.handle.fd = fd;
  *failed = sley_fail_at(site, sley__loop_error(site, code));
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
  struct sley__descriptor *here = descriptor_here(site, io, &failed);
  return here == NULL ? failed : sley__descriptor_receive(site, here, buffer, size);
}

sley_promise *sley_write_at(const char *site, sley_io *io, const void *data, size_t size)
{
  sley_promise *failed = NULL;
  check_open(io, "sley_write", site);
  struct sley__descriptor *here = descriptor_here(site, io, &failed);
  return here == NULL ? failed : sley__descriptor_send(site, here, data, size);
}

sley_error *sley_io_shutdown(sley_io *io)
{
  check_open(io, "sley_io_shutdown", "");
  return sley__sys_shutdown(fd_of(io), SHUT_WR) == 0 ? NULL
                                                     : sley__error_errno("", errno, "shutdown");
}

void sley_io_abort(sley_io *io)
{
  if (io == NULL) return;
  check_open(io, "sley_io_abort", "");
  if (is_known(io)) handle_check(io, "sley_io_abort", "");
  io->mark = CLOSED;
  __asm__ volatile("" ::"r"(io) : "memory"); /* keeps the write to memory about to be freed */
  if (is_known(io)) {
    sley__descriptor_close(&io->descriptor);
  } else {
    sley__sys_close(fd_of(io));
    io_over(&io->descriptor.handle);
  }
}

sley_fd sley_io_fd(const sley_io *io)
{
  check_open(io, "sley_io_fd", "");
  return fd_of(io);
}

sley_error *sley_io_set_nodelay(sley_io *io, bool on)
{
  check_open(io, "sley_io_set_nodelay", "");
  if (nodelay_set(fd_of(io), on) == 0) return NULL;
  return sley__error_errno("", errno, "setsockopt of TCP_NODELAY");
}

sley__peer sley__peer_of(const sley_io *io)
{
  sley__peer peer = {.length = sizeof(peer.v6)};
  if (sley__sys_getpeername(fd_of(io), &peer.any, &peer.length) != 0) peer.length = 0;
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
