/* The oldest callers' structs: the last member that each struct which carries its size had in the first version of this library's
 * name (docs/decisions/abi.md). A member that comes later goes behind it, not into padding, and nothing here changes; options are then
 * read through a copy with zeros in place of what the caller does not know. Of tables that stay the caller's (sley_type,
 * sley_error_kind, sley_trace, sley_io_type, sley_job_type, sley_dns_source) a later member is read only if size reaches it; the
 * first two cannot grow as long as the library exports data of theirs. */
#ifndef SLEY_PROMISE_BASE_OLDEST_H
#define SLEY_PROMISE_BASE_OLDEST_H

/* The size of a struct of type that ends with member. */
#define SLEY__THROUGH(type, member)                                                               \
  ((offsetof(type, member) + sizeof(((type *)0)->member) + _Alignof(type) - 1) / _Alignof(type) * \
   _Alignof(type))
#define SLEY__OLDEST(type) SLEY__OLDEST_##type

#define SLEY__OLDEST_sley_block_counters SLEY__THROUGH(sley_block_counters, limit)
#define SLEY__OLDEST_sley_call_options SLEY__THROUGH(sley_call_options, timeout)
#define SLEY__OLDEST_sley_channel_options SLEY__THROUGH(sley_channel_options, take_fds)
#define SLEY__OLDEST_sley_connect_options SLEY__THROUGH(sley_connect_options, channels)
#define SLEY__OLDEST_sley_counters SLEY__THROUGH(sley_counters, unhandled)
#define SLEY__OLDEST_sley_datagram_counters SLEY__THROUGH(sley_datagram_counters, fds_closed)
#define SLEY__OLDEST_sley_datagram_options SLEY__THROUGH(sley_datagram_options, failed_drop)
#define SLEY__OLDEST_sley_dns_source SLEY__THROUGH(sley_dns_source, ctx)
#define SLEY__OLDEST_sley_domain_counters SLEY__THROUGH(sley_domain_counters, steal_time)
#define SLEY__OLDEST_sley_domain_options SLEY__THROUGH(sley_domain_options, report_drop)
#define SLEY__OLDEST_sley_error_kind SLEY__THROUGH(sley_error_kind, text)
#define SLEY__OLDEST_sley_fiber_counters SLEY__THROUGH(sley_fiber_counters, trimmed)
#define SLEY__OLDEST_sley_fiber_info SLEY__THROUGH(sley_fiber_info, stack_used)
#define SLEY__OLDEST_sley_io_type SLEY__THROUGH(sley_io_type, address)
#define SLEY__OLDEST_sley_job_type SLEY__THROUGH(sley_job_type, drop)
#define SLEY__OLDEST_sley_listen_options SLEY__THROUGH(sley_listen_options, prepare_drop)
#define SLEY__OLDEST_sley_loop_counters SLEY__THROUGH(sley_loop_counters, alarms)
#define SLEY__OLDEST_sley_peer_counters SLEY__THROUGH(sley_peer_counters, longest_queue)
#define SLEY__OLDEST_sley_pool_options SLEY__THROUGH(sley_pool_options, drop)
#define SLEY__OLDEST_sley_published SLEY__THROUGH(sley_published, created)
#define SLEY__OLDEST_sley_retry_options SLEY__THROUGH(sley_retry_options, drop)
#define SLEY__OLDEST_sley_runtime_options SLEY__THROUGH(sley_runtime_options, engine)
#define SLEY__OLDEST_sley_server_counters SLEY__THROUGH(sley_server_counters, answered)
#define SLEY__OLDEST_sley_server_options SLEY__THROUGH(sley_server_options, wrap_most)
#define SLEY__OLDEST_sley_spawn_options SLEY__THROUGH(sley_spawn_options, empty_storage)
#define SLEY__OLDEST_sley_team_options SLEY__THROUGH(sley_team_options, spread)
#define SLEY__OLDEST_sley_throttle_options SLEY__THROUGH(sley_throttle_options, most)
#define SLEY__OLDEST_sley_trace SLEY__THROUGH(sley_trace, dropped)
#define SLEY__OLDEST_sley_type SLEY__THROUGH(sley_type, send)
#define SLEY__OLDEST_sley_workers_counters SLEY__THROUGH(sley_workers_counters, oldest)
#define SLEY__OLDEST_sley_workers_options SLEY__THROUGH(sley_workers_options, drop)

#endif
