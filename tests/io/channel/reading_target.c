/* What a channel reads, in whatever pieces it comes, is what was sent: what libFuzzer looks for a counterexample to. The
 * first byte is the length of a script, the next ones the script, the rest what is sent. scripts/fuzz. */
#include <sley/cancel.h>
#include <sley/channel.h>
#include <sley/convenience.h>
#include <sley/format.h>
#include <sley/loop.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct reading {
  const uint8_t *script, *sent;
  size_t script_size, sent_size;
  size_t step;         /* of the script */
  size_t given, taken; /* of what is sent */
  size_t most;
  bool whole_lines;
  sley_input *in;
  sley_io *peer;
} reading;

static uint8_t next(reading *r)
{
  return r->script_size == 0 ? 0 : r->script[r->step++ % r->script_size];
}

static size_t left(const reading *r) { return r->sent_size - r->taken; }
static const uint8_t *rest_of(const reading *r) { return r->sent + r->taken; }

static void must(bool is_true)
{
  if (!is_true) abort();
}

/* Another piece, or the end. */
static void give(reading *r)
{
  size_t n = 1 + next(r) % 40;
  if (n > r->sent_size - r->given) n = r->sent_size - r->given;
  if (n > 0) {
    must(sley_try_write(r->peer, r->sent + r->given, n) == (int64_t)n);
    r->given += n;
  } else {
    sley_io_abort(r->peer);
  }
  sley_error_drop(sley_step(0));
}

/* 0, or the code of its error. */
static int finish(reading *r, sley_promise *p, sley_value *v)
{
  *v = sley_unit();
  while (sley_is_pending(p)) give(r);
  sley_error *e = sley_run(p, v);
  int code = e != NULL ? sley_error_code(e) : 0;
  must(e == NULL || sley_error_kind_get(e) == &sley_kind_sley);
  sley_error_drop(e);
  return code;
}

static void took(reading *r, size_t n)
{
  must(n <= left(r));
  r->taken += n;
  must(sley_input_position(r->in) == (int64_t)r->taken);
}

/* The length of the line that comes, without its end; *whole: with it. false: there is no end. */
static bool line_of(const reading *r, size_t *length, size_t *whole)
{
  const uint8_t *end = left(r) > 0 ? memchr(rest_of(r), '\n', left(r)) : NULL;
  *length = end != NULL ? (size_t)(end - rest_of(r)) : left(r);
  *whole = end != NULL ? *length + 1 : *length;
  if (end != NULL && *length > 0 && end[-1] == '\r') --*length;
  return end != NULL;
}

/* A line of these bytes has come; NULL: none. Text ends before a NUL. */
static void line_came(reading *r, const char *at, size_t size, bool is_text)
{
  size_t length, whole;
  bool has_end = line_of(r, &length, &whole);
  if (at == NULL) {
    must(r->whole_lines ? !has_end : left(r) == 0);
    took(r, 0);
    return;
  }
  must(has_end || (!r->whole_lines && whole > 0));
  if (is_text) must(size == strnlen((const char *)rest_of(r), length));
  else must(size == length);
  must(memcmp(at, rest_of(r), size) == 0);
  took(r, whole);
}

/* Refused: it is longer than most, and stays. */
static void line_is_long(reading *r)
{
  size_t length, whole;
  line_of(r, &length, &whole);
  must(whole >= r->most);
  took(r, 0);
}

static void bytes_came(reading *r, sley_value *v, size_t least, size_t most, size_t end)
{
  const sley_bytes *b = sley_bytes_in(v);
  must(b->size >= least && b->size <= most && b->size <= left(r));
  must(b->size == 0 || memcmp(b->at, rest_of(r), b->size) == 0);
  took(r, b->size + end);
}

/* ---- the steps ---- */

static void read_line(reading *r)
{
  sley_value v;
  int code = finish(r, sley_input_line_opt(r->in), &v);
  if (code == SLEY_EINVAL) line_is_long(r);
  else must(code == 0);
  if (code == 0 && sley_is_none(&v)) line_came(r, NULL, 0, true);
  else if (code == 0) line_came(r, v.ptr, strlen(v.ptr), true);
  sley_value_drop(&v);
}

static void try_line(reading *r)
{
  const char *at;
  size_t size;
  int code = sley_try_line(r->in, &at, &size);
  if (code == 1) line_came(r, at, size, false);
  else if (code == -SLEY_EINVAL) line_is_long(r);
  else if (code == -SLEY_EEOF) line_came(r, NULL, 0, false);
  else must(code == 0);
  if (code == 0) give(r);
}

static void read_until(reading *r)
{
  static const char *const ends[] = {"\n", "\r\n\r\n", "ab", "aab"};
  const char *end = ends[next(r) % 4];
  size_t n = strlen(end), at = 0;
  sley_value v;
  while (at + n <= left(r) && memcmp(rest_of(r) + at, end, n) != 0) at++;
  bool is_there = at + n <= left(r);
  int code = finish(r, sley_input_until(r->in, end, n), &v);
  if (code == 0) must(is_there);
  else must(code == SLEY_EINVAL ? at + n >= r->most : code == SLEY_EEOF && !is_there);
  if (code == 0) bytes_came(r, &v, at, at, n);
  else took(r, 0);
  sley_value_drop(&v);
}

