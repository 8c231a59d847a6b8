/* iter_n: calls a function on every element, with a bound on the number of its pending promises. */
#include "promise/stream/stream.h"

typedef struct crew {
  uint32_t refs;
  const char *site;
  sley_stream *stream; /* a handle */
  sley_bind_fn *start;
  void *ctx;
  sley_drop_fn *drop;
  size_t available;
  collection running; /* the newest first, like Lwt's list */
} crew;

static void crew_unref(void *ctx)
{
  sley_domain *d = sley__self();
  crew *c = ctx;
  if (--c->refs > 0) return;
  sley__collection_drop(d, &c->running);
  if (c->drop != NULL) c->drop(c->ctx);
  sley_stream_drop(c->stream);
  sley__free(d, c, sizeof(*c));
}

static crew *crew_keep(crew *c)
{
  c->refs++;
  return c;
}

/* The running promises, for a combinator that consumes them. */
static sley_promise *const *lend_running(const crew *c)
{
  for (size_t i = 0; i < c->running.count; i++) c->running.at[i]->refs++;
  return c->running.at;
}

/* Some running calls have finished: keeps the others, in the order of the split. */
static void absorb(sley_domain *d, crew *c, const sley_value *v)
{
  const sley_split *split = sley_split_in(v);
  c->available += split->values->count;
  for (size_t i = 0; i < split->count; i++) split->pending[i]->refs++;
  for (size_t i = 0; i < c->running.count; i++) sley__ref_drop(d, c->running.at[i]);
  for (size_t i = 0; i < split->count; i++) c->running.at[i] = split->pending[i];
  c->running.count = split->count;
}

/* Calls the function on an element. NULL: continue. */
static sley_promise *take_on(sley_domain *d, crew *c, element *e, uint32_t held)
{
  if (sley_is_none(sley__value_of(e)))
    return sley_join_at(c->site, lend_running(c), c->running.count);
  struct sley__lent lent;
  sley_promise *q = c->start(c->ctx, sley__element_lend(d, &lent, e, held));
  sley__element_return(d, &lent);
  sley__returned(q, "sley_stream_iter_n", c->site);
  sley__check(d, q, "sley_stream_iter_n");
  if (!sley__collect(d, &c->running, q)) return sley__nomem_promise();
  memmove(c->running.at + 1, c->running.at, (c->running.count - 1) * sizeof(sley_promise *));
  c->running.at[0] = q;
  c->available--;
  return NULL;
}

static sley_promise *go_on(sley_domain *d, crew *c);

static sley_promise *on_split(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  absorb(d, ctx, v);
  return go_on(d, ctx);
}

static sley_promise *on_element(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  (void)v;
  sley_promise *p = take_on(d, ctx, sley__reader_of(d, v), sley__held_of(d, v));
  return p != NULL ? p : go_on(d, ctx);
}

/* Waits until one of the running calls has finished. NULL: one already has. */
static sley_promise *make_room(sley_domain *d, crew *c)
{
  sley_promise *q = sley_nchoose_split_at(c->site, lend_running(c), c->running.count);
  if (q->state == STATE_PENDING)
    return sley_bind_at(c->site, q, on_split, crew_keep(c), crew_unref);
  if (q->state == STATE_REJECTED) return q;
  absorb(d, c, sley__value_of(q));
  sley__ref_drop(d, q);
  return NULL;
}

static sley_promise *go_on(sley_domain *d, crew *c)
{
  sley_promise *p = NULL;
  while (p == NULL) {
    if (c->available == 0 && (p = make_room(d, c)) != NULL) break;
    sley_promise *g = sley_stream_get_at(c->site, c->stream);
    sley_promise *u = sley__underlying(d, g);
    if (u->state == STATE_PENDING)
      return sley_bind_at(c->site, g, on_element, crew_keep(c), crew_unref);
    if (u->state == STATE_REJECTED) return g;
    p = take_on(d, c, u, u == g ? 1 : 0);
    sley__ref_drop(d, g);
  }
  return p;
}

static sley_promise *refused(sley_stream *s, sley_promise *p, void *ctx, sley_drop_fn *drop)
{
  sley_stream_drop(s);
  if (drop != NULL) drop(ctx);
  return p;
}

sley_promise *sley_stream_iter_n_at(const char *site, sley_stream *s, size_t max, sley_bind_fn *f,
                                    void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_iter_n");
  if (max == 0)
    return refused(
        s,
        sley_fail_at(
            site,
            sley_error_new_at(
                site, &sley_kind_sley, SLEY_EINVAL,
                "sley_stream_iter_n: the limit of pending promises is 0; it must be at least 1")),
        ctx, drop);
  crew *c = d != NULL ? sley__alloc(d, sizeof(*c)) : NULL;
  if (c == NULL) return refused(s, sley__nomem_promise(), ctx, drop);
  *c = (crew){
      .refs = 1, .site = site, .stream = s, .start = f, .ctx = ctx, .drop = drop, .available = max};
  sley_promise *p = go_on(d, c);
  crew_unref(c);
  sley__settle_down(d);
  return p;
}
