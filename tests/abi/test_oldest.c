/* Callers of the first version of this library's name: each struct that carries its size is given as they know it, at the
 * end of a page, so that a byte more is a fault. A struct that has grown since is read through a copy; members that this
 * library does not know are refused unless they are zeros.
 * Tests src/promise/base/abort.c, src/promise/base/oldest.h. */
#include <sys/mman.h>

#include "promise/base/base.h"
#include "support/child.h"
#include "support/process.h"

/* ---- structs at the end of a page ---- */

enum { PAGES = 16, SLOTS = 4 };

static void *at_end(const void *full, size_t size)
{
  static char *pages[SLOTS];
  static unsigned used;
  char **slot = &pages[used++ % SLOTS]; /* a case has several structs at a time */
  size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (PAGES - 1) * page;
  if (*slot == NULL) {
    *slot = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(*slot != MAP_FAILED);
    assert_int_equal(mprotect(*slot + room, page, PROT_NONE), 0);
  }
  char *at = *slot + room - size;
  memcpy(at, full, size);
  *(size_t *)(void *)at = size;
  return at;
}

#define OLDEST(type, ...) ((type *)at_end(&(type){__VA_ARGS__}, SLEY__OLDEST(type)))

/* ---- options ---- */

static sley_promise *start(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(7));
}

static sley_promise *serve(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_int(7));
}

static sley_promise *burst(sley_connection *c)
{
  (void)c;
  return sley_return_unit();
}

static void promises(void **state)
{
  (void)state;
  run_gives(sley_retry(OLDEST(sley_retry_options, .most = 2), start, NULL), 7);
  run_gives(sley_retry_sleeping(OLDEST(sley_retry_options, .most = 2), start, NULL), 7);
  run_gives(sley_spawn_with(OLDEST(sley_spawn_options, .stack = 65536), start, NULL), 7);
  sley_stream *s = sley_stream_generate_with(OLDEST(sley_spawn_options, 0), start, NULL);
  sley_stream_drop(s);
  sley_pool *pool;
  assert_null(sley_pool_new(OLDEST(sley_pool_options, .max = 1, .create = start), &pool));
  sley_pool_drop(pool);
  sley_throttle *throttle;
  assert_null(sley_throttle_new(OLDEST(sley_throttle_options, .rate = 1), &throttle));
  sley_throttle_drop(throttle);
  sley_set_trace(OLDEST(sley_trace, 0), NULL);
  sley_set_trace(NULL, NULL);
}

static void domains(void **state)
{
  (void)state;
  sley_runtime *runtime;
  assert_null(sley_runtime_new(OLDEST(sley_runtime_options, 0), &runtime));
  sley_runtime_drop(runtime);
  assert_null(sley_configure(OLDEST(sley_runtime_options, 0)));
  sley_domain *d;
  assert_null(sley_domain_spawn(OLDEST(sley_domain_options, 0), &d));
  run_gives(sley_call_with(d, OLDEST(sley_call_options, .timeout = 60), serve, sley_unit()), 7);
  run_gives(sley_domain_shutdown(d, 60), 0);
  sley_domain_drop(d);
  sley_team *team;
  assert_null(sley_team_new(OLDEST(sley_team_options, .count = 1), &team));
  run_gives(sley_team_shutdown(team, 60), 0);
  sley_team_drop(team);
  sley_workers *workers;
  assert_null(sley_workers_new(OLDEST(sley_workers_options, .maximum = 1), &workers));
  sley_workers_counters *counters = OLDEST(sley_workers_counters, 0);
  sley_workers_counters_get(workers, counters);
  assert_int_equal(counters->finished, 0);
  run_gives(sley_workers_close(workers, 60), 0);
}

static void sockets(void **state)
{
  (void)state;
  sley_listener *l;
  assert_null(sley_listen(OLDEST(sley_listen_options, .address = "127.0.0.1"), &l));
  char port[8];
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  sley_value v;
  assert_null(
      sley_run(sley_connect(OLDEST(sley_connect_options, .timeout = 60), "127.0.0.1", port), &v));
  sley_io *io = sley_io_take(&v);
  sley_input *in;
  sley_output *out;
  assert_null(sley_channels(OLDEST(sley_channel_options, .most = 100), io, &in, &out));
  sley_input_abort(in);
  sley_input_drop(in);
  sley_output_drop(out);
  sley_listener_close(l);
  sley_datagram *datagram;
  assert_null(
      sley_datagram_open(OLDEST(sley_datagram_options, .address = "127.0.0.1:0"), &datagram));
  sley_datagram_counters *packets = OLDEST(sley_datagram_counters, 0);
  sley_datagram_counters_get(datagram, packets);
  assert_int_equal(packets->fds_closed, 0);
  sley_datagram_drop(datagram);
  const sley_listen_options *listen[] = {OLDEST(sley_listen_options, .address = "127.0.0.1")};
  sley_server_options *options =
      OLDEST(sley_server_options, .listen = listen, .listens = 1, .burst = burst,
             .channels = OLDEST(sley_channel_options, .most = 100));
  assert_null(sley_run(sley_server_start(options), &v));
  sley_server *server = sley_server_take(&v);
  sley_server_counters *counters = OLDEST(sley_server_counters, 0);
  sley_server_counters_get(server, 0, counters);
  assert_int_equal(counters->accepted, 0);
  run_gives(sley_server_stop(server, 0), 0);
  sley_server_drop(server);
}

