/* choose: a stream of the elements of several, in order of arrival. One read of each is always under way; the one
 * that delivered is restarted. */
#include "promise/stream/stream.h"

typedef struct chooser {
  uint32_t refs;
  const char *site;
  size_t count, capacity;
  struct input {
    sley_stream *stream;
    sley_promise *reading; /* of a delivery */
  } inputs[];
} chooser;

/* An element, with the stream it came from: the value of the promises to choose among. */
typedef struct delivery {
  const sley_stream *stream; /* only compared */
  sley_promise *element;     /* with a reference */
} delivery;

static void delivery_drop(void *ptr)
{
  sley_domain *d = sley__self();
  sley__ref_drop(d, ((delivery *)ptr)->element);
  sley__free(d, ptr, sizeof(delivery));
}

static const sley_type type_delivery = {
    .size = sizeof(sley_type), .name = "delivery of a stream", .drop = delivery_drop};

static sley_error *deliver(void *stream, sley_value *in, sley_value *out)
{
  sley_domain *d = sley__self();
  delivery *made = sley__alloc(d, sizeof(*made));
  (void)in;
  if (made == NULL) return &sley__nomem;
  *made = (delivery){stream, sley__reader_of(d, in)};
  made->element->refs++;
  *out = sley_own(made, &type_delivery);
  return NULL;
}

static void read_again(const char *site, struct input *input)
{
  input->reading =
      sley_map_at(site, sley_stream_get_at(site, input->stream), deliver, input->stream, NULL);
}

static void chooser_unref(void *ctx)
{
  sley_domain *d = sley__self();
  chooser *c = ctx;
  if (--c->refs > 0) return;
  for (size_t i = 0; i < c->count; i++) {
    sley__ref_drop(d, c->inputs[i].reading);
    sley_stream_drop(c->inputs[i].stream);
  }
  sley__free(d, c, sizeof(chooser) + c->capacity * sizeof(struct input));
}

static void unread(void *ctx)
{
  sley_domain *d = sley__self();
  chooser *c = ctx;
  c->refs++;
  while (c->count > 0) {
    struct input last = c->inputs[--c->count];
    last.reading->flags |= FLAG_READ; /* its abandonment must not be reported */
    sley__ref_drop(d, last.reading);
    sley_stream_drop(last.stream);
  }
  chooser_unref(c);
}

/* One input delivered. NULL: its stream has ended, try the others. */
static sley_promise *delivered(sley_domain *d, chooser *c, const delivery *made)
{
  size_t at = 0;
  while (at < c->count && c->inputs[at].stream != made->stream) at++;
  bool ended = sley_is_none(sley__value_of(made->element));
  sley_promise *e = made->element;
  e->refs++;
  if (at < c->count) {
    struct input input = c->inputs[at];
    c->inputs[at] = c->inputs[--c->count]; /* order does not matter: the choice is random */
    sley__ref_drop(d, input.reading);
    if (ended) {
      sley_stream_drop(input.stream);
    } else {
      read_again(c->site, &input);
      c->inputs[c->count++] = input;
    }
  }
  if (!ended) return e;
  sley__ref_drop(d, e);
  return NULL;
}

static sley_promise *next(void *ctx);

static sley_promise *on_delivery(void *ctx, sley_value *v)
{
  sley_promise *p = delivered(sley__self(), ctx, sley_value_ptr(v, &type_delivery));
  return p != NULL ? p : next(ctx);
}

/* Chooses among all readings. NULL: out of memory. */
static sley_promise *choice(sley_domain *d, chooser *c)
{
  sley_promise **all = sley__alloc(d, c->count * sizeof(*all));
  if (all == NULL) return sley__nomem_promise();
  for (size_t i = 0; i < c->count; i++) all[i] = sley_keep(c->inputs[i].reading);
  sley_promise *p = sley_choose_at(c->site, all, c->count);
  sley__free(d, all, c->count * sizeof(*all));
  return p;
}

static sley_promise *next(void *ctx)
{
  sley_domain *d = sley__self();
  chooser *c = ctx;
  sley_promise *p = NULL;
  while (p == NULL) {
    if (c->count == 0) return sley_return_at(c->site, sley_none());
    sley_promise *q = choice(d, c);
    sley_promise *u = sley__underlying(d, q);
    if (u->state == STATE_PENDING) {
      c->refs++;
      return sley_bind_at(c->site, q, on_delivery, c, chooser_unref);
    }
    if (u->state == STATE_REJECTED) return q;
    p = delivered(d, c, sley_value_ptr(sley__value_of(u), &type_delivery));
    sley__ref_drop(d, q);
  }
  return p;
}

static sley_stream *refused(sley_stream *const *streams, size_t n)
{
  for (size_t i = 0; i < n; i++) sley_stream_drop(streams[i]);
  return &sley__stream_nomem;
}

sley_stream *sley_stream_choose_at(const char *site, sley_stream *const *streams, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, streams);
  sley_domain *d = sley__self();
  if (n > UINT32_MAX / 64) return refused(streams, n);
  chooser *c = sley__alloc(d, sizeof(*c) + n * sizeof(struct input));
  if (c == NULL) return refused(streams, n);
  *c = (chooser){.refs = 1, .site = site, .count = n, .capacity = n};
  for (size_t i = 0; i < n; i++) {
    c->inputs[i].stream = streams[i];
    read_again(site, &c->inputs[i]);
  }
  sley_stream *s = sley__stream_from(site, next, c, chooser_unref, unread);
  sley__settle_down(d);
  return s;
}
