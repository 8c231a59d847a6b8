/* Made by scripts/generate from sley/list.h. */
#ifndef SLEY_SITES_LIST_H
#define SLEY_SITES_LIST_H

#include <sley/list.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_values_iter_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_iteri_s_at(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_iter_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_iteri_p_at(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_iter_n_at(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_map_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_mapi_s_at(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_rev_map_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_map_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_mapi_p_at(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_rev_map_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_map_n_at(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_fold_left_s_at(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_fold_right_s_at(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_for_all_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_for_all_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_exists_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_exists_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_find_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_filter_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_filter_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_filter_map_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_filter_map_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_partition_s_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_values_partition_p_at(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: list.h */

#if defined(__cplusplus)
#define sley_values_iter_s(...) sley_values_iter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_iteri_s(...) sley_values_iteri_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_iter_p(...) sley_values_iter_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_iteri_p(...) sley_values_iteri_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_iter_n(...) sley_values_iter_n_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_map_s(...) sley_values_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_mapi_s(...) sley_values_mapi_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_rev_map_s(...) sley_values_rev_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_map_p(...) sley_values_map_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_mapi_p(...) sley_values_mapi_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_rev_map_p(...) sley_values_rev_map_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_map_n(...) sley_values_map_n_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_fold_left_s(...) sley_values_fold_left_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_fold_right_s(...) sley_values_fold_right_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_for_all_s(...) sley_values_for_all_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_for_all_p(...) sley_values_for_all_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_exists_s(...) sley_values_exists_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_exists_p(...) sley_values_exists_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_find_s(...) sley_values_find_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_filter_s(...) sley_values_filter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_filter_p(...) sley_values_filter_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_filter_map_s(...) sley_values_filter_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_filter_map_p(...) sley_values_filter_map_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_partition_s(...) sley_values_partition_s_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#define sley_values_partition_p(...) sley_values_partition_p_at(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_iter_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_iter_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iter_s(...) sley__values_iter_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iteri_s_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx) { return sley_values_iteri_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iteri_s_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_iteri_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iteri_s(...) sley__values_iteri_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_iter_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_iter_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iter_p(...) sley__values_iter_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iteri_p_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx) { return sley_values_iteri_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iteri_p_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_iteri_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iteri_p(...) sley__values_iteri_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_n_here(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx) { return sley_values_iter_n_at(site, values, n, bound, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_n_here(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_iter_n_at(site, values, n, bound, f, ctx, drop); } /* contract: list.h */
#define sley_values_iter_n(...) sley__values_iter_n_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_map_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_map_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_map_s(...) sley__values_map_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_mapi_s_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx) { return sley_values_mapi_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_mapi_s_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_mapi_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_mapi_s(...) sley__values_mapi_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_rev_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_rev_map_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_rev_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_rev_map_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_rev_map_s(...) sley__values_rev_map_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_map_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_map_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_map_p(...) sley__values_map_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_mapi_p_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx) { return sley_values_mapi_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_mapi_p_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_mapi_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_mapi_p(...) sley__values_mapi_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_rev_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_rev_map_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_rev_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_rev_map_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_rev_map_p(...) sley__values_rev_map_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_n_here(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx) { return sley_values_map_n_at(site, values, n, bound, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_n_here(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_map_n_at(site, values, n, bound, f, ctx, drop); } /* contract: list.h */
#define sley_values_map_n(...) sley__values_map_n_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_fold_left_s_here(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx) { return sley_values_fold_left_s_at(site, values, n, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_fold_left_s_here(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_fold_left_s_at(site, values, n, accumulator, f, ctx, drop); } /* contract: list.h */
#define sley_values_fold_left_s(...) sley__values_fold_left_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_fold_right_s_here(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx) { return sley_values_fold_right_s_at(site, values, n, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_fold_right_s_here(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_fold_right_s_at(site, values, n, accumulator, f, ctx, drop); } /* contract: list.h */
#define sley_values_fold_right_s(...) sley__values_fold_right_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_for_all_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_for_all_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_for_all_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_for_all_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_for_all_s(...) sley__values_for_all_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_for_all_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_for_all_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_for_all_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_for_all_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_for_all_p(...) sley__values_for_all_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_exists_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_exists_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_exists_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_exists_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_exists_s(...) sley__values_exists_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_exists_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_exists_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_exists_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_exists_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_exists_p(...) sley__values_exists_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_find_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_find_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_find_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_find_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_find_s(...) sley__values_find_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_filter_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_filter_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_s(...) sley__values_filter_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_filter_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_filter_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_p(...) sley__values_filter_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_filter_map_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_filter_map_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_map_s(...) sley__values_filter_map_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_filter_map_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_filter_map_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_map_p(...) sley__values_filter_map_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_partition_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_partition_s_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_partition_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_partition_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_partition_s(...) sley__values_partition_s_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_partition_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx) { return sley_values_partition_p_at(site, values, n, f, ctx, (sley_drop_fn *)0); } /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_partition_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_values_partition_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_partition_p(...) sley__values_partition_p_here(SLEY_HERE, __VA_ARGS__) /* contract: list.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_iter_s", site); return sley_values_iter_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iter_s(...) sley__values_iter_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iteri_s_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_iteri_s", site); return sley_values_iteri_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iteri_s(...) sley__values_iteri_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_iter_p", site); return sley_values_iter_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iter_p(...) sley__values_iter_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iteri_p_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_iteri_p", site); return sley_values_iteri_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_iteri_p(...) sley__values_iteri_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_iter_n_here(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_iter_n", site); return sley_values_iter_n_at(site, values, n, bound, f, ctx, drop); } /* contract: list.h */
#define sley_values_iter_n(...) sley__values_iter_n_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_map_s", site); return sley_values_map_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_map_s(...) sley__values_map_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_mapi_s_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_mapi_s", site); return sley_values_mapi_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_mapi_s(...) sley__values_mapi_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_rev_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_rev_map_s", site); return sley_values_rev_map_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_rev_map_s(...) sley__values_rev_map_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_map_p", site); return sley_values_map_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_map_p(...) sley__values_map_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_mapi_p_here(const char *site, const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_mapi_p", site); return sley_values_mapi_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_mapi_p(...) sley__values_mapi_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_rev_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_rev_map_p", site); return sley_values_rev_map_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_rev_map_p(...) sley__values_rev_map_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_map_n_here(const char *site, const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_map_n", site); return sley_values_map_n_at(site, values, n, bound, f, ctx, drop); } /* contract: list.h */
#define sley_values_map_n(...) sley__values_map_n_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_fold_left_s_here(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_fold_left_s", site); return sley_values_fold_left_s_at(site, values, n, accumulator, f, ctx, drop); } /* contract: list.h */
#define sley_values_fold_left_s(...) sley__values_fold_left_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_fold_right_s_here(const char *site, const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_fold_right_s", site); return sley_values_fold_right_s_at(site, values, n, accumulator, f, ctx, drop); } /* contract: list.h */
#define sley_values_fold_right_s(...) sley__values_fold_right_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_for_all_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_for_all_s", site); return sley_values_for_all_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_for_all_s(...) sley__values_for_all_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_for_all_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_for_all_p", site); return sley_values_for_all_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_for_all_p(...) sley__values_for_all_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_exists_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_exists_s", site); return sley_values_exists_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_exists_s(...) sley__values_exists_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_exists_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_exists_p", site); return sley_values_exists_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_exists_p(...) sley__values_exists_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_find_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_find_s", site); return sley_values_find_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_find_s(...) sley__values_find_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_filter_s", site); return sley_values_filter_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_s(...) sley__values_filter_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_filter_p", site); return sley_values_filter_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_p(...) sley__values_filter_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_map_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_filter_map_s", site); return sley_values_filter_map_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_map_s(...) sley__values_filter_map_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_filter_map_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_filter_map_p", site); return sley_values_filter_map_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_filter_map_p(...) sley__values_filter_map_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_partition_s_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_partition_s", site); return sley_values_partition_s_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_partition_s(...) sley__values_partition_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__values_partition_p_here(const char *site, const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_values_partition_p", site); return sley_values_partition_p_at(site, values, n, f, ctx, drop); } /* contract: list.h */
#define sley_values_partition_p(...) sley__values_partition_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: list.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
