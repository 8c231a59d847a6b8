/* Streams of an event's occurrences, and events of a stream's elements. */
#include "promise/react/react_feed.h"
#include "promise/stream/stream.h"

/* ---- to_stream: the stream owns the listener as long as it can be read */

static void push_on(void *ctx, sley_value *v)
{
  sley_value mine;
  if (sley_take(v, &mine) == 0) (void)sley_pusher_push(ctx, mine);
}

static void listener_drop(void *e) { sley_event_drop(e); }

static void pusher_release(react *n) { sley_pusher_drop(n->ctx); }

sley_stream *sley_stream_from_event_at(const char *site, sley_event *e)
{
  SLEY__NEEDS_AT(site, e);
  sley_stream *s;
  sley_pusher *push;
  if (sley_stream_new_at(site, &s, &push) != NULL) return &sley__stream_nomem;
  sley_event *listener = sley_event_on(e, push_on, push, NULL);
  if (sley_event_has_failed(listener)) {
    sley_pusher_drop(push);
    sley_stream_drop(s);
    return &sley__stream_nomem;
  }
  sley__react_of_event(listener)->release = pusher_release;
  sley_pusher_set_reference(push, listener, listener_drop);
  return s;
}

/* ---- of_stream */

typedef struct iteration {
  feed *feed;
  sley_stream *stream; /* NULL once it is being read */
} iteration;

static void iteration_drop(void *ctx)
{
  iteration *k = ctx;
  sley__feed_drop(k->feed);
  sley_stream_drop(k->stream);
  sley__free(sley__self(), k, sizeof(*k));
}

static sley_error *element_came(void *ctx, sley_value *v)
{
  iteration *k = ctx;
  sley_value mine;
  if (sley_take(v, &mine) == 0) sley__feed_push(k->feed, sley__box_new(mine));
  return k->feed->result != NULL
             ? NULL
             : sley_error_canceled(); /* NULL: sley__feed_push led to the drop of the event */
}

static sley_promise *iterate(void *ctx, sley_value *v)
{
  iteration *k = ctx;
  sley_stream *s = k->stream;
  (void)v;
  k->stream = NULL;
  return sley_stream_iter(s, element_came, k);
}

sley_event *sley_event_from_stream(sley_stream *s)
{
  feed *made;
  sley_event *e =
      sley__react_as_event(sley__feed_new(NULL, 0, NULL, (feed){.lands = LANDS_FROM}, &made));
  iteration *k = made != NULL ? sley__alloc(sley__self(), sizeof(*k)) : NULL;
  if (k == NULL) {
    sley_stream_drop(s);
    sley_event_drop(e);
    return sley__react_as_event(sley__react_new(false, NULL, SIZE_MAX));
  }
  made->refs++;
  *k = (iteration){made, s};
  made->promise = sley_attach(sley_bind(sley_pause(), iterate, k), k, iteration_drop);
  return e;
}
