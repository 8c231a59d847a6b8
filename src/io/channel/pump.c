/* From an input to an output. The pump is a body of both, so that neither is used by others meanwhile: of the input
 * first, as most who nest bodies do. */
#include <sley/bind.h>
#include <sley/pump.h>

#include "io/channel/channel.h"

enum { PART = 4 /* of a block: fewer bytes are copied, so that little data does not hold it */ };

typedef enum stage { READING, WRITING } stage;

typedef struct pump {
  const char *site;
  unsigned holders;
  stage stage; /* what an error is about */
  bool splices, asks_kernel;
  sley_io *from, *to;
  sley_input *in;   /* by the handle of the body */
  sley_output *out; /* likewise, once that is inside */
  uint64_t left, done;
  sley__work watch;   /* of the output: over when it breaks, also while the source waits */
  sley_promise *each; /* one reference */
  sley_error *error;  /* with which it broke */
  sley__peer
      peers[2]; /* of from and to, asked at the start: a connection that was reset has none */
} pump;

static void watch_end(pump *p)
{
  if (p->error == NULL) sley__output_watch_end(&p->watch);
  sley_drop(p->each);
  p->each = NULL;
}

static void pump_release(void *ctx)
{
  pump *p = ctx;
  if (--p->holders > 0) return;
  if (p->each != NULL) watch_end(p);
  sley_error_drop(p->error);
  sley_io_drop(p->from);
  sley_io_drop(p->to);
  sley__free(sley__self(), p, sizeof(*p));
}

/* ---- a piece ---- */

/* All of it or, if the promise is rejected, nothing. */
static sley_promise *piece_write(pump *p, sley_input *in, size_t n)
{
  struct sley__block *b = in->block;
  if (n < b->size / PART) return sley_output_write_at(p->site, p->out, b->input.at, n);
  sley__block_keep(b);
  sley__block_give_out(b); /* the mark of the output bounds it */
  sley_bytes part = {.at = b->input.at, .size = n, .block = b};
  return sley_output_bytes_at(p->site, p->out, &part);
}

static sley_promise *piece_over(const pump *p)
{
  return p->left > 0 ? sley_return_unit() : sley_return(sley_bool(true));
}

enum { SPLICED_AT_ONCE = 256 * 1024 };

/* Where a full block came, more is there, mostly: that moves without a copy as long as both go on. */
static void splice_more(pump *p, sley_input *in, sley_output *out)
{
  sley__spliced done = {0};
  size_t n;
  if (!p->splices || in->unread > 0) return;
  if (out->half.error == NULL && !out->half.is_blocked) sley__output_send(out);
  for (size_t all = 0; all < SPLICED_AT_ONCE && p->left > 0 && out->unsent == 0; all += n) {
    if (out->half.error != NULL || out->half.is_blocked) return;
    size_t most = p->left < SPLICED_AT_ONCE ? (size_t)p->left : SPLICED_AT_ONCE;
    n = sley__io_splice(p->from, p->to, most, &done);
    if (done.is_refused) p->splices = false;
    if (n == 0) return;
    sley__loop_charge(p->from->handle.loop, n);
    in->half.position += n;
    out->half.position += n - done.size;
    p->left -= n;
    p->done += n;
    if (done.size > 0) sley__output_append_block(out, done.rest, done.size);
  }
}

static sley_promise *below_mark(void *ctx, sley_value *v)
{
  pump *p = ctx;
  (void)v;
  p->stage = READING;
  return piece_over(p);
}

static sley_promise *piece(void *ctx, sley_input *handle)
{
  pump *p = ctx;
  sley_input *in = (sley_input *)(void *)sley__half_of(handle);
  sley_output *out = (sley_output *)(void *)sley__half_of(p->out);
  size_t n = in->unread < p->left ? in->unread : (size_t)p->left;
  p->stage = WRITING;
  sley_promise *w = piece_write(p, in, n);
  if (sley_state(w) == SLEY_PROMISE_STATE_REJECTED) return w;
  sley__input_advance(in, n);
  sley__input_tidy(in);
  p->left -= n;
  p->done += n;
  if (out->half.no_auto_flush && out->unsent > 0)
    sley__output_mark_dirty(out); /* the source may wait */
  if (sley_is_pending(w)) return sley_bind_at(p->site, w, below_mark, p, NULL);
  sley_drop(w);
  if (n >= SLEY__BLOCK_BYTES) splice_more(p, in, out);
  if (out->half.is_full)
    return sley_bind_at(p->site, sley_output_wait_ready_at(p->site, p->out), below_mark, p, NULL);
  p->stage = READING;
  return piece_over(p);
}

