/* Channels over memory: an input that reads a part, an output that grows, and a pair. */
#include <errno.h>
#include <stdio.h>

#include "io/channel/channel.h"

/* ---- an output that grows ---- */

typedef struct growing {
  char *data;
  size_t size, room;
} growing;

static bool grow(growing *g, size_t needed)
{
  if (needed <= g->room) return true;
  size_t room = g->room * 2 > needed ? g->room * 2 : needed;
  char *data = sley__alloc(sley__self(), room);
  if (data == NULL) return false;
  if (g->size > 0) memcpy(data, g->data, g->size);
  if (g->data != NULL) sley__free(sley__self(), g->data, g->room);
  g->data = data;
  g->room = room;
  return true;
}

static int64_t growing_write(void *ctx, const sley_slice *slices, size_t n)
{
  growing *g = ctx;
  size_t size = 0;
  for (size_t i = 0; i < n; i++) size += slices[i].size;
  if (!grow(g, g->size + size)) {
    errno = ENOMEM;
    return -SLEY_ESYSTEM;
  }
  for (size_t i = 0; i < n; i++) {
    memcpy(g->data + g->size, slices[i].at, slices[i].size);
    g->size += slices[i].size;
  }
  return (int64_t)size;
}

static int64_t nothing_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return 0;
}

static sley_promise *always_ready(void *ctx, bool to_write)
{
  (void)ctx;
  (void)to_write;
  return sley_keep(sley__self()->unit);
}

static void growing_abort(void *ctx)
{
  growing *g = ctx;
  if (g->data != NULL) sley__free(sley__self(), g->data, g->room);
  sley__free(sley__self(), g, sizeof(*g));
}

static const sley_io_type growing_type = {.size = sizeof(sley_io_type),
                                          .name = "memory",
                                          .read = nothing_read,
                                          .write = growing_write,
                                          .ready = always_ready,
                                          .abort = growing_abort};

sley_error *sley_output_to_memory(sley_output **out)
{
  SLEY__NEEDS(out);
  sley_io *io;
  *out = NULL;
  growing *g = sley__alloc(sley__self(), sizeof(*g));
  if (g == NULL) return sley_error_nomem();
  *g = (growing){0};
  sley_error *e = sley_io_new_at("", &growing_type, g, &io);
  if (e != NULL) {
    sley__free(sley__self(), g, sizeof(*g));
    return e;
  }
  e = sley_output_from_io(NULL, io, out);
  if (e != NULL) sley_io_drop(io);
  return e;
}

void sley_output_memory(sley_output *output, const char **data, size_t *size)
{
  SLEY__NEEDS(data);
  SLEY__NEEDS(size);
  sley_output *o = (sley_output *)(void *)sley__half_check(output, __func__, "");
  const sley_io *io = sley__io_of_output(o);
  if (SLEY__UNLIKELY(sley__io_type_of(io) != &growing_type))
    sley__abort("sley_output_memory was given an output that sley_output_to_memory did not make");
  *data = "";
  *size = 0;
  if (io->error != NULL) return;
  if (o->half.error == NULL) sley__output_send(o);
  const growing *g = sley__io_ctx_of(io);
  if (g->size > 0) *data = g->data;
  *size = g->size;
}

/* ---- an output into memory of the caller's ---- */

typedef struct fixed {
  char *data;
  size_t size, at;
} fixed;

/* Where lseek(2) would go within size bytes; -1: not there. */
static int64_t seek_within(int64_t at, int64_t size, int64_t offset, int whence)
{
  int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_END ? size : at;
  if (offset < -from || offset > size - from) return -1;
  return from + offset;
}

static sley_promise *moved(size_t *at, size_t size, int64_t offset, int whence)
{
  int64_t to = seek_within((int64_t)*at, (int64_t)size, offset, whence);
  if (to < 0)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                                    "position %lld is outside of %zu bytes of memory",
                                    (long long)offset, size));
  *at = (size_t)to;
  return sley_return(sley_int(to));
}

static int64_t fixed_write(void *ctx, const sley_slice *slices, size_t n)
{
  fixed *f = ctx;
  size_t size = 0;
  for (size_t i = 0; i < n; i++) size += slices[i].size;
  if (size > f->size - f->at) return -SLEY_EINVAL;
  for (size_t i = 0; i < n; i++) {
    memcpy(f->data + f->at, slices[i].at, slices[i].size);
    f->at += slices[i].size;
  }
  return (int64_t)size;
}

