/* What is to be sent: packets in chunks of memory, in the form in which the kernel wants them. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#ifdef __APPLE__
#define __APPLE_USE_RFC_3542
#endif
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <unistd.h>

#include "io/datagram/datagram.h"

enum { CHUNK = 64 * 1024 - 64, FIRST = SLEY__STAGED_HEAD, FDS_MOST = 253 };
_Static_assert(sizeof(sley__chunk) <= FIRST, "its head");

/* ---- the queue ---- */

static sley__chunk *chunk_take(sley_datagram *d, size_t record)
{
  sley__datagrams *state = d->domain->datagrams;
  size_t bytes = record + FIRST > CHUNK ? record + FIRST : CHUNK;
  sley__chunk *chunk = state->spare_chunk;
  if (chunk != NULL && bytes == CHUNK) state->spare_chunk = NULL;
  else chunk = sley__alloc(d->domain, bytes);
  if (chunk == NULL) return NULL;
  *chunk = (sley__chunk){.bytes = bytes, .used = FIRST};
  return chunk;
}

static void chunk_give(sley_datagram *d, sley__chunk *chunk)
{
  sley__datagrams *state = d->domain->datagrams;
  if (state->spare_chunk == NULL && chunk->bytes == CHUNK && !d->domain->ending)
    state->spare_chunk = chunk;
  else sley__free(d->domain, chunk, chunk->bytes);
}

/* Room behind the last one. NULL: out of memory. */
static sley__staged *record_new(sley_datagram *d, size_t bytes)
{
  sley__chunk *chunk = d->last;
  if (chunk == NULL || chunk->bytes - chunk->used < bytes) {
    chunk = chunk_take(d, bytes);
    if (chunk == NULL) return NULL;
    if (d->last != NULL) d->last->next = chunk;
    else d->told = d->next = (sley__place){chunk, FIRST};
    d->last = chunk;
  }
  sley__staged *s = (sley__staged *)(void *)((char *)chunk + chunk->used);
  chunk->used += bytes;
  return s;
}

sley__staged *sley__staged_at(sley__place *place)
{
  if (place->chunk == NULL) return NULL;
  if (place->at == place->chunk->used) {
    if (place->chunk->next == NULL) return NULL;
    *place = (sley__place){place->chunk->next, FIRST};
  }
  return (sley__staged *)(void *)((char *)place->chunk + place->at);
}

static void fds_close(sley__staged *s)
{
  if (SLEY__LIKELY(s->fd_count == 0)) return;
  const char *at = sley__staged_control(s) + CMSG_LEN(0); /* they come first */
  for (unsigned i = 0; i < s->fd_count; i++) {
    sley_fd fd;
    memcpy(&fd, at + i * sizeof(fd), sizeof(fd));
    close(fd);
  }
  s->fd_count = 0;
}

void sley__staged_gone(sley_datagram *d, int error)
{
  sley__staged *s = sley__staged_at(&d->next);
  fds_close(s);
  d->staged -= s->size + SLEY__STAGED_COUNTS;
  d->went++;
  d->next.at += s->bytes;
  s->error = error;
  if (error != 0) {
    d->failures++;
    d->counters.refused++;
  } else {
    d->counters.sent++;
  }
}

void sley__staged_forget(sley_datagram *d)
{
  while (d->told.chunk != NULL) {
    sley__chunk *chunk = d->told.chunk, *next = chunk->next;
    if (d->told.at < chunk->used) return;
    if (next == NULL) d->last = NULL;
    if (next == NULL || d->next.chunk == chunk) d->next = (sley__place){next, FIRST};
    d->told = (sley__place){next, FIRST};
    chunk_give(d, chunk);
  }
}

void sley__staged_drop(sley_datagram *d)
{
  for (sley__staged *s; (s = sley__staged_at(&d->next)) != NULL; d->next.at += s->bytes)
    fds_close(s);
  for (sley__chunk *chunk = d->told.chunk, *next; chunk != NULL; chunk = next) {
    next = chunk->next;
    chunk_give(d, chunk);
  }
  d->told = d->next = (sley__place){NULL, 0};
  d->last = NULL;
  d->staged = 0;
  d->failures = 0;
}

/* ---- a packet ---- */

/* An address as the socket's family needs it: an IPv6 socket reaches IPv4 by mapped addresses (RFC 4291). */
static bool address_fit(const sley_datagram *d, const sley_address *from, sley_address *out)
{
  unsigned length;
  const struct sockaddr *s = sley_address_sockaddr(from, &length);
  *out = *from;
  if (length == 0) return false;
  if (SLEY__LIKELY(s->sa_family == d->family)) return true;
  if (d->family != AF_INET6 || s->sa_family != AF_INET || d->only_ipv6) return false;
  const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)s;
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4->sin_port};
  v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
  memcpy(&v6.sin6_addr.s6_addr[12], &v4->sin_addr, sizeof(v4->sin_addr));
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
  for (size_t i = 0; i < p->fd_count; i++) {
    copies[i] = fcntl(p->fds[i], F_DUPFD_CLOEXEC, 0);
    if (copies[i] >= 0) continue;
    int reason = errno;
    while (i > 0) close(copies[--i]);
    errno = reason;
    return -SLEY_ESYSTEM;
  }
  control_add(c, SOL_SOCKET, SCM_RIGHTS, copies, p->fd_count * sizeof(sley_fd));
  return 0;
}

static int stage(sley_datagram *d, const sley_packet *p, const sley_address *to, const control *c)
{
  unsigned length = to == NULL ? 0 : to->length;
  size_t control_size = c == NULL ? 0 : c->size;
  size_t bytes = SLEY__STAGED_HEAD + sley__staged_aligned(length) +
                 sley__staged_aligned(control_size) + sley__staged_aligned(p->size);
  sley__staged *s = record_new(d, bytes);
  if (SLEY__UNLIKELY(s == NULL)) return -SLEY_ENOMEM;
  *s = (sley__staged){.bytes = (uint32_t)bytes,
                      .size = (uint32_t)p->size,
                      .to_length = (uint16_t)length,
                      .control_length = (uint16_t)control_size,
                      .fd_count = (uint16_t)p->fd_count};
  if (length > 0) memcpy(sley__staged_to(s), to->data, length);
  if (control_size > 0) memcpy(sley__staged_control(s), c->at, control_size);
  if (p->size > 0) memcpy(sley__staged_data(s), p->at, p->size);
  d->staged += p->size + SLEY__STAGED_COUNTS;
  d->came++;
  if (!d->is_blocked && !d->is_stalled) sley__datagram_mark_dirty(d);
  return 0;
}

static int stage_with_control(sley_datagram *d, const sley_packet *p, const sley_address *to)
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
      close(fd);
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
  if (to != NULL &&
      SLEY__UNLIKELY(to->length == 0 ||
                     ((const struct sockaddr *)(const void *)to->data)->sa_family != d->family)) {
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
