/* Made by scripts/generate from sley/loop.h: its functions for pointers and bindings. */
#include <sley/loop.h>

/* clang-format off */

sley_promise *(sley_sleep)(double seconds)
{
  return sley_sleep_at("", seconds);
}

sley_promise *(sley_timeout)(double seconds)
{
  return sley_timeout_at("", seconds);
}

sley_promise *(sley_with_timeout)(sley_promise *p, double seconds)
{
  return sley_with_timeout_at("", p, seconds);
}

sley_promise *(sley_with_deadline)(double seconds, sley_scope_fn *body, void *ctx, sley_drop_fn *drop)
{
  return sley_with_deadline_at("", seconds, body, ctx, drop);
}

sley_promise *(sley_every)(double seconds, sley_start_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_every_at("", seconds, f, ctx, drop);
}

sley_promise *(sley_pause_after)(double seconds, sley_time *last)
{
  return sley_pause_after_at("", seconds, last);
}

sley_promise *(sley_retry_sleeping)(const sley_retry_options *options, sley_start_fn *attempt, void *ctx, sley_drop_fn *drop)
{
  return sley_retry_sleeping_at("", options, attempt, ctx, drop);
}

sley_promise *(sley_wait_readable)(sley_fd fd)
{
  return sley_wait_readable_at("", fd);
}

sley_promise *(sley_wait_writable)(sley_fd fd)
{
  return sley_wait_writable_at("", fd);
}

sley_promise *(sley_wait_signal)(int number)
{
  return sley_wait_signal_at("", number);
}
