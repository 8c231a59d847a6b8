/* Made by scripts/generate from sley/sharded.h. */
#ifndef SLEY_SITES_SHARDED_H
#define SLEY_SITES_SHARDED_H

#include <sley/sharded.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_sharded_new_at(const char *site, sley_domain *const *domains, size_t n, sley_shard_make_fn *make, sley_value arg); /* contract: sharded.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_sharded_stop_at(const char *site, sley_sharded *sharded); /* contract: sharded.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_sharded_call_at(const char *site, sley_sharded *sharded, size_t index, sley_shard_fn *f, sley_value arg); /* contract: sharded.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_sharded_call_key_at(const char *site, sley_sharded *sharded, const void *key, size_t bytes, sley_shard_fn *f, sley_value arg); /* contract: sharded.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_sharded_call_all_at(const char *site, sley_sharded *sharded, sley_shard_fn *f, sley_value arg); /* contract: sharded.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_sharded_map_reduce_at(const char *site, sley_sharded *sharded, sley_shard_fn *f, sley_value arg, sley_shard_combine_fn *combine); /* contract: sharded.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_sharded_call_all_settled_at(const char *site, sley_sharded *sharded, sley_shard_fn *f, sley_value arg); /* contract: sharded.h */
#define sley_sharded_new(...) sley_sharded_new_at(SLEY_HERE, __VA_ARGS__) /* contract: sharded.h */
#define sley_sharded_stop(...) sley_sharded_stop_at(SLEY_HERE, __VA_ARGS__) /* contract: sharded.h */
#define sley_sharded_call(...) sley_sharded_call_at(SLEY_HERE, __VA_ARGS__) /* contract: sharded.h */
#define sley_sharded_call_key(...) sley_sharded_call_key_at(SLEY_HERE, __VA_ARGS__) /* contract: sharded.h */
#define sley_sharded_call_all(...) sley_sharded_call_all_at(SLEY_HERE, __VA_ARGS__) /* contract: sharded.h */
#define sley_sharded_map_reduce(...) sley_sharded_map_reduce_at(SLEY_HERE, __VA_ARGS__) /* contract: sharded.h */
#define sley_sharded_call_all_settled(...) sley_sharded_call_all_settled_at(SLEY_HERE, __VA_ARGS__) /* contract: sharded.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
