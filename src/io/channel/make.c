/* How channels are made, held and named. */
#include "io/channel/channel.h"

enum { MOST = 64 * 1024, HIGH = 64 * 1024 };

/* ---- events ---- */

static void channel_ready(struct sley__handle *handle, unsigned what)
{
  sley_io *io = SLEY__CONTAINER(handle, sley_io, handle);
  if (what == SLEY__READ) sley__input_ready(io);
  else sley__output_ready(io);
}

static void channel_refused(struct sley__handle *handle, int code)
{
  sley_io *io = SLEY__CONTAINER(handle, sley_io, handle);
  sley__channel *channel = sley__channel_of(io);
  sley__io_hold(io);
  bool reads = !(handle->wanted & SLEY__READ) && (sley__half_first(&channel->in.half) != NULL ||
                                                  sley__input_is_watched(&channel->in));
  bool writes = !(handle->wanted & SLEY__WRITE) && channel->out.half.is_blocked;
  if (reads) {
    channel->in.half.error = sley__io_refusal(io, code, "");
    sley__input_over(&channel->in);
  }
  if (writes) {
    channel->out.half.error = sley__io_refusal(io, code, "");
    channel->out.half.is_blocked = false;
    sley__half_look(&channel->out.half);
    sley__output_drop_unsent(&channel->out);
  }
  if (reads) sley__input_go_on(&channel->in);
  if (writes && io->error == NULL) sley__output_tell(&channel->out);
  sley_io_drop(io);
}

static void channel_over(struct sley__handle *handle)
{
  sley__channels_over(SLEY__CONTAINER(handle, sley_io, handle));
}

const struct sley__handle_calls sley__channel_calls = {
    .ready = channel_ready, .refused = channel_refused, .over = channel_over};

/* ---- made ---- */

static void half_init(sley__half *half, bool is_output, bool is_made)
{
  half->is_output = is_output;
  half->is_made = is_made;
  half->is_closed = !is_made;
  sley__half_look(half);
}

static bool has_limits(const sley_channel_options *o)
{
  return o->idle > 0 || o->deadline > 0 || o->least > 0;
}

static bool has_extras(const sley_channel_options *o)
{
  return o->linger < 0 || o->linger > 0 || o->finish > 0 || o->low > 0 || o->take_fds ||
         o->whole_lines || has_limits(o);
}

static sley_error *extras_init(sley_io *io, const sley_channel_options *o)
{
  struct sley__extras *x = sley__extras_open(io);
  if (x == NULL) return sley_error_nomem();
  x->linger = (float)o->linger;
  x->finish = (float)o->finish;
  x->low = (uint32_t)o->low;
  x->whole_lines = o->whole_lines;
  sley_error *e = has_limits(o) ? sley__channel_limits_begin(io, o) : NULL;
  if (e != NULL) sley__extras_free(io);
  return e;
}

/* Into memory of the input's own: that of a part is read-only. */
static sley_error *unread_put(sley_io *io, const sley_bytes *unread)
{
  sley_input *in = &sley__channel_of(io)->in;
  struct sley__io_state *state = sley__io_state_of(io);
  in->block = unread->size <= SLEY__BLOCK_BYTES ? sley__block_take(state)
                                                : sley__block_new(state->runtime, unread->size);
  if (in->block == NULL) return sley_error_nomem();
  sley__block_count(state, in->block);
  memcpy(in->block->data, unread->at, unread->size);
  sley__input_hold(in, in->block);
  in->unread = (uint32_t)unread->size;
  return NULL;
}

static sley_error *channel_init(sley_io *io, const sley_channel_options *o, bool reads, bool writes)
{
  sley__channel *channel = sley__channel_of(io);
  sley_input *in = &channel->in;
  sley_output *out = &channel->out;
  memset(channel, 0, SLEY__CHANNEL_BYTES);
  half_init(&in->half, false, reads);
  half_init(&out->half, true, writes);
  in->most = o->most > 0 ? (uint32_t)o->most : MOST;
  io->high = o->high > 0 ? (uint32_t)o->high : HIGH;
  out->half.no_auto_flush = o->no_auto_flush;
  sley_error *e = o->unread.size > 0 ? unread_put(io, &o->unread) : NULL;
  if (e == NULL && has_extras(o)) e = extras_init(io, o);
  if (e == NULL) return NULL;
  in->unread = 0;
  sley__input_tidy(in);
  return e;
}

static sley_error *options_check(const sley_channel_options *o, const char *function, bool reads)
{
  size_t most = o->most > 0 ? o->most : MOST;
  const char *wrong = o->most > UINT32_MAX / 2                  ? "most is too large"
                      : o->high > UINT32_MAX / 2                ? "high is too large"
                      : o->low > (o->high > 0 ? o->high : HIGH) ? "low is more than high"
                      : !(o->finish >= 0)                       ? "finish is negative"
                      : o->linger != o->linger                  ? "linger is no number"
                      : !(o->idle >= 0)                         ? "idle is negative"
                      : !(o->deadline >= 0)                     ? "deadline is negative"
                      : !(o->least_over >= 0)                   ? "least_over is negative"
                      : o->unread.size > 0 && !reads            ? "unread is for inputs"
                      : o->unread.size > most                   ? "unread is more than most"
                      : (o->least > 0) != (o->least_over > 0)
                          ? "least and least_over belong together"
                          : NULL;
  if (wrong == NULL) return NULL;
  return sley_error_new_at("", &sley_kind_sley, SLEY_EINVAL, "%s: %s", function, wrong);
}

