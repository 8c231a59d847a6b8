/* Sending what all outputs of a domain have. What leaves an output over a type can be another one's to send, below it: so
 * this goes on until nothing moves any more, and begins anew when those that had no room have sent all. */
#include <sley/bind.h>
#include <sley/combine.h>

#include "io/channel/channel.h"

sley_output *sley__output_unsent(sley_io *io)
{
  sley_output *out = &sley__channel_of(io)->out;
  bool has = io->has_channels && io->error == NULL && out->half.is_made && out->unsent > 0 &&
             out->half.error == NULL;
  return has ? out : NULL;
}

/* Whether something has moved to where it can be sent on. */
static bool send_once(struct sley__io_state *state)
{
  bool moved = false;
  for (sley_io *io = sley__io_next(state, NULL), *next; io != NULL; io = next) {
    sley_output *out = sley__output_unsent(io);
    size_t before = out != NULL ? out->unsent : 0;
    if (out != NULL && !out->half.is_blocked) sley__output_send(out);
    next = sley__io_next(state, io); /* before it goes to another list */
    if (out == NULL) continue;
    if (io->kind == SLEY__IO_CUSTOM && out->unsent < before) moved = true;
    if (out->half.has_news) sley__channels_list(io);
  }
  return moved;
}

void sley__outputs_send_all(struct sley__io_state *state)
{
  while (send_once(state)) continue;
}

enum { ROUNDS_MOST = SLEY__OUTPUTS_NESTED };

typedef struct rounds {
  const char *site;
  int left;
} rounds;

static sley_promise *flush_round(rounds *r);

static sley_promise *next_round(void *ctx, sley_value *v)
{
  rounds *r = ctx;
  (void)v;
  return --r->left > 0 ? flush_round(r) : sley_return_unit();
}

static sley_promise *flush_round(rounds *r)
{
  struct sley__io_state *state = sley__current->io;
  sley_promise *all = sley_return_at(r->site, sley_unit());
  bool is_last = true;
  sley__outputs_send_all(state);
  for (sley_io *io = NULL; (io = sley__io_next(state, io)) != NULL;) {
    sley_output *out = sley__output_unsent(io);
    if (out == NULL) continue;
    if (io->kind == SLEY__IO_CUSTOM) is_last = false;
    sley_promise *both[] = {all, sley_output_flush_at(r->site, out)};
    all = sley_join_at(r->site, both, 2);
  }
  return is_last ? all : sley_bind_at(r->site, all, next_round, r, NULL);
}

static sley_promise *all_are_flushed(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return_unit();
}

static void rounds_free(void *ctx) { sley__free(sley__self(), ctx, sizeof(rounds)); }

sley_promise *sley_flush_all_at(const char *site)
{
  sley_domain *d = sley__self();
  if (d->io == NULL) return sley_return_at(site, sley_unit());
  rounds *r = sley__alloc(d, sizeof(*r));
  if (r == NULL) return sley__nomem_promise();
  *r = (rounds){.site = site, .left = ROUNDS_MOST};
  return sley_bind_at(site, flush_round(r), all_are_flushed, r, rounds_free);
}
