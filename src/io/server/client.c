/* A connection for as long as a function needs it: made of public functions. */
#include <sley/client.h>

#include <sley/bind.h>

#include "promise/promise_floor.h"

typedef struct use {
  unsigned holders;
  const char *site;
  sley_connected_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  sley_channel_options channels;
  sley_input *in; /* NULL: not connected yet */
  sley_output *out;
  sley_value result; /* of f, while the channels are being closed */
} use;

static void use_release(void *ctx)
{
  use *u = ctx;
  if (--u->holders > 0) return;
  sley_value_drop(&u->result);
  sley_input_drop(u->in);
  sley_output_drop(u->out);
  if (u->drop != NULL) u->drop(u->ctx);
  sley__free(sley__self(), u, sizeof(*u));
}

static use *use_hold(use *u)
{
  u->holders++;
  return u;
}

static sley_promise *give_result(void *ctx, sley_value *v)
{
  use *u = ctx;
  sley_value result = u->result;
  (void)v;
  u->result = sley_unit();
  return sley_return_at(u->site, result);
}

static sley_promise *close_input(void *ctx, sley_value *v)
{
  const use *u = ctx;
  (void)v;
  return sley_input_close_at(u->site, u->in);
}

/* The input is closed all the same; that this fails, too, is no news. */
static sley_promise *output_failed(void *ctx, sley_error *e)
{
  sley_input_abort(((const use *)ctx)->in);
  return sley_fail(sley_error_keep(e));
}

static sley_promise *close_both(use *u)
{
  return sley_try_bind_at(u->site, sley_output_close_at(u->site, u->out), close_input,
                          output_failed, use_hold(u), use_release);
}

static sley_promise *used(void *ctx, sley_value *v)
{
  use *u = ctx;
  if (sley_take(v, &u->result) != 0) return sley_fail_at(u->site, sley_error_nomem());
  return sley_bind_at(u->site, close_both(u), give_result, use_hold(u), use_release);
}

typedef struct failure {
  use *use;
  sley_error *error;
} failure;

static void failure_release(void *ctx)
{
  failure *f = ctx;
  use_release(f->use);
  sley_error_drop(f->error);
  sley__free(sley__self(), f, sizeof(*f));
}

static sley_promise *fail_closed(void *ctx, sley_value *v)
{
  (void)v;
  return sley_fail(sley_error_keep(((const failure *)ctx)->error));
}

/* The outcome is f's error; what was not sent is told, too. */
static sley_promise *fail_unclosed(void *ctx, sley_error *e)
{
  const failure *f = ctx;
  sley__superseded(sley__self(), e, f->error, f->use->site);
  return fail_closed(ctx, NULL);
}

static sley_promise *use_failed(void *ctx, sley_error *e)
{
  use *u = ctx;
  failure *f = sley__alloc(sley__self(), sizeof(*f));
  if (f == NULL || sley_error_is_canceled(e)) {
    if (f != NULL) sley__free(sley__self(), f, sizeof(*f));
    sley_output_abort(u->out);
    return sley_fail(sley_error_keep(e));
  }
  *f = (failure){use_hold(u), sley_error_keep(e)};
  return sley_try_bind_at(u->site, close_both(u), fail_closed, fail_unclosed, f, failure_release);
}

static sley_promise *connected(void *ctx, sley_value *v)
{
  use *u = ctx;
  sley_value taken;
  if (sley_take(v, &taken) != 0) return sley_fail_at(u->site, sley_error_nomem());
  sley_io *io = sley_io_take(&taken);
  sley_error *e = sley_channels(&u->channels, io, &u->in, &u->out);
  if (e != NULL) {
    sley_io_drop(io);
    return sley_fail_at(u->site, e);
  }
  sley_promise *p = sley__returned(u->f(u->ctx, u->in, u->out), "sley_with_connection", u->site);
  return sley_try_bind_at(u->site, p, used, use_failed, use_hold(u), use_release);
}

/* Connects by the options, of which *channels is a copy of those of channels. */
static sley_promise *connect_by(const char *site, const sley_connect_options *options,
                                const char *host, const char *port, sley_channel_options *channels)
{
  *channels = (sley_channel_options){.size = sizeof(*channels)};
  if (options == NULL) return sley_connect_at(site, NULL, host, port);
  SLEY__OPTIONS_READ(options, sley_connect_options, "sley_with_connection");
  if (options->channels == NULL) return sley_connect_at(site, options, host, port);
  SLEY__OPTIONS_CHECK(options->channels, sley_channel_options, "sley_with_connection");
  SLEY__OPTIONS_COPY(channels, options->channels, sley_channel_options);
  if (channels->unread.size > 0) {
    if (options->allow_drop != NULL) options->allow_drop(options->allow_ctx);
    if (options->prepare_drop != NULL) options->prepare_drop(options->prepare_ctx);
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_with_connection: nothing is unread of a "
                                                "connection that is still to be made"));
  }
  sley_connect_options connect = *options;
  connect.channels = NULL;
  return sley_connect_at(site, &connect, host, port);
}

sley_promise *sley_with_connection_at(const char *site, const sley_connect_options *options,
                                      const char *host, const char *port, sley_connected_fn *f,
                                      void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, f);
  use *u = sley__alloc(sley__self(), sizeof(*u));
  sley_channel_options channels;
  sley_promise *p = connect_by(site, options, host, port, &channels);
  if (u == NULL) {
    sley_cancel(p);
    sley_drop(p);
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *u = (use){.holders = 1,
             .site = site,
             .f = f,
             .ctx = ctx,
             .drop = drop,
             .channels = channels,
             .result = sley_unit()};
  return sley_bind_at(site, p, connected, u, use_release);
}
