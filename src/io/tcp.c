/* TCP connections. Reading guide to io: this file; listen.c, accepting; connect.c, names and
 * addresses; dns_kind.c. What a readiness engine does with a socket is the reactor's (readiness.c). */
#include "io/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct sley_tcp {
  struct sley__handle *handle;
  sley_fd fd;
};

static void tcp_drop(void *ptr) { sley_tcp_close(ptr); }

const sley_type sley_type_tcp = {.size = sizeof(sley_type), .name = "sley_tcp", .drop = tcp_drop};

int sley__tcp_new(sley_domain *d, sley_fd fd, struct sley__handle *handle, sley_tcp **out)
{
  *out = sley__alloc(d, sizeof(**out));
  int code = *out == NULL ? -SLEY_ENOMEM : 0;
  if (code == 0 && handle == NULL) code = sley__handle_open(d, fd, &handle);
  if (code != 0) {
    sley__free(d, *out, sizeof(**out));
    *out = NULL;
    return code;
  }
  (*out)->handle = handle;
  (*out)->fd = fd;
  sley_tcp_set_nodelay(*out, true);
  return 0;
}

sley_promise *sley_read_at(const char *site, sley_tcp *tcp, void *buffer, size_t size)
{
  if (size == 0)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_read into a buffer of no bytes"));
  return sley__handle_receive(site, tcp->handle, buffer, size);
}

sley_promise *sley_write_at(const char *site, sley_tcp *tcp, const void *data, size_t size)
{
  return sley__handle_send(site, tcp->handle, data, size);
}

sley_promise *(sley_read)(sley_tcp *tcp, void *buffer, size_t size)
{
  return sley_read_at("", tcp, buffer, size);
}

sley_promise *(sley_write)(sley_tcp *tcp, const void *data, size_t size)
{
  return sley_write_at("", tcp, data, size);
}

int sley_tcp_shutdown(sley_tcp *tcp) { return shutdown(tcp->fd, SHUT_WR) == 0 ? 0 : -SLEY_ESYSTEM; }

void sley_tcp_close(sley_tcp *tcp)
{
  if (tcp == NULL) return;
  struct sley__handle *handle = tcp->handle;
  sley_fd fd = tcp->fd;
  sley__free(sley__self(), tcp, sizeof(*tcp));
  /* The handle first: its callbacks must not find the number reused. */
  sley__handle_close(handle);
  close(fd);
}

sley_fd sley_tcp_fd(const sley_tcp *tcp) { return tcp->fd; }

int sley_tcp_set_nodelay(sley_tcp *tcp, bool on)
{
  int value = on;
  return setsockopt(tcp->fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0 ? 0
                                                                                   : -SLEY_ESYSTEM;
}

size_t sley_tcp_peer(const sley_tcp *tcp, char *text, size_t size)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof(address);
  char host[64] = "unknown", port[16] = "0";
  if (getpeername(tcp->fd, (struct sockaddr *)(void *)&address, &length) == 0)
    getnameinfo((struct sockaddr *)(void *)&address, length, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
  int n = snprintf(text, size, "%s:%s", host, port);
  return n > 0 ? (size_t)n : 0;
}

sley_tcp *sley_tcp_of(const sley_value *v) { return sley_value_ptr(v, &sley_type_tcp); }
