/* One attempt to read or to write. A large write proceeds in attempts of limited size; the kernel is asked only when it has
 * taken less than it was given. */
#include "io/object/transfer.h"

#include <limits.h>

enum { WRITE_MOST = 128 * 1024 /* in one attempt: some tens of microseconds */ };

static void moved_note(const sley_io *io, int64_t n)
{
  sley__loop_charge(io->handle.loop, (size_t)n);
}

static size_t size_of(const sley_room *rooms, size_t n)
{
  size_t size = 0;
  for (size_t i = 0; i < n; i++) size += rooms[i].size;
  return size;
}

static void transfer_advance(sley__transfer *t, size_t n)
{
  while (t->count > 0 && n >= t->rooms->size) {
    n -= t->rooms->size;
    t->rooms++;
    t->count--;
  }
  if (n == 0) return;
  t->rooms->at = (char *)t->rooms->at + n;
  t->rooms->size -= n;
}

static int64_t attempt_read(sley__transfer *t, sley_value *value)
{
  sley_io *io = t->io;
  int64_t n = sley__io_type_of(io)->read(sley__io_ctx_of(io), t->rooms, t->count);
  if (n == -SLEY_EAGAIN ||
      (n >= 0 && io->kind != SLEY__IO_CUSTOM && (size_t)n < size_of(t->rooms, t->count)))
    io->handle.maybe_ready &= (uint8_t)~SLEY__READ;
  else io->handle.maybe_ready |= SLEY__READ;
  if (n < 0) return n;
  moved_note(io, n);
  *value = sley_int(n);
  return SLEY__TRANSFER_DONE;
}

/* A part means that there is no more room: the kernel is asked when there is some. */
static int64_t attempt_write(sley__transfer *t, sley_value *value)
{
  sley_io *io = t->io;
  sley_slice one = {t->rooms->at, t->rooms->size};
  const sley_slice *slices = (const sley_slice *)(const void *)t->rooms;
  size_t count = t->count, wanted = one.size;
  if (sley__io_type_of(io) == &sley__seqpacket_type) {
    wanted = size_of(t->rooms, count);
  } else if (count == 1) {
    if (one.size > WRITE_MOST) one.size = wanted = WRITE_MOST;
    slices = &one;
  } else {
    size_t some = 1;
    while (some < count && some < SLEY__IO_SLICES && wanted < WRITE_MOST)
      wanted += t->rooms[some++].size;
    count = some;
  }
  int64_t n = sley__io_type_of(io)->write(sley__io_ctx_of(io), slices, count);
  if (n < 0) return n;
  moved_note(io, n);
  if (t->kind == SLEY__TRANSFER_WRITE_SOME) {
    *value = sley_int(n);
    return SLEY__TRANSFER_DONE;
  }
  transfer_advance(t, (size_t)n);
  if (t->count == 0) return SLEY__TRANSFER_DONE;
  return (size_t)n == wanted ? SLEY__TRANSFER_MORE : -SLEY_EAGAIN;
}

static int64_t attempt_read_fds(const sley__transfer *t, sley_value *value)
{
  int64_t code = sley__fds_attempt_receive(t->io, t->rooms[0].size, t->rooms[1].size, value);
  if (code == -SLEY_EAGAIN) t->io->handle.maybe_ready &= (uint8_t)~SLEY__READ;
  return code;
}

/* With the first byte all of them have gone; the rest is written as any other. */
static int64_t attempt_write_fds(sley__transfer *t, sley_value *value)
{
  size_t slices = t->count - 1;
  size_t n = slices < SLEY__IO_SLICES || sley__io_type_of(t->io) == &sley__seqpacket_type
                 ? slices
                 : SLEY__IO_SLICES;
  const sley_room *fds = &t->rooms[slices];
  int64_t sent = sley__fds_attempt_send(t->io, (const sley_slice *)(const void *)t->rooms, n,
                                        fds->at, fds->size);
  if (sent < 0) return sent;
  moved_note(t->io, sent);
  t->kind = SLEY__TRANSFER_WRITE_ALL;
  t->count--;
  transfer_advance(t, (size_t)sent);
  return t->count == 0 ? SLEY__TRANSFER_DONE : attempt_write(t, value);
}

int64_t sley__transfer_attempt(sley__transfer *t, sley_value *value)
{
  *value = sley_unit();
  if (t->kind == SLEY__TRANSFER_WAIT) return SLEY__TRANSFER_DONE;
  if (t->kind == SLEY__TRANSFER_READ_FDS) return attempt_read_fds(t, value);
  if (t->kind == SLEY__TRANSFER_WRITE_FDS) return attempt_write_fds(t, value);
  return t->kind == SLEY__TRANSFER_READ ? attempt_read(t, value) : attempt_write(t, value);
}
