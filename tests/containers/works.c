/* What a program in a container wants of the library, step by step. Names each step that has worked, and says "all works" last; what
 * fails is told in one sentence on stderr. Never hangs: SIGALRM ends it. */
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static sley_error *sleeps(void)
{
  sley_value v;
  return sley_await(sley_sleep(0.001), &v);
}

static sley_promise *there(sley_value *arg) { return sley_return(sley_int(arg->i + 1)); }

static sley_error *domain(void)
{
  const sley_domain_options options = {
      .size = sizeof(options), .name = "contained", .processor = sley_domain_processor(0)};
  sley_domain *other;
  sley_value v;
  sley_error *e = sley_domain_spawn(&options, &other);
  if (e != NULL) return e;
  e = sley_await(sley_call(other, there, sley_int(1)), &v);
  if (e == NULL && v.i != 2)
    e = sley_error_new(&sley_kind_sley, SLEY_EINVAL, "a call returned %d", (int)v.i);
  if (e == NULL) e = sley_await(sley_domain_shutdown(other, 1), &v);
  sley_domain_drop(other);
  return e;
}

static sley_error *blocks(sley_value *arg, sley_value *out)
{
  usleep(1000);
  *out = sley_int(arg->i);
  return NULL;
}

static sley_error *pool(void)
{
  sley_value v;
  return sley_await(sley_detach(NULL, blocks, sley_int(1)), &v);
}

static const char *host = "127.0.0.1";

static sley_error *look_up(void)
{
  sley_value v;
  sley_error *e = sley_await(sley_resolve(host, "80"), &v);
  if (e == NULL) sley_value_drop(&v);
  return e;
}

static sley_promise *serve(sley_connection *connection)
{
  return sley_input_pump(sley_connection_input(connection), sley_connection_output(connection));
}

static sley_promise *all_that_comes(void *in, sley_value *v)
{
  (void)v;
  return sley_input_all(in, 65536);
}

static sley_promise *ask(void *ctx, sley_input *in, sley_output *out)
{
  (void)ctx;
  sley_promise *asked =
      sley_join(SLEY_PROMISES(sley_output_text(out, "echo"), sley_output_end(out)));
  return sley_bind(asked, all_that_comes, in);
}

static sley_promise *listens(void *ctx, sley_server *server)
{
  (void)ctx;
  char port[8];
  snprintf(port, sizeof(port), "%u", sley_server_port(server));
  return sley_with_connection(NULL, "127.0.0.1", port, ask, NULL);
}

static sley_error *echo(void)
{
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_server_options options = {.size = sizeof(options),
                                       .listen = (const sley_listen_options *const[]){&at},
                                       .listens = 1,
                                       .serve = serve};
  sley_value v;
  sley_error *e = sley_await(sley_with_server(&options, 5, listens, NULL), &v);
  if (e == NULL) sley_value_drop(&v);
  return e;
}

/* All addresses, IPv6 and IPv4, as a server without options listens. */
static sley_error *listen_everywhere(void)
{
  const sley_listen_options at = {.size = sizeof(at)};
  sley_listener *listener;
  sley_error *e = sley_listen(&at, &listener);
  if (e == NULL) sley_listener_close(listener);
  return e;
}

static sley_error *signal_heard(void)
{
  sley_value v;
  sley_promise *p = sley_wait_signal(SIGTERM);
  kill(getpid(), SIGTERM);
  return sley_await(p, &v);
}

static const struct {
  const char *name;
  sley_error *(*run)(void);
} STEPS[] = {{"sleep", sleeps},       {"domain", domain}, {"pool", pool},
             {"look-up", look_up},    {"echo", echo},     {"listen", listen_everywhere},
             {"signal", signal_heard}};

static sley_promise *in_fiber(void *ctx)
{
  (void)ctx;
  for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
    sley_error *e = STEPS[i].run();
    if (e != NULL)
      return sley_fail(sley_error_wrap(e, "%s: %s", STEPS[i].name, sley_error_message(e)));
    printf("%s\n", STEPS[i].name);
    fflush(stdout);
  }
  return sley_return_unit();
}

int main(int count, char **arguments)
{
  alarm(30);
  if (count > 1) host = arguments[1];
  int status = sley_main(sley_spawn(in_fiber, NULL), "works");
  if (status == 0) printf("processors %zu\nall works\n", sley_domain_default_count());
  return status;
}
