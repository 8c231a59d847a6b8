/* A connection from its start to its end: it is wrapped, if the options say so, and served, its scope is left, its output
 * is flushed and closed, then its input; in this order, so that what was written arrives, also if input is unread. */
#include "io/server/server.h"

/* ---- the end ---- */

static void connection_end(sley_connection *c)
{
  member *m = c->member;
  sley_server *s = m->server;
  sley__peer peer = sley__connection_peer(c);
  sley_io *io = c->now.io;
  sley__dlist_remove(&c->limited.place);
  sley_value_drop(&c->now.value);
  if (io != NULL) {
    sley_input_drop(&sley__channel_of(io)->in);
    sley_output_drop(&sley__channel_of(io)->out);
  }
  sley__connection_extras_free(c);
  if (s->options.data_drop != NULL) s->options.data_drop(sley_connection_data(c));
  sley__connection_free(c);
  sley__member_leave(m, &peer, SLEY__PLACE_OPEN);
  if (sley__dlist_is_empty(&m->limits.all)) {
    sley__limits_end(&m->limits);
    sley__member_drained(m);
  }
  sley_server_drop(s);
}

static void close_failed(void *ctx, sley_error *e)
{
  sley_connection *c = ctx;
  if (c->stage != CONNECTION_LEAVES_SCOPE)
    sley__connection_failed(c, e); /* a scope's is told before */
}

static sley_promise *output_close(sley_connection *c)
{
  sley_output *out = &sley__channel_of(c->now.io)->out;
  /* Nobody takes what is unsent, and has had its time. */
  if (c->has_timed_out && out->unsent > 0) sley_output_abort(out);
  return sley_output_close_at("", out);
}

/* A socket that is served bare has nothing to send that the kernel does not have; a wrapper can. */
static sley_promise *wrapper_close(const sley_connection *c)
{
  bool is = c->member->server->options.wrap != NULL && sley__value_is(&c->now.value, &sley_type_io);
  return is ? sley_io_close_at("", sley_io_in(&c->now.value)) : NULL;
}

/* What is to be done in the stage: a promise, or NULL. */
static sley_promise *stage_begin(sley_connection *c)
{
  switch ((connection_stage)c->stage) {
    case CONNECTION_LEAVES_SCOPE: return sley__connection_scope_leave(c);
    case CONNECTION_CLOSES_OUTPUT: return c->now.io != NULL ? output_close(c) : wrapper_close(c);
    case CONNECTION_CLOSES_INPUT:
      return c->now.io != NULL ? sley_input_close_at("", &sley__channel_of(c->now.io)->in) : NULL;
    case CONNECTION_LEAVES_SERVER: return sley__detach_begin(c);
    case CONNECTION_WRAPPED:
    case CONNECTION_IN_LINE:
    case CONNECTION_SERVED:
    case CONNECTION_OVER: break;
  }
  return NULL;
}

/* It is none of the server's any more when somebody else gets it. */
static void connection_give(sley_connection *c)
{
  connection_extras taken = sley__detach_take(c);
  sley_server *s = sley_server_keep(c->member->server);
  sley__member_count(&c->member->detached, 1);
  connection_end(c);
  sley__detach_give(s, &taken);
}

/* The stage is over: the next one, and so on. */
static void connection_go_on(void *ctx)
{
  sley_connection *c = ctx;
  sley_drop(c->now.promise);
  c->now.promise = NULL;
  if (c->stage == CONNECTION_SERVED) sley__gone_forget(c);
  if (c->stage == CONNECTION_LEAVES_SERVER && sley__detach_end(c)) {
    connection_give(c);
    return;
  }
  for (c->stage++; c->stage < CONNECTION_OVER; c->stage++) {
    sley_promise *p = stage_begin(c);
    if (p == NULL) continue;
    if (sley__self()->ending && sley_is_pending(p)) { /* its domain ends: nobody will hear of it */
      sley_drop(p);
      continue;
    }
    c->now.promise = sley_keep(p);
    sley_on_any(p, c->stage == CONNECTION_LEAVES_SERVER ? sley__detached : NULL, close_failed, c,
                connection_go_on);
    sley_drop(p);
    return;
  }
  connection_end(c);
}

/* ---- serving ---- */

static void serve_failed(void *ctx, sley_error *e)
{
  sley__detach_forget(ctx);
  sley__connection_failed(ctx, e);
}

static void serve_succeeded(void *ctx, sley_value *v)
{
  const sley_connection *c = ctx;
  if (c->now.value.type != NULL)
    sley__lent_given_back(&c->now.value, v, "sley_server_start", c->member->server->site);
}

static sley_promise *serve_in_fiber(void *ctx)
{
  sley_connection *c = ctx;
  const sley_server_options *o = &c->member->server->options;
  return o->burst != NULL ? o->burst(c) : o->serve(c);
}

