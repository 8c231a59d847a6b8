/* See mixed.h: a client sends a message in pieces of every kind, and reads it back in every way. */
#include "mixed.h"

enum { LONGEST = 100 * 1024, PIECE = 30000 };

static char byte_at(unsigned number, size_t at)
{
  return (char)(33 + (at * 31 + number * 17 + at / 251) % 90);
}

void mixed_client_draw(mixed_client *c, unsigned number)
{
  *c = (mixed_client){.number = number};
  c->size = 1 + (size_t)mixed_draw(mixed_draw(3) == 0 ? LONGEST : 2000);
  uint64_t what = mixed_draw(10);
  c->idles = what == 0 && mixed.most == 0; /* it would take the place of others */
  c->quits = what == 1;
  mixed.quitters += c->quits;
  mixed.wanted += !c->idles && !c->quits;
}

/* One that quits hears of everything, and tells nobody. */
static bool told(mixed_client *c, sley_error *e, const char *what)
{
  if (e == NULL) return false;
  c->fails = true;
  if (!c->quits) return mixed_failed(e, what);
  sley_error_drop(e);
  return true;
}

/* ---- writing ---- */

static sley_error *write_reserved(mixed_client *c, const char *at, size_t n)
{
  char *room = sley_output_reserve(c->out, n);
  if (room == NULL) return sley_await(sley_output_write(c->out, at, n), NULL);
  memcpy(room, at, n);
  sley_output_commit(c->out, n);
  return sley_await(sley_output_wait_ready(c->out), NULL);
}

static sley_error *write_part(mixed_client *c, const char *at, size_t n)
{
  sley_bytes part;
  sley_error *e = sley_bytes_copy(at, n, &part);
  return e != NULL ? e : sley_await(sley_output_bytes(c->out, &part), NULL);
}

static sley_error *write_piece(mixed_client *c, const char *at, size_t n)
{
  const sley_slice thirds[] = {{at, n / 3}, {at + n / 3, n / 3}, {at + n / 3 * 2, n - n / 3 * 2}};
  switch (mixed_draw(6)) {
    case 0: return sley_await(sley_output_slices(c->out, thirds, 3), NULL);
    case 1: return write_part(c, at, n);
    case 2: return write_reserved(c, at, n);
    case 3: return sley_await(sley_output_printf(c->out, "%.*s", (int)n, at), NULL);
    case 4:
      if (sley_output_try_write(c->out, at, n) == 0) return NULL;
      return sley_await(sley_output_write(c->out, at, n), NULL);
    default: return sley_await(sley_output_write(c->out, at, n), NULL);
  }
}

static sley_promise *write_message(void *ctx)
{
  mixed_client *c = ctx;
  sley_error *e = NULL;
  while (e == NULL && c->sent < c->size) {
    size_t n = 1 + (size_t)mixed_draw(mixed_draw(2) == 0 ? 100 : PIECE);
    if (n > c->size - c->sent) n = c->size - c->sent;
    e = write_piece(c, c->message + c->sent, n);
    c->sent += n;
    if (e == NULL && mixed_draw(6) == 0) e = sley_await(sley_output_flush(c->out), NULL);
    if (e == NULL && mixed_draw(6) == 0) e = sley_yield();
    if (c->quits && c->sent > c->size / 2) sley_output_abort(c->out);
  }
  if (e == NULL) e = sley_await(sley_output_end(c->out), NULL);
  if (told(c, e, "a client writes")) sley_output_abort(c->out); /* nothing more is answered */
  return sley_return_unit();
}

/* ---- reading ---- */

static sley_error *read_some(mixed_client *c, size_t most, size_t *n)
{
  sley_value v;
  sley_error *e = sley_await(sley_input_some(c->in, most), &v);
  *n = 0;
  if (e != NULL) return e;
  const sley_bytes *b = sley_bytes_in(&v);
  memcpy(c->answer + c->got, b->at, b->size);
  *n = b->size;
  sley_value_drop(&v);
  return NULL;
}

static sley_error *read_lent(mixed_client *c, size_t most, size_t *n)
{
  const char *at;
  sley_error *e = sley_await_bytes(c->in, most, &at);
  *n = e == NULL ? most : 0;
  if (e == NULL) memcpy(c->answer + c->got, at, most);
  return e;
}

static sley_error *read_filled(mixed_client *c, size_t most, size_t *n)
{
  const char *at;
  sley_value v;
  sley_error *e = sley_await(sley_input_fill(c->in, 1 + (size_t)mixed_draw(most)), &v);
  *n = 0;
  if (e != NULL) return e;
  *n = sley_input_peek(c->in, &at);
  if (*n > most) *n = most;
  memcpy(c->answer + c->got, at, *n);
  sley_input_consume(c->in, *n);
  return NULL;
}

