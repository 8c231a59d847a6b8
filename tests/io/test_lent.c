/* A lent object must be returned as it was: a violation is reported with its place, for every lending function.
 * Tests src/promise/core/lent.c. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/scenes.h"

static sley_domain *a_domain(void)
{
  sley_domain *d;
  sley_domain_options options = {.size = sizeof options, .name = "borrows"};
  if (sley_domain_spawn(&options, &d) != NULL) exit(3);
  return d;
}
static sley_value a_text(void)
{
  sley_value v;
  if (sley_text("x", &v) != NULL) exit(3);
  return v;
}
static sley_promise *gives_back(sley_value *arg) { return sley_return(*arg); }
static sley_promise *after_a_pause(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(*(sley_value *)ctx);
}
static sley_promise *gives_back_later(sley_value *arg)
{
  return sley_bind(sley_pause(), after_a_pause, arg);
}
static sley_promise *applied(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}
static sley_error *wrapped(void *ctx, sley_value *v, sley_value *out)
{
  (void)ctx;
  *out = *v;
  return NULL;
}
static sley_error *main_gives_back(sley_value *arg, sley_value *out)
{
  sley_value own;
  if (sley_take(arg, &own) != 0) exit(3);
  return sley_run_in_main(NULL, gives_back, own, out);
}
static sley_error *main_gives_back_unwatched(sley_value *arg, sley_value *out)
{
  sley_value own;
  (void)out;
  if (sley_take(arg, &own) != 0) exit(3);
  if (sley_run_in_main_dont_wait(NULL, gives_back_later, own, NULL, NULL) != 0) exit(3);
  return NULL;
}
static sley_error *element_gives_back(const sley_value *shared, sley_value *in, sley_value *out)
{
  (void)shared;
  *out = *in;
  return NULL;
}
static sley_error *copies(sley_value *arg, sley_value *out)
{
  *out = *arg;
  return NULL;
}
static void lent_job(void)
{
  sley_value text;
  if (sley_text("text", &text) != NULL) exit(3);
  run_telling(sley_detach(NULL, copies, text));
}
static void lent_call(void) { run_telling(sley_call(a_domain(), gives_back, a_text())); }
static void lent_call_later(void)
{
  run_telling(sley_call(a_domain(), gives_back_later, a_text()));
}
static void lent_call_itself(void)
{
  run_telling(sley_sleep(0.001));
  run_telling(sley_call(sley_domain_current(), gives_back, a_text()));
}
static void lent_each(void) { run_telling(sley_domain_each(1, gives_back, a_text())); }
static void lent_apply(void) { run_telling(sley_apply(a_text(), applied, NULL)); }
static void lent_wrap(void) { run_telling(sley_wrap(a_text(), wrapped, NULL)); }
static void lent_in_main(void) { run_telling(sley_detach(NULL, main_gives_back, a_text())); }
static void lent_in_main_unwatched(void)
{
  run_telling(sley_detach(NULL, main_gives_back_unwatched, a_text()));
  run_telling(sley_sleep(1));
}
static sley_team *crew(void)
{
  sley_team *team;
  sley_team_options options = {.size = sizeof options, .name = "crew", .count = 1};
  if (sley_team_new(&options, &team) != NULL) exit(3);
  return team;
}
static void lent_parallel(void)
{
  sley_value in[] = {a_text()};
  run_telling(sley_parallel_map(crew(), in, 1, 1, element_gives_back, sley_unit()));
}
static sley_error *element_gives_shared(const sley_value *shared, sley_value *in, sley_value *out)
{
  (void)in;
  *out = *shared;
  return NULL;
}
static sley_error *partial_gives_shared(const sley_value *shared, size_t from, size_t to,
                                        sley_value *out)
{
  (void)from, (void)to;
  *out = *shared;
  return NULL;
}
static sley_error *partial_text(const sley_value *shared, size_t from, size_t to, sley_value *out)
{
  (void)shared, (void)from, (void)to;
  *out = a_text();
  return NULL;
}
static sley_error *combine_gives_right(const sley_value *shared, sley_value *left,
                                       sley_value *right)
{
  (void)shared;
  sley_value_drop(left);
  *left = *right;
  return NULL;
}
static void lent_shared(void)
{
  sley_value in[] = {sley_int(1)};
  run_telling(sley_parallel_map(crew(), in, 1, 1, element_gives_shared, a_text()));
}
static void lent_partial(void)
{
  run_telling(
      sley_parallel_reduce(crew(), 1, 1, partial_gives_shared, combine_gives_right, a_text()));
}
static void lent_combine(void)
{
  run_telling(sley_parallel_reduce(crew(), 2, 1, partial_text, combine_gives_right, sley_unit()));
}
static sley_promise *serve_gives_back(sley_value *connection, const sley_value *context)
{
  (void)context;
  return sley_return(*connection);
}
static void lent_connection(void)
{
  sley_value v;
  sley_domain *served_by[] = {a_domain()};
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_listen_options *const ats[] = {&at};
  sley_server_options options = {.size = sizeof options,
                                 .listen = ats,
                                 .listens = 1,
                                 .domains = served_by,
                                 .count = 1,
                                 .bare = serve_gives_back};
  if (sley_run(sley_server_start(&options), &v) != NULL) exit(3);
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)sley_server_port(sley_server_in(&v)))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) exit(3);
  run_telling(sley_sleep(5));
}

static int owners; /* any thread, __atomic */
static void *one_owner_more(void *ptr)
{
  __atomic_add_fetch(&owners, 1, __ATOMIC_RELAXED);
  return ptr;
}
static void one_owner_less(void *ptr)
{
  (void)ptr;
  __atomic_sub_fetch(&owners, 1, __ATOMIC_RELAXED);
}
static const sley_type counted = {.size = sizeof(sley_type),
                                  .name = "counted",
                                  .drop = one_owner_less,
                                  .dup = one_owner_more,
                                  .send = sley_send_plain};
