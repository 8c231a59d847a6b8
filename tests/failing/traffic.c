/* A server and its clients under failing system calls: nothing crashes, leaks, hangs or is lost. With gentle failures
 * every message comes back whole; with hard ones an operation may fail, but only with what was drawn or with what
 * follows from it for the peer.
 *
 *     failing-traffic FIRST COUNT     seeds FIRST to FIRST + COUNT - 1 */
#include <errno.h>
#include <netdb.h>

#include <sley/dump.h>
#include <sley/fiber.h>

#include "seeds.h"
#include "support/process.h"

enum { CLIENTS = 4, LONGEST = 96 * 1024, SERVED = 64 };

static struct {
  failing_how how;
  uint64_t seed;
  unsigned served, answered, errors;
  sley_listener *listener;
  sley_promise *serving[SERVED];
  unsigned serving_count;
  char port[8];
} run;

static void wrong(const char *what, const sley_error *e)
{
  fail_msg("seed %llu: %s%s%s", (unsigned long long)run.seed, what, e != NULL ? ": " : "",
           e != NULL ? sley_error_message(e) : "");
}

/* Whether an operation failed, which must follow from what was drawn. */
static bool failed(sley_error *e, const char *what)
{
  if (e == NULL) return false;
  int code = sley_error_kind_get(e) == &sley_kind_errno ? sley_error_code(e) : 0;
  bool follows = failing_draws(code) || code == ECONNRESET || code == EPIPE ||
                 sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM) ||
                 sley_error_is(e, &sley_kind_dns, EAI_MEMORY);
  if (run.how == FAILING_GENTLY || !follows) wrong(what, e);
  run.errors++;
  sley_error_drop(e);
  return true;
}

static sley_promise *serve(void *ctx)
{
  sley_io *io = ctx;
  char part[8192];
  sley_value n;
  while (!failed(sley_await(sley_read(io, part, sizeof(part)), &n), "the server reads"))
    if (n.i == 0 ||
        failed(sley_await(sley_write(io, part, (size_t)n.i), NULL), "the server writes"))
      break;
  sley_io_drop(io);
  return sley_return(sley_unit());
}

static sley_promise *accept_all(void *ctx)
{
  (void)ctx;
  for (;;) {
    sley_value v;
    sley_error *e = sley_await(sley_accept(run.listener), &v);
    if (e != NULL && sley_error_is(e, &sley_kind_sley, SLEY_ECLOSED)) {
      sley_error_drop(e);
      return sley_return(sley_unit());
    }
    if (failed(e, "the server accepts")) continue;
    run.served++;
    assert_true(run.serving_count < SERVED);
    run.serving[run.serving_count++] = sley_spawn(serve, v.ptr);
  }
}

typedef struct client {
  sley_io *io;
  sley_promise *reading; /* lent */
  char *message, *answer;
  size_t size, got;
} client;

/* What was not sent is not answered. */
static void write_failed(void *ctx, sley_error *e)
{
  client *c = ctx;
  (void)e;
  if (c->reading != NULL) sley_cancel(c->reading);
}

/* Reads once; 0 at the end and after an error. */
static size_t client_read(client *c)
{
  sley_value n;
  c->reading = sley_read(c->io, c->answer + c->got, c->size - c->got);
  sley_error *e = sley_await(c->reading, &n);
  c->reading = NULL;
  bool canceled = e != NULL && sley_error_is_canceled(e);
  if (canceled) sley_error_drop(e);
  return canceled || failed(e, "the client reads") ? 0 : (size_t)n.i;
}

static void talk(client *c)
{
  sley_value v;
  if (failed(sley_await(sley_connect(NULL, "127.0.0.1", run.port), &v), "connecting")) return;
  c->io = v.ptr;
  sley_promise *sent = sley_write(c->io, c->message, c->size);
  sley_on_failure(sent, write_failed, c);
  bool open = true;
  while (open && c->got < c->size && sley_state(sent) != SLEY_PROMISE_STATE_REJECTED) {
    size_t n = client_read(c);
    open = n > 0;
    c->got += n;
  }
  sley_cancel(sent);
  sley_error *e = sley_await(sent, NULL);
  if (e != NULL && sley_error_is_canceled(e)) sley_error_drop(e);
  else failed(e, "the client writes");
  sley_io_drop(c->io);
}

static sley_promise *client_run(void *ctx)
{
  client c = {.size = 1 + (size_t)(run.seed * 7919 + (uintptr_t)ctx * 104729) % LONGEST};
  c.message = malloc(c.size);
  c.answer = malloc(c.size);
  for (size_t i = 0; i < c.size; i++) c.message[i] = (char)(i * 31 + c.size);
  talk(&c);
  if (memcmp(c.message, c.answer, c.got) != 0) wrong("an answer is not what was sent", NULL);
  run.answered += c.got == c.size;
  free(c.message);
  free(c.answer);
  return sley_return(sley_unit());
}

static sley_promise *all(void *ctx)
{
  (void)ctx;
  sley_promise *clients[CLIENTS];
  sley_promise *accepting = sley_spawn(accept_all, NULL);
  for (uintptr_t i = 0; i < CLIENTS; i++) clients[i] = sley_spawn(client_run, (void *)i);
  failed(sley_await(sley_join(clients, CLIENTS), NULL), "the clients");
  sley_listener_close(run.listener);
  failed(sley_await(accepting, NULL), "accepting");
  failed(sley_await(sley_join(run.serving, run.serving_count), NULL), "serving");
  return sley_return(sley_unit());
}

/* Listening fails at most so often that an attempt succeeds. */
static bool listens(void)
{
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  for (int i = 0; i < 100; i++) {
    sley_error *e = sley_listen(&o, &run.listener);
    if (!failed(e, "listening")) return true;
  }
  return false;
}

static void one(uint64_t seed)
{
  memset(&run, 0, sizeof(run));
  run.seed = seed;
  run.how = seed % 2 == 0 ? FAILING_GENTLY : FAILING_HARD;
  assert_int_equal(begin(false, 0), 0);
  assert_null(
      sley_run(sley_sleep(0), NULL)); /* the loop is there: its own calls are in test_failures.c */
  failing_begin(run.how, seed, 3 + (unsigned)(seed % 29));
  if (!listens()) wrong("there is no listener", NULL);
  snprintf(run.port, sizeof(run.port), "%u", sley_listener_port(run.listener));
  if (strcmp(run.port, "0") == 0) { /* getsockname failed */
    sley_listener_close(run.listener);
  } else {
    sley_promise *both[] = {sley_spawn(all, NULL), sley_timeout(60)}, *end = sley_choose(both, 2);
    sley_error *e = sley_run(end, NULL);
    if (e != NULL) {
      failing_end();
      sley_error_drop(sley_dump(SLEY_DUMP_FORMAT_TEXT, sley_write_file, stderr));
      wrong("no end", e);
    }
    if (run.how == FAILING_GENTLY && run.answered != CLIENTS) wrong("an answer was lost", NULL);
    if (run.errors == 0 && run.answered != CLIENTS) wrong("an answer was lost without error", NULL);
  }
  failing_end();
  if (finish() != 0) wrong("something is left", NULL);
}

int main(int words, char **word) { return seeds_main(words, word, one); }
