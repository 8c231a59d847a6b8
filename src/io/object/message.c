/* Bytes with descriptors: as values, and an attempt to send or to receive them. */
#include "io/object/object.h"

#include <errno.h>

typedef struct message {
  sley_fds fds; /* the first member */
  sley_runtime *runtime;
  size_t room; /* descriptors that fit */
  sley_fd all[];
} message;

/* ---- values ---- */

static message *message_new(size_t most)
{
  sley_runtime *runtime = sley__self()->runtime;
  message *m = sley__runtime_alloc(runtime, sizeof(*m) + most * sizeof(*m->all));
  if (m == NULL) return NULL;
  *m = (message){.fds = {.fds = m->all}, .runtime = runtime, .room = most};
  return m;
}

static void message_free(message *m)
{
  sley_bytes_drop(&m->fds.bytes);
  sley__runtime_free(m->runtime, m, sizeof(*m) + m->room * sizeof(*m->all));
}

void sley_fds_drop(sley_fds *fds)
{
  if (fds == NULL) return;
  bool had = false;
  for (size_t i = 0; i < fds->count; i++) had |= fds->fds[i] >= 0;
  sley__fds_close(fds->fds, fds->count);
  if (had && sley__current != NULL && sley__current->io != NULL) sley__current->io->fds_closed++;
  message_free((message *)(void *)fds);
}

static void value_drop(void *ptr) { sley_fds_drop(ptr); }

static void *value_send(void *ptr)
{
  const sley_fds *fds = ptr;
  if (fds->bytes.block != NULL) sley__block_cross(fds->bytes.block);
  return ptr;
}

const sley_type sley_type_fds = {
    .size = sizeof(sley_type), .name = "sley_fds", .drop = value_drop, .send = value_send};

sley_value sley_fds_to_value(sley_fds *fds) { return sley_own(fds, &sley_type_fds); }

sley_fds *sley_fds_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_fds);
}

bool sley_fds_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_fds); }

sley_fds *sley_fds_take(sley_value *v) { return sley__value_take(v, &sley_type_fds); }

sley_fd sley_fds_take_fd_at(const char *site, const sley_fds *fds, size_t index)
{
  SLEY__NEEDS_AT(site, fds);
  if (SLEY__UNLIKELY(index >= fds->count))
    sley__abort("sley_fds_take_fd%s%s was asked for descriptor %zu of %zu",
                site[0] != '\0' ? " at " : "", site, index, fds->count);
  union {
    const sley_fds *in;
    message *out;
  } u = {fds};
  sley_fd fd = u.out->all[index];
  u.out->all[index] = -1;
  return fd;
}

uint64_t sley_fds_closed_count(void)
{
  const struct sley__io_state *state = sley__self()->io;
  return state != NULL ? state->fds_closed : 0;
}

/* ---- attempts ---- */

static int64_t failed(void)
{
  if (errno == EMSGSIZE) return -SLEY_EINVAL;
  return errno == EAGAIN || errno == EWOULDBLOCK ? -SLEY_EAGAIN : -SLEY_ESYSTEM;
}

/* All that have come are taken out of the kernel. */
static ssize_t receive(const sley_io *io, const sley_room *room, sley__arrived *arrived)
{
  int flags = io->mode == SLEY_IO_MODE_BLOCK ? MSG_DONTWAIT : 0;
  return sley__fds_receive(io->handle.fd, room, flags, arrived);
}

int64_t sley__fds_attempt_receive(sley_io *io, size_t most_bytes, size_t most_fds,
                                  sley_value *value)
{
  sley__arrived arrived = {.count = 0};
  char *data;
  message *m = message_new(most_fds);
  if (m == NULL) return -SLEY_ENOMEM;
  sley_error *e = sley_bytes_new(most_bytes, &data, &m->fds.bytes);
  sley_room room = {data, most_bytes};
  ssize_t n = -1;
  if (e == NULL) do
      n = receive(io, &room, &arrived);
    while (n < 0 && errno == EINTR);
  if (n < 0) {
    int64_t code = e != NULL ? -SLEY_ENOMEM : failed();
    sley_error_drop(e);
    int reason = errno;
    message_free(m);
    errno = reason;
    return code;
  }
  m->fds.count = arrived.count < most_fds ? arrived.count : most_fds;
  memcpy(m->all, arrived.fds, m->fds.count * sizeof(*m->all));
  m->fds.lost_fds = arrived.lost || arrived.count > most_fds;
  sley__fds_close(arrived.fds + m->fds.count, arrived.count - m->fds.count);
  if (m->fds.lost_fds) sley__io_state_of(io)->fds_closed++;
  m->fds.bytes.size = (size_t)n;
  *value = sley_own(m, &sley_type_fds);
  return 1;
}

int64_t sley__fds_attempt_send(const sley_io *io, const sley_slice *slices, size_t n,
                               const sley_fd *fds, size_t count)
{
  ssize_t sent;
  do sent = sley__fds_send(io, slices, n, fds, count);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0) return sent;
  return errno == EAGAIN || errno == EWOULDBLOCK ? -SLEY_EAGAIN : -SLEY_ESYSTEM;
}
