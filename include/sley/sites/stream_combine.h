/* Made by scripts/generate from sley/stream_combine.h. */
#ifndef SLEY_SITES_STREAM_COMBINE_H
#define SLEY_SITES_STREAM_COMBINE_H

#include <sley/stream_combine.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_stream_to_list_at(const char *site, sley_stream *s); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_to_text_at(const char *site, sley_stream *s); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_fold_at(const char *site, sley_stream *s, sley_value sum, sley_fold_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_fold_s_at(const char *site, sley_stream *s, sley_value sum, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_iter_at(const char *site, sley_stream *s, sley_visit_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_iter_s_at(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_iter_p_at(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_iter_n_at(const char *site, sley_stream *s, size_t max, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_find_at(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_find_s_at(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_find_map_at(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_find_map_s_at(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_map_at(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_map_s_at(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_filter_at(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_filter_s_at(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_filter_map_at(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_filter_map_s_at(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_map_n_at(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_filter_n_at(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_filter_map_n_at(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_map_list_at(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_map_list_s_at(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_flatten_at(const char *site, sley_stream *s); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_wrap_error_at(const char *site, sley_stream *s); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_hexdump_at(const char *site, sley_stream *s); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_append_at(const char *site, sley_stream *a, sley_stream *b); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_concat_at(const char *site, sley_stream *s); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_combine_at(const char *site, sley_stream *a, sley_stream *b); /* contract: stream_combine.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_choose_at(const char *site, sley_stream *const *streams, size_t n); /* contract: stream_combine.h */
#define sley_stream_to_list(...) sley_stream_to_list_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_to_text(...) sley_stream_to_text_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_flatten(...) sley_stream_flatten_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_wrap_error(...) sley_stream_wrap_error_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_hexdump(...) sley_stream_hexdump_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_append(...) sley_stream_append_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_concat(...) sley_stream_concat_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_combine(...) sley_stream_combine_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_choose(...) sley_stream_choose_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */

