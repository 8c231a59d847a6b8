/* Domains, what they share, pools and runtimes. */
#include <sley.h>

#ifndef CODE_OF_ERROR
#define CODE_OF_ERROR
/* The code that a call returned before it returned an error: 0, or negative. Consumes e. */
static inline int code_of_error(sley_error *e)
{
  int code = e == NULL ? 0 : -sley_error_code(e);
  sley_error_drop(e);
  return code;
}
#endif

static int start(sley_domain *home)
{
  sley_runtime_options r = {.size = sizeof(r), .slow_seconds = (double)(100 * SLEY_MILLISECOND) / SLEY_SECOND};
  sley_domain_options o = {.size = sizeof(o), .name = "worker"};
  if (code_of_error(sley_configure(&r)) != 0) return 1;
  if (code_of_error(sley_runtime_new(&(sley_runtime_options){.size = sizeof(sley_runtime_options)}, &runtime)) != 0)
    return 1;
  if (code_of_error(sley_domain_new(runtime, "mine", &mine)) != 0) return 1;
  int code = code_of_error(sley_domain_spawn(&o, &d));
  if (code != 0) return code;
  assert_null(sley_team_new(&crew, &team));
  assert_int_equal(code_of_error(sley_workers_new(&wrong, &pool)), -SLEY_EINVAL);
  assert(code_of_error(sley_port_new(4, &port)) == 0 && code_of_error(sley_broadcast_new(4, &b)) == 0);
  sley_error_drop(sley_broadcast_subscribe(b, &port));
  if (code_of_error(sley_cross_mutex_new(&m)) != 0 || code_of_error(sley_cross_condition_new(&c)) != 0) abort();
  if (code_of_error(sley_cross_once_new(&once)) != 0 || code_of_error(sley_cross_barrier_new(2, &barrier)) != 0) abort();
  if (sley_cross_mutex_try_acquire(m) != 0) return 0;
  sley_domain_set_spin_time((double)(50000) / SLEY_SECOND);
  sley_value v[] = {sley_domain_to_value(sley_domain_keep(home)), sley_port_to_value(sley_port_keep(port)), sley_port_writer_to_value(sley_port_keep(port)),
                    sley_port_reader_to_value(sley_port_keep(port)), sley_sharded_to_value(sley_sharded_keep(sharded))};
  p = sley_with_timeout(sley_call_with(d, &(sley_call_options){.size = sizeof(sley_call_options)}, f, v[0]), 2.5);
  sley_error_drop(sley_io_set_nodelay(tcp, false));
  return code_of_error(sley_domain_dump(d, 1, SLEY_DUMP_FORMAT_TEXT, sley_write_file, stderr));
}

static sley_error *listening(const char *host, const request *r, sley_listener **l)
{
  sley_listen_options o = {.size = sizeof(o), .port = port_of(host, (at){1}), .address = host}, *p = &o;
  sley_balance_options b = {.listen = {.address = r->host, .port = 80}, .context = sley_unit()};
  request other = {.host = "a", .path = "/"};
  if (r->host != NULL) o.address = r->host;
  p->port = other.host != b.listen.address;
  return sley_listen(&(sley_listen_options){.size = sizeof(o), .address = "::1"}, l);
}