static void read_pieces(reading *r, size_t n)
{
  sley_value v;
  int code = finish(r, sley_input_some(r->in, n), &v);
  must(code == 0);
  bytes_came(r, &v, left(r) > 0, n, 0);
  sley_value_drop(&v);
  code = finish(r, sley_input_exactly(r->in, n), &v);
  must(code == 0 ? n <= left(r) : code == SLEY_EINVAL ? n > r->most : n > left(r));
  if (code == 0) bytes_came(r, &v, n, n, 0);
  sley_value_drop(&v);
  took(r, 0);
}

static void read_into(reading *r, size_t n)
{
  sley_value v;
  uint8_t *exact = malloc(n); /* so that writing past its end is found */
  must(exact != NULL && finish(r, sley_input_read(r->in, exact, n), &v) == 0);
  must((size_t)v.i <= n && (v.i > 0 || left(r) == 0));
  must(memcmp(exact, rest_of(r), (size_t)v.i) == 0);
  took(r, (size_t)v.i);
  free(exact);
  must(finish(r, sley_input_skip(r->in, n), &v) == 0);
  must((size_t)v.i == (n < left(r) ? n : left(r)));
  took(r, (size_t)v.i);
}

static void read_number(reading *r, uint8_t how)
{
  unsigned width = 1u << (how & 3);
  bool is_big = (how & 4) != 0, is_signed = (how & 8) != 0;
  sley_byte_order order = is_big ? SLEY_BYTE_ORDER_BIG : SLEY_BYTE_ORDER_LITTLE;
  sley_value v;
  uint64_t bits = 0;
  for (unsigned i = 0; i < width && i < left(r); i++)
    bits |= (uint64_t)rest_of(r)[i] << 8 * (is_big ? width - 1 - i : i);
  int code = finish(
      r, is_signed ? sley_input_int(r->in, width, order) : sley_input_uint(r->in, width, order),
      &v);
  if (width > left(r)) must(code == SLEY_EEOF || (width > r->most && code == SLEY_EINVAL));
  else if (code != 0)
    must(code == SLEY_EINVAL && ((width == 8 && bits > INT64_MAX) || width > r->most));
  if (code == 0 && is_signed && width < 8 && bits >> (8 * width - 1) != 0)
    bits |= UINT64_MAX << (8 * width);
  if (code == 0) must((uint64_t)v.i == bits);
  took(r, code == 0 ? width : 0);
}

static void peek(reading *r, size_t n)
{
  const char *at;
  sley_value v;
  int code = finish(r, sley_input_fill(r->in, n), &v);
  must(code == 0 || (code == SLEY_EINVAL && n > r->most));
  if (code == 0) must((size_t)v.i >= (n < left(r) ? n : left(r)));
  size_t there = sley_input_peek(r->in, &at);
  must(there == sley_input_buffered(r->in) && there <= left(r));
  must(there == 0 || memcmp(at, rest_of(r), there) == 0);
  size_t some = there == 0 ? 0 : next(r) % (there + 1);
  sley_input_consume(r->in, some);
  took(r, some);
}

static void try_bytes(reading *r, size_t n)
{
  const char *at;
  int code = sley_try_bytes(r->in, n, &at);
  if (code == 1) must(memcmp(at, rest_of(r), n) == 0);
  else
    must(code == 0 || (code == -SLEY_EEOF && n > left(r)) || (code == -SLEY_EINVAL && n > r->most));
  took(r, code == 1 ? n : 0);
}

/* A read that is canceled has consumed nothing, whatever has come. */
static void canceled(reading *r)
{
  sley_promise *p = sley_input_until(r->in, "no such end", 11);
  if (sley_is_pending(p)) give(r);
  sley_cancel(p);
  sley_value v = sley_unit();
  sley_error *e = sley_run(p, &v);
  if (e == NULL) bytes_came(r, &v, 0, left(r), 11); /* it had come */
  sley_value_drop(&v);
  sley_error_drop(e);
  took(r, 0);
}

static void run_step(reading *r)
{
  uint8_t step = next(r);
  size_t n = 1 + next(r);
  switch (step % 8) {
    case 0: read_line(r); break;
    case 1: try_line(r); break;
    case 2: read_until(r); break;
    case 3: read_pieces(r, n); break;
    case 4: read_into(r, n); break;
    case 5: read_number(r, step >> 3); break;
    case 6: peek(r, n); break;
    default:
      if (step & 8) canceled(r);
      else try_bytes(r, n);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  sley_io *ends[2];
  if (size < 3) return 0;
  size_t script = (size_t)1 + data[0] % 64;
  if (script > size - 2) script = size - 2;
  reading r = {.script = data + 2,
               .script_size = script,
               .sent = data + 2 + script,
               .sent_size = size - 2 - script,
               .most = (data[1] & 1) != 0 ? 65536 : 1 + (size_t)(data[1] >> 2),
               .whole_lines = (data[1] & 2) != 0};
  sley_channel_options o = {.size = sizeof(o), .most = r.most, .whole_lines = r.whole_lines};
  must(sley_io_pair(1 << 20, ends) == NULL);
  must(sley_input_from_io(&o, ends[0], &r.in) == NULL);
  r.peer = ends[1];
  for (int i = 0; i < 64; i++) run_step(&r);
  sley_io_drop(r.peer);
  sley_input_drop(r.in);
  sley_error_drop(sley_step(0));
  return 0;
}
