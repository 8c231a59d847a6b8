/* The standard streams, each in a run of this program with pipes in their place: what is left is sent by sley_finish, at
 * exit, and once after a fork; lines of several domains stay whole; what a domain's end could not send is told.
 * Tests src/io/channel/standard.c, src/io/channel/drain.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "support/channels.h"
#include "support/domains.h"

enum { LINES = 2000, BIG = 300000 };

static char big[BIG + 1];

static void fill_big(void)
{
  for (int i = 0; i < BIG; i++) big[i] = i % 50 == 49 ? '\n' : 'x';
}

/* ---- the programs ---- */

static void leaves_at_exit(void)
{
  sley_drop(sley_output_text(sley_output_stdout(), "left at exit\n"));
  sley_drop(sley_output_text(sley_output_stderr(), "and to the other\n"));
  exit(0);
}

static void leaves_much_at_exit(void)
{
  fill_big();
  settle(sley_output_write(sley_output_stdout(), big, BIG));
  sley_drop(sley_output_text(sley_output_stdout(), "last"));
  exit(0);
}

/* More than a pipe takes. */
static void leaves_more_than_a_pipe_takes(void)
{
  fill_big();
  for (int i = 0; i < 6; i++) sley_drop(sley_output_write(sley_output_stdout(), big, 16000));
  exit(0);
}

static void flushes_in_a_computation(void)
{
  fill_big();
  for (int i = 0; i < 10; i++) {
    settle(sley_output_write(sley_output_stdout(), big + (ptrdiff_t)i * 3000, 3000));
    settle(sley_output_flush(sley_output_stdout()));
  }
  _exit(sley_output_buffered(sley_output_stdout()) == 0 ? 0 : 9); /* nothing is sent at exit */
}

static void writes_to_what_is_full(void)
{
  dup2(open("/dev/full", O_WRONLY), 1);
  sley_drop(sley_output_text(sley_output_stdout(), "lost\n"));
  exit(0);
}

/* Who was told of it need not hear it again. */
static void hears_that_it_is_full(void)
{
  dup2(open("/dev/full", O_WRONLY), 1);
  sley_drop(sley_output_text(sley_output_stdout(), "lost\n"));
  sley_error_drop(sley_run(sley_output_flush(sley_output_stdout()), NULL));
  exit(0);
}

static void finishes(void)
{
  fill_big();
  sley_promise *p = sley_output_write(sley_output_stdout(), big, BIG);
  sley_drop(p);
  _exit(sley_finish() == 0 ? 0 : 9);
}

static void forks(void)
{
  sley_drop(sley_output_text(sley_output_stdout(), "once\n"));
  pid_t child = fork();
  if (child == 0) exit(0);
  waitpid(child, NULL, 0);
  exit(0);
}

static sley_promise *many_lines(sley_value *arg)
{
  char line[4097];
  int64_t who = arg->i;
  for (int i = 0; i < LINES; i++) {
    int length = i % 40 == 0 ? 4095 : 1 + (i * 37) % 300;
    memset(line, 'a' + (int)who, (size_t)length);
    line[length] = '\n';
    sley_drop(sley_output_write(sley_output_stdout(), line, (size_t)length + 1));
  }
  return sley_output_flush(sley_output_stdout());
}

static void prints_in_domains(void)
{
  sley_domain *d[3];
  sley_promise *p[3];
  for (int i = 0; i < 3; i++) d[i] = start("printer");
  for (int i = 0; i < 3; i++) p[i] = sley_call(d[i], many_lines, sley_int(i));
  sley_value four = sley_int(3);
  settle(many_lines(&four));
  for (int i = 0; i < 3; i++) settle(p[i]);
  for (int i = 0; i < 3; i++) end(d[i]);
  _exit(sley_finish() == 0 ? 0 : 9);
}

static sley_promise *asks_for_stdin(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_bool(sley_input_stdin() == NULL));
}