static sley_error *read_piece(mixed_client *c, size_t *n)
{
  size_t most = 1 + (size_t)mixed_draw(mixed_draw(2) == 0 ? 100 : PIECE);
  char *to = c->answer + c->got;
  sley_value v = sley_int(0);
  sley_error *e;
  if (most > c->size - c->got) most = c->size - c->got;
  switch (mixed_draw(5)) {
    case 0: return read_some(c, most, n);
    case 1: return read_lent(c, most, n);
    case 2: return read_filled(c, most, n);
    case 3:
      e = sley_await(sley_input_read_exactly(c->in, to, most), NULL);
      *n = e == NULL ? most : 0;
      return e;
    default:
      e = sley_await(sley_input_read(c->in, to, most), &v);
      *n = e == NULL ? (size_t)v.i : 0;
      return e;
  }
}

/* The peer has ended before all was there. */
static bool is_end(const sley_error *e)
{
  return e != NULL && sley_error_is(e, &sley_kind_sley, SLEY_EEOF);
}

static void read_answer(mixed_client *c)
{
  size_t n = 1;
  sley_error *e = NULL;
  while (e == NULL && n > 0 && c->got < c->size) {
    e = read_piece(c, &n);
    c->got += n;
    if (e == NULL && mixed_draw(6) == 0) e = sley_yield();
  }
  if (memcmp(c->message, c->answer, c->got) != 0) mixed_wrong("what came back differs", NULL);
  /* A writer that has failed has aborted it. */
  if (is_end(e) || (c->fails && e != NULL)) sley_error_drop(e);
  else if (told(c, e, "a client reads")) return;
  if (c->got < c->size) return;
  sley_value v;
  e = sley_await(sley_input_fill(c->in, 1), &v);
  if (c->fails) sley_error_drop(e);
  else if (!told(c, e, "a client reads the end") && v.i != 0) mixed_wrong("more came back", NULL);
}

/* ---- from the connection to its end ---- */

static sley_promise *dial(void)
{
  char name[64];
  sley_address_text(&mixed.local, name, sizeof(name));
  switch (mixed_draw(6)) {
    case 0: return sley_connect(NULL, "127.0.0.1", mixed.port);
    case 1: return sley_connect(NULL, "echo.test", mixed.port);
    case 2: return sley_connect_to(NULL, &mixed.local, 1);
    case 3: return sley_connect(NULL, name, NULL);
    default: return sley_connect_to(NULL, &mixed.relayed, 1);
  }
}

static bool open_channels(mixed_client *c)
{
  sley_value v;
  sley_channel_options o = {.size = sizeof(o), .linger = 0.2};
  if (mixed_draw(2) == 0) o.high = 1 + mixed_draw(5000);
  if (told(c, sley_await(dial(), &v), "a client connects")) return false;
  sley_io *io = sley_io_take(&v);
  if (!told(c, sley_channels(&o, io, &c->in, &c->out), "a client's channels")) return true;
  sley_io_drop(io);
  return false;
}

static void talk(mixed_client *c)
{
  sley_promise *writing = sley_spawn(write_message, c);
  if (sley_state(writing) != SLEY_PROMISE_STATE_REJECTED) read_answer(c);
  if (told(c, sley_await(writing, NULL), "a client writes")) return;
  if (c->fails) return;
  told(c, sley_await(sley_output_close(c->out), NULL), "a client closes its output");
  told(c, sley_await(sley_input_close(c->in), NULL), "a client closes its input");
}

static void wait_for_the_end(mixed_client *c)
{
  sley_value v;
  sley_error *e = sley_await(sley_input_fill(c->in, 1), &v);
  if (!told(c, e, "an idle client waits") && v.i != 0) mixed_wrong("nobody was asked", NULL);
}

sley_promise *mixed_client_run(void *ctx)
{
  mixed_client *c = ctx;
  c->message = malloc(c->size);
  c->answer = malloc(c->size);
  for (size_t i = 0; i < c->size; i++) c->message[i] = byte_at(c->number, i);
  if (open_channels(c)) {
    if (c->idles) wait_for_the_end(c);
    else talk(c);
    sley_input_drop(c->in);
    sley_output_drop(c->out);
  }
  if (!c->idles && !c->quits) {
    mixed.whole += c->got == c->size;
    mixed.cut += c->got < c->size && !c->fails;
  }
  free(c->message);
  free(c->answer);
  return sley_return_unit();
}
