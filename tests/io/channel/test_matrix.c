/* Every operation of channels and of objects in every situation: ready, waiting, canceled, closed, the peer gone, no
 * memory; over a socket, over memory, and over each with a wrapper between. A canary stands around each buffer.
 * Tests src/io/channel/input.c, src/io/channel/send.c, src/io/channel/fill.c, src/io/object/transfer.c. */
#include <sley/format.h>
#include <sley/pump.h>

#include "support/channels.h"
#include "support/cipher.h"

enum { SOCKET, MEMORY, CARRIERS, BIG = 4 << 20, CANARY = 16 };
static const char text[] = "abcdefg\n12345678\n";

static unsigned carrier, wrappers; /* of the pass */
static const char *operation;      /* of it, for messages */

static struct {
  char before[CANARY], buffer[16], behind[CANARY];
} guarded;
static char *big;

static void guard(void) { memset(&guarded, 0x5a, sizeof(guarded)); }

static void guard_is_whole(bool with_buffer)
{
  const char *bytes = (const char *)&guarded;
  for (size_t i = 0; i < sizeof(guarded); i++) {
    bool is_buffer = i >= CANARY && i < CANARY + sizeof(guarded.buffer);
    if ((!is_buffer || with_buffer) && bytes[i] != 0x5a) fail_msg("%s writes outside", operation);
  }
}

/* ---- two ends ---- */

typedef struct ends {
  sley_io *io; /* NULL: it has channels */
  sley_input *in;
  sley_output *out;
  sley_io *peer;
} ends;

/* false: no memory. */
static bool open_ends(ends *e, bool channels)
{
  sley_io *both[2];
  memset(e, 0, sizeof(*e));
  sley_error *failed =
      carrier == SOCKET ? sley_socketpair(SLEY_SOCKET_KIND_STREAM, both) : sley_io_pair(0, both);
  if (failed != NULL) return false;
  e->peer = both[1];
  e->io = both[0];
  for (unsigned i = 0; i < wrappers; i++) e->io = ciphered(e->io);
  if (!channels) return true;
  sley_channel_options o = {.size = sizeof(o), .linger = -1, .finish = 1};
  if (sley_channels(&o, e->io, &e->in, &e->out) != NULL) {
    sley_io_drop(e->io);
    sley_io_drop(e->peer);
    return false;
  }
  e->io = NULL;
  return true;
}

static void drop_ends(ends *e)
{
  sley_input_drop(e->in);
  sley_output_drop(e->out);
  sley_io_drop(e->io);
  sley_io_drop(e->peer);
  rest(0);
}

static void send_text(const ends *e)
{
  assert_int_equal(sley_try_write(e->peer, text, sizeof(text) - 1), sizeof(text) - 1);
  rest(0.001);
}

/* ---- the operations ---- */

typedef struct row {
  const char *name;
  sley_promise *(*start)(const ends *e);
  bool to_end;       /* reads up to the end */
  bool is_io;        /* of the object; else of its channels */
  bool goes_on;      /* canceled, it is done all the same */
  bool end_is_value; /* the end fulfills it */
} row;

static sley_promise *unit_of(void *ctx, sley_input *in)
{
  (void)ctx;
  const char *at;
  sley_input_consume(in, sley_input_peek(in, &at));
  return sley_return_unit();
}

static sley_promise *lines_atomically(void *ctx, sley_input *in)
{
  (void)ctx;
  return sley_input_line(in);
}

static sley_promise *text_atomically(void *ctx, sley_output *out)
{
  (void)ctx;
  return sley_output_text(out, "atomic");
}

static sley_output *sink; /* of the pump */

#define READS(name, call) \
  static sley_promise *name(const ends *e) { return call; }
