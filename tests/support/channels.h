/* Channels for tests: over a socket pair with the test's own end as a plain object, and over memory. */
#ifndef TESTS_SUPPORT_CHANNELS_H
#define TESTS_SUPPORT_CHANNELS_H

#include <sley/cancel.h>
#include <sley/channel.h>
#include <sley/convenience.h>
#include <sley/fiber.h>
#include <sley/hooks.h>

#include "support/process.h"

/* The channels, and the peer's end of the socket: read and written by system calls. */
typedef struct line_of {
  sley_input *in;
  sley_output *out;
  sley_fd peer;
} line_of;

static inline line_of open_line_with(const sley_channel_options *options)
{
  line_of l;
  sley_io *ends[2];
  assert_null(sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends));
  assert_null(sley_channels(options, ends[0], &l.in, &l.out));
  assert_null(sley_io_take_fd(ends[1], &l.peer));
  fcntl(l.peer, F_SETFL, O_NONBLOCK);
  return l;
}

static inline line_of open_line(void) { return open_line_with(NULL); }

static inline void drop_line(line_of *l)
{
  sley_input_drop(l->in);
  sley_output_drop(l->out);
  if (l->peer >= 0) close(l->peer);
}

static inline void peer_writes(const line_of *l, const char *text)
{
  assert_int_equal(write(l->peer, text, strlen(text)), (ssize_t)strlen(text));
}

/* What the peer finds now. */
static inline const char *peer_reads(const line_of *l)
{
  static char text[70000];
  ssize_t n = read(l->peer, text, sizeof(text) - 1);
  text[n > 0 ? n : 0] = '\0';
  return text;
}

static inline void peer_closes(line_of *l)
{
  close(l->peer);
  l->peer = -1;
}

/* Runs p, which gives a text or bytes, and compares. */
static inline void run_gives_text(sley_promise *p, const char *wanted)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) fail_msg("error: %s", sley_error_message(e));
  if (sley_bytes_is_in(&v)) {
    const sley_bytes *b = sley_bytes_in(&v);
    if (b->size != strlen(wanted) || memcmp(b->at, wanted, b->size) != 0)
      fail_msg("%.*s instead of %s", (int)b->size, b->at, wanted);
  } else {
    assert_ptr_equal(v.type, &sley_type_text);
    assert_string_equal(v.ptr, wanted);
  }
  sley_value_drop(&v);
}

static inline void run_gives_none(sley_promise *p)
{
  sley_value v;
  assert_null(sley_run(p, &v));
  assert_true(sley_is_none(&v));
}

#endif
