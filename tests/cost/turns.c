/* Turns whose instructions check_turns.py counts under callgrind. Each row runs some uncounted turns, then FEW and
 * MANY counted ones; the difference is the cost of MANY - FEW turns, without start-up and dumps. "--turns" prints
 * MANY - FEW, "--compiler" the compiler used. */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

enum { WARM = 300, FEW = 200, MANY = 1200, TEN = 10 };

static sley_promise *same(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

static sley_promise *handle(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return sley_return(sley_int(1));
}

static sley_promise *wait_for(void *ctx, sley_value *v)
{
  (void)v;
  return sley_keep(ctx);
}

static sley_promise *await_once(void *ctx)
{
  int64_t i;
  sley_error *e = sley_await_int(ctx, &i);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(i + 1));
}

static void return_bind(int turns)
{
  for (int i = 0; i < turns; i++) sley_drop(sley_bind(sley_return(sley_int(1)), same, NULL));
}

static void wait_bind_fulfill(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *r;
    sley_promise *p = sley_bind(sley_pending(&r), same, NULL);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}

/* The callback returns a pending promise, which the result follows. */
static void follow(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *first, *second;
    sley_promise *inner = sley_pending(&second);
    sley_promise *p = sley_bind(sley_pending(&first), wait_for, inner);
    sley_fulfill(&first, sley_int(1));
    sley_fulfill(&second, sley_int(2));
    sley_drop(p);
    sley_drop(inner);
  }
}

static void catch_rejected(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *r;
    sley_promise *p = sley_catch(sley_pending(&r), handle, NULL);
    sley_reject(&r, sley_error_canceled());
    sley_drop(p);
  }
}

static void task_bind_cancel(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *r;
    sley_promise *p = sley_bind(sley_cancelable(&r), same, NULL);
    sley_cancel(p);
    sley_drop(p);
    sley_resolver_drop(&r);
  }
}

/* One of ten wins; the other nine are canceled. */
static void pick_of_ten(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *r[TEN];
    sley_promise *p[TEN];
    for (int k = 0; k < TEN; k++) p[k] = sley_cancelable(&r[k]);
    sley_promise *first = sley_pick(p, TEN);
    sley_fulfill(&r[3], sley_int(1));
    for (int k = 0; k < TEN; k++) sley_resolver_drop(&r[k]);
    sley_drop(first);
  }
}

static void all_of_ten(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *r[TEN];
    sley_promise *p[TEN];
    for (int k = 0; k < TEN; k++) p[k] = sley_pending(&r[k]);
    sley_promise *all = sley_all(p, TEN);
    for (int k = 0; k < TEN; k++) sley_fulfill(&r[k], sley_int(k));
    sley_drop(all);
  }
}

/* The cancel reaches the guard but not the guarded promise, which is fulfilled afterwards. */
static void protected_cancel(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *r;
    sley_promise *p = sley_protected(sley_cancelable(&r));
    sley_cancel(p);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}