READS(fill, sley_input_fill(e->in, 5))
READS(one, sley_input_char(e->in))
READS(one_opt, sley_input_char_opt(e->in))
READS(line, sley_input_line(e->in))
READS(line_opt, sley_input_line_opt(e->in))
READS(until, sley_input_until(e->in, "\n", 1))
READS(some, sley_input_some(e->in, 5))
READS(exactly, sley_input_exactly(e->in, 5))
READS(all, sley_input_all(e->in, 100))
READS(into, sley_input_read(e->in, guarded.buffer, sizeof(guarded.buffer)))
READS(into_exactly, sley_input_read_exactly(e->in, guarded.buffer, 5))
READS(skipped, sley_input_skip(e->in, 5))
READS(number, sley_input_int(e->in, 4, SLEY_BYTE_ORDER_BIG))
READS(unsigned_number, sley_input_uint(e->in, 2, SLEY_BYTE_ORDER_LITTLE))
READS(real, sley_input_float(e->in, 8, SLEY_BYTE_ORDER_BIG))
READS(each, sley_input_each(e->in, unit_of, NULL))
READS(atomic, sley_input_atomic(e->in, lines_atomically, NULL))
READS(pump, sley_input_pump(e->in, sink))
READS(io_read, sley_read(e->io, guarded.buffer, sizeof(guarded.buffer)))
READS(io_wait, sley_io_wait_readable(e->io))

static sley_promise *io_readv(const ends *e)
{
  const sley_room rooms[] = {{guarded.buffer, 3}, {guarded.buffer + 3, 13}};
  return sley_readv(e->io, rooms, 2);
}

static const row reading[] = {
    {.name = "fill", .start = fill, .end_is_value = true},
    {.name = "char", .start = one},
    {.name = "char_opt", .start = one_opt, .end_is_value = true},
    {.name = "line", .start = line},
    {.name = "line_opt", .start = line_opt, .end_is_value = true},
    {.name = "until", .start = until},
    {.name = "some", .start = some, .end_is_value = true},
    {.name = "exactly", .start = exactly},
    {.name = "all", .start = all, .to_end = true, .end_is_value = true},
    {.name = "read", .start = into, .end_is_value = true},
    {.name = "read_exactly", .start = into_exactly},
    {.name = "skip", .start = skipped, .end_is_value = true},
    {.name = "int", .start = number},
    {.name = "uint", .start = unsigned_number},
    {.name = "float", .start = real},
    {.name = "each", .start = each, .to_end = true, .end_is_value = true},
    {.name = "atomic", .start = atomic},
    {.name = "pump", .start = pump, .to_end = true, .end_is_value = true},
    {.name = "sley_read", .start = io_read, .is_io = true, .end_is_value = true},
    {.name = "sley_readv", .start = io_readv, .is_io = true, .end_is_value = true},
    {.name = "wait_readable", .start = io_wait, .is_io = true, .end_is_value = true},
};

#define WRITES READS
WRITES(put, sley_output_write(e->out, big, BIG))
WRITES(put_slices, sley_output_slices(e->out, &(sley_slice){big, BIG}, 1))
WRITES(flush, ((void)!sley_output_try_write(e->out, big, 16000), sley_output_flush(e->out)))
WRITES(room, sley_output_wait_ready(e->out))
WRITES(behind, sley_output_text(e->out, "behind"))
WRITES(behind_line, sley_output_line(e->out, "behind"))
WRITES(behind_char, sley_output_char(e->out, 'b'))
WRITES(behind_format, sley_output_printf(e->out, "%d", 11))
WRITES(behind_number, sley_output_int(e->out, 7, 4, SLEY_BYTE_ORDER_BIG))
WRITES(behind_dump, sley_output_hexdump(e->out, "behind", 6))
WRITES(behind_atomic, sley_output_atomic(e->out, text_atomically, NULL))
WRITES(io_write, sley_write(e->io, big, BIG))
WRITES(io_writev, sley_writev(e->io, &(sley_slice){big, BIG}, 1))

static sley_promise *behind_bytes(const ends *e)
{
  sley_bytes b = sley_bytes_static("behind", 6);
  return sley_output_bytes(e->out, &b);
}

static const row writing[] = {
    {.name = "write", .start = put},
    {.name = "slices", .start = put_slices},
    {.name = "flush", .start = flush, .goes_on = true},
    {.name = "wait_ready", .start = room},
    {.name = "text", .start = behind},
    {.name = "line", .start = behind_line},
    {.name = "char", .start = behind_char},
    {.name = "printf", .start = behind_format},
    {.name = "int", .start = behind_number},
    {.name = "hexdump", .start = behind_dump},
    {.name = "atomic", .start = behind_atomic},
    {.name = "bytes", .start = behind_bytes},
    {.name = "sley_write", .start = io_write, .is_io = true},
    {.name = "sley_writev", .start = io_writev, .is_io = true},
};

/* ---- outcomes ---- */

