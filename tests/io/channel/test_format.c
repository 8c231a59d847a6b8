/* Numbers in both byte orders, formatted text, dumps, streams of characters and lines; each standing in line, canceled,
 * at the end, closed, broken, and without memory.
 * Tests src/io/channel/number.c, src/io/channel/text.c, src/io/channel/streams.c. */
#include <errno.h>
#include <math.h>
#include <sys/socket.h>

#include <sley/format.h>
#include <sley/stream_combine.h>

#include "support/channels.h"

static void gives_unit(sley_promise *p)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
}

static sley_input *input_of(const void *data, size_t size)
{
  sley_input *in;
  sley_bytes bytes = sley_bytes_static(data, size);
  assert_null(sley_input_from_bytes(&bytes, &in));
  return in;
}

static double run_gives_double(sley_promise *p)
{
  sley_value v;
  assert_null(sley_run(p, &v));
  return sley_value_double(&v);
}

/* What has been written, compared and then left behind. */
static void wrote_bytes(sley_output *out, const void *wanted, size_t wanted_size)
{
  const char *data;
  size_t size;
  sley_output_memory(out, &data, &size);
  assert_true(size >= wanted_size);
  assert_memory_equal(data + size - wanted_size, wanted, wanted_size);
}

static void wrote(sley_output *out, const char *wanted)
{
  const char *data;
  size_t size;
  sley_output_memory(out, &data, &size);
  if (size != strlen(wanted) || memcmp(data, wanted, size) != 0)
    fail_msg("%.*s\ninstead of\n%s", (int)size, data, wanted);
}

/* ---- numbers ---- */

/* Bytes in little order, the integer, and whether the same bytes make a negative one. */
typedef struct sample {
  unsigned width;
  unsigned char bytes[8];
  int64_t is_signed, is_unsigned; /* -1: no integer can hold it */
} sample;

static const sample samples[] = {
    {1, {0x7f}, 127, 127},
    {1, {0xfe}, -2, 254},
    {2, {0x34, 0x12}, 0x1234, 0x1234},
    {2, {0x01, 0xff}, -255, 0xff01},
    {4, {0x78, 0x56, 0x34, 0x12}, 0x12345678, 0x12345678},
    {4, {0x00, 0x00, 0x00, 0x80}, INT32_MIN, 0x80000000},
    {8, {0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12}, 0x123456789abcdef0, 0x123456789abcdef0},
    {8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -1, -1},
    {8, {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80}, INT64_MIN, -1},
};

static void reversed(unsigned char *to, const unsigned char *from, unsigned width)
{
  for (unsigned i = 0; i < width; i++) to[i] = from[width - 1 - i];
}

static bool is_little(void)
{
  const uint16_t one = 1;
  return *(const unsigned char *)&one == 1;
}

/* B2.22-31: integers of both orders, negative ones too. */
static void integers_are_read(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
    const sample *s = &samples[i];
    for (int order = 0; order <= SLEY_BYTE_ORDER_BIG; order++) {
      unsigned char bytes[16];
      bool little = order == SLEY_BYTE_ORDER_LITTLE || (order == 0 && is_little());
      for (int copy = 0; copy < 2; copy++) {
        if (little) memcpy(bytes + (size_t)copy * s->width, s->bytes, s->width);
        else reversed(bytes + (size_t)copy * s->width, s->bytes, s->width);
      }
      sley_input *in = input_of(bytes, 2 * (size_t)s->width);
      run_gives(sley_input_int(in, s->width, (sley_byte_order)order), s->is_signed);
      if (s->is_unsigned != -1) {
        run_gives(sley_input_uint(in, s->width, (sley_byte_order)order), s->is_unsigned);
      } else {
        run_fails(sley_input_uint(in, 8, (sley_byte_order)order), &sley_kind_sley, SLEY_EINVAL);
        assert_int_equal(sley_input_position(in), 8); /* it stays */
        run_gives(sley_input_int(in, 8, (sley_byte_order)order), s->is_signed);
      }
      run_fails(sley_input_int(in, 1, (sley_byte_order)order), &sley_kind_sley, SLEY_EEOF);
      sley_input_drop(in);
    }
  }
}

