/* The way from channels back to their object, with what was read ahead. */
#include <sley/bind.h>
#include <sley/pause.h>

#include "io/channel/channel.h"

/* What a value holds. */
typedef struct box {
  sley_detached detached; /* the first member */
  sley_runtime *runtime;
} box;

/* ---- values ---- */

static sley_detached unbox(box *b)
{
  sley_detached d = b->detached;
  sley__runtime_free(b->runtime, b, sizeof(*b));
  return d;
}

static void detached_drop(void *ptr)
{
  sley_detached d = unbox(ptr);
  sley_io_drop(d.io);
  sley_bytes_drop(&d.unread);
}

static void *detached_send(void *ptr)
{
  const sley_detached *d = ptr;
  if (sley_type_io.send(d->io) == NULL) return NULL;
  if (d->unread.block != NULL) sley__block_cross(d->unread.block);
  return ptr;
}

const sley_type sley_type_detached = {.size = sizeof(sley_type),
                                      .name = "detached channels",
                                      .drop = detached_drop,
                                      .send = detached_send};

const sley_detached *sley_detached_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_detached);
}

bool sley_detached_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_detached); }

int sley_detached_take(sley_value *v, sley_detached *out)
{
  SLEY__NEEDS(out);
  box *b = sley__value_take(v, &sley_type_detached);
  *out = b != NULL ? unbox(b) : (sley_detached){0};
  return b != NULL ? 0 : -SLEY_EMOVED;
}

/* ---- detaching ---- */

/* What is unread, without a copy unless it is little. */
static sley_bytes unread_take(sley_input *in)
{
  enum { PART = 4 /* of a block */ };
  sley_bytes b = {0};
  size_t size = in->unread;
  if (size > 0 && size < in->block->size / PART)
    sley_error_drop(
        sley_bytes_copy(sley__input_at(in), size, &b)); /* no memory: it is referred to */
  if (size > 0 && b.block == NULL) {
    sley__block_keep(in->block);
    sley__block_give_out(in->block);
    b = (sley_bytes){.at = sley__input_at(in), .size = size, .block = in->block};
  }
  sley__input_advance(in, size);
  in->half.is_lent = false;
  sley__input_tidy(in);
  return b;
}

/* Handles that others hold find closed halves. */
static void channels_leave(sley_io *io)
{
  sley__channel *channel = sley__channel_of(io);
  if (channel->in.half.is_hungry) sley__input_hunger_ends(&channel->in);
  sley__watches_reject(&channel->in, sley_error_closed());
  if (channel->extras != NULL) sley__input_fds_close(&channel->in);
  if (io->failed == SLEY__READ_TAKES_FDS) io->failed = 0;
  sley__extras_end(io);
  sley__output_clean(&channel->out);
  sley__output_drop_unsent(&channel->out); /* descriptors and room without bytes */
  channel->out.half.has_news = false;
  sley__channels_list(io);
  sley_error_drop(channel->in.half.error);
  channel->in.half.error = NULL;
  channel->in.half.is_made = channel->out.half.is_made = false;
  channel->in.half.has_ended = false;
  io->handle.calls = &sley__io_calls;
  io->handle.maybe_ready = SLEY__READ | SLEY__WRITE;
  io->has_channels = false;
  io->transfer[0] = io->transfer[1] = NULL;
}

typedef struct detaching {
  sley_io *io; /* with the holders of the halves */
  box *box;    /* NULL: it has been given out */
  bool is_both;
} detaching;

/* If it has not come to its end, the halves go as they are dropped. */
static void detaching_free(void *ctx)
{
  detaching *d = ctx;
  sley_io *io = d->io;
  bool is_left = d->box != NULL, is_both = d->is_both;
  if (is_left) sley__runtime_free(d->box->runtime, d->box, sizeof(*d->box));
  sley__free(sley__self(), d, sizeof(*d));
  if (is_left) sley__io_abort_now(io, sley_error_closed());
  if (is_both) sley_io_drop(io);
  if (is_left) sley_io_drop(io);
}