static void is_told(sley_promise *p, int code, const char *situation)
{
  sley_value v = sley_unit();
  sley_error *e = sley_run(sley_with_timeout(p, 20), &v);
  int told = e != NULL ? sley_error_code(e) : 0;
  bool is_right = code == 0 ? e == NULL : e != NULL && sley_error_is(e, &sley_kind_sley, code);
  if (!is_right)
    fail_msg("%s, %s, %s with %u wrappers: %s", operation, situation,
             carrier == SOCKET ? "socket" : "memory", wrappers,
             e != NULL ? sley_error_message(e) : "fulfilled");
  (void)told;
  sley_value_drop(&v);
  sley_error_drop(e);
}

static void is_gone(sley_promise *p)
{
  sley_error *e = sley_run(sley_with_timeout(p, 20), NULL);
  int code = e != NULL && sley_error_kind_get(e) == &sley_kind_errno ? sley_error_code(e) : 0;
  if (code != EPIPE && code != ECONNRESET)
    fail_msg("%s, peer gone, %u, %u wrappers: %s", operation, carrier, wrappers,
             e != NULL ? sley_error_message(e) : "fulfilled");
  sley_error_drop(e);
}

/* ---- reading ---- */

static void read_ready_waiting_canceled(const row *r)
{
  ends e;
  open_ends(&e, !r->is_io);
  guard();
  sley_promise *p = r->start(&e);
  assert_true(sley_is_pending(p));
  rest(0.001);
  assert_true(sley_is_pending(p));
  sley_cancel(p);
  is_told(p, SLEY_ECANCELED, "canceled");
  send_text(&e);
  guard_is_whole(true); /* what comes now is another's */
  p = r->start(&e);     /* nothing was consumed */
  if (r->to_end) {
    rest(0.001);
    assert_true(sley_is_pending(p));
    sley_io_abort(e.peer);
  }
  is_told(p, 0, "ready");
  guard_is_whole(false);
  drop_ends(&e);
  open_ends(&e, !r->is_io);
  guard();
  p = r->start(&e);
  send_text(&e);
  if (r->to_end) sley_io_abort(e.peer);
  is_told(p, 0, "waiting");
  guard_is_whole(false);
  drop_ends(&e);
}

static void read_closed(const row *r)
{
  ends e;
  open_ends(&e, !r->is_io);
  sley_promise *p = r->start(&e);
  rest(0.001);
  guard();
  if (r->is_io) sley_io_abort(e.io);
  else sley_drop(sley_input_close(e.in));
  is_told(p, SLEY_ECLOSED, "closed while it waits");
  is_told(r->start(&e), SLEY_ECLOSED, "closed");
  guard_is_whole(true);
  drop_ends(&e);
}

static void read_without_peer(const row *r)
{
  ends e;
  open_ends(&e, !r->is_io);
  sley_promise *p = r->start(&e);
  rest(0.001);
  sley_io_abort(e.peer);
  is_told(p, r->end_is_value ? 0 : SLEY_EEOF, "the peer goes");
  is_told(r->start(&e), r->end_is_value ? 0 : SLEY_EEOF, "the peer is gone");
  drop_ends(&e);
}

/* ---- writing ---- */

/* Something that waits until the peer reads. */
static sley_promise *blocked(const row *r, const ends *e)
{
  sley_promise *p = r->is_io ? NULL : sley_output_write(e->out, big, BIG);
  if (p != NULL) assert_true(sley_is_pending(p));
  rest(0.001);
  /* Wrappers hand on until nothing moves any more. */
  int64_t before = -1;
  for (int quiet = 0; p != NULL && quiet < 5; rest(0.002)) {
    int64_t now = sley_output_position(e->out);
    quiet = now == before ? quiet + 1 : 0;
    before = now;
  }
  return p;
}

static void read_all(const ends *e)
{
  static char thrown[100000];
  for (int quiet = 0; quiet < 3;) {
    int64_t n = sley_try_read(e->peer, thrown, sizeof(thrown));
    if (n <= 0) quiet++;
    rest(n > 0 ? 0 : 0.001);
  }
}