/* B2.36-43. */
static void integers_are_written(void **state)
{
  (void)state;
  sley_output *out;
  assert_null(sley_output_to_memory(&out));
  for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
    const sample *s = &samples[i];
    unsigned char big[8];
    reversed(big, s->bytes, s->width);
    const void *native = is_little() ? s->bytes : big;
    int64_t values[] = {s->is_signed, s->is_unsigned == -1 ? s->is_signed : s->is_unsigned};
    for (int v = 0; v < 2; v++) {
      gives_unit(sley_output_int(out, values[v], s->width, SLEY_BYTE_ORDER_LITTLE));
      wrote_bytes(out, s->bytes, s->width);
      gives_unit(sley_output_int(out, values[v], s->width, SLEY_BYTE_ORDER_BIG));
      wrote_bytes(out, big, s->width);
      gives_unit(sley_output_int(out, values[v], s->width, SLEY_BYTE_ORDER_NATIVE));
      wrote_bytes(out, native, s->width);
    }
  }
  sley_output_drop(out);
}

/* B2.32-35: floats of both orders. */
static void floats_are_read(void **state)
{
  (void)state;
  static const unsigned char bytes[] = {
      0xc3, 0xf5, 0x48, 0x40,                         /* 3.14f, little */
      0x40, 0x48, 0xf5, 0xc3,                         /* big           */
      0x1f, 0x85, 0xeb, 0x51, 0xb8, 0x1e, 0x09, 0x40, /* 3.14          */
      0x40, 0x09, 0x1e, 0xb8, 0x51, 0xeb, 0x85, 0x1f, 0x00, 0x00, 0x80, 0xff};
  sley_input *in = input_of(bytes, sizeof bytes);
  assert_true(run_gives_double(sley_input_float(in, 4, SLEY_BYTE_ORDER_LITTLE)) == (double)3.14f);
  assert_true(run_gives_double(sley_input_float(in, 4, SLEY_BYTE_ORDER_BIG)) == (double)3.14f);
  assert_true(run_gives_double(sley_input_float(in, 8, SLEY_BYTE_ORDER_LITTLE)) == 3.14);
  assert_true(run_gives_double(sley_input_float(in, 8, SLEY_BYTE_ORDER_BIG)) == 3.14);
  assert_true(run_gives_double(sley_input_float(in, 4, SLEY_BYTE_ORDER_LITTLE)) == -INFINITY);
  run_fails(sley_input_float(in, 8, SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_EEOF);
  sley_input_drop(in);
}

/* B2.44-47. */
static void floats_are_written(void **state)
{
  (void)state;
  sley_output *out;
  assert_null(sley_output_to_memory(&out));
  gives_unit(sley_output_float(out, 3.14, 4, SLEY_BYTE_ORDER_LITTLE));
  wrote_bytes(out, "\xc3\xf5\x48\x40", 4);
  gives_unit(sley_output_float(out, 3.14, 4, SLEY_BYTE_ORDER_BIG));
  wrote_bytes(out, "\x40\x48\xf5\xc3", 4);
  gives_unit(sley_output_float(out, 3.14, 8, SLEY_BYTE_ORDER_LITTLE));
  wrote_bytes(out, "\x1f\x85\xeb\x51\xb8\x1e\x09\x40", 8);
  gives_unit(sley_output_float(out, 3.14, 8, SLEY_BYTE_ORDER_BIG));
  wrote_bytes(out, "\x40\x09\x1e\xb8\x51\xeb\x85\x1f", 8);
  assert_int_equal(sley_output_position(out), 24);
  sley_output_drop(out);
}

static void wrong_numbers_are_refused(void **state)
{
  (void)state;
  sley_output *out;
  static const unsigned widths[] = {0, 3, 5, 16};
  sley_input *in = input_of("12345678", 8);
  assert_null(sley_output_to_memory(&out));
  for (size_t i = 0; i < 4; i++) {
    run_fails(sley_input_int(in, widths[i], SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_EINVAL);
    run_fails(sley_input_uint(in, widths[i], SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_EINVAL);
    run_fails(sley_output_int(out, 0, widths[i], SLEY_BYTE_ORDER_BIG), &sley_kind_sley,
              SLEY_EINVAL);
  }
  run_fails(sley_input_float(in, 2, SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_output_float(out, 1, 2, SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_input_int(in, 4, (sley_byte_order)3), &sley_kind_sley, SLEY_EINVAL);
  static const struct {
    int64_t i;
    unsigned width;
    bool fits;
  } edges[] = {{-128, 1, true},       {-129, 1, false},        {255, 1, true},
               {256, 1, false},       {-32768, 2, true},       {-32769, 2, false},
               {65535, 2, true},      {65536, 2, false},       {INT32_MIN, 4, true},
               {0xffffffff, 4, true}, {0x100000000, 4, false}, {INT64_MIN, 8, true}};
  for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
    int64_t before = sley_output_position(out);
    sley_promise *p = sley_output_int(out, edges[i].i, edges[i].width, SLEY_BYTE_ORDER_BIG);
    if (edges[i].fits) gives_unit(p);
    else run_fails(p, &sley_kind_sley, SLEY_EINVAL);
    assert_int_equal(sley_output_position(out) - before, edges[i].fits ? edges[i].width : 0);
  }
  assert_int_equal(sley_input_position(in), 0);
  sley_input_drop(in);
  sley_output_drop(out);
}

static void a_number_waits_for_all_its_bytes(void **state)
{
  (void)state;
  line_of l = open_line();
  sley_promise *p = sley_input_uint(l.in, 4, SLEY_BYTE_ORDER_BIG);
  sley_promise *q = sley_input_int(l.in, 2, SLEY_BYTE_ORDER_BIG);
  assert_int_equal(write(l.peer, "\0\0", 2), 2);
  rest(0.002);
  assert_true(sley_is_pending(p));
  sley_cancel(p); /* consumes nothing */
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  run_gives(q, 0);
  assert_int_equal(write(l.peer, "\1\2\3", 3), 3);
  run_gives(sley_input_int(l.in, 2, SLEY_BYTE_ORDER_LITTLE), 0x201);
  peer_closes(&l);
  run_fails(sley_input_int(l.in, 2, SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_EEOF);
  run_gives_text(sley_input_all(l.in, 10), "\3"); /* it stayed */
  run_gives(sley_input_close(l.in), 0);
  run_fails(sley_input_int(l.in, 2, SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_ECLOSED);
  drop_line(&l);
}

/* ---- in line ---- */

static sley_resolver *body_ends;
static sley_output *inner;

static sley_promise *body(void *ctx, sley_output *inside)
{
  (void)ctx;
  inner = inside;
  return sley_cancelable(&body_ends);
}

/* Each stands in line behind a body, with a copy of what it writes. */
static void all_stand_in_line(void **state)
{
  (void)state;
  sley_output *out;
  assert_null(sley_output_to_memory(&out));
  sley_promise *alone = sley_output_atomic(out, body, NULL);
  char text[] = "text", data[] = "data";
  sley_promise *ps[] = {sley_output_int(out, 0x4142, 2, SLEY_BYTE_ORDER_BIG),
                        sley_output_float(out, 3.14, 4, SLEY_BYTE_ORDER_LITTLE),
                        sley_output_printf(out, "<%s>\n", text), sley_output_hexdump(out, data, 4)};
  memset(text, 'x', 4);
  memset(data, 'x', 4);
  for (size_t i = 0; i < 4; i++) assert_true(sley_is_pending(ps[i]));
  gives_unit(sley_output_printf(inner, "inside %d ", 1));
  gives_unit(sley_output_int(inner, 'I', 1, SLEY_BYTE_ORDER_BIG));
  sley_cancel(ps[0]);
  sley_fulfill(&body_ends, sley_unit());
  run_gives(alone, 0);
  run_fails(ps[0], &sley_kind_sley, SLEY_ECANCELED);
  for (size_t i = 1; i < 4; i++) run_gives(ps[i], 0);
  wrote(out,
        "inside 1 I\xc3\xf5\x48\x40<text>\n"
        "00000000  64 61 74 61                                       |data|\n00000004\n");
  gives_unit(sley_output_close(out));
  run_fails(sley_output_int(out, 1, 1, SLEY_BYTE_ORDER_BIG), &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_output_printf(out, "late"), &sley_kind_sley, SLEY_ECLOSED);
  run_fails(sley_output_hexdump(out, "late", 4), &sley_kind_sley, SLEY_ECLOSED);
  sley_output_drop(out);
}

static void a_broken_output_refuses_all(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_closes(&l);
  gives_unit(sley_output_text(l.out, "x"));
  run_fails(sley_output_flush(l.out), &sley_kind_errno, EPIPE);
  run_fails(sley_output_int(l.out, 1, 4, SLEY_BYTE_ORDER_BIG), &sley_kind_errno, EPIPE);
  run_fails(sley_output_float(l.out, 1, 4, SLEY_BYTE_ORDER_BIG), &sley_kind_errno, EPIPE);
  run_fails(sley_output_printf(l.out, "%d", 1), &sley_kind_errno, EPIPE);
  run_fails(sley_output_hexdump(l.out, "x", 1), &sley_kind_errno, EPIPE);
  run_fails(sley_output_lines(l.out, sley_stream_from_bytes("x", 1)), &sley_kind_errno, EPIPE);
  drop_line(&l);
}

/* ---- text ---- */

static void b7_1_formats_arrive(void **state)
{
  (void)state;
  line_of l = open_line();
  gives_unit(sley_output_printf(l.out, "%s%i%s", "bla", 3, "blo"));
  run_gives(sley_output_flush(l.out), 0);
  assert_string_equal(peer_reads(&l), "bla3blo");
  drop_line(&l);
}

static void text_of_every_length(void **state)
{
  (void)state;
  sley_output *out;
  static char wanted[300000], piece[100001];
  static const int lengths[] = {0, 1, 510, 511, 512, 513, 5000, 17000, 100000};
  assert_null(sley_output_to_memory(&out));
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    memset(piece, 'a' + (int)i, (size_t)lengths[i]);
    piece[lengths[i]] = '\0';
    sprintf(wanted + strlen(wanted), "%s%d;", piece, lengths[i]);
    run_gives(sley_output_printf(out, "%s%d;", piece, lengths[i]), 0);
  }
  wrote(out, wanted);
  sley_output_drop(out);
}

static void a_dump(void **state)
{
  (void)state;
  sley_output *out;
  char data[40];
  for (int i = 0; i < 40; i++) data[i] = (char)(i < 20 ? i * 13 : 'A' + i - 20);
  assert_null(sley_output_to_memory(&out));
  gives_unit(sley_output_hexdump(out, data, sizeof data));
  gives_unit(sley_output_hexdump(out, data, 0)); /* nothing */
  gives_unit(sley_output_hexdump(out, data + 20, 16));
  wrote(out, /* made by hexdump -Cv */
        "00000000  00 0d 1a 27 34 41 4e 5b  68 75 82 8f 9c a9 b6 c3  |...'4AN[hu......|\n"
        "00000010  d0 dd ea f7 41 42 43 44  45 46 47 48 49 4a 4b 4c  |....ABCDEFGHIJKL|\n"
        "00000020  4d 4e 4f 50 51 52 53 54                           |MNOPQRST|\n"
        "00000028\n"
        "00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|\n"
        "00000010\n");
  sley_output_drop(out);
}

/* ---- streams ---- */

static void characters_and_lines_as_streams(void **state)
{
  (void)state;
  line_of l = open_line();
  peer_writes(&l, "ab\nline one\nli");
  sley_stream *chars = sley_input_chars(l.in), *lines = sley_input_lines(l.in);
  run_gives(sley_stream_get(chars), 'a');
  run_gives_text(sley_input_line(l.in), "b"); /* others read between */
  run_gives_text(sley_stream_get(lines), "line one");
  sley_promise *p = sley_stream_get(lines);
  rest(0.002);
  assert_true(sley_is_pending(p));
  peer_writes(&l, "ne two\nz");
  run_gives_text(p, "line two");
  peer_closes(&l);
  run_gives(sley_stream_get(chars), 'z');
  run_gives_none(sley_stream_get(chars));
  run_gives_none(sley_stream_get(lines));
  sley_input_drop(sley_input_keep(l.in));
  sley_stream_drop(chars);
  sley_stream_drop(lines);
  drop_line(&l);
}

static void a_stream_holds_its_input(void **state)
{
  (void)state;
  sley_input *in = input_of("1\n2\n", 4);
  sley_stream *lines = sley_input_lines(in);
  sley_input_drop(in);
  run_gives_text(sley_stream_get(lines), "1");
  run_gives_text(sley_stream_get(lines), "2");
  run_gives_none(sley_stream_get(lines));
  sley_stream_drop(lines);
}

static sley_value text_value(const char *text)
{
  sley_value v;
  assert_null(sley_text(text, &v));
  return v;
}

static sley_value bytes_value(const char *text)
{
  sley_value v;
  sley_bytes b = sley_bytes_static(text, strlen(text));
  assert_null(sley_bytes_to_value(&b, &v));
  return v;
}

static void streams_into_an_output(void **state)
{
  (void)state;
  for (int lines = 0; lines < 2; lines++) {
    sley_output *out;
    sley_stream *s;
    sley_pusher *push;
    assert_null(sley_output_to_memory(&out));
    assert_null(sley_stream_new(&s, &push));
    sley_stream *other;
    assert_null(sley_stream_clone(s, &other));
    assert_int_equal(sley_pusher_push(push, text_value("text")), 0);
    assert_int_equal(sley_pusher_push(push, bytes_value("bytes")), 0);
    sley_promise *p = lines ? sley_output_lines(out, s) : sley_output_stream(out, s);
    assert_true(sley_is_pending(p));
    gives_unit(sley_output_char(out, '|')); /* others write between */
    assert_int_equal(sley_pusher_push(push, sley_int('c')), 0);
    sley_pusher_close(push);
    run_gives(p, 0);
    wrote(out, lines ? "text\nbytes\n|c\n" : "textbytes|c");
    run_gives_text(sley_stream_get(other), "text"); /* the element is whole */
    sley_stream_drop(other);
    sley_pusher_drop(push);
    sley_output_drop(out);
  }
}

static void wrong_elements_are_refused(void **state)
{
  (void)state;
  sley_output *out;
  assert_null(sley_output_to_memory(&out));
  const sley_value wrong[] = {sley_int(256), sley_int(-1)};
  for (size_t i = 0; i < 2; i++) {
    run_fails(sley_output_stream(out, sley_stream_from_values(&wrong[i], 1)), &sley_kind_sley,
              SLEY_EINVAL);
    run_fails(sley_output_lines(out, sley_stream_from_values(&wrong[i], 1)), &sley_kind_sley,
              SLEY_EINVAL);
  }
  sley_value list = sley_output_to_value(sley_output_keep(out));
  run_fails(sley_output_stream(out, sley_stream_from_values(&list, 1)), &sley_kind_sley,
            SLEY_EINVAL);
  wrote(out, "");
  sley_output_drop(out);
}

static void a_stream_waits_for_the_mark(void **state)
{
  (void)state;
  sley_channel_options o = {.size = sizeof(o), .high = 10, .low = 5};
  line_of l = open_line_with(&o);
  static char big[100000];
  while (send(sley_io_fd(sley_output_io(l.out)), big, sizeof big, MSG_DONTWAIT) > 0) continue;
  sley_stream *s;
  sley_pusher *push;
  assert_null(sley_stream_new(&s, &push));
  sley_stream *other;
  assert_null(sley_stream_clone(s, &other));
  for (int i = 0; i < 10; i++) assert_int_equal(sley_pusher_push(push, text_value("12345678")), 0);
  sley_pusher_close(push);
  sley_promise *p = sley_output_lines(l.out, s);
  rest(0.002);
  assert_true(sley_is_pending(p));
  assert_int_equal(sley_output_buffered(l.out), 18);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(sley_output_buffered(l.out), 18); /* what it wrote is sent */
  sley_stream_drop(other);
  sley_pusher_drop(push);
  drop_line(&l);
}

/* The counterpart of Lwt_io.hexdump_stream. */
static void a_dump_of_a_stream(void **state)
{
  (void)state;
  sley_output *out;
  sley_input *in = input_of("0123456789abcdefXY", 18);
  assert_null(sley_output_to_memory(&out));
  run_gives(sley_output_lines(out, sley_stream_hexdump(sley_input_chars(in))), 0);
  wrote(out,
        "00000000|  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
        "00000010|  58 59                                             |XY|\n");
  sley_input_drop(in);
  sley_output_drop(out);
}

/* ---- without memory ---- */

static void all_kinds(void)
{
  sley_output *out;
  sley_input *in;
  static char long_text[2000];
  memset(long_text, 'l', sizeof(long_text) - 1);
  sley_error *e = sley_output_to_memory(&out);
  if (e == NULL) {
    settle(sley_output_int(out, 1, 4, SLEY_BYTE_ORDER_BIG));
    settle(sley_output_float(out, 1, 8, SLEY_BYTE_ORDER_BIG));
    settle(sley_output_printf(out, "%d", 1));
    settle(sley_output_printf(out, "%s", long_text));
    settle(sley_output_hexdump(out, long_text, 100));
    settle(sley_output_lines(out, sley_stream_from_bytes("abc", 3)));
    settle(sley_output_stream(out, sley_stream_from_bytes("abc", 3)));
    sley_promise *p = sley_output_atomic(out, body, NULL);
    sley_promise *q = sley_output_int(out, 1, 4, SLEY_BYTE_ORDER_BIG);
    if (sley_is_pending(p)) sley_fulfill(&body_ends, sley_unit());
    settle(p);
    settle(q);
    sley_output_drop(out);
  }
  sley_error_drop(e);
  sley_bytes bytes = sley_bytes_static("12345678line\n", 13);
  e = sley_input_from_bytes(&bytes, &in);
  if (e == NULL) {
    settle(sley_input_int(in, 4, SLEY_BYTE_ORDER_BIG));
    settle(sley_input_float(in, 4, SLEY_BYTE_ORDER_BIG));
    sley_stream *chars = sley_input_chars(in), *lines = sley_input_lines(in);
    settle(sley_stream_get(chars));
    settle(sley_stream_get(lines));
    sley_stream_drop(chars);
    sley_stream_drop(lines);
    sley_input_drop(in);
  }
  sley_error_drop(e);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(all_kinds);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(integers_are_read),
      TEST(integers_are_written),
      TEST(floats_are_read),
      TEST(floats_are_written),
      TEST(wrong_numbers_are_refused),
      TEST(a_number_waits_for_all_its_bytes),
      TEST(all_stand_in_line),
      TEST(a_broken_output_refuses_all),
      TEST(text_of_every_length),
      TEST(b7_1_formats_arrive),
      TEST(a_dump),
      TEST(characters_and_lines_as_streams),
      TEST(a_stream_holds_its_input),
      TEST(streams_into_an_output),
      TEST(wrong_elements_are_refused),
      TEST(a_stream_waits_for_the_mark),
      TEST(a_dump_of_a_stream),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
