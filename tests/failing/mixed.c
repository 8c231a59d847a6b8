/* See mixed.h. Under failing system calls, or with an allocation that fails: nothing crashes, leaks, hangs or is lost. With gentle
 * failures every message comes back whole; with hard ones and without memory one may be cut, but somebody is told, and
 * only of what was drawn or follows from it.
 *
 *     failing-mixed calls FIRST COUNT     seeds FIRST to FIRST + COUNT - 1
 *     failing-mixed memory SEED EVERY     each EVERY-th allocation of this seed's run, one at a time */
#include "mixed.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>

#include <sley/dns.h>
#include <sley/dump.h>
#include <sley/list.h>

#include "seeds.h"

enum { CLIENTS = 6 };

mixed_run mixed;

uint64_t mixed_draw(uint64_t n)
{
  uint64_t z = mixed.state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) % n;
}

void mixed_wrong(const char *what, const sley_error *e)
{
  failing_end();
  memory_fails(0, 0);
  fail_msg("seed %llu: %s%s%s", (unsigned long long)mixed.seed, what, e != NULL ? ": " : "",
           e != NULL ? sley_error_message(e) : "");
  abort();
}

/* What the end of a busy server, a client that quits, or what was drawn for another's call makes of this one. */
static bool follows(const sley_error *e, int code)
{
  bool is_reset = code == ECONNRESET || code == EPIPE || code == ENOTCONN;
  bool is_hard = mixed.how == FAILING_HARD;
  if (is_reset && (is_hard || mixed.memory_fails || mixed.quitters > 0)) return true;
  if (mixed.stops_early &&
      (is_reset || code == ECONNREFUSED || code == ENOENT || sley_error_is_canceled(e) ||
       sley_error_is(e, &sley_kind_sley, SLEY_EEOF)))
    return true;
  if (is_hard && (failing_draws(code) || sley_error_is(e, &sley_kind_dns, EAI_MEMORY))) return true;
  return (is_hard || mixed.memory_fails) && sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM);
}

bool mixed_failed(sley_error *e, const char *what)
{
  if (e == NULL) return false;
  int code = sley_error_kind_get(e) == &sley_kind_errno ? sley_error_code(e) : 0;
  if (!follows(e, code)) mixed_wrong(what, e);
  mixed.told++;
  sley_error_drop(e);
  return true;
}

static void hear(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  mixed_failed(sley_error_keep(e), "the hook is told");
}

/* Without memory the two ways of a relay can lose who waits for them. */
static void nobody_reads(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  if (!mixed.memory_fails) mixed_wrong("a rejection that nobody reads", e);
}

/* ---- names ---- */

static sley_promise *answer(void *ctx, sley_value *v)
{
  sley_address a;
  sley_value address, list;
  (void)ctx;
  (void)v;
  sley_error *e = sley_address_parse("127.0.0.1:1", &a);
  if (e == NULL) e = sley_address_to_value(&a, &address);
  if (e == NULL) e = sley_list_new(&address, 1, &list);
  return e != NULL ? sley_fail(e) : sley_return(list);
}

static sley_promise *resolve(void *ctx, const char *host)
{
  (void)ctx;
  assert_string_equal(host, "echo.test");
  return sley_bind(sley_pause(), answer, NULL);
}

static const sley_dns_source names = {
    .size = sizeof(names), .name = "the test", .resolve = resolve};

/* ---- one run ---- */

static mixed_client clients[CLIENTS];

/* All that are idle, or all others. Their own errors are theirs. */
static void await_clients(sley_promise **running, bool idle)
{
  for (int i = 0; i < CLIENTS; i++) {
    if (clients[i].idles != idle || running[i] == NULL) continue;
    sley_promise *p = running[i];
    running[i] = NULL;
    if (!mixed_failed(sley_await(p, NULL), "a client starts")) continue;
    clients[i].fails = true;
  }
}

static sley_promise *all(void *ctx)
{
  (void)ctx;
  sley_promise *running[CLIENTS], *stopping = sley_stop_on_signals();
  for (unsigned i = 0; i < CLIENTS; i++) running[i] = sley_spawn(mixed_client_run, &clients[i]);
  sley_promise *packets = sley_spawn(mixed_packets_run, NULL);
  if (mixed.stops_early)
    sley_error_drop(sley_await(sley_sleep((double)mixed_draw(3000) / 1e6), NULL));
  else await_clients(running, false);
  if (sley_is_pending(stopping)) raise(SIGTERM);
  sley_value number = sley_int(SIGTERM);
  if (!mixed_failed(sley_await(stopping, &number), "waiting for a signal"))
    assert_int_equal(number.i, SIGTERM);
  mixed_servers_stop(mixed.stops_early ? (double)mixed_draw(2) / 100 : 0.02);
  await_clients(running, false);
  await_clients(running, true);
  mixed_failed(sley_await(packets, NULL), "packets");
  return sley_return_unit();
}