static sley_promise *fixed_seek(void *ctx, int64_t offset, int whence)
{
  fixed *f = ctx;
  return moved(&f->at, f->size, offset, whence);
}

static void fixed_abort(void *ctx) { sley__free(sley__self(), ctx, sizeof(fixed)); }

static const sley_io_type fixed_type = {.size = sizeof(sley_io_type),
                                        .name = "memory of fixed size",
                                        .read = nothing_read,
                                        .write = fixed_write,
                                        .ready = always_ready,
                                        .abort = fixed_abort,
                                        .seek = fixed_seek};

sley_error *sley_output_to_bytes(void *data, size_t size, sley_output **out)
{
  SLEY__NEEDS(data);
  SLEY__NEEDS(out);
  sley_io *io;
  *out = NULL;
  fixed *f = sley__alloc(sley__self(), sizeof(*f));
  if (f == NULL) return sley_error_nomem();
  *f = (fixed){.data = data, .size = size};
  sley_error *e = sley_io_new_at("", &fixed_type, f, &io);
  if (e != NULL) {
    fixed_abort(f);
    return e;
  }
  e = sley_output_from_io(NULL, io, out);
  if (e != NULL) sley_io_drop(io);
  return e;
}

/* ---- an input that reads a part ---- */

typedef struct reading {
  sley_bytes bytes;
  size_t at;
} reading;

static int64_t reading_read(void *ctx, const sley_room *rooms, size_t n)
{
  reading *r = ctx;
  size_t done = 0;
  for (size_t i = 0; i < n; i++) {
    size_t left = r->bytes.size - r->at, some = rooms[i].size < left ? rooms[i].size : left;
    if (some > 0) memcpy(rooms[i].at, r->bytes.at + r->at, some);
    r->at += some;
    done += some;
  }
  return (int64_t)done;
}

static int64_t nothing_written(void *ctx, const sley_slice *slices, size_t n)
{
  (void)ctx;
  (void)slices;
  (void)n;
  errno = EBADF;
  return -SLEY_ESYSTEM;
}

static void reading_abort(void *ctx)
{
  reading *r = ctx;
  sley_bytes_drop(&r->bytes);
  sley__free(sley__self(), r, sizeof(*r));
}

static sley_promise *reading_seek(void *ctx, int64_t offset, int whence)
{
  reading *r = ctx;
  return moved(&r->at, r->bytes.size, offset, whence);
}

static const sley_io_type reading_type = {.size = sizeof(sley_io_type),
                                          .name = "bytes",
                                          .read = reading_read,
                                          .write = nothing_written,
                                          .ready = always_ready,
                                          .abort = reading_abort,
                                          .seek = reading_seek};

sley_error *sley_input_from_bytes(sley_bytes *bytes, sley_input **out)
{
  SLEY__NEEDS(bytes);
  SLEY__NEEDS(out);
  sley_io *io;
  *out = NULL;
  reading *r = sley__alloc(sley__self(), sizeof(*r));
  if (r == NULL) {
    sley_bytes_drop(bytes);
    return sley_error_nomem();
  }
  *r = (reading){.bytes = *bytes};
  *bytes = (sley_bytes){0};
  sley_error *e = sley_io_new_at("", &reading_type, r, &io);
  if (e != NULL) {
    reading_abort(r);
    return e;
  }
  e = sley_input_from_io(NULL, io, out);
  if (e != NULL) sley_io_drop(io);
  return e;
}

/* ---- a pair ---- */

sley_error *sley_channel_pipe(sley_input **in, sley_output **out)
{
  SLEY__NEEDS(in);
  SLEY__NEEDS(out);
  sley_io *ends[2];
  *in = NULL;
  *out = NULL;
  sley_error *e = sley_io_pair_at("", 0, ends);
  if (e != NULL) return e;
  e = sley_input_from_io(NULL, ends[0], in);
  if (e == NULL) e = sley_output_from_io(NULL, ends[1], out);
  if (e == NULL) return NULL;
  sley_io_drop(ends[0]); /* its input, too */
  sley_io_drop(ends[1]);
  *in = NULL;
  return e;
}
