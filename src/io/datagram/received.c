/* What the kernel says of a received packet beside its bytes: its sender, and control messages. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#ifdef __APPLE__
#define __APPLE_USE_RFC_3542
#endif
#include <netinet/in.h>
#include <netinet/ip.h>
#include <unistd.h>

#include "io/datagram/datagram.h"
#include "io/object/object.h"

#ifdef SCM_CREDENTIALS
#define CREDENTIALS_SPACE CMSG_SPACE(sizeof(struct ucred))
#else
#define CREDENTIALS_SPACE 0
#endif

size_t sley__room_control(const sley_datagram *d)
{
  size_t size = d->is_unix ? 0 : CMSG_SPACE(sizeof(uint32_t)); /* SO_RXQ_OVFL */
  if (d->wants_destination) size += CMSG_SPACE(sizeof(struct in6_pktinfo));
  if (d->wants_tos) size += CMSG_SPACE(sizeof(int));
  if (d->wants_credentials) size += CREDENTIALS_SPACE;
  if (d->most_fds > 0) size += CMSG_SPACE(d->most_fds * sizeof(sley_fd));
  return size;
}

/* The address lies where the kernel wrote it; its bytes get the form that all addresses have. */
static const sley_address *from_of(sley__room *room, unsigned i)
{
  sley_address *a = &room->from[i];
  struct sockaddr *s = (struct sockaddr *)(void *)a->data;
  socklen_t length = room->headers[i].msg_hdr.msg_namelen;
  if (SLEY__LIKELY(length >= sizeof(struct sockaddr_in) && s->sa_family == AF_INET)) {
    length = sizeof(struct sockaddr_in);
    memset(((struct sockaddr_in *)(void *)s)->sin_zero, 0, 8);
  } else if (length >= sizeof(struct sockaddr_in6) && s->sa_family == AF_INET6) {
    length = sizeof(struct sockaddr_in6);
    ((struct sockaddr_in6 *)(void *)s)->sin6_flowinfo = 0;
  } else {
    sley_address other = {0};
    if (length > sizeof(a->data)) length = sizeof(a->data);
    if (length > sizeof(sa_family_t))
      sley_error_drop(sley_address_from_sockaddr_at("", a->data, length, &other));
    *a = other;
    size_t size = 0;
    return sley_address_path(&other, &size) != NULL && size > 0 ? a : NULL;
  }
  if (SLEY__UNLIKELY(a->length != length)) {
    memset((char *)a->data + length, 0, sizeof(a->data) - length);
    a->length = length;
  }
  return a;
}

static void to_set(const sley_datagram *d, sley__room *room, unsigned i, int family,
                   const void *host)
{
  union {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } u = {{0}};
  if (family == AF_INET) {
    u.v4.sin_family = AF_INET;
    u.v4.sin_port = htons((uint16_t)d->port);
    memcpy(&u.v4.sin_addr, host, sizeof(u.v4.sin_addr));
  } else {
    u.v6.sin6_family = AF_INET6;
    u.v6.sin6_port = htons((uint16_t)d->port);
    memcpy(&u.v6.sin6_addr, host, sizeof(u.v6.sin6_addr));
    if (IN6_IS_ADDR_LINKLOCAL(&u.v6.sin6_addr) || IN6_IS_ADDR_MC_LINKLOCAL(&u.v6.sin6_addr))
      u.v6.sin6_scope_id = room->packets[i].interface;
  }
  sley_error_drop(sley_address_from_sockaddr_at(
      "", &u, family == AF_INET ? sizeof(u.v4) : sizeof(u.v6), &room->to[i]));
  room->packets[i].to = &room->to[i];
}