/* ---- both ---- */

/* The output has broken: what waits for the source is given up. */
static void output_broke(sley__work *work, sley_value v, sley_error *e)
{
  pump *p = SLEY__CONTAINER(work, pump, watch);
  sley_value_drop(&v);
  work->half->is_watched = false;
  p->error = e;
  p->stage = WRITING;
  sley_cancel(p->each);
}

static const sley__work_type watch_type = {
    .bytes = sizeof(sley__work), .may_when_closed = true, .over = output_broke};

static sley_promise *with_output(void *ctx, sley_output *inside)
{
  pump *p = ctx;
  sley_output *out = (sley_output *)(void *)sley__half_of(inside);
  p->out = inside;
  p->stage = READING;
  if (p->left == 0) return sley_return_unit();
  sley_promise *each = sley_input_each(p->in, piece, p, NULL);
  if (!sley_is_pending(each)) return each;
  if (out->half.error != NULL) { /* before, and the source is silent */
    p->error = sley__output_error_tell(out);
    p->stage = WRITING;
    sley_cancel(each);
    return each;
  }
  p->each = sley_keep(each);
  sley__output_watch(out, &p->watch, p->asks_kernel);
  return each;
}

static sley_promise *with_input(void *ctx, sley_input *inside)
{
  pump *p = ctx;
  p->in = inside;
  p->stage = WRITING;
  return sley_output_atomic(p->out, with_output, p, NULL);
}

static sley_promise *pump_over(void *ctx, sley_value *v)
{
  pump *p = ctx;
  (void)v;
  if (p->each != NULL) watch_end(p);
  return sley_return(sley_int((int64_t)p->done));
}

sley__peer sley__pump_peer(const sley_io *io)
{
  bool has = io->kind == SLEY__IO_SOCKET && io->handle.fd >= 0;
  return has ? sley__peer_of(io) : (sley__peer){0};
}

sley_error *sley__pump_error(const char *site, sley_error *e, const char *doing, const sley_io *io,
                             const sley__peer *peer)
{
  char name[SLEY__PEER_TEXT];
  sley__io_name(io, peer, name, sizeof(name));
  return sley_error_wrap_at(site, sley_error_keep(e), "%s %s: %s", doing, name,
                            sley_error_message(e));
}

static sley_promise *pump_failed(void *ctx, sley_error *e)
{
  pump *p = ctx;
  bool writes = p->stage == WRITING;
  if (p->each != NULL) watch_end(p);
  if (p->error != NULL) e = p->error; /* not that of the cancel */
  return sley_fail(sley__pump_error(p->site, e, writes ? "writing to" : "reading from",
                                    writes ? p->to : p->from, &p->peers[writes]));
}

static sley_promise *pump_start(const char *site, const char *function, sley_input *in,
                                sley_output *out, uint64_t bytes, bool asks_kernel)
{
  sley_io *from = sley__io_of_half(sley__half_check(in, function, site));
  sley_io *to = sley__io_of_half(sley__half_check(out, function, site));
  pump *p = sley__alloc(sley__self(), sizeof(*p));
  if (p == NULL) return sley__nomem_promise();
  *p = (pump){.site = site,
              .holders = 2,
              .from = from,
              .to = to,
              .out = out,
              .splices = sley__io_can_splice(from) && sley__io_can_splice(to),
              .left = bytes,
              .asks_kernel = asks_kernel,
              .watch.type = &watch_type,
              .peers = {sley__pump_peer(from), sley__pump_peer(to)}};
  sley__io_hold(from);
  sley__io_hold(to);
  return sley_try_bind_at(site, sley_input_atomic_at(site, in, with_input, p, pump_release),
                          pump_over, pump_failed, p, pump_release);
}

sley_promise *sley_input_pump_at(const char *site, sley_input *in, sley_output *output)
{
  return pump_start(site, "sley_input_pump", in, output, UINT64_MAX, true);
}

sley_promise *sley_input_pump_n_at(const char *site, sley_input *in, uint64_t bytes,
                                   sley_output *output)
{
  return pump_start(site, "sley_input_pump_n", in, output, bytes, true);
}

sley_promise *sley__pump_of_relay(const char *site, sley_input *in, sley_output *output)
{
  return pump_start(site, "sley_relay", in, output, UINT64_MAX, false);
}