static void must_have_ended(sley_error *e)
{
  if (e != NULL && sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT)) {
    failing_end();
    memory_fails(0, 0);
    sley_error_drop(sley_dump(SLEY_DUMP_FORMAT_TEXT, sley_write_file, stderr));
  }
  mixed_failed(e, "no end");
}

static void run(void)
{
  mixed.most = mixed_draw(4) == 0 ? 2 : 0;
  for (unsigned i = 0; i < CLIENTS; i++) mixed_client_draw(&clients[i], i);
  if (mixed_servers_start()) {
    sley_promise *p = sley_spawn(all, NULL);
    if (!mixed.memory_fails) { /* there, the test's own limit must do */
      sley_promise *both[] = {p, sley_timeout(20)};
      p = sley_choose(both, 2);
    }
    must_have_ended(sley_run(p, NULL));
  } else {
    mixed.told++;
  }
  failing_end();
  if (mixed.relay != NULL ||
      mixed.echo != NULL) { /* the fiber was not made, or an address not known */
    sley_error *e =
        sley_run(sley_server_stop(mixed.echo != NULL ? mixed.echo : mixed.relay, 0), NULL);
    mixed_failed(e, "a server stops");
    if (mixed.echo != NULL && mixed.relay != NULL)
      mixed_failed(sley_run(sley_server_stop(mixed.relay, 0), NULL), "the relay stops");
    sley_server_drop(mixed.relay);
    sley_server_drop(mixed.echo);
    mixed.relay = mixed.echo = NULL;
  }
}

static void judge(void)
{
  sley_block_counters blocks = {.size = sizeof(blocks)};
  sley_block_counters_get(&blocks);
  if (blocks.in_use != 0) mixed_wrong("a block is still in use", NULL);
  /* A stop ends what is idle, also while a request is on its way. */
  if (mixed.cut > mixed.told && !mixed.stops_early)
    mixed_wrong("a message was cut, and nobody told", NULL);
  if (mixed.told == 0 && mixed.whole != mixed.wanted && !mixed.stops_early)
    mixed_wrong("a message was lost", NULL);
  if (mixed.how != FAILING_HARD && !mixed.memory_fails && !mixed.stops_early &&
      mixed.whole != mixed.wanted)
    mixed_wrong("a message was lost though no failure was hard", NULL);
}

static void begin_run(uint64_t seed, bool memory)
{
  static const char *const engines[] = {"epoll", "poll", "select"};
  mixed =
      (mixed_run){.seed = seed, .state = seed * 0x2545f4914f6cdd1du + 1, .memory_fails = memory};
  mixed.how = memory ? FAILING_NOT : seed % 2 == 0 ? FAILING_GENTLY : FAILING_HARD;
  mixed.stops_early = !memory && mixed_draw(6) == 0;
  setenv("SLEY_TEST_ENGINE", engines[mixed_draw(3)], 1);
  assert_int_equal(begin(memory, 0), 0);
  assert_null(
      sley_run(sley_sleep(0), NULL)); /* the loop is there: its own calls are in reactor/failures */
  sley_set_async_hook(hear, NULL);
  sley_set_unhandled_hook(nobody_reads, NULL);
  sley_dns_set_source(&names);
}

static void end_run(void)
{
  judge();
  sley_dns_set_source(NULL);
  sley_set_async_hook(NULL, NULL);
  sley_set_unhandled_hook(NULL, NULL);
  if (finish() != 0) mixed_wrong("something is left", NULL);
}

/* ---- the two tests ---- */

static unsigned whole;

static void calls_fail(uint64_t seed)
{
  begin_run(seed, false);
  failing_begin(
      mixed.how, seed,
      mixed.how == FAILING_GENTLY ? 3 + (unsigned)mixed_draw(20) : 20 + (unsigned)mixed_draw(400));
  run();
  whole += mixed.whole;
  end_run();
}

static void memory_fails_once(void **state)
{
  (void)state;
  size_t at = 1, runs = 0;
  for (bool failed = true; failed; at += seeds.count, runs++) {
    begin_run(seeds.first, true);
    memory_fails(at, 0);
    run();
    failed = __atomic_load_n(&heap.failed, __ATOMIC_RELAXED) > 0;
    memory_fails(0, 0);
    end_run();
  }
  print_message("%zu allocations failed, one at a time, of %zu\n", runs - 1, at);
  assert_true(runs > 10);
}

int main(int words, char **word)
{
  if (words > 1 && strcmp(word[1], "memory") == 0) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_fails_once)};
    seeds_read(words - 1, word + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
  }
  int status = seeds_main(words - 1, word + 1, calls_fail);
  printf("%u messages came back whole\n", whole);
  return status;
}
