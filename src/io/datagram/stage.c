/* Packets that are given to be sent: checked, and put into the form in which the kernel wants them. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#ifdef __APPLE__
#define __APPLE_USE_RFC_3542
#endif
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <unistd.h>

#include "io/datagram/datagram.h"
#include "io/object/object.h"

enum { FDS_MOST = 253 };

static int family_of(const sley_address *a)
{
  struct sockaddr head;
  memcpy(&head, a->data, offsetof(struct sockaddr, sa_data));
  return head.sa_family;
}

/* An address as the socket's family needs it: an IPv6 socket reaches IPv4 by mapped addresses (RFC 4291). */
static bool address_fit(const sley_datagram *d, const sley_address *from, sley_address *out)
{
  struct sockaddr_in v4;
  *out = *from;
  if (from->length == 0) return false;
  if (SLEY__LIKELY(family_of(from) == d->family)) return true;
  if (d->family != AF_INET6 || family_of(from) != AF_INET || d->only_ipv6) return false;
  memcpy(&v4, from->data, sizeof(v4));
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port};
  v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
  memcpy(&v6.sin6_addr.s6_addr[12], &v4.sin_addr, sizeof(v4.sin_addr));
#ifdef SIN6_LEN
  v6.sin6_len = sizeof(v6);
#endif
  sley_error_drop(sley_address_from_sockaddr_at("", &v6, sizeof(v6), out));
  return true;
}

static const struct sockaddr_in6 *v6_of(const sley_address *a)
{
  return (const struct sockaddr_in6 *)(const void *)a->data;
}

static bool is_mapped(const sley_address *a)
{
  return sley_address_family_get(a) == SLEY_ADDRESS_FAMILY_IPV6 &&
         IN6_IS_ADDR_V4MAPPED(&v6_of(a)->sin6_addr);
}

typedef struct control {
  char at[CMSG_SPACE(FDS_MOST * sizeof(sley_fd)) + CMSG_SPACE(sizeof(struct in6_pktinfo)) +
          CMSG_SPACE(sizeof(int))];
  size_t size;
} control;

static void control_add(control *c, int level, int type, const void *data, size_t size)
{
  struct cmsghdr head = {.cmsg_level = level, .cmsg_type = type};
  memset(c->at + c->size, 0, CMSG_SPACE(size));
  head.cmsg_len = (socklen_t)CMSG_LEN(size);
  memcpy(c->at + c->size, &head, sizeof(head));
  memcpy(c->at + c->size + CMSG_LEN(0), data, size);
  c->size += CMSG_SPACE(size);
}