static void echoes(void)
{
  sley_input *in = sley_input_stdin();
  sley_value v;
  if (in == NULL || in != sley_input_stdin()) _exit(8);
  sley_domain *d = start("other");
  if (sley_run(sley_call(d, asks_for_stdin, sley_unit()), &v) != NULL || !v.i) _exit(7);
  end(d);
  while (sley_run(sley_input_line_opt(in), &v) == NULL && !sley_is_none(&v)) {
    sley_drop(sley_output_line(sley_output_stdout(), v.ptr));
    sley_value_drop(&v);
  }
  _exit(sley_finish() == 0 ? 0 : 9);
}

static void says_the_time(void *ctx, sley_value *v)
{
  (void)v;
  fputs(ctx, stderr);
}

static void cannot_send(void)
{
  sley_io *ends[2];
  sley_input *in;
  sley_output *out;
  fill_big();
  if (sley_socketpair(SLEY_SOCKET_KIND_STREAM, ends) != NULL ||
      sley_channels(NULL, ends[0], &in, &out) != NULL)
    _exit(8);
  do {
    sley_drop(sley_output_write(out, big, 16000));
    settle(sley_sleep(0.001));
  } while (sley_output_buffered(out) == 0);
  if (sley_test_clock_start(SLEY_TEST_CLOCK_MODE_AUTOMATIC) != NULL) _exit(7);
  sley_on_success(sley_sleep(4.9), says_the_time, "after 4.9 s\n");
  sley_on_success(sley_sleep(5.1), says_the_time, "after 5.1 s\n");
  sley_finish();
  _exit(0);
}

static const struct {
  const char *name;
  void (*run)(void);
} programs[] = {{"exit", leaves_at_exit},
                {"much", leaves_much_at_exit},
                {"more", leaves_more_than_a_pipe_takes},
                {"flush", flushes_in_a_computation},
                {"full", writes_to_what_is_full},
                {"heard", hears_that_it_is_full},
                {"finish", finishes},
                {"fork", forks},
                {"domains", prints_in_domains},
                {"echo", echoes},
                {"cannot", cannot_send}};

/* ---- their runs ---- */

typedef struct said {
  char *out;
  size_t size;
  char err[2000];
  int status;
  double seconds, read_after;
} said;

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Runs one with input; reads what it says, after so many seconds, or when it has ended (-1). */
static said run_program(const char *name, const char *input, double when)
{
  static char text[1 << 21];
  int in[2], out[2], err[2];
  said s = {.out = text};
  assert_int_equal(pipe(in) | pipe(out) | pipe(err), 0);
  double begun = now();
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    for (int fd = 3; fd < 64; fd++) close(fd);
    execl("/proc/self/exe", "program", name, (char *)NULL);
    _exit(99);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  assert_int_equal(write(in[1], input, strlen(input)), (ssize_t)strlen(input));
  close(in[1]);
  if (when > 0) usleep((unsigned)(1e6 * when));
  if (when < 0) {
    waitpid(child, &s.status, 0);
    s.seconds = now() - begun;
  }
  s.read_after = now() - begun;
  for (ssize_t n; (n = read(out[0], text + s.size, sizeof(text) - 1 - s.size)) > 0;)
    s.size += (size_t)n;
  text[s.size] = '\0';
  ssize_t n = read(err[0], s.err, sizeof(s.err) - 1);
  s.err[n > 0 ? n : 0] = '\0';
  if (when >= 0) waitpid(child, &s.status, 0);
  s.seconds = now() - begun;
  close(out[0]);
  close(err[0]);
  return s;
}

static void what_is_left_is_sent_at_exit(void **state)
{
  (void)state;
  said s = run_program("exit", "", 0);
  assert_string_equal(s.out, "left at exit\n");
  assert_string_equal(s.err, "and to the other\n");
  s = run_program("much", "", 0);
  fill_big();
  assert_int_equal(s.size, BIG + 4);
  assert_memory_equal(s.out, big, BIG);
  assert_string_equal(s.out + BIG, "last");
}

