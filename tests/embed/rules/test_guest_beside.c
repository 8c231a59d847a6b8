/* The guest runtime of examples/guest.c beside a host that uses sley itself, and where it cannot start: its thread or its
 * memory is refused, or it is used in the child of a fork. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "guest.h"
#include "support/child.h"
#include "support/process.h"

/* ---- what the linker puts before the real ones */

static bool refuses_threads, refuses_memory;
static sigset_t mask_of_thread;

int __real_pthread_create(pthread_t *out, const pthread_attr_t *attributes, void *(*f)(void *),
                          void *ctx);
int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *attributes, void *(*f)(void *),
                          void *ctx);
int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *attributes, void *(*f)(void *),
                          void *ctx)
{
  pthread_sigmask(SIG_SETMASK, NULL, &mask_of_thread);
  return refuses_threads ? EAGAIN : __real_pthread_create(out, attributes, f, ctx);
}

void *__real_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes)
{
  return refuses_memory ? NULL : __real_calloc(n, bytes);
}

/* ---- a peer: a thread that answers each question with itself */

static char port[8];
static int listener;

static void *serve(void *ctx)
{
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
    char line[64];
    ssize_t n = read(fd, line, sizeof(line));
    if (n > 0 && write(fd, line, (size_t)n) < 0) continue;
  }
  return ctx;
}

static int peer_start(void **state)
{
  (void)state;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(at);
  pthread_t thread;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 16) != 0 ||
      getsockname(listener, (struct sockaddr *)&at, &size) != 0)
    return -1;
  snprintf(port, sizeof(port), "%d", ntohs(at.sin_port));
  return __real_pthread_create(&thread, NULL, serve, NULL) != 0 || pthread_detach(thread) != 0;
}

static void ask(guest *g)
{
  char answer[64];
  int result = guest_ask(g, "127.0.0.1", port, "who", answer, sizeof(answer));
  if (result != 0) fail_msg("%s", answer);
  assert_string_equal(answer, "who");
}

/* ---- a host that uses sley: its domain does not turn while it waits */

static sley_error *asks(void *ctx, sley_value *in, sley_value *out)
{
  (void)in;
  ask(ctx);
  *out = sley_unit();
  return NULL;
}

static void a_host_with_a_domain_may_ask(void **state)
{
  (void)state;
  sley_drop(sley_return_unit()); /* this thread has the default domain */
  guest *g = guest_start();
  assert_non_null(g);
  const sley_domain *own = sley_domain_current();
  ask(g);
  assert_null(sley_run(sley_map(sley_pause(), asks, g), NULL));
  guest_stop(g);
  assert_ptr_equal(sley_domain_current(), own);
  assert_int_equal(sley_finish(), 0);
}

/* ---- starting */

static void signals_are_the_hosts(void **state)
{
  (void)state;
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  guest *g = guest_start();
  assert_non_null(g);
  assert_int_equal(sigismember(&mask_of_thread, SIGTERM), 1);
  assert_int_equal(sigismember(&mask_of_thread, SIGCHLD), 1);
  assert_int_equal(sigismember(&mask_of_thread, SIGSEGV), 0);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  for (int number = 1; number < 32; number++)
    assert_int_equal(sigismember(&before, number), sigismember(&after, number));
  guest_stop(g);
}

static void what_is_refused_leaves_nothing(void **state)
{
  (void)state;
  refuses_threads = true;
  for (int i = 0; i < 3; i++) assert_null(guest_start());
  refuses_threads = false;
  refuses_memory = true;
  guest *g = guest_start();
  refuses_memory = false;
  assert_null(g);
  g = guest_start();
  assert_non_null(g);
  ask(g);
  guest_stop(g);
}

/* ---- a fork */

static guest *of_the_parent;

static void ask_in_the_child(void)
{
  char answer[64];
  guest_ask(of_the_parent, "127.0.0.1", port, "who", answer, sizeof(answer));
}

static void in_the_child_of_a_fork_it_is_gone(void **state)
{
  (void)state;
  char text[4096];
  of_the_parent = guest_start();
  assert_non_null(of_the_parent);
  assert_true(aborted(run_in_child(ask_in_the_child, text, sizeof(text))));
  assert_non_null(strstr(text, "sley_post"));
  assert_non_null(strstr(text, "fork"));
  ask(of_the_parent);
  guest_stop(of_the_parent);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_host_with_a_domain_may_ask),
      cmocka_unit_test(signals_are_the_hosts),
      cmocka_unit_test(what_is_refused_leaves_nothing),
      cmocka_unit_test(in_the_child_of_a_fork_it_is_gone),
  };
  return cmocka_run_group_tests(tests, peer_start, NULL);
}
