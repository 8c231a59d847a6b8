/* Reading and writing as the public functions say it. */
#include "io/object/transfer.h"

/* Pieces without a byte say nothing. NULL: out of memory; the caller frees other memory than what it gave. */
static sley_room *without_empty(const sley_room *rooms, size_t *n)
{
  size_t all = *n;
  sley_domain *d = sley__self();
  sley_room *copy = sley__alloc(d, (all > 0 ? all : 1) * sizeof(*copy));
  if (copy == NULL) return NULL;
  *n = 0;
  for (size_t i = 0; i < all; i++)
    if (rooms[i].size > 0) copy[(*n)++] = rooms[i];
  return copy;
}

static sley_promise *start_many(const char *site, const char *function, sley_io *io,
                                const sley_room *rooms, size_t n, sley__transfer_kind kind)
{
  size_t count = n;
  if (n > 0 && rooms == NULL)
    sley__missing(function, site, kind == SLEY__TRANSFER_READ ? "rooms" : "slices");
  sley_room *some = without_empty(rooms, &count);
  if (some == NULL) return sley__nomem_promise();
  sley__transfer t = {.io = io,
                      .kind = kind,
                      .direction = kind == SLEY__TRANSFER_READ ? SLEY__READING : SLEY__WRITING,
                      .rooms = some,
                      .count = count};
  sley_promise *p = count > 0 ? sley__transfer_start(site, function, &t)
                              : sley__io_nothing(site, function, io, kind == SLEY__TRANSFER_READ);
  sley__free(sley__self(), some, (n > 0 ? n : 1) * sizeof(*some));
  return p;
}

sley_promise *sley__io_nothing(const char *site, const char *function, const sley_io *io,
                               bool reads)
{
  sley__io_check(io, function, site);
  if (io->error != NULL) return sley_fail_at(site, sley_error_keep(io->error));
  if (!reads) return sley_return_at(site, sley_unit());
  return sley_fail_at(
      site,
      sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                        "%s was given an empty buffer: it needs at least one byte", function));
}

sley_promise *sley_read_at(const char *site, sley_io *io, void *buffer, size_t size)
{
  if (size == 0) return sley__io_nothing(site, "sley_read", io, true);
  SLEY__NEEDS_AT(site, buffer);
  sley_room room = {buffer, size};
  sley__transfer t = {.io = io,
                      .kind = SLEY__TRANSFER_READ,
                      .direction = SLEY__READING,
                      .rooms = &room,
                      .count = 1};
  return sley__transfer_start(site, "sley_read", &t);
}

sley_promise *sley_readv_at(const char *site, sley_io *io, const sley_room *rooms, size_t n)
{
  return start_many(site, "sley_readv", io, rooms, n, SLEY__TRANSFER_READ);
}

static sley_promise *write_one(const char *site, const char *function, sley_io *io,
                               const void *data, size_t size, sley__transfer_kind kind)
{
  if (size == 0 && kind == SLEY__TRANSFER_WRITE_ALL)
    return sley__io_nothing(site, function, io, false);
  if (size == 0) return sley__io_nothing(site, function, io, true);
  if (data == NULL) sley__missing(function, site, "data");
  sley_room room = {(void *)(uintptr_t)data, size}; /* only read from */
  sley__transfer t = {
      .io = io, .kind = kind, .direction = SLEY__WRITING, .rooms = &room, .count = 1};
  return sley__transfer_start(site, function, &t);
}

sley_promise *sley_write_at(const char *site, sley_io *io, const void *data, size_t size)
{
  return write_one(site, "sley_write", io, data, size, SLEY__TRANSFER_WRITE_ALL);
}

sley_promise *sley_write_some_at(const char *site, sley_io *io, const void *data, size_t size)
{
  return write_one(site, "sley_write_some", io, data, size, SLEY__TRANSFER_WRITE_SOME);
}

sley_promise *sley_writev_at(const char *site, sley_io *io, const sley_slice *slices, size_t n)
{
  return start_many(site, "sley_writev", io, (const sley_room *)(const void *)slices, n,
                    SLEY__TRANSFER_WRITE_ALL);
}

static sley_promise *io_wait(const char *site, const char *function, sley_io *io, int direction)
{
  sley__transfer t = {.io = io, .kind = SLEY__TRANSFER_WAIT, .direction = direction};
  return sley__transfer_start(site, function, &t);
}

sley_promise *sley_io_wait_readable_at(const char *site, sley_io *io)
{
  return io_wait(site, "sley_io_wait_readable", io, SLEY__READING);
}

sley_promise *sley_io_wait_writable_at(const char *site, sley_io *io)
{
  return io_wait(site, "sley_io_wait_writable", io, SLEY__WRITING);
}

/* ---- without a promise ---- */

static int64_t try_check(sley_io *io, const char *function, int direction, size_t size)
{
  sley__io_check(io, function, "");
  if (io->error != NULL) return -SLEY_ECLOSED;
  if (size == 0 || io->has_channels) return -SLEY_EINVAL;
  for (const sley__transfer *t = io->transfer[direction]; t != NULL; t = t->next)
    if (t->kind != SLEY__TRANSFER_WAIT) return -SLEY_EINVAL;
  return sley__io_attach(io);
}

int64_t sley_try_read(sley_io *io, void *buffer, size_t size)
{
  int64_t code = try_check(io, __func__, SLEY__READING, size);
  sley_room room = {buffer, size};
  return code != 0 ? code : sley__io_type_of(io)->read(sley__io_ctx_of(io), &room, 1);
}

int64_t sley_try_write(sley_io *io, const void *data, size_t size)
{
  int64_t code = try_check(io, __func__, SLEY__WRITING, size);
  sley_slice slice = {data, size};
  return code != 0 ? code : sley__io_type_of(io)->write(sley__io_ctx_of(io), &slice, 1);
}