static void add_source(control *c, const sley_datagram *d, const sley_packet *p,
                       const sley_address *from)
{
  if (d->family == AF_INET6) {
    struct in6_pktinfo info = {.ipi6_ifindex = p->interface};
    if (p->from != NULL) info.ipi6_addr = v6_of(from)->sin6_addr;
    control_add(c, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    return;
  }
#if defined(IP_PKTINFO)
  struct in_pktinfo info = {.ipi_ifindex = (int)p->interface};
  if (p->from != NULL)
    info.ipi_spec_dst = ((const struct sockaddr_in *)(const void *)from->data)->sin_addr;
  control_add(c, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
#elif defined(IP_SENDSRCADDR)
  if (p->from != NULL)
    control_add(c, IPPROTO_IP, IP_SENDSRCADDR,
                &((const struct sockaddr_in *)(const void *)from->data)->sin_addr,
                sizeof(struct in_addr));
#endif
}

/* Everything but descriptors. 0 or -SLEY_EINVAL. */
static int control_fill(control *c, const sley_datagram *d, const sley_packet *p,
                        const sley_address *to)
{
  if (p->from == NULL && p->interface == 0 && p->tos == 0) return 0;
  if (d->is_unix) return p->from == NULL ? 0 : -SLEY_EINVAL;
  sley_address from = {0};
  if (p->from != NULL && !address_fit(d, p->from, &from)) return -SLEY_EINVAL;
  if (p->from != NULL || p->interface != 0) add_source(c, d, p, &from);
  if (p->tos != 0) {
    int tos = (int)(p->tos & 0xff);
    bool is_v6 = d->family == AF_INET6 && !is_mapped(to);
    control_add(c, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_TCLASS : IP_TOS, &tos,
                sizeof(tos));
  }
  return 0;
}

/* 0, -SLEY_EINVAL or -SLEY_ESYSTEM. */
static int fds_add(control *c, const sley_datagram *d, const sley_packet *p)
{
  sley_fd copies[FDS_MOST];
  if (!d->is_unix || p->fd_count > FDS_MOST) return -SLEY_EINVAL;
  if (!sley__fds_duplicate(p->fds, p->fd_count, copies)) return -SLEY_ESYSTEM;
  control_add(c, SOL_SOCKET, SCM_RIGHTS, copies, p->fd_count * sizeof(sley_fd));
  return 0;
}

static int stage(sley_datagram *d, const sley_packet *p, const sley_address *to, const control *c)
{
  unsigned length = to == NULL ? 0 : to->length;
  size_t control_size = c == NULL ? 0 : c->size;
  size_t bytes = SLEY__STAGED_HEAD + sley__staged_aligned(length) +
                 sley__staged_aligned(control_size) + sley__staged_aligned(p->size);
  sley__staged *s = sley__staged_new(d, bytes);
  if (SLEY__UNLIKELY(s == NULL)) return -SLEY_ENOMEM;
  *s = (sley__staged){.bytes = (uint32_t)bytes,
                      .size = (uint32_t)p->size,
                      .to_length = (uint16_t)length,
                      .control_length = (uint16_t)control_size,
                      .fd_count = (uint16_t)p->fd_count};
  if (SLEY__LIKELY(length == sizeof(struct sockaddr_in)))
    memcpy(sley__staged_to(s), to->data, sizeof(struct sockaddr_in));
  else if (length > 0) memcpy(sley__staged_to(s), to->data, length);
  if (control_size > 0) memcpy(sley__staged_control(s), c->at, control_size);
  if (p->size > 0) memcpy(sley__staged_data(s), p->at, p->size);
  d->staged += p->size + SLEY__STAGED_COUNTS;
  d->came++;
  if (!d->is_blocked && !d->is_stalled) sley__datagram_mark_dirty(d);
  return 0;
}

static SLEY__NOINLINE int stage_with_control(sley_datagram *d, const sley_packet *p,
                                             const sley_address *to)
{
  control c;
  c.size = 0;
  int code = p->fd_count > 0 ? fds_add(&c, d, p) : 0;
  if (code != 0) return code;
  size_t of_fds = c.size;
  code = control_fill(&c, d, p, to != NULL ? to : &d->peer);
  if (code == 0) code = stage(d, p, to, c.size > 0 ? &c : NULL);
  if (code != 0 && of_fds > 0) {
    for (size_t i = 0; i < p->fd_count; i++) {
      sley_fd fd;
      memcpy(&fd, c.at + CMSG_LEN(0) + i * sizeof(fd), sizeof(fd));
      sley__sys_close(fd);
    }
  }
  return code;
}

int sley_datagram_send(sley_datagram *d, const sley_packet *packet)
{
  enum { SIZE_MOST = 1 << 30 };
  sley__datagram_check(d, __func__, "");
  SLEY__NEEDS(packet);
  if (packet->size > 0) SLEY__NEEDS(packet->at);
  if (packet->fd_count > 0) SLEY__NEEDS(packet->fds);
  if (d->is_closing || d->is_closed) return -SLEY_ECLOSED;
  sley_address fitted;
  const sley_address *to = packet->to;
  if (to != NULL && SLEY__UNLIKELY(to->length == 0 || family_of(to) != d->family)) {
    if (!address_fit(d, to, &fitted)) return -SLEY_EINVAL;
    to = &fitted;
  }
  if ((to == NULL && !d->has_peer) || packet->size > SIZE_MOST) return -SLEY_EINVAL;
  if (d->staged > 0 && d->staged + packet->size + SLEY__STAGED_COUNTS > d->queue) {
    d->counters.full++;
    return -SLEY_EAGAIN;
  }
  if (SLEY__LIKELY(packet->fd_count == 0 && packet->from == NULL && packet->interface == 0 &&
                   packet->tos == 0))
    return stage(d, packet, to, NULL);
  return stage_with_control(d, packet, to);
}