static sley_promise *takes(sley_value *arg)
{
  sley_value own;
  if (sley_take(arg, &own) != 0) exit(3);
  return sley_return(own);
}
static sley_promise *duplicates(sley_value *arg)
{
  sley_value own;
  if (sley_value_dup(arg, &own) != 0) exit(3);
  return sley_return(own);
}
static sley_error *job_duplicates(sley_value *arg, sley_value *out)
{
  return sley_value_dup(arg, out) == 0 ? NULL : sley_error_nomem();
}
static void gives_back_rightly(void)
{
  sley_domain *d = a_domain();
  owners = 3;
  run_telling(sley_call(d, takes, a_text()));
  run_telling(sley_call(d, duplicates, a_text()));
  run_telling(sley_call(d, duplicates, sley_own(&owners, &counted)));
  run_telling(sley_detach(NULL, job_duplicates, sley_own(&owners, &counted)));
  run_telling(sley_call(d, takes, sley_own(&owners, &counted)));
  run_telling(sley_domain_shutdown(d, 5));
  sley_domain_drop(d);
  if (sley_finish() != 0 || owners != 0) exit(4);
  fprintf(stderr, "all is well\n");
}

static const scene scenes[] = {
    {"lent_job", lent_job, true, {"passed to sley_detach at " HERE, "sley_take"}, NULL},
    {"lent_call",
     lent_call,
     true,
     {"passed to sley_call at " HERE, "of type text", "sley_take"},
     NULL},
    {"lent_call_later", lent_call_later, true, {"passed to sley_call at " HERE, "sley_take"}, NULL},
    {"lent_call_itself",
     lent_call_itself,
     true,
     {"passed to sley_call at " HERE, "sley_take"},
     NULL},
    {"lent_each", lent_each, true, {"returned its argument", HERE, "sley_take"}, NULL},
    {"lent_apply",
     lent_apply,
     true,
     {"passed to sley_apply returned its argument", "sley_take"},
     NULL},
    {"lent_wrap", lent_wrap, true, {"passed to sley_wrap at " HERE, "sley_take"}, NULL},
    {"lent_in_main",
     lent_in_main,
     true,
     {"passed to sley_run_in_main returned", "sley_take"},
     NULL},
    {"lent_in_main_unwatched",
     lent_in_main_unwatched,
     true,
     {"passed to sley_run_in_main_dont_wait returned", "sley_take"},
     NULL},
    {"lent_parallel",
     lent_parallel,
     true,
     {"passed to sley_parallel_map returned", "sley_take"},
     NULL},
    {"lent_shared", lent_shared, true, {"passed to sley_parallel_map returned", "sley_take"}, NULL},
    {"lent_partial",
     lent_partial,
     true,
     {"passed to sley_parallel_reduce returned", "sley_take"},
     NULL},
    {"lent_combine",
     lent_combine,
     true,
     {"passed to sley_parallel_reduce returned", "sley_take"},
     NULL},
    {"lent_connection",
     lent_connection,
     true,
     {"passed to sley_server_start at " HERE, "sley_take"},
     NULL},
    {"gives_back_rightly", gives_back_rightly, false, {"all is well"}, "sley:"},
};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

static void what_is_given_back_is_said(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCENES; i++) scene_goes_as_said(&scenes[i], false);
}

int main(int count, char **arguments)
{
  run_named(count, arguments, scenes, SCENES);
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_given_back_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