static sley_promise *nobody(void *ctx, const char *host)
{
  (void)ctx;
  (void)host;
  return sley_fail(sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND, "nobody"));
}

static int64_t nothing_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return 0;
}

static int64_t nothing_written(void *ctx, const sley_slice *slices, size_t n)
{
  (void)ctx;
  (void)slices;
  (void)n;
  return -SLEY_EAGAIN;
}

static sley_promise *never(void *ctx, bool to_write)
{
  (void)ctx;
  (void)to_write;
  return sley_pause();
}

static void gone(void *ctx) { (void)ctx; }

static void tables_of_the_caller(void **state)
{
  (void)state;
  const sley_dns_source *former =
      sley_dns_set_source(OLDEST(sley_dns_source, .name = "nobody", .resolve = nobody));
  run_fails(sley_resolve("name.invalid", "1"), &sley_kind_sley, SLEY_ENOTFOUND);
  sley_dns_set_source(former);
  sley_io *io;
  assert_null(sley_io_new(OLDEST(sley_io_type, .name = "none", .read = nothing_read,
                                 .write = nothing_written, .ready = never, .abort = gone),
                          NULL, &io));
  char byte;
  run_gives(sley_read(io, &byte, 1), 0);
  sley_io_drop(io);
}

static void figures(void **state)
{
  (void)state;
  sley_counters *counters = OLDEST(sley_counters, 0);
  sley_counters_get(counters);
  assert_int_equal(counters->unhandled, 0);
  sley_published *published = OLDEST(sley_published, 0);
  sley_published_get(sley_domain_current(), published);
  assert_true(published->created > 0);
  sley_fiber_counters *fibers = OLDEST(sley_fiber_counters, 0);
  sley_fiber_counters_get(fibers);
  sley_domain_counters *domain = OLDEST(sley_domain_counters, 0);
  sley_domain_counters_get(sley_domain_current(), domain);
  sley_loop_counters *loop = OLDEST(sley_loop_counters, 0);
  sley_loop_counters_get(loop);
  sley_block_counters *blocks = OLDEST(sley_block_counters, 0);
  sley_block_counters_get(blocks);
  assert_int_equal(blocks->killed, 0);
}

/* ---- a struct that has grown ---- */

typedef struct before {
  size_t size;
  int first;
} before;

typedef struct after {
  size_t size;
  int first;
  double second;
  void *third;
} after;

static const after *read_after(const void *given, after *all)
{
  return sley__options_read(given, all, sizeof(before), sizeof(after), "sley_x_options", "sley_x");
}

static void grown_options_are_zero_for_old_callers(void **state)
{
  (void)state;
  after all;
  memset(&all, 0xff, sizeof(all));
  const after *o = read_after(at_end(&(before){.first = 5}, sizeof(before)), &all);
  assert_ptr_equal(o, &all);
  assert_int_equal(o->size, sizeof(after));
  assert_int_equal(o->first, 5);
  assert_true(o->second == 0 && o->third == NULL);
  const after now = {sizeof(after), 6, 0.5, &all};
  assert_ptr_equal(read_after(&now, &all), &now);
}

typedef struct later {
  after known;
  int unknown;
} later;

static later newer;
static size_t bytes;

static void give_newer(void)
{
  after all;
  newer.known.size = bytes;
  const after *o = read_after(&newer, &all);
  if (o->first != 5 || o->size != sizeof(after)) abort();
}

static void callers_that_know_more(void **state)
{
  (void)state;
  char text[512];
  bytes = sizeof(later);
  newer = (later){.known = {.first = 5}};
  if (run_in_child(give_newer, text, sizeof(text)) != 0) fail_msg("%s", text);
  newer.unknown = 1;
  assert_true(aborted(run_in_child(give_newer, text, sizeof(text))));
  assert_non_null(strstr(text, "sley_x was given a sley_x_options with members that this version"));
  bytes = sizeof(before) - 1;
  assert_true(aborted(run_in_child(give_newer, text, sizeof(text))));
  assert_non_null(strstr(text, "set its member size to sizeof(sley_x_options)"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(promises),
      cmocka_unit_test(domains),
      cmocka_unit_test(sockets),
      cmocka_unit_test(tables_of_the_caller),
      cmocka_unit_test(figures),
      cmocka_unit_test(grown_options_are_zero_for_old_callers),
      cmocka_unit_test(callers_that_know_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
