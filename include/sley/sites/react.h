/* Made by scripts/generate from sley/react.h. */
#ifndef SLEY_SITES_REACT_H
#define SLEY_SITES_REACT_H

#include <sley/react.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_event_next_at(const char *site, sley_event *e); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_event_at(const char *site, sley_event *e); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_map_s_at(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_bind_s_at(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_run_s_at(const char *site, sley_signal *s, sley_equal_fn *equal); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_filter_s_at(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_fmap_s_at(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_lift_s_at(const char *site, sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_merge_s_at(const char *site, sley_signal *const *ss, size_t n, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: react.h */
#define sley_event_next(...) sley_event_next_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_stream_from_event(...) sley_stream_from_event_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_run_s(...) sley_signal_run_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */

#if defined(__cplusplus)
#define sley_signal_map_s(...) sley_signal_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_bind_s(...) sley_signal_bind_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_filter_s(...) sley_signal_filter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_fmap_s(...) sley_signal_fmap_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_lift_s(...) sley_signal_lift_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_merge_s(...) sley_signal_merge_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#elif defined(__clang__)
SLEY__FORWARD sley_event *sley__event_map_here(sley_event *e, sley_map_fn *f, void *ctx) { return (sley_event_map)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_map_here(sley_event *e, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_map)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_map(...) sley__event_map_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_here(sley_event *e, sley_test_fn *test, void *ctx) { return (sley_event_filter)(e, test, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_here(sley_event *e, sley_test_fn *test, void *ctx, sley_drop_fn *drop) { return (sley_event_filter)(e, test, ctx, drop); } /* contract: react.h */
#define sley_event_filter(...) sley__event_filter_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_here(sley_event *e, sley_map_fn *f, void *ctx) { return (sley_event_fmap)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_here(sley_event *e, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_fmap)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_fmap(...) sley__event_fmap_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fold_here(sley_event *e, sley_value accumulator, sley_fold_fn *f, void *ctx) { return (sley_event_fold)(e, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fold_here(sley_event *e, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_fold)(e, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_fold(...) sley__event_fold_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_merge_here(sley_event *const *es, size_t n, sley_value accumulator, sley_fold_fn *f, void *ctx) { return (sley_event_merge)(es, n, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_merge_here(sley_event *const *es, size_t n, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_merge)(es, n, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_merge(...) sley__event_merge_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_on_here(sley_event *e, sley_value_fn *f, void *ctx) { return (sley_event_on)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_on_here(sley_event *e, sley_value_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_on)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_on(...) sley__event_on_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_map_here(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx) { return (sley_signal_map)(s, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_map_here(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_map)(s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_map(...) sley__signal_map_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_lift_here(sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_map_fn *f, void *ctx) { return (sley_signal_lift)(ss, n, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_lift_here(sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_lift)(ss, n, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_lift(...) sley__signal_lift_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_with_finalizer_here(sley_event *e, sley_done_fn *f, void *ctx) { return (sley_event_with_finalizer)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_with_finalizer_here(sley_event *e, sley_done_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_with_finalizer)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_with_finalizer(...) sley__event_with_finalizer_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_with_finalizer_here(sley_signal *s, sley_done_fn *f, void *ctx) { return (sley_signal_with_finalizer)(s, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_with_finalizer_here(sley_signal *s, sley_done_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_with_finalizer)(s, f, ctx, drop); } /* contract: react.h */
#define sley_signal_with_finalizer(...) sley__signal_with_finalizer_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_bind_here(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx) { return (sley_signal_bind)(s, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_bind_here(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_bind)(s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_bind(...) sley__signal_bind_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_map_s_here(sley_event *e, sley_bind_fn *f, void *ctx) { return (sley_event_map_s)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_map_s_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_map_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_map_s(...) sley__event_map_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_map_p_here(sley_event *e, sley_bind_fn *f, void *ctx) { return (sley_event_map_p)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_map_p_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_map_p)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_map_p(...) sley__event_map_p_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_s_here(sley_event *e, sley_bind_fn *f, void *ctx) { return (sley_event_filter_s)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_s_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_filter_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_filter_s(...) sley__event_filter_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_p_here(sley_event *e, sley_bind_fn *f, void *ctx) { return (sley_event_filter_p)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_p_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_filter_p)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_filter_p(...) sley__event_filter_p_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_s_here(sley_event *e, sley_bind_fn *f, void *ctx) { return (sley_event_fmap_s)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_s_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_fmap_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_fmap_s(...) sley__event_fmap_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_p_here(sley_event *e, sley_bind_fn *f, void *ctx) { return (sley_event_fmap_p)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_p_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_fmap_p)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_fmap_p(...) sley__event_fmap_p_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_app_s_here(sley_event *functions, sley_event *e, sley_fold_bind_fn *f, void *ctx) { return (sley_event_app_s)(functions, e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_app_s_here(sley_event *functions, sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_app_s)(functions, e, f, ctx, drop); } /* contract: react.h */
#define sley_event_app_s(...) sley__event_app_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_app_p_here(sley_event *functions, sley_event *e, sley_fold_bind_fn *f, void *ctx) { return (sley_event_app_p)(functions, e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_app_p_here(sley_event *functions, sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_app_p)(functions, e, f, ctx, drop); } /* contract: react.h */
#define sley_event_app_p(...) sley__event_app_p_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_diff_s_here(sley_event *e, sley_fold_bind_fn *f, void *ctx) { return (sley_event_diff_s)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_diff_s_here(sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_diff_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_diff_s(...) sley__event_diff_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fold_s_here(sley_event *e, sley_value accumulator, sley_fold_bind_fn *f, void *ctx) { return (sley_event_fold_s)(e, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fold_s_here(sley_event *e, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_fold_s)(e, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_fold_s(...) sley__event_fold_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_merge_s_here(sley_event *const *es, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx) { return (sley_event_merge_s)(es, n, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_merge_s_here(sley_event *const *es, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_merge_s)(es, n, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_merge_s(...) sley__event_merge_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__signal_diff_s_here(sley_signal *s, sley_fold_bind_fn *f, void *ctx) { return (sley_signal_diff_s)(s, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__signal_diff_s_here(sley_signal *s, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_diff_s)(s, f, ctx, drop); } /* contract: react.h */
#define sley_signal_diff_s(...) sley__signal_diff_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__signal_sample_s_here(sley_signal *s, sley_event *e, sley_fold_bind_fn *f, void *ctx) { return (sley_signal_sample_s)(s, e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__signal_sample_s_here(sley_signal *s, sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_sample_s)(s, e, f, ctx, drop); } /* contract: react.h */
#define sley_signal_sample_s(...) sley__signal_sample_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_fold_s_here(sley_event *e, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx) { return (sley_signal_fold_s)(e, accumulator, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_fold_s_here(sley_event *e, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_fold_s)(e, accumulator, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_fold_s(...) sley__signal_fold_s_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_limit_here(sley_event *e, sley_start_fn *f, void *ctx) { return (sley_event_limit)(e, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_limit_here(sley_event *e, sley_start_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_limit)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_limit(...) sley__event_limit_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_from_here(sley_start_fn *f, void *ctx) { return (sley_event_from)(f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_from_here(sley_start_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_event_from)(f, ctx, drop); } /* contract: react.h */
#define sley_event_from(...) sley__event_from_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_limit_here(sley_signal *s, sley_equal_fn *equal, sley_start_fn *f, void *ctx) { return (sley_signal_limit)(s, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_limit_here(sley_signal *s, sley_equal_fn *equal, sley_start_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_signal_limit)(s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_limit(...) sley__signal_limit_here(__VA_ARGS__) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_map_s_here(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx) { return sley_signal_map_s_at(site, s, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_map_s_here(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_signal_map_s_at(site, s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_map_s(...) sley__signal_map_s_here(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_bind_s_here(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx) { return sley_signal_bind_s_at(site, s, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_bind_s_here(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_signal_bind_s_at(site, s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_bind_s(...) sley__signal_bind_s_here(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_filter_s_here(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx) { return sley_signal_filter_s_at(site, s, otherwise, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_filter_s_here(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_signal_filter_s_at(site, s, otherwise, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_filter_s(...) sley__signal_filter_s_here(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_fmap_s_here(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx) { return sley_signal_fmap_s_at(site, s, otherwise, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_fmap_s_here(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_signal_fmap_s_at(site, s, otherwise, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_fmap_s(...) sley__signal_fmap_s_here(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_lift_s_here(const char *site, sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_bind_fn *f, void *ctx) { return sley_signal_lift_s_at(site, ss, n, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_lift_s_here(const char *site, sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_signal_lift_s_at(site, ss, n, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_lift_s(...) sley__signal_lift_s_here(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_merge_s_here(const char *site, sley_signal *const *ss, size_t n, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx) { return sley_signal_merge_s_at(site, ss, n, accumulator, equal, f, ctx, (sley_drop_fn *)0); } /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_merge_s_here(const char *site, sley_signal *const *ss, size_t n, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_signal_merge_s_at(site, ss, n, accumulator, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_merge_s(...) sley__signal_merge_s_here(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#else
SLEY__FORWARD sley_event *sley__event_map_here(sley_event *e, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_map", ""); return (sley_event_map)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_map(...) sley__event_map_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_here(sley_event *e, sley_test_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_filter", ""); return (sley_event_filter)(e, test, ctx, drop); } /* contract: react.h */
#define sley_event_filter(...) sley__event_filter_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_here(sley_event *e, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_fmap", ""); return (sley_event_fmap)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_fmap(...) sley__event_fmap_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fold_here(sley_event *e, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_fold", ""); return (sley_event_fold)(e, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_fold(...) sley__event_fold_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_merge_here(sley_event *const *es, size_t n, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_merge", ""); return (sley_event_merge)(es, n, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_merge(...) sley__event_merge_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_on_here(sley_event *e, sley_value_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_on", ""); return (sley_event_on)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_on(...) sley__event_on_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_map_here(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_map", ""); return (sley_signal_map)(s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_map(...) sley__signal_map_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_lift_here(sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_lift", ""); return (sley_signal_lift)(ss, n, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_lift(...) sley__signal_lift_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_with_finalizer_here(sley_event *e, sley_done_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_with_finalizer", ""); return (sley_event_with_finalizer)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_with_finalizer(...) sley__event_with_finalizer_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_with_finalizer_here(sley_signal *s, sley_done_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_with_finalizer", ""); return (sley_signal_with_finalizer)(s, f, ctx, drop); } /* contract: react.h */
#define sley_signal_with_finalizer(...) sley__signal_with_finalizer_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_bind_here(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_bind", ""); return (sley_signal_bind)(s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_bind(...) sley__signal_bind_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_map_s_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_map_s", ""); return (sley_event_map_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_map_s(...) sley__event_map_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_map_p_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_map_p", ""); return (sley_event_map_p)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_map_p(...) sley__event_map_p_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_s_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_filter_s", ""); return (sley_event_filter_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_filter_s(...) sley__event_filter_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_filter_p_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_filter_p", ""); return (sley_event_filter_p)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_filter_p(...) sley__event_filter_p_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_s_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_fmap_s", ""); return (sley_event_fmap_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_fmap_s(...) sley__event_fmap_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fmap_p_here(sley_event *e, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_fmap_p", ""); return (sley_event_fmap_p)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_fmap_p(...) sley__event_fmap_p_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_app_s_here(sley_event *functions, sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_app_s", ""); return (sley_event_app_s)(functions, e, f, ctx, drop); } /* contract: react.h */
#define sley_event_app_s(...) sley__event_app_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_app_p_here(sley_event *functions, sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_app_p", ""); return (sley_event_app_p)(functions, e, f, ctx, drop); } /* contract: react.h */
#define sley_event_app_p(...) sley__event_app_p_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_diff_s_here(sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_diff_s", ""); return (sley_event_diff_s)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_diff_s(...) sley__event_diff_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_fold_s_here(sley_event *e, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_fold_s", ""); return (sley_event_fold_s)(e, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_fold_s(...) sley__event_fold_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_merge_s_here(sley_event *const *es, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_merge_s", ""); return (sley_event_merge_s)(es, n, accumulator, f, ctx, drop); } /* contract: react.h */
#define sley_event_merge_s(...) sley__event_merge_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__signal_diff_s_here(sley_signal *s, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_diff_s", ""); return (sley_signal_diff_s)(s, f, ctx, drop); } /* contract: react.h */
#define sley_signal_diff_s(...) sley__signal_diff_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__signal_sample_s_here(sley_signal *s, sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_sample_s", ""); return (sley_signal_sample_s)(s, e, f, ctx, drop); } /* contract: react.h */
#define sley_signal_sample_s(...) sley__signal_sample_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_fold_s_here(sley_event *e, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_fold_s", ""); return (sley_signal_fold_s)(e, accumulator, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_fold_s(...) sley__signal_fold_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_limit_here(sley_event *e, sley_start_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_limit", ""); return (sley_event_limit)(e, f, ctx, drop); } /* contract: react.h */
#define sley_event_limit(...) sley__event_limit_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_event *sley__event_from_here(sley_start_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_event_from", ""); return (sley_event_from)(f, ctx, drop); } /* contract: react.h */
#define sley_event_from(...) sley__event_from_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD sley_signal *sley__signal_limit_here(sley_signal *s, sley_equal_fn *equal, sley_start_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_limit", ""); return (sley_signal_limit)(s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_limit(...) sley__signal_limit_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_map_s_here(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_map_s", site); return sley_signal_map_s_at(site, s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_map_s(...) sley__signal_map_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_bind_s_here(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_bind_s", site); return sley_signal_bind_s_at(site, s, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_bind_s(...) sley__signal_bind_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_filter_s_here(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_filter_s", site); return sley_signal_filter_s_at(site, s, otherwise, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_filter_s(...) sley__signal_filter_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_fmap_s_here(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_fmap_s", site); return sley_signal_fmap_s_at(site, s, otherwise, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_fmap_s(...) sley__signal_fmap_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_lift_s_here(const char *site, sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_lift_s", site); return sley_signal_lift_s_at(site, ss, n, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_lift_s(...) sley__signal_lift_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__signal_merge_s_here(const char *site, sley_signal *const *ss, size_t n, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_signal_merge_s", site); return sley_signal_merge_s_at(site, ss, n, accumulator, equal, f, ctx, drop); } /* contract: react.h */
#define sley_signal_merge_s(...) sley__signal_merge_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: react.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
