/* Positions: where the object behind a channel has them. Each is a body of its half, so that it stands in line and
 * nothing is read or written meanwhile. */
#include <stdio.h>

#include <sley/bind.h>

#include "io/channel/channel.h"

typedef struct seeking {
  sley__half *half;
  int64_t position; /* wanted */
  int64_t size;
} seeking;

static void seeking_free(void *ctx) { sley__free(sley__self(), ctx, sizeof(seeking)); }

/* NULL: out of memory. */
static seeking *seeking_new(sley__half *half, int64_t position)
{
  seeking *s = sley__alloc(sley__self(), sizeof(*s));
  if (s != NULL) *s = (seeking){.half = half, .position = position};
  return s;
}

static sley_promise *type_seek(const sley__half *half, int64_t offset, int whence)
{
  const sley_io *io = sley__io_of_half(half);
  if (io->error != NULL) return sley_fail(sley_error_keep(io->error));
  if (sley__io_type_of(io)->seek == NULL)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                                    "an object of type %s has no positions",
                                    sley__io_type_of(io)->name));
  return sley__returned(sley__io_type_of(io)->seek(sley__io_ctx_of(io), offset, whence),
                        "sley_io_new as seek", "");
}

/* ---- to a position ---- */

static sley_promise *seeked(void *ctx, sley_value *v)
{
  const seeking *s = ctx;
  s->half->position = (uint64_t)v->i;
  if (s->half->is_output) return sley_return_unit();
  sley_input *in = (sley_input *)(void *)s->half;
  sley__input_forget_unread(in);
  in->half.is_lent = in->half.has_ended = false;
  sley__input_tidy(in);
  sley__io_of_input(in)->handle.maybe_ready |= SLEY__READ;
  return sley_return_unit();
}

static sley_promise *seek_now(void *ctx, sley_value *v)
{
  const seeking *s = ctx;
  (void)v;
  return sley_bind(type_seek(s->half, s->position, SEEK_SET), seeked, ctx, NULL);
}

/* ---- the size ---- */

static sley_promise *is_back(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_int(((const seeking *)ctx)->size));
}

/* Back to where the object is, which is behind what is unread. */
static sley_promise *at_end(void *ctx, sley_value *v)
{
  seeking *s = ctx;
  s->size = v->i;
  uint64_t at = s->half->position;
  if (!s->half->is_output) at += ((const sley_input *)(const void *)s->half)->unread;
  return sley_bind(type_seek(s->half, (int64_t)at, SEEK_SET), is_back, s, NULL);
}

static sley_promise *size_now(void *ctx, sley_value *v)
{
  const seeking *s = ctx;
  (void)v;
  return sley_bind(type_seek(s->half, 0, SEEK_END), at_end, ctx, NULL);
}

/* ---- bodies ---- */

static sley_promise *input_seeks(void *ctx, sley_input *in)
{
  (void)in;
  return seek_now(ctx, NULL);
}

static sley_promise *output_seeks(void *ctx, sley_output *inside)
{
  return sley_bind(sley_output_flush(inside), seek_now, ctx, NULL);
}

static sley_promise *input_size(void *ctx, sley_input *in)
{
  (void)in;
  return size_now(ctx, NULL);
}

static sley_promise *output_size(void *ctx, sley_output *inside)
{
  return sley_bind(sley_output_flush(inside), size_now, ctx, NULL);
}

static sley_promise *on_input(const char *site, const char *function, sley_input *in,
                              sley_input_fn *body, int64_t position)
{
  seeking *s = seeking_new(sley__half_check(in, function, site), position);
  return s == NULL ? sley__nomem_promise() : sley_input_atomic_at(site, in, body, s, seeking_free);
}

static sley_promise *on_output(const char *site, const char *function, sley_output *out,
                               sley_output_fn *body, int64_t position)
{
  seeking *s = seeking_new(sley__half_check(out, function, site), position);
  return s == NULL ? sley__nomem_promise()
                   : sley_output_atomic_at(site, out, body, s, seeking_free);
}

sley_promise *sley_input_seek_at(const char *site, sley_input *in, int64_t position)
{
  return on_input(site, "sley_input_seek", in, input_seeks, position);
}

sley_promise *sley_output_seek_at(const char *site, sley_output *output, int64_t position)
{
  return on_output(site, "sley_output_seek", output, output_seeks, position);
}

sley_promise *sley_input_size_at(const char *site, sley_input *in)
{
  return on_input(site, "sley_input_size", in, input_size, 0);
}

sley_promise *sley_output_size_at(const char *site, sley_output *output)
{
  return on_output(site, "sley_output_size", output, output_size, 0);
}
