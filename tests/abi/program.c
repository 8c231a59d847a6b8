/* A program of the baseline: compiled with its header, it runs with the library of today, and with one whose structs have
 * all grown. It uses what lies on both sides of the boundary: options, figures, tables, short ways in the header. */
#include "sley.h"

#include <stdio.h>
#include <string.h>

static int fails(const char *what, sley_error *e)
{
  fprintf(stderr, "%s: %s\n", what, e != NULL ? sley_error_message(e) : "wrong");
  sley_error_drop(e);
  return 1;
}

static sley_promise *start(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(7));
}

static sley_promise *add(void *ctx, sley_value *v)
{
  return sley_return(sley_int(v->i + *(const int *)ctx));
}

static int promises(void)
{
  static int one = 1;
  sley_value v;
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), add, &one);
  sley_fulfill(&r, sley_int(41));
  sley_error *e = sley_run(p, &v);
  if (e != NULL || v.i != 42) return fails("bind", e);
  e = sley_run(sley_all(SLEY_PROMISES(start(NULL), sley_sleep(0.001), start(NULL))), &v);
  if (e != NULL || sley_list_count(sley_list_in(&v)) != 3) return fails("all", e);
  sley_value_drop(&v);
  sley_retry_options retry = {.size = sizeof(retry), .retries = 1};
  e = sley_run(sley_retry(&retry, start, NULL), &v);
  if (e != NULL || v.i != 7) return fails("retry", e);
  sley_spawn_options spawn = {.size = sizeof(spawn), .stack = 65536, .name = "old"};
  e = sley_run(sley_spawn_with(&spawn, start, NULL), &v);
  if (e != NULL || v.i != 7) return fails("spawn", e);
  sley_pool *pool;
  sley_pool_options options = {.size = sizeof(options), .max = 1, .create = start};
  e = sley_pool_new(&options, &pool);
  if (e != NULL) return fails("pool", e);
  e = sley_run(sley_pool_use(pool, add, &one), &v);
  sley_pool_drop(pool);
  if (e != NULL || v.i != 8) return fails("pool's use", e);
  sley_counters counters = {.size = sizeof(counters)};
  sley_counters_get(&counters);
  return counters.created < 9 ? fails("counters", NULL) : 0;
}

static sley_promise *there(sley_value *arg) { return sley_return(sley_int(arg->i + 1)); }

static int domains(void)
{
  sley_value v;
  sley_domain *d;
  sley_domain_options options = {.size = sizeof(options), .name = "old"};
  sley_call_options call = {.size = sizeof(call), .timeout = 60};
  sley_error *e = sley_domain_spawn(&options, &d);
  if (e != NULL) return fails("domain", e);
  e = sley_run(sley_call_with(d, &call, there, sley_int(1)), &v);
  if (e != NULL || v.i != 2) return fails("call", e);
  sley_domain_counters counters = {.size = sizeof(counters)};
  sley_domain_counters_get(d, &counters);
  e = sley_run(sley_domain_shutdown(d, 60), NULL);
  sley_domain_drop(d);
  return e != NULL ? fails("shutdown", e) : 0;
}

static sley_promise *echo(sley_connection *c)
{
  return sley_input_pump(sley_connection_input(c), sley_connection_output(c));
}

static sley_promise *answer(void *in, sley_value *v)
{
  (void)v;
  return sley_input_all(in, 100);
}

static sley_promise *ask(void *ctx, sley_input *in, sley_output *out)
{
  (void)ctx;
  return sley_bind(
      sley_join(SLEY_PROMISES(sley_output_text(out, "as before"), sley_output_end(out))), answer,
      in);
}

static int servers(void)
{
  sley_value v;
  char port[8];
  sley_channel_options channels = {.size = sizeof(channels), .most = 1000};
  const sley_listen_options at = {.size = sizeof(at), .address = "127.0.0.1"};
  const sley_listen_options *listen[] = {&at};
  sley_server_options options = {.size = sizeof(options),
                                 .listen = listen,
                                 .listens = 1,
                                 .serve = echo,
                                 .channels = &channels};
  sley_error *e = sley_run(sley_server_start(&options), &v);
  if (e != NULL) return fails("server", e);
  sley_server *server = sley_server_take(&v);
  snprintf(port, sizeof(port), "%u", sley_server_port(server));
  sley_connect_options connect = {.size = sizeof(connect), .timeout = 60, .channels = &channels};
  e = sley_run(sley_with_connection(&connect, "127.0.0.1", port, ask, NULL), &v);
  if (e != NULL) return fails("echo", e);
  const sley_bytes *bytes = sley_bytes_in(&v);
  bool same = bytes->size == 9 && memcmp(bytes->at, "as before", 9) == 0;
  sley_value_drop(&v);
  sley_server_counters counters = {.size = sizeof(counters)};
  sley_server_counters_sum(server, &counters);
  e = sley_run(sley_server_stop(server, 1), NULL);
  sley_server_drop(server);
  return e != NULL || !same || counters.accepted != 1 ? fails("stop", e) : 0;
}

int main(void)
{
  sley_runtime_options options = {.size = sizeof(options)};
  sley_error *e = sley_configure(&options);
  if (e != NULL) return fails("configure", e);
  if (promises() + domains() + servers() != 0) return 1;
  printf("%s\n", sley_version_text());
  return sley_finish() != 0;
}