#if defined(__cplusplus)
#define sley_stream_fold(...) sley_stream_fold_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_fold_s(...) sley_stream_fold_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_iter(...) sley_stream_iter_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_iter_s(...) sley_stream_iter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_iter_p(...) sley_stream_iter_p_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_iter_n(...) sley_stream_iter_n_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_find(...) sley_stream_find_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_find_s(...) sley_stream_find_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_find_map(...) sley_stream_find_map_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_find_map_s(...) sley_stream_find_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_map(...) sley_stream_map_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_map_s(...) sley_stream_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_filter(...) sley_stream_filter_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_filter_s(...) sley_stream_filter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_filter_map(...) sley_stream_filter_map_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_filter_map_s(...) sley_stream_filter_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_map_n(...) sley_stream_map_n_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_filter_n(...) sley_stream_filter_n_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_filter_map_n(...) sley_stream_filter_map_n_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_map_list(...) sley_stream_map_list_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#define sley_stream_map_list_s(...) sley_stream_map_list_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_fold_here(const char *site, sley_stream *s, sley_value sum, sley_fold_fn *f, void *ctx) { return sley_stream_fold_at(site, s, sum, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_fold_here(const char *site, sley_stream *s, sley_value sum, sley_fold_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_fold_at(site, s, sum, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_fold(...) sley__stream_fold_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_fold_s_here(const char *site, sley_stream *s, sley_value sum, sley_fold_bind_fn *f, void *ctx) { return sley_stream_fold_s_at(site, s, sum, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_fold_s_here(const char *site, sley_stream *s, sley_value sum, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_fold_s_at(site, s, sum, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_fold_s(...) sley__stream_fold_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_here(const char *site, sley_stream *s, sley_visit_fn *f, void *ctx) { return sley_stream_iter_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_here(const char *site, sley_stream *s, sley_visit_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_iter_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter(...) sley__stream_iter_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx) { return sley_stream_iter_s_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_iter_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter_s(...) sley__stream_iter_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_p_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx) { return sley_stream_iter_p_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_p_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_iter_p_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter_p(...) sley__stream_iter_p_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_n_here(const char *site, sley_stream *s, size_t max, sley_bind_fn *f, void *ctx) { return sley_stream_iter_n_at(site, s, max, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_n_here(const char *site, sley_stream *s, size_t max, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_iter_n_at(site, s, max, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter_n(...) sley__stream_iter_n_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx) { return sley_stream_find_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_find_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find(...) sley__stream_find_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx) { return sley_stream_find_s_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_find_s_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find_s(...) sley__stream_find_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx) { return sley_stream_find_map_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_find_map_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find_map(...) sley__stream_find_map_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx) { return sley_stream_find_map_s_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_find_map_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find_map_s(...) sley__stream_find_map_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx) { return sley_stream_map_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_map_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map(...) sley__stream_map_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx) { return sley_stream_map_s_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_map_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_s(...) sley__stream_map_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx) { return sley_stream_filter_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_filter_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter(...) sley__stream_filter_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx) { return sley_stream_filter_s_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_filter_s_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_s(...) sley__stream_filter_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx) { return sley_stream_filter_map_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_filter_map_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_map(...) sley__stream_filter_map_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx) { return sley_stream_filter_map_s_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_filter_map_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_map_s(...) sley__stream_filter_map_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx) { return sley_stream_map_n_at(site, s, max, order, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_map_n_at(site, s, max, order, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_n(...) sley__stream_map_n_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx) { return sley_stream_filter_n_at(site, s, max, order, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_filter_n_at(site, s, max, order, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_n(...) sley__stream_filter_n_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx) { return sley_stream_filter_map_n_at(site, s, max, order, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_filter_map_n_at(site, s, max, order, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_map_n(...) sley__stream_filter_map_n_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_list_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx) { return sley_stream_map_list_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_list_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_map_list_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_list(...) sley__stream_map_list_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_list_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx) { return sley_stream_map_list_s_at(site, s, f, ctx, (sley_drop_fn *)0); } /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_list_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_stream_map_list_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_list_s(...) sley__stream_map_list_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream_combine.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_fold_here(const char *site, sley_stream *s, sley_value sum, sley_fold_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_fold", site); return sley_stream_fold_at(site, s, sum, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_fold(...) sley__stream_fold_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_fold_s_here(const char *site, sley_stream *s, sley_value sum, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_fold_s", site); return sley_stream_fold_s_at(site, s, sum, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_fold_s(...) sley__stream_fold_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_here(const char *site, sley_stream *s, sley_visit_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_iter", site); return sley_stream_iter_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter(...) sley__stream_iter_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_iter_s", site); return sley_stream_iter_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter_s(...) sley__stream_iter_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_p_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_iter_p", site); return sley_stream_iter_p_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter_p(...) sley__stream_iter_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_iter_n_here(const char *site, sley_stream *s, size_t max, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_iter_n", site); return sley_stream_iter_n_at(site, s, max, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_iter_n(...) sley__stream_iter_n_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_find", site); return sley_stream_find_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find(...) sley__stream_find_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_find_s", site); return sley_stream_find_s_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find_s(...) sley__stream_find_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_find_map", site); return sley_stream_find_map_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find_map(...) sley__stream_find_map_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_find_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_find_map_s", site); return sley_stream_find_map_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_find_map_s(...) sley__stream_find_map_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_map", site); return sley_stream_map_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map(...) sley__stream_map_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_map_s", site); return sley_stream_map_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_s(...) sley__stream_map_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_filter", site); return sley_stream_filter_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter(...) sley__stream_filter_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_filter_s", site); return sley_stream_filter_s_at(site, s, test, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_s(...) sley__stream_filter_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_filter_map", site); return sley_stream_filter_map_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_map(...) sley__stream_filter_map_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_filter_map_s", site); return sley_stream_filter_map_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_map_s(...) sley__stream_filter_map_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_map_n", site); return sley_stream_map_n_at(site, s, max, order, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_n(...) sley__stream_map_n_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_filter_n", site); return sley_stream_filter_n_at(site, s, max, order, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_n(...) sley__stream_filter_n_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_filter_map_n_here(const char *site, sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_filter_map_n", site); return sley_stream_filter_map_n_at(site, s, max, order, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_filter_map_n(...) sley__stream_filter_map_n_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_list_here(const char *site, sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_map_list", site); return sley_stream_map_list_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_list(...) sley__stream_map_list_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_map_list_s_here(const char *site, sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_map_list_s", site); return sley_stream_map_list_s_at(site, s, f, ctx, drop); } /* contract: stream_combine.h */
#define sley_stream_map_list_s(...) sley__stream_map_list_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream_combine.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
