/* A type over the channels of another object, as TLS is: a cipher of bytes. */
#ifndef TESTS_SUPPORT_CIPHER_H
#define TESTS_SUPPORT_CIPHER_H

#include <errno.h>
#include <sley/bind.h>
#include <sley/channel.h>
#include <sley/combine.h>

#include "support/process.h"

typedef struct cipher {
  sley_input *in;
  sley_output *out;
} cipher;

static int ciphers_alive;

static inline char turned(char c) { return (char)(c ^ 0x55); }

static inline int64_t cipher_read(void *ctx, const sley_room *rooms, size_t n)
{
  cipher *c = ctx;
  const char *at;
  size_t size = sley_input_peek(c->in, &at);
  (void)n;
  if (size == 0 && sley_input_error(c->in) != NULL) {
    errno = sley_error_code(sley_input_error(c->in));
    return -SLEY_ESYSTEM;
  }
  if (size == 0) return sley_input_is_ended(c->in) ? 0 : -SLEY_EAGAIN;
  if (size > rooms[0].size) size = rooms[0].size;
  for (size_t i = 0; i < size; i++) ((char *)rooms[0].at)[i] = turned(at[i]);
  sley_input_consume(c->in, size);
  return (int64_t)size;
}

static inline int64_t cipher_write(void *ctx, const sley_slice *slices, size_t n)
{
  cipher *c = ctx;
  (void)n;
  if (sley_output_error(c->out) != NULL) {
    errno = sley_error_code(sley_output_error(c->out));
    return -SLEY_ESYSTEM;
  }
  if (!sley_output_is_ready(c->out)) return -SLEY_EAGAIN;
  size_t size = slices[0].size < 4096 ? slices[0].size : 4096;
  char *room = sley_output_reserve(c->out, size);
  if (room == NULL) return -SLEY_EAGAIN;
  for (size_t i = 0; i < size; i++) room[i] = turned(((const char *)slices[0].at)[i]);
  sley_output_commit(c->out, size);
  return (int64_t)size;
}

static inline sley_promise *cipher_ready(void *ctx, bool to_write)
{
  cipher *c = ctx;
  return to_write ? sley_output_wait_ready(c->out) : sley_input_fill(c->in, 1);
}

static inline void cipher_free(cipher *c)
{
  sley_input_drop(c->in);
  sley_output_drop(c->out);
  free(c);
  ciphers_alive--;
}

static inline void cipher_abort(void *ctx)
{
  cipher *c = ctx;
  sley_input_abort(c->in);
  cipher_free(c);
}

static inline void cipher_release(void *ctx) { cipher_free(ctx); }

static inline sley_promise *nothing_more(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static inline sley_promise *cipher_close(void *ctx)
{
  cipher *c = ctx;
  sley_promise *both[] = {sley_output_close(c->out), sley_input_close(c->in)};
  return sley_finalize(sley_join(both, 2), nothing_more, c, cipher_release);
}

static inline sley_promise *cipher_end(void *ctx) { return sley_output_end(((cipher *)ctx)->out); }

static inline sley_io *cipher_below(void *ctx) { return sley_input_io(((cipher *)ctx)->in); }

static const sley_io_type cipher_type = {.size = sizeof(sley_io_type),
                                         .name = "cipher",
                                         .read = cipher_read,
                                         .write = cipher_write,
                                         .ready = cipher_ready,
                                         .abort = cipher_abort,
                                         .close = cipher_close,
                                         .end = cipher_end,
                                         .below = cipher_below};

/* Consumes io. */
static inline sley_io *ciphered(sley_io *io)
{
  cipher *c = malloc(sizeof(*c));
  sley_channel_options o = {.size = sizeof(o), .linger = -1};
  sley_io *made;
  assert_non_null(c);
  assert_null(sley_channels(&o, io, &c->in, &c->out));
  assert_null(sley_io_new(&cipher_type, c, &made));
  ciphers_alive++;
  return made;
}

#endif
