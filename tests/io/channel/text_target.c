/* Formatted text and dumps arrive as vsnprintf and hexdump -Cv write them, whole and in order, whatever the peer has taken and
 * whoever waits: what libFuzzer looks for a counterexample to. The first byte is the high mark; then come operations, each
 * of a byte, two numbers, and as many bytes as the first says. scripts/fuzz. */
#include <errno.h>
#include <sley/cancel.h>
#include <sley/channel.h>
#include <sley/convenience.h>
#include <sley/format.h>
#include <sley/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WANTED = 1 << 20, OPERATIONS = 64, WAITING = 8, BIG = 6000 };

static struct {
  char wanted[WANTED]; /* what is written, in order */
  size_t size, came;
  sley_promise *waiting[WAITING];
  sley_output *out;
  sley_io *peer;
} run;

static void must(bool is_true)
{
  if (!is_true) abort();
}

/* ---- what is to come ---- */

static void want(const char *bytes, size_t size)
{
  must(run.size + size < WANTED);
  memcpy(run.wanted + run.size, bytes, size);
  run.size += size;
}

static void want_dump(const uint8_t *data, size_t size)
{
  char line[128];
  for (size_t at = 0; at < size; at += 16) {
    int n = snprintf(line, sizeof(line), "%08zx ", at);
    for (size_t i = 0; i < 16; i++) {
      const char *gap = i % 8 == 0 ? " " : "";
      n += at + i < size ? snprintf(line + n, 16, "%s%02x ", gap, data[at + i])
                         : snprintf(line + n, 16, "%s   ", gap);
    }
    n += snprintf(line + n, 4, " |");
    for (size_t i = at; i < at + 16 && i < size; i++)
      line[n++] = data[i] >= ' ' && data[i] < 0x7f ? (char)data[i] : '.';
    n += snprintf(line + n, 4, "|\n");
    want(line, (size_t)n);
  }
  if (size > 0) want(line, (size_t)snprintf(line, sizeof(line), "%08zx\n", size));
}

/* ---- the peer ---- */

static bool peer_reads(size_t most)
{
  char room[4096];
  if (most > sizeof(room)) most = sizeof(room);
  int64_t n = sley_try_read(run.peer, room, most);
  must(n != 0);
  if (n < 0) return false;
  must(run.came + (size_t)n <= run.size && memcmp(room, run.wanted + run.came, (size_t)n) == 0);
  run.came += (size_t)n;
  return true;
}

static void turn(void) { sley_error_drop(sley_step(0)); }

static void until_settled(sley_promise *p)
{
  for (int i = 0; i < 100000 && sley_is_pending(p); i++) {
    turn();
    peer_reads(4096);
  }
  must(!sley_is_pending(p));
}

/* Fulfilled in the end, also if nobody waits for it now. */
static void later(sley_promise *p, unsigned place)
{
  sley_promise **at = &run.waiting[place % WAITING];
  if (*at != NULL) {
    until_settled(*at);
    must(sley_run(*at, NULL) == NULL);
  }
  *at = p;
}

/* ---- operations ---- */

static sley_promise *write_text(const uint8_t *data, size_t size, unsigned number)
{
  char text[BIG + 1], wanted[2 * BIG];
  size_t length = 0;
  for (unsigned times = 0; times <= number % 24 && length + size <= BIG; times++)
    for (size_t i = 0; i < size; i++)
      if (data[i] != '\0') text[length++] = (char)data[i];
  text[length] = '\0';
  int n;
  sley_promise *p;
  switch (number % 4) {
    case 0:
      n = snprintf(wanted, sizeof(wanted), "%s", text);
      p = sley_output_printf(run.out, "%s", text);
      break;
    case 1:
      n = snprintf(wanted, sizeof(wanted), "%*d|%-*s|%%", (int)number * 3, (int)number, (int)size,
                   text);
      p = sley_output_printf(run.out, "%*d|%-*s|%%", (int)number * 3, (int)number, (int)size, text);
      break;
    case 2:
      n = snprintf(wanted, sizeof(wanted), "%.*s%c%g\n", (int)number, text, 0, number / 7.0);
      p = sley_output_printf(run.out, "%.*s%c%g\n", (int)number, text, 0, number / 7.0);
      break;
    default: /* as many as the room on the stack, one more, one less */
      n = snprintf(wanted, sizeof(wanted), "%*s", 510 + (int)(number >> 2) % 4, "");
      p = sley_output_printf(run.out, "%*s", 510 + (int)(number >> 2) % 4, "");
  }
  want(wanted, (size_t)n);
  return p;
}

static sley_promise *write_dump(const uint8_t *data, size_t size, unsigned number)
{
  uint8_t bytes[BIG];
  size_t n = 0;
  for (unsigned times = 0; times <= number && n + size <= BIG && size > 0; times++) {
    memcpy(bytes + n, data, size);
    n += size;
  }
  want_dump(bytes, n);
  sley_promise *p = sley_output_hexdump(run.out, bytes, n);
  memset(bytes, 'x', sizeof(bytes)); /* they are not looked at any more */
  return p;
}

static void no_such_text(void)
{
  sley_error *e = sley_run(sley_output_printf(run.out, "lost %lc", (wint_t)0x7ffffff0), NULL);
  must(e != NULL && sley_error_kind_get(e) == &sley_kind_errno && sley_error_code(e) == EILSEQ);
  sley_error_drop(e);
}

static void operate(uint8_t what, const uint8_t *data, size_t size, unsigned number)
{
  switch (what % 6) {
    case 0:
    case 1: later(write_text(data, size, number), what / 6); break;
    case 2:
    case 3: later(write_dump(data, size, number), what / 6); break;
    case 4:
      turn();
      peer_reads(number + 1);
      break;
    default: no_such_text();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  sley_io *ends[2];
  if (size == 0) return 0;
  memset(run.waiting, 0, sizeof(run.waiting));
  run.size = run.came = 0;
  sley_channel_options o = {.size = sizeof(o), .high = 1u + data[0] * 16u, .linger = -1};
  must(sley_io_pair(100u + data[0] * 8u, ends) == NULL);
  run.peer = ends[1];
  must(sley_output_from_io(&o, ends[0], &run.out) == NULL);
  size_t at = 1;
  for (int i = 0; i < OPERATIONS && at + 3 <= size; i++) {
    size_t length = data[at + 1] < size - at - 3 ? data[at + 1] : size - at - 3;
    operate(data[at], data + at + 3, length, data[at + 2]);
    at += 3 + length;
  }
  for (unsigned i = 0; i < WAITING; i++) later(NULL, i);
  sley_promise *flushed = sley_output_flush(run.out);
  until_settled(flushed);
  must(sley_run(flushed, NULL) == NULL);
  while (peer_reads(4096)) continue;
  must(run.came == run.size);
  sley_output_drop(run.out);
  sley_io_drop(run.peer);
  turn();
  return 0;
}
