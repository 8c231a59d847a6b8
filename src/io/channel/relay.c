/* Pumps both ways. */
#include <errno.h>
#include <sley/bind.h>
#include <sley/combine.h>
#include <sley/pump.h>

#include "io/channel/channel.h"

typedef struct relay relay;

typedef struct way {
  relay *relay;
  sley_input *in;
  sley_output *out;
  sley__peer to; /* asked at the start, as in a pump */
} way;

struct relay {
  const char *site;
  unsigned holders;
  way ways[2];
  sley_error *error; /* the first one */
};

static void relay_release(relay *r)
{
  if (--r->holders > 0) return;
  for (int i = 0; i < 2; i++) {
    sley_input_drop(r->ways[i].in);
    sley_output_drop(r->ways[i].out);
  }
  sley_error_drop(r->error);
  sley__free(sley__self(), r, sizeof(*r));
}

static void way_release(void *ctx) { relay_release(((const way *)ctx)->relay); }
static void whole_release(void *ctx) { relay_release(ctx); }

static sley_promise *end_failed(void *ctx, sley_error *e)
{
  const way *w = ctx;
  if (sley_error_kind_get(e) == &sley_kind_sley && sley_error_code(e) == SLEY_EINVAL)
    return sley_return_unit(); /* it has no halves */
  const sley_io *to = sley__io_of_half(sley__half_of(w->out));
  return sley_fail(sley__pump_error(w->relay->site, e, "writing to", to, &w->to));
}

static sley_promise *hand_on(void *ctx, sley_value *v)
{
  way *w = ctx;
  (void)v;
  w->relay->holders++;
  return sley_catch(sley_output_end(w->out), end_failed, w, way_release);
}

/* It has closed: there is nobody to write to, but its own last words may still be under way to the other. */
static bool receiver_is_gone(const way *w, const sley_error *e)
{
  bool is_gone =
      sley_error_is(e, &sley_kind_errno, EPIPE) || sley_error_is(e, &sley_kind_errno, ECONNRESET);
  return is_gone && sley_output_error(w->out) != NULL; /* not of the sender */
}

/* A cancel leaves the connections as they are. */
static sley_promise *way_failed(void *ctx, sley_error *e)
{
  const way *w = ctx;
  relay *r = w->relay;
  if (sley_error_is_canceled(e)) return sley_fail(sley_error_keep(e));
  if (r->error == NULL) r->error = sley_error_keep(e);
  if (!receiver_is_gone(w, e))
    for (int i = 0; i < 2; i++) sley_output_abort(r->ways[i].out);
  return sley_fail(sley_error_keep(e));
}

static sley_promise *relay_over(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return_unit();
}

static sley_promise *relay_failed(void *ctx, sley_error *e)
{
  const relay *r = ctx;
  return sley_fail(sley_error_keep(r->error != NULL ? r->error : e));
}

sley_promise *sley_relay_at(const char *site, sley_input *a_in, sley_output *a_output,
                            sley_input *b_in, sley_output *b_output)
{
  sley__half_check(a_in, "sley_relay", site);
  sley__half_check(a_output, "sley_relay", site);
  sley__half_check(b_in, "sley_relay", site);
  sley__half_check(b_output, "sley_relay", site);
  relay *r = sley__alloc(sley__self(), sizeof(*r));
  if (r == NULL) return sley__nomem_promise();
  *r = (relay){.site = site, .holders = 5};
  r->ways[0] = (way){.relay = r, .in = sley_input_keep(a_in), .out = sley_output_keep(b_output)};
  r->ways[1] = (way){.relay = r, .in = sley_input_keep(b_in), .out = sley_output_keep(a_output)};
  sley_promise *both[2];
  for (int i = 0; i < 2; i++) {
    way *w = &r->ways[i];
    w->to = sley__pump_peer(sley__io_of_half(sley__half_of(w->out)));
    sley_promise *p = sley__pump_of_relay(site, w->in, w->out);
    p = sley_bind_at(site, p, hand_on, w, way_release);
    both[i] = sley_catch_at(site, p, way_failed, w, way_release);
  }
  return sley_try_bind_at(site, sley_join_at(site, both, 2), relay_over, relay_failed, r,
                          whole_release);
}
