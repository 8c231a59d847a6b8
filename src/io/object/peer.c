/* Who is on the other side of a socket. */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>

#include "io/object/object.h"

sley_error *sley_io_set_nodelay(sley_io *io, bool on)
{
  sley__io_check(io, "sley_io_set_nodelay", "");
  int value = on;
  if (sley__sys_setsockopt(io->handle.fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0)
    return NULL;
  return sley__error_errno("", errno, "setsockopt of TCP_NODELAY");
}

sley__peer sley__peer_of(const sley_io *io)
{
  sley__peer peer = {.length = sizeof(peer.v6)};
  if (sley__sys_getpeername(io->handle.fd, &peer.any, &peer.length) != 0) peer.length = 0;
  return peer;
}

size_t sley__peer_text(const sley__peer *peer, char *text, size_t size)
{
  char host[64] = "unknown", port[16] = "0";
  if (peer->length != 0)
    getnameinfo(&peer->any, peer->length, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
  bool is_v6 = peer->any.sa_family == AF_INET6; /* as sley_address_text */
  int n = snprintf(text, size, is_v6 ? "[%s]:%s" : "%s:%s", host, port);
  return n > 0 ? (size_t)n : 0;
}

void sley__io_name(const sley_io *io, const sley__peer *known, char *text, size_t size)
{
  static const char *const standard[] = {"input", "output", "error"};
  sley__peer peer = {0};
  if (known != NULL) peer = *known;
  else if (io->kind == SLEY__IO_SOCKET && io->handle.fd >= 0) peer = sley__peer_of(io);
  bool has_address =
      peer.length > 0 && (peer.any.sa_family == AF_INET || peer.any.sa_family == AF_INET6);
  if (has_address) sley__peer_text(&peer, text, size);
  else if (io->kind == SLEY__IO_CUSTOM) snprintf(text, size, "%s", sley__io_type_of(io)->name);
  else if (io->is_standard && io->handle.fd >= 0)
    snprintf(text, size, "standard %s", standard[io->handle.fd]);
  else if (io->handle.fd < 0) snprintf(text, size, "a closed connection");
  else snprintf(text, size, "descriptor %d", io->handle.fd);
}
