/* A port read as a stream: one get for each element that a reader needs. */
#include "domain/shared/port.h"

typedef struct reading_end {
  const char *site;
  sley_port *port; /* one hold */
  ticket *waits;   /* the get under way */
  bool owned;      /* reading is closed when the stream ends */
} reading_end;

static sley_promise *next_value(void *ctx)
{
  reading_end *end = ctx;
  return sley__port_get(end->site, end->port, &end->waits);
}

/* No reader of the stream is left: gives up the get under way. */
static void reading_end_unread(void *ctx)
{
  reading_end *end = ctx;
  sley__port_get_give_up(&end->waits);
}

static void port_let_go(sley_port *port, bool owned)
{
  if (owned) sley_port_close_reading(port);
  sley_port_drop(port);
}

static void reading_end_drop(void *ctx)
{
  reading_end *end = ctx;
  port_let_go(end->port, end->owned);
  sley__free(sley__self(), end, sizeof(*end));
}

/* Consumes port. */
static sley_stream *stream_from(const char *site, sley_port *port, bool owned)
{
  reading_end *end = sley__alloc(sley__self(), sizeof(*end));
  if (end == NULL) {
    port_let_go(port, owned);
    return &sley__stream_nomem;
  }
  *end = (reading_end){site, port, NULL, owned};
  return sley__stream_from(site, next_value, end, reading_end_drop, reading_end_unread);
}

sley_stream *sley_stream_from_port_at(const char *site, sley_port *port)
{
  SLEY__NEEDS_AT(site, port);
  return stream_from(site, sley_port_keep(port), false);
}

sley_stream *sley_port_to_stream_at(const char *site, sley_port *port)
{
  SLEY__NEEDS_AT(site, port);
  return stream_from(site, port, true);
}
