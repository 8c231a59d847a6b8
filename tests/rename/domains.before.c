/* Domains, what they share, pools and runtimes. */
#include <sley.h>

static int start(sley_domain *home)
{
  sley_runtime_options r = {.size = sizeof(r), .slow_callback = 100 * SLEY_MILLISECOND};
  sley_domain_options o = {.size = sizeof(o), .name = "worker"};
  if (sley_configure(&r) != 0) return 1;
  if (sley_runtime_new(&runtime, &(sley_runtime_options){.size = sizeof(sley_runtime_options)}) != 0)
    return 1;
  if (sley_domain_new(runtime, "mine", &mine) != 0) return 1;
  int code = sley_domain_spawn(&d, &o);
  if (code != 0) return code;
  assert_int_equal(sley_team_new(&crew, &team), 0);
  assert_int_equal(sley_workers_new(&wrong, &pool), -SLEY_EINVAL);
  assert(sley_port_new(4, &port) == 0 && sley_broadcast_new(4, &b) == 0);
  (void)!sley_broadcast_subscribe(b, &port);
  if (sley_cross_mutex_new(&m) != 0 || sley_cross_condition_new(&c) != 0) abort();
  if (sley_cross_once_new(&once) != 0 || sley_cross_barrier_new(2, &barrier) != 0) abort();
  if (!sley_cross_mutex_try_lock(m)) return 0;
  sley_domain_set_spin(50000);
  sley_value v[] = {sley_domain_value(home), sley_port_value(port), sley_port_writer_value(port),
                    sley_port_reader_value(port), sley_sharded_value(sharded)};
  p = sley_with_timeout(2.5, sley_call_with(&(sley_call_options){.size = sizeof(sley_call_options)}, d, f, v[0]));
  sley_tcp_set_nodelay(tcp, false);
  return sley_domain_dump(d, 1, SLEY_DUMP_TEXT, sley_write_file, stderr);
}

static sley_error *listening(const char *host, const request *r, sley_listener **l)
{
  sley_listen_options o = {.size = sizeof(o), .port = port_of(host, (at){1}), .host = host}, *p = &o;
  sley_balance_options b = {.listen = {.host = r->host, .port = 80}, .context = sley_unit()};
  request other = {.host = "a", .path = "/"};
  if (r->host != NULL) o.host = r->host;
  p->port = other.host != b.listen.host;
  return sley_listen(&(sley_listen_options){.size = sizeof(o), .host = "::1"}, l);
}
