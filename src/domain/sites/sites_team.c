/* Made by scripts/generate from sley/team.h: its functions for pointers and bindings. */
#include <sley/team.h>

/* clang-format off */

sley_promise *(sley_team_shutdown)(sley_team *team, double seconds)
{
  return sley_team_shutdown_at("", team, seconds);
}

sley_promise *(sley_with_team)(const sley_team_options *options, double seconds, sley_team_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_with_team_at("", options, seconds, f, ctx, drop);
}

sley_promise *(sley_team_call)(sley_team *team, sley_call_fn *f, sley_value arg)
{
  return sley_team_call_at("", team, f, arg);
}

sley_promise *(sley_parallel_for)(sley_team *team, size_t n, size_t grain, sley_range_fn *f, sley_value shared)
{
  return sley_parallel_for_at("", team, n, grain, f, shared);
}

sley_promise *(sley_parallel_map)(sley_team *team, sley_value *in, size_t n, size_t grain, sley_element_fn *f, sley_value shared)
{
  return sley_parallel_map_at("", team, in, n, grain, f, shared);
}

sley_promise *(sley_parallel_reduce)(sley_team *team, size_t n, size_t grain, sley_partial_fn *f, sley_combine_fn *combine, sley_value shared)
{
  return sley_parallel_reduce_at("", team, n, grain, f, combine, shared);
}
