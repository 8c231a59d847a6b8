/* The plain names of the list functions, for those who call without the macros. */
#include "promise/combine/combine.h"

#define PLAIN(name, function_type)                                                         \
  sley_promise *(sley_values_##name)(const sley_value *values, size_t n, function_type *f, \
                                     void *ctx)                                            \
  {                                                                                        \
    return sley_values_##name##_at("", values, n, f, ctx);                                 \
  }
PLAIN(iter_s, sley_bind_fn)
PLAIN(iteri_s, sley_index_fn)
PLAIN(iter_p, sley_bind_fn)
PLAIN(iteri_p, sley_index_fn)
PLAIN(map_s, sley_bind_fn)
PLAIN(mapi_s, sley_index_fn)
PLAIN(rev_map_s, sley_bind_fn)
PLAIN(map_p, sley_bind_fn)
PLAIN(mapi_p, sley_index_fn)
PLAIN(rev_map_p, sley_bind_fn)
PLAIN(for_all_s, sley_bind_fn)
PLAIN(for_all_p, sley_bind_fn)
PLAIN(exists_s, sley_bind_fn)
PLAIN(exists_p, sley_bind_fn)
PLAIN(find_s, sley_bind_fn)
PLAIN(filter_s, sley_bind_fn)
PLAIN(filter_p, sley_bind_fn)
PLAIN(filter_map_s, sley_bind_fn)
PLAIN(filter_map_p, sley_bind_fn)
PLAIN(partition_s, sley_bind_fn)
PLAIN(partition_p, sley_bind_fn)

#define PLAIN_FOLD(name)                                                                         \
  sley_promise *(sley_values_##name)(const sley_value *values, size_t n, sley_value accumulator, \
                                     sley_fold_bind_fn *f, void *ctx)                            \
  {                                                                                              \
    return sley_values_##name##_at("", values, n, accumulator, f, ctx);                          \
  }
PLAIN_FOLD(fold_left_s)
PLAIN_FOLD(fold_right_s)

#define PLAIN_N(name)                                                                  \
  sley_promise *(sley_values_##name)(const sley_value *values, size_t n, size_t bound, \
                                     sley_bind_fn *f, void *ctx)                       \
  {                                                                                    \
    return sley_values_##name##_at("", values, n, bound, f, ctx);                      \
  }
PLAIN_N(iter_n)
PLAIN_N(map_n)
