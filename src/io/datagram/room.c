/* Where packets come in: memory for a batch of them. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <unistd.h>

#include "io/datagram/datagram.h"

enum { LINE = 64, NAME = sizeof(((sley_address *)0)->data) };

/* ---- memory ---- */

static size_t carve(size_t *end, size_t bytes)
{
  size_t at = (*end + 15) & ~(size_t)15;
  *end = at + bytes;
  return at;
}

/* An odd number of cache lines: with a power of two the beginnings of all packets would compete for a few sets. */
static size_t stride_of(size_t most) { return ((most + LINE - 1) / LINE | 1) * LINE; }

static sley__room *room_new(const sley_datagram *d, unsigned n)
{
  size_t end = sizeof(sley__room) + n * sizeof(sley_packet);
  size_t stride = stride_of(d->most), control = (d->control + 15) & ~(size_t)15;
  size_t headers = carve(&end, n * sizeof(struct mmsghdr)),
         parts = carve(&end, n * sizeof(struct iovec)),
         from = carve(&end, n * sizeof(sley_address)),
         to = carve(&end, d->wants_destination ? n * sizeof(sley_address) : 0),
         credentials = carve(&end, d->wants_credentials ? n * sizeof(sley_credentials) : 0),
         fds = carve(&end, (size_t)n * d->most_fds * sizeof(sley_fd)),
         controls = carve(&end, n * control), head = end;
  size_t data = carve(&end, (size_t)n * stride);
  sley__room *room = sley__runtime_alloc(d->domain->runtime, end);
  if (room == NULL) return NULL;
  char *base = (char *)room;
  memset(room, 0, head);
  room->runtime = d->domain->runtime;
  room->bytes = end;
  room->most = d->most;
  room->control = d->control;
  room->batch = n;
  room->most_fds = d->most_fds;
  room->headers = (struct mmsghdr *)(void *)(base + headers);
  room->parts = (struct iovec *)(void *)(base + parts);
  room->from = (sley_address *)(void *)(base + from);
  room->to = (sley_address *)(void *)(base + to);
  room->credentials = (sley_credentials *)(void *)(base + credentials);
  room->fds = (sley_fd *)(void *)(base + fds);
  room->controls = base + controls;
  for (unsigned i = 0; i < n; i++) {
    struct msghdr *m = &room->headers[i].msg_hdr;
    room->parts[i] = (struct iovec){base + data + i * stride, d->most};
    room->packets[i].at = base + data + i * stride;
    m->msg_iov = &room->parts[i];
    m->msg_iovlen = 1;
    m->msg_name = room->from[i].data;
    m->msg_control = room->controls + i * control;
  }
  return room;
}

void sley__room_free(sley__room *room)
{
  if (room != NULL) sley__runtime_free(room->runtime, room, room->bytes);
}

static sley__room **spare_place(const sley_datagram *d, unsigned batch)
{
  sley__datagrams *state = d->domain->datagrams;
  return batch == 1 ? &state->spare_one : &state->spare_many;
}

static bool fits(const sley_datagram *d, const sley__room *room, unsigned batch)
{
  return room->most == d->most && room->control == d->control && room->batch == batch &&
         room->most_fds == d->most_fds;
}

sley__room *sley__room_take(sley_datagram *d, unsigned batch)
{
  sley__room **spare = spare_place(d, batch), *room = *spare;
  *spare = NULL;
  if (SLEY__LIKELY(room != NULL && fits(d, room, batch))) return room;
  sley__room_free(room);
  return room_new(d, batch);
}

unsigned sley__room_close_fds(sley__room *room)
{
  unsigned closed = 0;
  for (unsigned i = 0; i < room->used; i++) {
    sley_packet *p = &room->packets[i];
    for (size_t k = 0; k < p->fd_count; k++) {
      if (p->fds[k] < 0) continue;
      sley__sys_close(p->fds[k]);
      closed++;
    }
    p->fd_count = 0;
  }
  return closed;
}

void sley__room_give(sley_datagram *d, sley__room *room)
{
  sley__room **spare = spare_place(d, room->batch);
  if (room->most_fds > 0) d->counters.fds_closed += sley__room_close_fds(room);
  if (*spare != NULL || d->domain->ending) sley__room_free(room);
  else *spare = room;
}

/* ---- receiving ---- */

int sley__room_fill(sley_datagram *d, sley__room *room)
{
  enum { ERRORS_AT_ONCE = 64 };
  for (int errors = 0; errors < ERRORS_AT_ONCE;) {
    for (unsigned i = 0; i < room->batch; i++) {
      struct msghdr *m = &room->headers[i].msg_hdr;
      m->msg_namelen = NAME;
      m->msg_controllen = (socklen_t)d->control;
    }
    int n =
        sley__datagram_recvmmsg(d->handle.fd, room->headers, room->batch, &d->counters.calls_in);
    if (SLEY__LIKELY(n > 0)) {
      room->used = (unsigned)n;
      d->counters.received += (unsigned)n;
      d->is_starved = false;
      if (room->batch == 1 || room->used == room->batch) d->handle.maybe_ready |= SLEY__READ;
      else d->handle.maybe_ready &= (uint8_t)~SLEY__READ;
      for (unsigned i = 0; i < room->used; i++) sley__packet_read(d, room, i);
      return n;
    }
    room->used = 0;
    int code = n == 0 ? EAGAIN : errno;
    if (code == EINTR) continue;
    if (code != ENOMEM && code != ENOBUFS) d->is_starved = false;
    if (code == EAGAIN || code == EWOULDBLOCK) {
      d->handle.maybe_ready &= (uint8_t)~SLEY__READ;
      return 0;
    }
    if (code == EBADF || code == ENOTSOCK || code == EFAULT || code == EINVAL || code == ENOMEM ||
        code == ENOBUFS)
      return -code;
    d->counters.refused++;
    d->peer_errors++;
    d->peer_error = code;
    errors++;
  }
  return 0;
}