static sley_error *channels_make_with(const char *function, const sley_channel_options *o,
                                      sley_io *io, bool reads, bool writes)
{
  sley_error *e = options_check(o, function, reads);
  if (e != NULL) return e;
  if (io->error != NULL) return sley_error_keep(io->error);
  if (io->has_channels || io->transfer[0] != NULL || io->transfer[1] != NULL)
    return sley_error_new_at(
        "", &sley_kind_sley, SLEY_EINVAL, "%s: %s", function,
        io->has_channels ? "the object has channels" : "an operation on the object is pending");
  int code = sley__io_attach(io);
  if (code != 0) return sley__io_code_error("", io, code, function);
  const char *fault =
      sley__io_type_of(io) == &sley__seqpacket_type
          ? "messages of a socket of kind seqpacket are no stream: use sley_read and sley_write"
      : o->take_fds && !sley__io_is_unix(io) ? "take_fds: only a Unix socket carries descriptors"
                                             : NULL;
  if (fault != NULL)
    return sley_error_new_at("", &sley_kind_sley, SLEY_EINVAL, "%s: %s", function, fault);
  struct sley__io_state *state = sley__io_state_of(io);
  if (SLEY__UNLIKELY(state->flush == NULL) && (e = sley__drain_start()) != NULL) return e;
  state->flush = sley__channels_flush;
  state->channels_abort = sley__channels_abort;
  state->channels_end = sley__extras_end;
  state->feed.run = sley__inputs_feed;
  state->tell.run = sley__outputs_tell;
  state->send_again.run = sley__outputs_send_again;
  if ((e = channel_init(io, o, reads, writes)) != NULL) return e;
  if (o->take_fds && reads) sley__input_takes_fds(io);
  io->handle.calls = &sley__channel_calls;
  io->has_channels = true;
  return NULL;
}

static sley_error *channels_make(const char *function, const sley_channel_options *options,
                                 sley_io *io, bool reads, bool writes)
{
  sley_channel_options o = {0};
  sley__io_check(io, function, "");
  if (options != NULL) {
    SLEY__OPTIONS_CHECK(options, sley_channel_options, function);
    SLEY__OPTIONS_COPY(&o, options, sley_channel_options);
  }
  sley_error *e = channels_make_with(function, &o, io, reads, writes);
  sley_bytes_drop(&o.unread);
  return e;
}

sley_error *sley_channels(const sley_channel_options *options, sley_io *io, sley_input **in,
                          sley_output **out)
{
  SLEY__NEEDS(in);
  SLEY__NEEDS(out);
  *in = NULL;
  *out = NULL;
  sley_error *e = channels_make(__func__, options, io, true, true);
  if (e != NULL) return e;
  sley__io_hold(io); /* one for each */
  *in = &sley__channel_of(io)->in;
  *out = &sley__channel_of(io)->out;
  return NULL;
}

sley_error *sley_input_from_io(const sley_channel_options *options, sley_io *io, sley_input **out)
{
  SLEY__NEEDS(out);
  *out = NULL;
  sley_error *e = channels_make(__func__, options, io, true, false);
  if (e == NULL) *out = &sley__channel_of(io)->in;
  return e;
}

sley_error *sley_output_from_io(const sley_channel_options *options, sley_io *io, sley_output **out)
{
  SLEY__NEEDS(out);
  *out = NULL;
  sley_error *e = channels_make(__func__, options, io, false, true);
  if (e == NULL) *out = &sley__channel_of(io)->out;
  return e;
}

/* ---- holders ---- */

static sley_io *io_behind(const void *handle, const char *function)
{
  return sley__io_of_half(sley__half_check(handle, function, ""));
}

sley_input *sley_input_keep(sley_input *in)
{
  if (in != NULL) sley__io_hold(io_behind(in, __func__));
  return in;
}

void sley_input_drop(sley_input *in)
{
  if (in != NULL) sley_io_drop(io_behind(in, __func__));
}

sley_output *sley_output_keep(sley_output *output)
{
  if (output != NULL) sley__io_hold(io_behind(output, __func__));
  return output;
}

void sley_output_drop(sley_output *output)
{
  if (output != NULL) sley_io_drop(io_behind(output, __func__));
}

sley_io *sley_input_io(const sley_input *in) { return io_behind(in, __func__); }
sley_io *sley_output_io(const sley_output *out) { return io_behind(out, __func__); }

/* ---- values ---- */

static void input_value_drop(void *ptr) { sley_input_drop(ptr); }
static void output_value_drop(void *ptr) { sley_output_drop(ptr); }
static void *input_value_dup(void *ptr) { return sley_input_keep(ptr); }
static void *output_value_dup(void *ptr) { return sley_output_keep(ptr); }

const sley_type sley_type_input = {
    .size = sizeof(sley_type), .name = "input", .drop = input_value_drop, .dup = input_value_dup};
const sley_type sley_type_output = {.size = sizeof(sley_type),
                                    .name = "output",
                                    .drop = output_value_drop,
                                    .dup = output_value_dup};

sley_value sley_input_to_value(sley_input *in) { return sley_own(in, &sley_type_input); }
sley_input *sley_input_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_input);
}
bool sley_input_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_input); }
sley_input *sley_input_take(sley_value *v) { return sley__value_take(v, &sley_type_input); }

sley_value sley_output_to_value(sley_output *out) { return sley_own(out, &sley_type_output); }
sley_output *sley_output_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_output);
}
bool sley_output_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_output); }
sley_output *sley_output_take(sley_value *v) { return sley__value_take(v, &sley_type_output); }
