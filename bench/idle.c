/* Memory of idle connections: a server, and a process with its clients, each of which is served one request and then
 * waits. Memory is counted beside the server's connections only, after some that pay for what all share.
 *
 *     bench-idle [WAY...] [--connections N] [--bars]
 *
 * Prints, for each way to serve, bytes a connection by malloc (mallinfo2) and by the resident set, and the way's bar for
 * the former. --bars: the exit status is 1 if one is missed. Ways: see `ways`. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sley.h>

enum { FIRST = 256 /* connections that pay for what all share */, CONNECTIONS = 5000 };
enum { AT_ONCE = 32 /* clients that wait for their answer */, REQUEST_MOST = 256 };

static const char http_request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char http_answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
static const char echo_text[] = "a line of text that is sent back as it comes\r\n\r\n";

/* ---- what is served ---- */

/* Answers one request, which is there as a whole: it is smaller than a packet. */
static void answer(sley_input *in, sley_output *out, bool is_http)
{
  const char *data;
  size_t size = sley_input_peek(in, &data), length = is_http ? sizeof(http_answer) - 1 : size;
  char *room = size > 0 ? sley_output_reserve(out, length) : NULL;
  if (room != NULL) {
    memcpy(room, is_http ? http_answer : data, length);
    sley_output_commit(out, length);
  }
  sley_input_consume(in, size);
}

static sley_promise *answer_burst(sley_connection *c, bool is_http)
{
  answer(sley_connection_input(c), sley_connection_output(c), is_http);
  return sley_return_unit();
}

static sley_promise *echo_burst(sley_connection *c) { return answer_burst(c, false); }
static sley_promise *http_burst(sley_connection *c) { return answer_burst(c, true); }

static sley_promise *echo_inside(void *ctx, sley_input *in)
{
  answer(in, ctx, false);
  return sley_return_unit();
}

static sley_promise *http_inside(void *ctx, sley_input *in)
{
  answer(in, ctx, true);
  return sley_return_unit();
}

static sley_promise *echo_each(sley_connection *c)
{
  return sley_input_each(sley_connection_input(c), echo_inside, sley_connection_output(c));
}

static sley_promise *http_each(sley_connection *c)
{
  return sley_input_each(sley_connection_input(c), http_inside, sley_connection_output(c));
}

/* In a fiber for the whole connection. */
static sley_promise *http_awaits(sley_connection *c)
{
  sley_input *in = sley_connection_input(c);
  const char *line;
  size_t size;
  do {
    sley_error *e = sley_await_line(in, &line, &size);
    if (e != NULL) return sley_fail(e);
    if (line != NULL && size == 0 &&
        sley_output_try_write(sley_connection_output(c), http_answer, sizeof(http_answer) - 1) != 0)
      return sley_fail(sley_error_nomem());
  } while (line != NULL);
  return sley_return_unit();
}

typedef struct way {
  const char *name;
  sley_connection_fn *burst, *serve;
  bool in_fiber, is_http;
  double bar; /* most bytes by malloc; 0: none */
} way;

static const way ways[] = {
    {"echo_burst", echo_burst, NULL, false, false, 384},
    {"echo_each", NULL, echo_each, false, false, 512},
    {"http_burst", http_burst, NULL, false, true, 384},
    {"http_each", NULL, http_each, false, true, 512},
    {"http_burst_fiber", http_burst, NULL, true, true, 416},
    {"http_fiber", NULL, http_awaits, true, true, 0},
};
enum { BLOCK_HEAD = 144 /* bytes of a block beside its room, about */ };
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };
enum { TRIES = 3 };

/* ---- the clients, in a process of their own ---- */

static void fail(const char *what)
{
  perror(what);
  exit(2);
}

static int client_open(const struct sockaddr_in *to, const char *request)
{
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  if (connect(fd, (const struct sockaddr *)(const void *)to, sizeof(*to)) != 0) fail("connect");
  if (send(fd, request, strlen(request), 0) != (ssize_t)strlen(request)) fail("send");
  return fd;
}

static void client_hears(int fd, size_t size)
{
  char text[REQUEST_MOST];
  while (size > 0) {
    ssize_t n = recv(fd, text, size < sizeof(text) ? size : sizeof(text), 0);
    if (n <= 0) fail("recv");
    size -= (size_t)n;
  }
}

/* Opens so many connections as it reads, tells when all are answered, and ends with its orders. */
static _Noreturn void clients_run(int orders, int replies, unsigned port, const way *w)
{
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const char *request = w->is_http ? http_request : echo_text;
  size_t size = w->is_http ? sizeof(http_answer) - 1 : sizeof(echo_text) - 1;
  for (int n; read(orders, &n, sizeof(n)) == (ssize_t)sizeof(n);) {
    for (int done = 0; done < n;) {
      int fds[AT_ONCE], count = n - done < AT_ONCE ? n - done : AT_ONCE;
      for (int i = 0; i < count; i++) fds[i] = client_open(&to, request);
      for (int i = 0; i < count; i++) client_hears(fds[i], size);
      done += count;
    }
    if (write(replies, &n, sizeof(n)) != (ssize_t)sizeof(n)) fail("write");
  }
  _exit(0);
}

typedef struct clients {
  pid_t pid;
  int orders;
  sley_io *replies;
} clients;

