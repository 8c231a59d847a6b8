/* A crowd of clients that send half a request each, at the limit of the domain's blocks, and a fast client beside them.
 * Short requests hold no block; longer ones hold all that there are, wait for one, and are given up. The fast client,
 * which has been served before, goes on.
 *
 *     io_test_half_sent [CLIENTS [MILLISECONDS [REQUESTS]]]     its 99th percentile must be below that
 *
 * Tests src/io/channel/hunger.c, src/io/channel/input.c. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <sley/bytes.h>
#include <sley/server.h>

#include "io/server/serving.h"

enum { SHORT = 900, LONG = 5000, BLOCK = 16384 + 448, REQUESTS_MOST = 100000 };

static unsigned crowd = 400, requests = 2000;
static double most_ms = 500; /* starved it waits a second: the machine of the tests can be busy */
static size_t limit;
static unsigned given_up, served;
static uint64_t held_most;

static sley_block_counters blocks(void)
{
  sley_block_counters c = {.size = sizeof(c)};
  sley_block_counters_get(&c);
  return c;
}

static sley_promise *answer(sley_connection *c)
{
  const char *at;
  sley_input *in = sley_connection_input(c);
  size_t size = sley_input_peek(in, &at);
  const char *end = memchr(at, '\n', size);
  if (blocks().held > held_most) held_most = blocks().held;
  if (end == NULL) return sley_input_more(0);
  sley_input_consume(in, (size_t)(end - at) + 1);
  served++;
  return sley_output_write(sley_connection_output(c), "done\n", 5);
}

static void count_given_up(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)site;
  if (!sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM)) fail_msg("%s", sley_error_message(e));
  given_up++;
}

/* ---- the clients, on a thread of their own ---- */

static struct sockaddr_in where;
static double times[REQUESTS_MOST]; /* milliseconds */
static bool is_over;                /* __atomic */

static int dial_it(void)
{
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof(where)) != 0) abort();
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

static double milliseconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double ask(int fd)
{
  char text[5];
  double began = milliseconds();
  if (send(fd, "request\n", 8, 0) != 8) abort();
  if (recv(fd, text, sizeof(text), MSG_WAITALL) != 5) abort();
  return milliseconds() - began;
}

static void *clients(void *ctx)
{
  static char half[LONG];
  int *fds = ctx;
  memset(half, 'h', sizeof(half));
  int fast = dial_it();
  ask(fast);
  for (unsigned i = 0; i < crowd; i++) {
    fds[i] = dial_it();
    size_t size = i % 2 == 0 ? SHORT : LONG;
    if (send(fds[i], half, size, 0) != (ssize_t)size) abort();
  }
  for (unsigned i = 0; i < requests; i++) {
    usleep(1000);
    times[i] = ask(fast);
  }
  for (unsigned i = 0; i < crowd; i++) close(fds[i]);
  close(fast);
  __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
  return NULL;
}

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void half_sent_requests_and_a_fast_client(void **state)
{
  (void)state;
  sley_server_options o = served_by(answer, NULL);
  sley_server *s = server_begin(&o);
  pthread_t thread;
  int *fds = calloc(crowd, sizeof(*fds));
  sley_set_async_hook(count_given_up, NULL);
  limit = crowd / 8;
  assert_null(sley_block_set_limit(limit * BLOCK));
  where = (struct sockaddr_in){.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)sley_server_port(s)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  assert_int_equal(pthread_create(&thread, NULL, clients, fds), 0);
  while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) rest(0.01);
  pthread_join(thread, NULL);
  qsort(times, requests, sizeof(times[0]), by_size);
  sley_block_counters b = blocks();
  print_message(
      "%u half-sent requests, %zu blocks; fast client: median %.2f ms, p99 %.2f ms, longest %.2f "
      "ms; "
      "held at most %llu, waited %llu, given up %llu\n",
      crowd, limit, times[requests / 2], times[requests * 99 / 100], times[requests - 1],
      (unsigned long long)held_most, (unsigned long long)b.waited, (unsigned long long)b.killed);
  assert_int_equal(served, requests + 1);
  assert_true(times[requests * 99 / 100] < most_ms);
  assert_true(held_most <= limit && held_most + 2 >= limit - limit / 16);
  assert_true(b.waited > 0 && b.killed > 0);
  assert_int_equal(given_up, b.killed);
  server_end(s);
  free(fds);
}

int main(int words, char **word)
{
  if (words > 1) crowd = (unsigned)strtoul(word[1], NULL, 10);
  if (words > 2) most_ms = strtod(word[2], NULL);
  if (words > 3) requests = (unsigned)strtoul(word[3], NULL, 10);
  if (requests == 0 || requests > REQUESTS_MOST) return 2;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const struct CMUnitTest tests[] = {TEST(half_sent_requests_and_a_fast_client)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
