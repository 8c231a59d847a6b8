/* Made by scripts/generate from sley/sharded.h: its functions for pointers and bindings. */
#include <sley/sharded.h>

/* clang-format off */

sley_promise *(sley_sharded_new)(sley_domain *const *domains, size_t n, sley_shard_make_fn *make, sley_value arg)
{
  return sley_sharded_new_at("", domains, n, make, arg);
}

sley_promise *(sley_sharded_stop)(sley_sharded *sharded)
{
  return sley_sharded_stop_at("", sharded);
}

sley_promise *(sley_sharded_call)(sley_sharded *sharded, size_t index, sley_shard_fn *f, sley_value arg)
{
  return sley_sharded_call_at("", sharded, index, f, arg);
}

sley_promise *(sley_sharded_call_key)(sley_sharded *sharded, const void *key, size_t bytes, sley_shard_fn *f, sley_value arg)
{
  return sley_sharded_call_key_at("", sharded, key, bytes, f, arg);
}

sley_promise *(sley_sharded_call_all)(sley_sharded *sharded, sley_shard_fn *f, sley_value arg)
{
  return sley_sharded_call_all_at("", sharded, f, arg);
}

sley_promise *(sley_sharded_map_reduce)(sley_sharded *sharded, sley_shard_fn *f, sley_value arg, sley_shard_combine_fn *combine)
{
  return sley_sharded_map_reduce_at("", sharded, f, arg, combine);
}

sley_promise *(sley_sharded_call_all_settled)(sley_sharded *sharded, sley_shard_fn *f, sley_value arg)
{
  return sley_sharded_call_all_settled_at("", sharded, f, arg);
}
