/* Sending and receiving descriptors with bytes, as the public functions say it. */
#include "io/object/transfer.h"

static sley_promise *receive_start(const char *site, sley_io *io, size_t most_bytes,
                                   size_t most_fds)
{
  sley_room rooms[] = {{NULL, most_bytes}, {NULL, most_fds}};
  sley__transfer t = {.io = io,
                      .kind = SLEY__TRANSFER_READ_FDS,
                      .direction = SLEY__READING,
                      .rooms = rooms,
                      .count = 2};
  return sley__transfer_start(site, "sley_receive_fds", &t);
}

/* The descriptors' numbers lie behind the rooms of a pending one. */
static sley_promise *send_start(const char *site, sley_io *io, const sley_slice *slices, size_t n,
                                const sley_fd *fds, size_t count)
{
  size_t all = n + 1 + sley__rooms_of_fds(count);
  sley_domain *d = sley__self();
  sley_room *rooms = sley__alloc(d, all * sizeof(*rooms));
  if (rooms == NULL) return sley__nomem_promise();
  size_t used = 0;
  for (size_t i = 0; i < n; i++)
    if (slices[i].size > 0)
      rooms[used++] = (sley_room){(void *)(uintptr_t)slices[i].at, slices[i].size};
  rooms[used] = (sley_room){rooms + used + 1, count};
  memcpy(rooms + used + 1, fds, count * sizeof(*fds));
  sley__transfer t = {.io = io,
                      .kind = SLEY__TRANSFER_WRITE_FDS,
                      .direction = SLEY__WRITING,
                      .rooms = rooms,
                      .count = used + 1};
  sley_promise *p = sley__transfer_start(site, "sley_send_fds", &t);
  sley__free(d, rooms, all * sizeof(*rooms));
  return p;
}

static sley_promise *refused(const char *site, const char *function, const char *why)
{
  return sley_fail_at(
      site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "%s: %s", function, why));
}

/* NULL: it can carry descriptors, or the start says what is wrong. */
static const char *fault_of(sley_io *io, const char *function, const char *site)
{
  sley__io_check(io, function, site);
  if (io->error != NULL || io->has_channels) return NULL;
  if (io->kind != SLEY__IO_CUSTOM && sley__io_is_unix(io)) return NULL;
  return "only a Unix socket carries descriptors";
}

sley_promise *sley_receive_fds_at(const char *site, sley_io *io, size_t most_bytes, size_t most_fds)
{
  const char *fault = fault_of(io, "sley_receive_fds", site);
  if (most_bytes == 0) fault = "it needs room for a byte";
  if (most_fds > SLEY_FDS_MOST) fault = "more than 253 descriptors";
  if (fault != NULL) return refused(site, "sley_receive_fds", fault);
  return receive_start(site, io, most_bytes, most_fds);
}

sley_promise *sley_send_fds_at(const char *site, sley_io *io, const sley_slice *slices, size_t n,
                               const sley_fd *fds, size_t count)
{
  const char *fault = fault_of(io, "sley_send_fds", site);
  if (fault == NULL && count == 0) return sley_writev_at(site, io, slices, n);
  SLEY__NEEDS_AT(site, fds);
  size_t size = 0;
  for (size_t i = 0; i < n; i++) size += slices[i].size;
  if (size == 0) fault = "descriptors need a byte to travel with";
  if (count > SLEY_FDS_MOST) fault = "more than 253 descriptors";
  if (fault != NULL) return refused(site, "sley_send_fds", fault);
  return send_start(site, io, slices, n, fds, count);
}