static void at_exit_nobody_waits_for_ever(void **state)
{
  (void)state;
  said s;
  int tries = 0;
  do { /* it waits for the reader, for a second */
    s = run_program("more", "", 0.2);
  } while (s.read_after > 0.5 && ++tries < 100);
  assert_int_equal(s.size, 96000);
  s = run_program("more", "", -1);
  assert_in_range(s.size, 4096, 95999);
  assert_int_equal(s.out[s.size - 1], '\n'); /* whole lines */
  assert_true(s.seconds >= 0.9 && s.seconds < 10);
}

static void a_flush_sends_in_a_computation(void **state)
{
  (void)state;
  said s = run_program("flush", "", 0);
  assert_int_equal(s.status, 0);
  assert_int_equal(s.size, 30000);
}

static void an_error_at_exit_is_told(void **state)
{
  (void)state;
  if (access("/dev/full", W_OK) != 0) return; /* Linux has it */
  said s = run_program("full", "", 0);
  assert_non_null(strstr(s.err, "sley: what was written to standard output is lost: "));
  assert_non_null(strstr(s.err, strerror(ENOSPC)));
  s = run_program("heard", "", 0);
  assert_string_equal(s.err, "");
}

static void finishing_sends_everything(void **state)
{
  (void)state;
  said s = run_program("finish", "", 0);
  assert_int_equal(s.status, 0);
  assert_true(s.size >= 65536); /* the write was dropped, which leaves what was copied */
  fill_big();
  assert_memory_equal(s.out, big, s.size);
}

static void a_fork_sends_nothing_twice(void **state)
{
  (void)state;
  said s = run_program("fork", "", 0);
  assert_string_equal(s.out, "once\n");
}

static void lines_of_domains_stay_whole(void **state)
{
  (void)state;
  said s = run_program("domains", "", 0);
  assert_int_equal(s.status, 0);
  size_t lines = 0;
  for (const char *at = s.out; at < s.out + s.size; lines++) {
    const char *end_of_line = memchr(at, '\n', (size_t)(s.out + s.size - at));
    assert_non_null(end_of_line);
    for (const char *c = at; c < end_of_line; c++)
      if (*c != *at) fail_msg("line %zu is cut", lines);
    at = end_of_line + 1;
  }
  assert_int_equal(lines, 4 * LINES);
}

static void input_is_the_first_domains(void **state)
{
  (void)state;
  said s = run_program("echo", "one\ntwo\nthree", 0);
  assert_int_equal(s.status, 0);
  assert_string_equal(s.out, "one\ntwo\nthree\n");
}

static void what_could_not_be_sent_is_told(void **state)
{
  (void)state;
  said s = run_program("cannot", "", 0);
  assert_int_equal(s.status & 0x7f, 0);
  if (strstr(s.err, "sley: left in domain main: ") == NULL ||
      strstr(s.err, " bytes to descriptor ") == NULL || strstr(s.err, " not sent\n") == NULL)
    fail_msg("%s", s.err);
  assert_non_null(strstr(s.err, "after 4.9 s\n")); /* by its clock */
  assert_null(strstr(s.err, "after 5.1 s\n"));
}

int main(int argc, char **argv)
{
  for (size_t i = 0; argc == 2 && i < sizeof(programs) / sizeof(programs[0]); i++)
    if (strcmp(argv[1], programs[i].name) == 0) programs[i].run();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_left_is_sent_at_exit),
      cmocka_unit_test(at_exit_nobody_waits_for_ever),
      cmocka_unit_test(a_flush_sends_in_a_computation),
      cmocka_unit_test(an_error_at_exit_is_told),
      cmocka_unit_test(finishing_sends_everything),
      cmocka_unit_test(a_fork_sends_nothing_twice),
      cmocka_unit_test(lines_of_domains_stay_whole),
      cmocka_unit_test(input_is_the_first_domains),
      cmocka_unit_test(what_could_not_be_sent_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