static sley_promise *serve_once(sley_connection *c, const char *site)
{
  const sley_server_options *o = &c->member->server->options;
  if (o->in_fiber) return sley_spawn_at(site, serve_in_fiber, c, NULL);
  return sley__returned(o->serve(c), "sley_server_start as serve", site);
}

static sley_promise *burst_once(void *ctx, sley_input *inside)
{
  sley_connection *c = ctx;
  const sley_server *s = c->member->server;
  (void)inside;
  sley_promise *p = s->options.in_fiber ? sley_spawn_at(s->site, serve_in_fiber, c, NULL)
                                        : sley__returned(s->options.burst(c),
                                                         "sley_server_start as burst", s->site);
  if (SLEY__UNLIKELY(s->options.cancel_gone) && sley_is_pending(p)) sley__gone_watch(c, p);
  return p;
}

static sley__step burst_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  return sley__each_attempt(work, burst_once, SLEY__CONTAINER(work, sley_connection, serving), v,
                            e);
}

static sley__step burst_call(sley__work *work, sley_value *v, sley_error **e)
{
  return sley__each_call(work, burst_once, SLEY__CONTAINER(work, sley_connection, serving), v, e);
}

/* Its work has left the line: also when it was canceled, as soon as no body runs any more. */
static void line_over(sley__work *work, sley_value v, sley_error *e)
{
  sley_connection *c = SLEY__CONTAINER(work, sley_connection, serving);
  sley_io *io = sley__connection_io(c);
  bool is_canceled = work->is_canceled;
  sley_value_drop(&v);
  c->now.io = io;
  c->now.promise = NULL;
  c->now.value = sley_unit();
  c->stage = CONNECTION_SERVED;
  if (e != NULL || is_canceled) sley__detach_forget(c);
  if (e != NULL && !is_canceled) sley__connection_failed(c, e);
  sley_error_drop(e);
  connection_go_on(c);
}

static const char *burst_site(const sley__work *work)
{
  return SLEY__CONTAINER((uintptr_t)work, sley_connection, serving)->member->server->site;
}

static const sley__work_type burst_type = {.operation = {"burst", sley__work_cancel},
                                           .attempt = burst_attempt,
                                           .call = burst_call,
                                           .over = line_over,
                                           .site = burst_site,
                                           .starts_in_line = true,
                                           .has_body = true};

/* Without a promise, which an idle connection would have to keep. It can be over when this returns. */
static void burst_begin(sley_connection *c)
{
  sley_io *io = c->now.io;
  if (c->is_canceled) { /* by what prepared it */
    connection_go_on(c);
    return;
  }
  sley__io_hold(io);
  c->stage = CONNECTION_IN_LINE;
  c->serving = (sley__work){.type = &burst_type, .half = &sley__channel_of(io)->in.half, .need = 1};
  sley__work_begin(&c->serving);
  sley_io_drop(io);
}

static sley__each_rest *each_rest_of(const sley__work *work)
{
  return &sley__connection_served(SLEY__CONTAINER((uintptr_t)work, sley_connection, serving))->each;
}

static sley__step each_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const sley__each_rest *rest = each_rest_of(work);
  return sley__each_attempt(work, rest->f, rest->ctx, v, e);
}

static sley__step each_call(sley__work *work, sley_value *v, sley_error **e)
{
  const sley__each_rest *rest = each_rest_of(work);
  return sley__each_call(work, rest->f, rest->ctx, v, e);
}

static void each_over(sley__work *work, sley_value v, sley_error *e)
{
  const sley__each_rest *rest = each_rest_of(work);
  if (rest->drop != NULL) rest->drop(rest->ctx);
  line_over(work, v, e);
}

static const char *each_site(const sley__work *work) { return each_rest_of(work)->site; }

static const sley__work_type each_type = {.operation = {"each", sley__work_cancel},
                                          .attempt = each_attempt,
                                          .call = each_call,
                                          .over = each_over,
                                          .site = each_site,
                                          .starts_in_line = true,
                                          .has_body = true};

/* Mostly serve returns a sley_input_each, which nobody else has: then it needs no promise, of which an idle connection would
 * have to keep 290 bytes. */
static bool each_taken(sley_connection *c, sley_promise *p)
{
  const sley_server_options *o = &c->member->server->options;
  if (o->serve == NULL || o->cancel_gone || c->is_canceled) return false;
  sley__work work = {.type = &each_type, .half = &sley__channel_of(c->now.io)->in.half};
  if (!sley__each_take(p, &work, &sley__connection_served(c)->each)) return false;
  c->serving = work;
  sley__work_put(&c->serving);
  c->stage = CONNECTION_IN_LINE;
  return true;
}

static sley_promise *serve_begin(sley_connection *c)
{
  const sley_server *s = c->member->server;
  if (s->options.bare != NULL)
    return sley__returned(s->options.bare(&c->now.value, &s->options.context),
                          "sley_server_start as bare", s->site);
  return serve_once(c, s->site);
}