static clients clients_start(unsigned port, const way *w)
{
  int orders[2], replies[2];
  clients c;
  if (pipe(orders) != 0 || pipe(replies) != 0) fail("pipe");
  c.pid = fork();
  if (c.pid < 0) fail("fork");
  if (c.pid == 0) {
    close(orders[1]);
    clients_run(orders[0], replies[1], port, w);
  }
  close(orders[0]);
  close(replies[1]);
  c.orders = orders[1];
  sley_error *e = sley_io_from_fd(replies[0], SLEY_IO_MODE_GUESS, &c.replies);
  if (e != NULL) fail(sley_error_message(e));
  return c;
}

/* Runs the loop until they are served and silent again. */
static void clients_open(const clients *c, int n)
{
  int answer = 0;
  if (write(c->orders, &n, sizeof(n)) != (ssize_t)sizeof(n)) fail("write");
  sley_error *e = sley_run(sley_read(c->replies, &answer, sizeof(answer)), NULL);
  if (e != NULL || answer != n) {
    fprintf(stderr, "bench-idle: the clients have failed\n");
    exit(2);
  }
  sley_error_drop(sley_run(sley_sleep(0.05), NULL)); /* what lies in the turn's queues */
}

static void clients_end(clients *c)
{
  close(c->orders);
  sley_io_drop(c->replies);
  waitpid(c->pid, NULL, 0);
}

/* ---- the measure ---- */

typedef struct memory {
  double heap, resident; /* bytes */
} memory;

static memory memory_now(void)
{
  struct mallinfo2 m = mallinfo2();
  unsigned long all = 0, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%lu %lu", &all, &resident) != 2) fail("/proc/self/statm");
  fclose(f);
  sley_block_counters blocks = {.size = sizeof(blocks)};
  sley_block_counters_get(&blocks);
  /* Spare blocks go back a second later, and are no connection's. */
  double spare = (double)blocks.spare * ((double)blocks.block_size + BLOCK_HEAD);
  return (memory){(double)m.uordblks + (double)m.hblkhd - spare,
                  (double)resident * (double)sysconf(_SC_PAGESIZE)};
}

/* In a process of its own, so that every way begins with the same memory. */
static int measure(const way *w, int connections, bool bars)
{
  sley_listen_options listen = {.size = sizeof(listen), .address = "127.0.0.1"};
  const sley_listen_options *listens[] = {&listen};
  sley_server_options o = {.size = sizeof(o),
                           .listen = listens,
                           .listens = 1,
                           .burst = w->burst,
                           .serve = w->serve,
                           .in_fiber = w->in_fiber};
  sley_value v;
  sley_error *e = sley_run(sley_server_start(&o), &v);
  if (e != NULL) fail(sley_error_message(e));
  sley_server *server = sley_server_take(&v);
  clients c = clients_start(sley_server_port(server), w);
  clients_open(&c, FIRST);
  memory before = memory_now();
  clients_open(&c, connections);
  memory after = memory_now();
  sley_server_counters counters = {.size = sizeof(counters)};
  sley_server_counters_get(server, 0, &counters);
  if (counters.open != (uint64_t)(FIRST + connections)) {
    fprintf(stderr, "bench-idle: %llu connections are open, not %d\n",
            (unsigned long long)counters.open, FIRST + connections);
    exit(2);
  }
  double heap = (after.heap - before.heap) / connections;
  double resident = (after.resident - before.resident) / connections;
  char bar[16] = "-";
  if (w->bar > 0) snprintf(bar, sizeof(bar), "%.0f", w->bar);
  printf("%-18s %8.0f %8.0f %8s\n", w->name, heap, resident, bar);
  fflush(stdout);
  clients_end(&c);
  sley_error_drop(sley_run(sley_server_stop(server, 1), NULL));
  sley_server_drop(server);
  if (sley_finish() != 0) return 2;
  return bars && w->bar > 0 && heap > w->bar;
}

static int measure_alone(const way *w, int connections, bool bars)
{
  int status;
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) exit(measure(w, connections, bars));
  if (waitpid(pid, &status, 0) != pid) fail("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static bool is_among(const char *name, char **names, int n)
{
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return true;
  return n == 0;
}

int main(int argc, char **argv)
{
  int names = 1, worst = 0, connections = CONNECTIONS;
  bool bars = false;
  while (names < argc && argv[names][0] != '-') names++;
  for (int i = names; i < argc; i++) {
    if (strcmp(argv[i], "--bars") == 0) bars = true;
    else if (strcmp(argv[i], "--connections") == 0 && i + 1 < argc) connections = atoi(argv[++i]);
    else {
      fprintf(stderr, "usage: bench-idle [WAY...] [--connections N] [--bars]\n");
      return 2;
    }
  }
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) fail("getrlimit");
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) fail("setrlimit");
  if (files.rlim_cur < (rlim_t)(FIRST + connections + 32)) {
    fprintf(stderr, "bench-idle: only %llu descriptors are allowed\n",
            (unsigned long long)files.rlim_cur);
    return 77;
  }
  signal(SIGPIPE, SIG_IGN);
  printf("%-18s %8s %8s %8s\n", "bytes a connection", "malloc", "resident", "bar");
  fflush(stdout);
  for (int i = 0; i < WAYS; i++) {
    if (!is_among(ways[i].name, argv + 1, names - 1)) continue;
    /* Blocks that happen to be spare count, too: a bar is missed if it is missed each time. */
    int code = 1;
    for (int tries = 0; code == 1 && tries < TRIES; tries++)
      code = measure_alone(&ways[i], connections, bars);
    if (code > worst) worst = code;
  }
  return worst;
}
