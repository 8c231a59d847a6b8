/* Two streams that show another one in a different form: errors as elements, bytes as lines of hexadecimal digits. */
#include <sley/result.h>

#include <stdio.h>

#include "promise/stream/stream_transform.h"

/* ---- wrap_exn ---- */

static sley_promise *wrapped_step(sley_domain *d, reading *r)
{
  if (!sley__is_end(r->cursor)) return sley__reading_consume(d, r);
  r->cursor->refs++;
  return r->cursor;
}

static sley_promise *wrapped_failed(sley_domain *d, reading *r, sley_error *e)
{
  (void)d;
  return sley_return_at(r->site, sley_error_to_value(sley_error_keep(e)));
}

static const reading_type type_wrapped = {.function = "sley_stream_wrap_error",
                                          .bytes = sizeof(reading),
                                          .step = wrapped_step,
                                          .failed = wrapped_failed};

static sley_promise *wrapped_next(void *ctx)
{
  const transform *t = ctx;
  reading r = {0};
  return sley__read(sley__self(), &r, &type_wrapped, t->site, t->stream, false);
}

/* A stream that wraps s and whose source is next; its got is unused. */
static sley_stream *presented(const char *site, sley_stream *s, sley_start_fn *next)
{
  transform t = {.site = site, .stream = s};
  sley_stream *made = sley__transform(&t);
  if (made != &sley__stream_nomem) made->source->start = next;
  return made;
}

sley_stream *sley_stream_wrap_error_at(const char *site, sley_stream *s)
{
  return presented(site, s, wrapped_next);
}

/* ---- hexdump ---- */

enum { LINE_BYTES = 16 };

/* Format: 8 digits, "|  ", 16 cells "xx " with a blank before the ninth, " |", the characters, "|". */
static void line_format(const sley_list *list, size_t at, char *line, size_t size)
{
  size_t used = (size_t)snprintf(line, size, "%08zx|  ", at);
  for (size_t i = 0; i < LINE_BYTES; i++) {
    const char *gap = i == LINE_BYTES / 2 ? " " : "";
    if (i < list->count)
      used += (size_t)snprintf(line + used, size - used, "%s%02x ", gap,
                               (unsigned)sley_list_item(list, i)->u & 0xffu);
    else used += (size_t)snprintf(line + used, size - used, "%s   ", gap);
  }
  used += (size_t)snprintf(line + used, size - used, " |");
  for (size_t i = 0; i < list->count; i++) {
    unsigned byte = (unsigned)sley_list_item(list, i)->u & 0xffu;
    line[used++] = byte >= 0x20 && byte <= 0x7e ? (char)byte : '.';
  }
  line[used++] = '|';
  line[used] = '\0';
}

static sley_error *line_of(void *ctx, sley_value *in, sley_value *out)
{
  transform *t = ctx;
  const sley_list *list = sley_list_in(in);
  char line[96];
  *out = sley_none();
  if (list->count == 0) return NULL;
  line_format(list, t->at, line, sizeof(line));
  t->at += LINE_BYTES;
  return sley_text(line, out);
}

static sley_promise *hexdump_next(void *ctx)
{
  transform *t = ctx;
  return sley_map_at(t->site, sley_stream_nget_at(t->site, t->stream, LINE_BYTES), line_of,
                     sley__transform_keep(t), sley__transform_unref);
}

sley_stream *sley_stream_hexdump_at(const char *site, sley_stream *s)
{
  return presented(site, s, hexdump_next);
}