/* Consumes io. */
static sley_error *channels_make(sley_connection *c, sley_io *io)
{
  const sley_server *s = c->member->server;
  sley_input *in;
  sley_output *out;
  if (sley__is_bare(s)) {
    c->now.value = sley_own(io, &sley_type_io);
    return NULL;
  }
  sley_error *e = sley_channels(&s->channels, io, &in, &out);
  if (e == NULL) c->now.io = io;
  else sley_io_drop(io);
  return e;
}

/* Its socket is set up already. Consumes io, or e if there is one. */
static void serve_start(sley_connection *c, sley_io *io, sley_error *e)
{
  c->stage = CONNECTION_SERVED;
  const sley_server_options *o = &c->member->server->options;
  if (e == NULL) e = channels_make(c, io);
  if (e != NULL) {
    sley__connection_failed(c, e);
    sley_error_drop(e);
    connection_go_on(c);
    return;
  }
  if (o->burst != NULL) {
    burst_begin(c);
    return;
  }
  sley_promise *p = serve_begin(c);
  if (each_taken(c, p)) return;
  c->now.promise = sley_keep(p);
  if (c->is_canceled && sley_is_pending(p)) sley_cancel(p); /* a stop, called by what serves */
  if (o->cancel_gone && sley_is_pending(p)) sley__gone_watch(c, p);
  sley_on_any(p, serve_succeeded, serve_failed, c, connection_go_on);
  sley_drop(p);
}

/* ---- wrapping ---- */

static void wrapped(void *ctx, sley_value *v)
{
  sley_connection *c = ctx;
  if (SLEY__UNLIKELY(!sley_io_is_in(v) && v->type != &sley_type_moved))
    sley__abort(
        "sley_server_start at %s: the promise of wrap was fulfilled with a value of type %s "
        "instead of a sley_io: give the object with sley_io_to_value",
        c->member->server->site, v->type != NULL ? v->type->name : "scalar");
  sley_io *io = sley_io_take(v); /* NULL: somebody else has it */
  if (io != NULL) c->now.value = sley_own(io, &sley_type_io);
}

static void wrap_failed(void *ctx, sley_error *e)
{
  sley_connection *c = ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT))
    sley__member_count(&c->member->timed_out, 1);
  else sley__connection_failed(c, e);
}

static void wrap_over(void *ctx)
{
  sley_connection *c = ctx;
  sley_value v = c->now.value;
  sley_drop(c->now.promise);
  c->now.promise = NULL;
  c->now.value = sley_unit();
  sley__place_free(c->member->server, SLEY__PLACE_WRAP);
  if (sley__value_is(&v, &sley_type_io)) {
    serve_start(c, sley_io_in(&v), NULL);
    return;
  }
  c->stage = CONNECTION_SERVED;
  connection_go_on(c);
}

static void wrap_start(sley_connection *c, sley_io *io)
{
  const sley_server *s = c->member->server;
  sley_promise *p = sley__returned(s->options.wrap(io, &s->options.context),
                                   "sley_server_start as wrap", s->site);
  if (s->options.wrap_time > 0) p = sley_with_timeout_at(s->site, p, s->options.wrap_time);
  c->now.promise = sley_keep(p);
  if (c->is_canceled && sley_is_pending(p)) sley_cancel(p);
  sley_on_any(p, wrapped, wrap_failed, c, wrap_over);
  sley_drop(p);
}

/* ---- its start ---- */

static sley_error *socket_set_up(const sley_connection *c, sley_io *io)
{
  const sley_server_options *o = &c->member->server->options;
  sley_error *e = NULL;
  bool is_tcp = c->peer_kind == SLEY__PEER_V4 || c->peer_kind == SLEY__PEER_V6;
  if (o->keep_delay && is_tcp) e = sley_io_set_nodelay(io, false);
  if (e == NULL && o->prepare != NULL) e = o->prepare(io, &o->context);
  if (e != NULL) sley_io_drop(io);
  return e;
}

static void not_served(member *m, sley_io *io, const sley__peer *peer)
{
  sley_io_drop(io);
  sley__member_count(&m->failed, 1);
  sley__async_error(sley__self(), sley_error_nomem(), m->server->site);
  sley__member_leave(m, peer, SLEY__PLACES);
}

void sley__serve(member *m, sley_io *io, const sley__peer *peer)
{
  sley_server *s = m->server;
  sley__peer of_io = s->peers != NULL ? *peer : sley__peer_of(io);
  sley_connection *c = sley__connection_new(m, &of_io);
  if (c == NULL) {
    not_served(m, io, peer);
    return;
  }
  sley__limited_join(&m->limits, &c->limited);
  sley_server_keep(s);
  sley_error *e = socket_set_up(c, io);
  if (e == NULL) sley__looks_begin(c);
  if (s->options.wrap != NULL && e == NULL) {
    wrap_start(c, io);
    return;
  }
  if (s->options.wrap != NULL) sley__place_free(s, SLEY__PLACE_WRAP);
  serve_start(c, io, e);
}