static sley_promise *all_told(void *ctx, sley_value *v)
{
  detaching *d = ctx;
  box *b = d->box;
  (void)v;
  if (d->io->error != NULL) return sley_fail(sley_error_keep(d->io->error));
  d->box = NULL;
  b->detached = (sley_detached){.io = d->io, .unread = unread_take(&sley__channel_of(d->io)->in)};
  channels_leave(d->io);
  return sley_return(sley_own(b, &sley_type_detached));
}

/* Those that waited for that, too, are told in this turn. */
static sley_promise *flushed(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_pause();
}

/* NULL: nothing stands in the way. */
static const char *obstacle(const sley_io *io, const sley_input *in, const sley_output *out)
{
  const sley__channel *channel = sley__channel_of(io);
  if ((in != NULL && sley__depth_of(in) > 0) || (out != NULL && sley__depth_of(out) > 0))
    return "this is the inside handle of a body";
  if ((out != NULL && sley__io_of_half(sley__half_of(out)) != io) ||
      channel->in.half.is_made != (in != NULL) || channel->out.half.is_made != (out != NULL))
    return "these are not all halves of one object";
  if (in != NULL && (sley__half_first(&channel->in.half) != NULL || channel->in.half.depth > 0))
    return "an operation on the input is under way";
  if (out != NULL && channel->out.half.depth > 0) return "an operation on the output is under way";
  return NULL;
}

static sley_error *detach_refusal(const char *site, const sley_io *io, const sley_input *in,
                                  const sley_output *out)
{
  const sley__channel *channel = sley__channel_of(io);
  const char *why = obstacle(io, in, out);
  if (why != NULL)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "sley_channels_detach: %s", why);
  if (io->error != NULL) return sley_error_keep(io->error);
  bool is_closed =
      (in != NULL && channel->in.half.is_closed) || (out != NULL && channel->out.half.is_closed);
  return is_closed ? sley_error_closed() : NULL;
}

static sley_promise *detach_start(const char *site, sley_io *io, sley_output *out)
{
  sley_runtime *runtime = sley__io_runtime(io);
  sley__channel *channel = sley__channel_of(io);
  bool is_both = channel->in.half.is_made && out != NULL;
  detaching *d = sley__alloc(sley__self(), sizeof(*d));
  box *b = d != NULL ? sley__runtime_alloc(runtime, sizeof(*b)) : NULL;
  if (b == NULL) {
    if (d != NULL) sley__free(sley__self(), d, sizeof(*d));
    if (is_both) sley_io_drop(io);
    sley_io_drop(io);
    return sley__nomem_promise();
  }
  *b = (box){.runtime = runtime};
  *d = (detaching){.io = io, .box = b, .is_both = is_both};
  sley_promise *p =
      out != NULL ? sley_output_flush_at(site, out) : sley_return_at(site, sley_unit());
  sley__half_close(&channel->in.half);
  sley__half_close(&channel->out.half);
  channel->out.half.is_over = true; /* who holds it closes nothing */
  return sley_bind_at(site, sley_bind_at(site, p, flushed, NULL, NULL), all_told, d,
                      detaching_free);
}

sley_promise *sley_channels_detach_at(const char *site, sley_input *in, sley_output *output)
{
  const void *any = in != NULL ? (const void *)in : (const void *)output;
  sley_io *io = sley__io_of_half(sley__half_check(any, "sley_channels_detach", site));
  if (output != NULL) sley__half_check(output, "sley_channels_detach", site);
  sley_error *e = detach_refusal(site, io, in, output);
  if (e == NULL) return detach_start(site, io, output);
  if (in != NULL && sley__depth_of(in) == 0) sley_input_drop(in); /* a body holds nothing */
  if (output != NULL && sley__depth_of(output) == 0) sley_output_drop(output);
  return sley_fail_at(site, e);
}