static void fiber_await(int turns)
{
  for (int i = 0; i < turns; i++) {
    sley_resolver *r;
    sley_promise *p = sley_spawn(await_once, sley_cancelable(&r));
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}

static void stream_get_push(int turns)
{
  sley_stream *s;
  sley_pusher *push;
  if (sley_stream_new(&s, &push) != 0) return;
  for (int i = 0; i < turns; i++) {
    sley_promise *got = sley_stream_get(s);
    sley_pusher_push(push, sley_int(1));
    sley_drop(got);
  }
  sley_pusher_drop(push);
  sley_stream_drop(s);
}

/* ---- requests of eight connections, answered in one turn through channels ---- */

enum { CONNECTIONS = 8 };

typedef struct connection {
  sley_input *in;
  sley_output *out;
  sley_fd peer;
  sley_promise *served;
} connection;

static const char question[] = "question", answer[] = "the answer";

/* False: no memory. */
static bool give_answer(connection *c, sley_input *in)
{
  const char *at;
  size_t size = sley_input_peek(in, &at);
  char *room = sley_output_reserve(c->out, sizeof(answer));
  if (room == NULL) return false;
  memcpy(room, answer, sizeof(answer));
  sley_output_commit(c->out, sizeof(answer));
  sley_input_consume(in, size);
  return sley_output_is_ready(c->out);
}

static sley_promise *on_burst(void *ctx, sley_input *in)
{
  return give_answer(ctx, in) ? sley_input_more(0) : sley_return(sley_bool(true));
}

static sley_promise *serve_each(connection *c) { return sley_input_each(c->in, on_burst, c); }

static sley_promise *serve_bind(connection *c);

static sley_promise *on_filled(void *ctx, sley_value *v)
{
  connection *c = ctx;
  if (v->i == 0 || !give_answer(c, c->in)) return sley_return_unit();
  return serve_bind(c);
}

static sley_promise *serve_bind(connection *c)
{
  return sley_bind(sley_input_fill(c->in, 1), on_filled, c);
}

static sley_promise *in_fiber(void *ctx)
{
  connection *c = ctx;
  for (int64_t there;;) {
    sley_error *e = sley_await_int(sley_input_fill(c->in, 1), &there);
    if (e != NULL) return sley_fail(e);
    if (there == 0 || !give_answer(c, c->in)) return sley_return_unit();
  }
}

static sley_promise *serve_fiber(connection *c) { return sley_spawn(in_fiber, c); }

static bool open_connection(connection *c)
{
  sley_io *ends[2];
  return sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) == NULL &&
         sley_channels(NULL, ends[0], &c->in, &c->out) == NULL &&
         sley_io_take_fd(ends[1], &c->peer) == NULL;
}

static void requests(int turns, sley_promise *(*serve)(connection *c))
{
  connection all[CONNECTIONS];
  char got[sizeof(answer)];
  for (int i = 0; i < CONNECTIONS; i++) {
    if (!open_connection(&all[i])) abort();
    all[i].served = serve(&all[i]);
  }
  for (int turn = 0; turn < turns; turn++) {
    for (int i = 0; i < CONNECTIONS; i++)
      if (write(all[i].peer, question, sizeof(question)) != sizeof(question)) abort();
    if (sley_step(0) != NULL) abort();
    for (int i = 0; i < CONNECTIONS; i++)
      if (read(all[i].peer, got, sizeof(got)) != sizeof(got)) abort();
  }
  for (int i = 0; i < CONNECTIONS; i++) {
    close(all[i].peer);
    if (sley_run(all[i].served, NULL) != NULL) abort();
    sley_input_drop(all[i].in);
    sley_output_drop(all[i].out);
  }
}

static void requests_each(int turns) { requests(turns, serve_each); }
static void requests_bind(int turns) { requests(turns, serve_bind); }
static void requests_fiber(int turns) { requests(turns, serve_fiber); }

#define ROW(f) \
  {            \
#f, f      \
  }
static const struct {
  const char *name;
  void (*run)(int turns);
} rows[] = {
    ROW(return_bind),      ROW(wait_bind_fulfill), ROW(follow),        ROW(catch_rejected),
    ROW(task_bind_cancel), ROW(pick_of_ten),       ROW(all_of_ten),    ROW(protected_cancel),
    ROW(fiber_await),      ROW(stream_get_push),   ROW(requests_each), ROW(requests_bind),
    ROW(requests_fiber),
};

static void print_compiler(void)
{
#ifdef __clang__
  printf("clang %d.%d.%d\n", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  printf("gcc %d.%d.%d\n", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

int main(int count, char **words)
{
  if (count > 1 && strcmp(words[1], "--compiler") == 0) {
    print_compiler();
    return 0;
  }
  if (count > 1 && strcmp(words[1], "--turns") == 0) {
    printf("%d\n", MANY - FEW);
    return 0;
  }
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    rows[i].run(WARM);
    CALLGRIND_ZERO_STATS;
    rows[i].run(FEW);
    CALLGRIND_DUMP_STATS_AT(rows[i].name);
    rows[i].run(MANY);
    CALLGRIND_DUMP_STATS_AT(rows[i].name);
  }
  return sley_finish() != 0;
}
