/* Dumps requested by other threads, of domains that answer and of one that is stuck in a callback.
 * Tests src/domain/figures/dump_remote.c. */
#include <signal.h>
#include <sys/stat.h>

#include "support/domains.h"
#include "support/page.h"

static int dump(sley_domain *d, double seconds, sley_dump_format format)
{
  page_clear();
  return code_of_error(sley_domain_dump(d, seconds, format, collect, NULL));
}

static sley_promise *sleep_named(sley_value *arg)
{
  (void)arg;
  sley_promise *p = sley_sleep_at("sleeper.c:1", 60);
  sley_promise_set_name(p, "long sleep");
  return p;
}

static void another_domain_answers(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  page.text[0] = '\0';
  sley_time asked_at = sley_now();
  sley_promise *call = sley_call(d, sleep_named, sley_unit());
  for (int i = 0; i < 200 && strstr(page.text, "long sleep") == NULL;
       i++) { /* until it has received the call */
    assert_null(sley_run(sley_sleep(0.05), NULL));
    assert_int_equal(dump(d, 10, SLEY_DUMP_FORMAT_TEXT), 0);
  }
  /* The age is measured with the other domain's turn clock, and that turn may have begun earlier. */
  double age = 0;
  for (int i = 0; i < 200 && age < 0.03; i++) {
    assert_null(sley_run(sley_sleep(0.05), NULL));
    assert_int_equal(dump(d, 10, SLEY_DUMP_FORMAT_TEXT), 0);
    assert_non_null(strstr(page.text, "pending promise"));
    const char *line = strstr(page.text, "\nsleep at sleeper.c:1 \"long sleep\", ");
    assert_non_null(line);
    age = strtod(strchr(line, ',') + 2, NULL);
    double oldest = (double)(sley_now() - asked_at) / (double)SLEY_SECOND;
    assert_true(age < oldest + 0.1);
  }
  assert_true(age >= 0.03);
  sley_cancel(call);
  sley_drop(call);
  end_leaving_nothing(d);
}

static int stuck; /* any thread, __atomic: 1 inside the callback, 2 released */

static sley_promise *hang(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  __atomic_store_n(&stuck, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&stuck, __ATOMIC_ACQUIRE) == 1) usleep(100);
  return sley_return(sley_int(1));
}

static sley_promise *get_stuck(sley_value *arg)
{
  (void)arg;
  return sley_bind_at("stuck.c:9", sley_pause(), hang, NULL, NULL);
}

static void a_stuck_domain_shows_where(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  __atomic_store_n(&stuck, 0, __ATOMIC_RELEASE);
  sley_promise *call = sley_call(d, get_stuck, sley_unit());
  sley_domain_flush();
  while (__atomic_load_n(&stuck, __ATOMIC_ACQUIRE) != 1) usleep(100);
  usleep(50000);
  assert_int_equal(dump(d, 0.01, SLEY_DUMP_FORMAT_TEXT), -SLEY_ETIMEOUT);
  const char *stands = strstr(page.text, "domain other does not answer: for ");
  assert_non_null(stands);
  double seconds = strtod(strstr(stands, "for ") + 4, NULL);
  assert_true(seconds >= 0.04 && seconds < 60);
  assert_non_null(strstr(page.text, "last in a callback of the promise made at stuck.c:9"));
  assert_int_equal(dump(d, 0, SLEY_DUMP_FORMAT_JSON), -SLEY_ETIMEOUT);
  assert_non_null(strstr(page.text, "\"answers\":false"));
  assert_non_null(strstr(page.text, "\"running\":\"stuck.c:9\""));
  __atomic_store_n(&stuck, 2, __ATOMIC_RELEASE);
  run_gives(call, 1);
  assert_int_equal(dump(d, 10, SLEY_DUMP_FORMAT_TEXT), 0);
  end_leaving_nothing(d);
}

static void an_ended_domain_is_gone(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  run_gives(sley_domain_shutdown(d, 5), 0);
  assert_int_equal(dump(d, 1, SLEY_DUMP_FORMAT_TEXT), -SLEY_EGONE);
  assert_int_equal(page.length, 0);
  sley_domain_drop(d);
}

static sley_domain *asked;

static void on_signal(int number)
{
  (void)number;
  sley_dump_request(asked);
}

/* stderr goes to a file during the dump. */
static void a_signal_handler_asks(void **state)
{
  (void)state;
  char text[512] = "";
  assert_null(sley_run(sley_sleep(0), NULL)); /* creates a loop that can be woken */
  FILE *file = tmpfile();
  assert_non_null(file);
  fflush(stderr);
  int saved = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  asked = sley_domain_current();
  signal(SIGUSR1, on_signal);
  raise(SIGUSR1);
  sley_promise *nap = sley_sleep_at("nap.c:1", 60);
  sley_error *e = NULL;
  struct stat written = {0};
  for (int turn = 0; turn < 1000 && written.st_size == 0 && e == NULL; turn++) {
    e = sley_step(SLEY_MILLISECOND);
    assert_int_equal(fstat(fileno(file), &written), 0);
  }
  sley_cancel(nap);
  sley_drop(nap);
  signal(SIGUSR1, SIG_DFL);
  dup2(saved, STDERR_FILENO);
  close(saved);
  assert_null(e);
  rewind(file);
  assert_true(fread(text, 1, sizeof text - 1, file) > 0);
  fclose(file);
  assert_non_null(strstr(text, "domain main: 1 pending promise,"));
  assert_non_null(strstr(text, "sleep at nap.c:1"));
}

static void remote_scenario(void)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof o, .name = "other"};
  if (sley_domain_spawn(&o, &d) != NULL) return;
  page.length = 0;
  int code = code_of_error(sley_domain_dump(d, 10, SLEY_DUMP_FORMAT_TEXT, collect, NULL));
  assert_true(code == 0 || code == -SLEY_ENOMEM);
  while (!ran_or_no_memory(sley_domain_shutdown(d, 5), NULL)) continue;
  sley_domain_drop(d);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  finish();
  each_allocation_fails(remote_scenario);
  assert_int_equal(begin(false, 0), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(another_domain_answers), TEST(a_stuck_domain_shows_where), TEST(an_ended_domain_is_gone),
      TEST(a_signal_handler_asks),  TEST(every_allocation_fails),
  };
  return cmocka_run_group_tests_name("dumps", tests, NULL, NULL);
}
