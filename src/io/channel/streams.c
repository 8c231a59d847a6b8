/* Streams of what an input reads, and into an output. */
#include <sley/format.h>
#include <sley/stream_combine.h>

#include "io/channel/channel.h"

/* ---- out of an input ---- */

static void input_release(void *ctx) { sley_input_drop(ctx); }
static sley_promise *next_char(void *ctx) { return sley_input_char_opt(ctx); }
static sley_promise *next_line(void *ctx) { return sley_input_line_opt(ctx); }

static sley_stream *from_input(const char *site, const char *function, sley_input *in,
                               sley_start_fn *next)
{
  sley__half_check(in, function, site);
  return sley_stream_from_at(site, next, sley_input_keep(in), input_release);
}

sley_stream *sley_input_chars_at(const char *site, sley_input *in)
{
  return from_input(site, "sley_input_chars", in, next_char);
}

sley_stream *sley_input_lines_at(const char *site, sley_input *in)
{
  return from_input(site, "sley_input_lines", in, next_line);
}

/* ---- into an output ---- */

static sley_promise *refuse_element(const sley_value *v)
{
  if (v->type == NULL)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                                    "writing a stream: the element %lld is no byte",
                                    (long long)v->i));
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                                  "writing a stream: an element is a %s, and not text, bytes or an "
                                  "integer",
                                  v->type->name != NULL ? v->type->name : "value without a name"));
}

/* Other places may read the same element, so it is copied; a part of memory is not. */
static sley_promise *element_write(void *ctx, sley_value *v)
{
  sley_output *out = ctx;
  if (v->type == &sley_type_text) {
    const char *text = v->ptr;
    sley_bytes bytes;
    if (sley_bytes_copy(text, strlen(text), &bytes) != NULL) return sley__nomem_promise();
    return sley_output_bytes(out, &bytes);
  }
  if (sley_bytes_is_in(v)) {
    const sley_bytes *all = sley_bytes_in(v);
    sley_bytes part = sley_bytes_part(all, 0, all->size);
    return sley_output_bytes(out, &part);
  }
  if (v->type == NULL && v->i >= 0 && v->i <= 255) return sley_output_char(out, (char)v->i);
  return refuse_element(v);
}

/* A line is one piece with its newline, whoever else writes. */
static sley_promise *line_write(void *ctx, sley_value *v)
{
  sley_output *out = ctx;
  char byte = (char)v->i;
  const void *at = &byte;
  size_t size = 1;
  if (v->type == &sley_type_text) {
    at = v->ptr;
    size = strlen(v->ptr);
  } else if (sley_bytes_is_in(v)) {
    at = sley_bytes_in(v)->at;
    size = sley_bytes_in(v)->size;
  } else if (v->type != NULL || v->i < 0 || v->i > 255) {
    return refuse_element(v);
  }
  sley_bytes bytes;
  char *line;
  if (sley_bytes_new(size + 1, &line, &bytes) != NULL) return sley__nomem_promise();
  if (size > 0) memcpy(line, at, size);
  line[size] = '\n';
  return sley_output_bytes(out, &bytes);
}

static void output_release(void *ctx) { sley_output_drop(ctx); }

static sley_promise *to_output(const char *site, const char *function, sley_output *out,
                               sley_stream *s, sley_bind_fn *write)
{
  SLEY__NEEDS_AT(site, s);
  sley__half_check(out, function, site);
  return sley_stream_iter_s_at(site, s, write, sley_output_keep(out), output_release);
}

sley_promise *sley_output_stream_at(const char *site, sley_output *output, sley_stream *s)
{
  return to_output(site, "sley_output_stream", output, s, element_write);
}

sley_promise *sley_output_lines_at(const char *site, sley_output *output, sley_stream *s)
{
  return to_output(site, "sley_output_lines", output, s, line_write);
}