static void write_waiting_and_canceled(const row *r)
{
  for (int cancels = 0; cancels < 2; cancels++) {
    ends e;
    open_ends(&e, !r->is_io);
    sley_promise *first = blocked(r, &e), *p = r->start(&e);
    rest(0.001);
    if (!sley_is_pending(p))
      fail_msg("%s does not wait: %u, %u wrappers, %zu unsent", operation, carrier, wrappers,
               r->is_io ? 0 : sley_output_buffered(e.out));
    if (cancels) sley_cancel(p);
    if (cancels) is_told(p, SLEY_ECANCELED, "canceled");
    read_all(&e);
    if (!cancels) is_told(p, 0, "waiting");
    if (first != NULL) is_told(first, 0, "the one before it");
    drop_ends(&e);
  }
}

static void write_closed(const row *r)
{
  ends e;
  open_ends(&e, !r->is_io);
  sley_promise *first = blocked(r, &e), *p = r->start(&e);
  if (r->is_io) sley_io_abort(e.io);
  else sley_output_abort(e.out);
  is_told(p, SLEY_ECLOSED, "closed while it waits");
  if (first != NULL) is_told(first, SLEY_ECLOSED, "the one before it");
  is_told(r->start(&e), SLEY_ECLOSED, "closed");
  drop_ends(&e);
}

static void write_without_peer(const row *r)
{
  ends e;
  open_ends(&e, !r->is_io);
  sley_promise *first = blocked(r, &e), *p = r->start(&e);
  rest(0.001);
  sley_io_abort(e.peer);
  is_gone(p);
  if (first != NULL) is_gone(first);
  is_gone(r->start(&e));
  drop_ends(&e);
}

/* ---- the passes ---- */

static void each_pass(void (*f)(const row *r), const row *rows, size_t n)
{
  for (carrier = 0; carrier < CARRIERS; carrier++)
    for (wrappers = 0; wrappers <= 2; wrappers += 2)
      for (size_t i = 0; i < n; i++) {
        operation = rows[i].name;
        assert_null(sley_output_to_memory(&sink));
        f(&rows[i]);
        sley_output_drop(sink);
        assert_int_equal(ciphers_alive, 0);
      }
}

#define PASS(f, rows)                                   \
  static void all_##f(void **state)                     \
  {                                                     \
    (void)state;                                        \
    big = calloc(1, BIG);                               \
    each_pass(f, rows, sizeof(rows) / sizeof(rows[0])); \
    free(big);                                          \
  }
PASS(read_ready_waiting_canceled, reading)
PASS(read_closed, reading)
PASS(read_without_peer, reading)
PASS(write_waiting_and_canceled, writing)
PASS(write_closed, writing)
PASS(write_without_peer, writing)

/* ---- no memory ---- */

static const row *starving;

/* Each operation once, with text behind it and the end. */
static void once_without_memory(void)
{
  ends e;
  bool is_output = starving >= writing && starving < writing + sizeof(writing) / sizeof(writing[0]);
  guard();
  sink = NULL;
  if (!open_ends(&e, !starving->is_io)) return;
  sley_error_drop(sley_output_to_memory(&sink));
  if (sink != NULL) {
    sley_promise *p = starving->start(&e);
    sley_error_drop(sley_run(sley_pause(), NULL));
    (void)!sley_try_write(e.peer, text, sizeof(text) - 1);
    for (int i = 0; is_output && i < 400 && sley_is_pending(p); i++) {
      static char thrown[100000];
      (void)!sley_try_read(e.peer, thrown, sizeof(thrown));
      sley_error_drop(sley_step(0));
    }
    sley_io_abort(e.peer);
    settle(p);
    guard_is_whole(false);
  }
  sley_output_drop(sink);
  sley_input_drop(e.in);
  sley_output_drop(e.out);
  sley_io_drop(e.io);
  sley_io_drop(e.peer);
}

static void without_memory(void **state)
{
  (void)state;
  if (getenv("SLEY_TEST_ENGINE") != NULL) skip(); /* once is enough */
  big = calloc(1, BIG);
  wrappers = 0;
  carrier = SOCKET; /* pairs: io/pair */
  for (starving = reading; starving < reading + sizeof(reading) / sizeof(reading[0]); starving++)
    each_allocation_fails(once_without_memory);
  for (starving = writing; starving < writing + sizeof(writing) / sizeof(writing[0]); starving++)
    each_allocation_fails(once_without_memory);
  free(big);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(all_read_ready_waiting_canceled), TEST(all_read_closed),  TEST(all_read_without_peer),
      TEST(all_write_waiting_and_canceled),  TEST(all_write_closed), TEST(all_write_without_peer),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