static void read_ip(const sley_datagram *d, sley__room *room, unsigned i, const struct cmsghdr *c)
{
  sley_packet *p = &room->packets[i];
  const void *at = CMSG_DATA(c);
  if (c->cmsg_type == IP_TOS) { /* one byte on Linux */
    p->tos = *(const unsigned char *)at;
    return;
  }
#ifdef IP_RECVTOS
  if (c->cmsg_type == IP_RECVTOS) { /* as others name it */
    p->tos = *(const unsigned char *)at;
    return;
  }
#endif
#if defined(IP_PKTINFO)
  struct in_pktinfo info;
  if (c->cmsg_type != IP_PKTINFO || c->cmsg_len < CMSG_LEN(sizeof(info))) return;
  memcpy(&info, at, sizeof(info));
  p->interface = (unsigned)info.ipi_ifindex;
  to_set(d, room, i, AF_INET, &info.ipi_addr);
#elif defined(IP_RECVDSTADDR)
  if (c->cmsg_type == IP_RECVDSTADDR) to_set(d, room, i, AF_INET, at);
#endif
}

static void read_ipv6(const sley_datagram *d, sley__room *room, unsigned i, const struct cmsghdr *c)
{
  sley_packet *p = &room->packets[i];
  struct in6_pktinfo info;
  if (c->cmsg_type == IPV6_TCLASS) {
    int tos;
    memcpy(&tos, CMSG_DATA(c), sizeof(tos));
    p->tos = (unsigned)tos & 0xff;
  } else if (c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
    memcpy(&info, CMSG_DATA(c), sizeof(info));
    p->interface = (unsigned)info.ipi6_ifindex;
    to_set(d, room, i, AF_INET6, &info.ipi6_addr);
  }
}

/* The kernel gives as many as fit in what other messages and alignment have left, too. */
static void read_fds(sley_datagram *d, sley__room *room, unsigned i, const struct cmsghdr *c)
{
  sley_packet *p = &room->packets[i];
  sley_fd *fds = &room->fds[(size_t)i * room->most_fds];
  size_t lost = 0;
  p->fd_count += sley__fds_arrived(c, fds + p->fd_count, room->most_fds - p->fd_count, &lost);
  d->counters.fds_closed += lost;
  if (lost > 0) p->lost_fds = true;
  p->fds = p->fd_count > 0 ? fds : NULL;
}

static void read_socket(sley_datagram *d, sley__room *room, unsigned i, const struct cmsghdr *c)
{
  sley_packet *p = &room->packets[i];
  if (c->cmsg_type == SCM_RIGHTS) read_fds(d, room, i, c);
#ifdef SCM_CREDENTIALS
  if (c->cmsg_type == SCM_CREDENTIALS) {
    struct ucred who;
    memcpy(&who, CMSG_DATA(c), sizeof(who));
    room->credentials[i] = (sley_credentials){
        .pid = who.pid > 0 ? (int)who.pid : -1, .user = who.uid, .group = who.gid};
    p->credentials = &room->credentials[i];
  }
#endif
#ifdef SO_RXQ_OVFL
  if (c->cmsg_type == SO_RXQ_OVFL) {
    uint32_t now;
    memcpy(&now, CMSG_DATA(c), sizeof(now));
    d->counters.dropped += now - d->overflows; /* it wraps */
    d->overflows = now;
  }
#else
  (void)d;
#endif
}

void sley__packet_read(sley_datagram *d, sley__room *room, unsigned i)
{
  struct msghdr *m = &room->headers[i].msg_hdr;
  sley_packet *p = &room->packets[i];
  p->size = room->headers[i].msg_len;
  p->from = from_of(room, i);
  p->cut = (m->msg_flags & MSG_TRUNC) != 0;
  p->lost_fds = d->is_unix && (m->msg_flags & MSG_CTRUNC) != 0;
  if (SLEY__UNLIKELY(p->cut)) d->counters.cut++;
  p->to = NULL;
  p->interface = p->tos = 0;
  p->fds = NULL;
  p->fd_count = 0;
  p->credentials = NULL;
  if (SLEY__LIKELY(m->msg_controllen == 0)) return;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
    if (c->cmsg_level == IPPROTO_IP) read_ip(d, room, i, c);
    else if (c->cmsg_level == IPPROTO_IPV6) read_ipv6(d, room, i, c);
    else if (c->cmsg_level == SOL_SOCKET) read_socket(d, room, i, c);
  }
}
