/* Made by scripts/generate from sley/seq.h. */
#ifndef SLEY_SITES_SEQ_H
#define SLEY_SITES_SEQ_H

#include <sley/seq.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_seq_fold_left_at(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_fold_left_s_at(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_at(const char *site, sley_seq *seq, sley_visit_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_s_at(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_to_list_at(const char *site, sley_seq *seq); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_p_at(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_n_at(const char *site, sley_seq *seq, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: seq.h */
#define sley_seq_to_list(...) sley_seq_to_list_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */

#if defined(__cplusplus)
#define sley_seq_fold_left(...) sley_seq_fold_left_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_fold_left_s(...) sley_seq_fold_left_s_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter(...) sley_seq_iter_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter_s(...) sley_seq_iter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter_p(...) sley_seq_iter_p_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter_n(...) sley_seq_iter_n_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#elif defined(__clang__)
SLEY__FORWARD sley_seq *sley__seq_new_here(sley_start_fn *next, void *ctx) { return (sley_seq_new)(next, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_new_here(sley_start_fn *next, void *ctx, sley_drop_fn *drop) { return (sley_seq_new)(next, ctx, drop); } /* contract: seq.h */
#define sley_seq_new(...) sley__seq_new_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_unfold_here(sley_value state, sley_unfold_fn *f, void *ctx) { return (sley_seq_unfold)(state, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_unfold_here(sley_value state, sley_unfold_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_unfold)(state, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_unfold(...) sley__seq_unfold_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_unfold_promise_here(sley_value state, sley_bind_fn *f, void *ctx) { return (sley_seq_unfold_promise)(state, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_unfold_promise_here(sley_value state, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_unfold_promise)(state, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_unfold_promise(...) sley__seq_unfold_promise_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_map_here(sley_seq *seq, sley_map_fn *f, void *ctx) { return (sley_seq_map)(seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_map_here(sley_seq *seq, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_map)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_map(...) sley__seq_map_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_map_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx) { return (sley_seq_map_s)(seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_map_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_map_s)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_map_s(...) sley__seq_map_s_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_here(sley_seq *seq, sley_test_fn *test, void *ctx) { return (sley_seq_filter)(seq, test, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_here(sley_seq *seq, sley_test_fn *test, void *ctx, sley_drop_fn *drop) { return (sley_seq_filter)(seq, test, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter(...) sley__seq_filter_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx) { return (sley_seq_filter_s)(seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_filter_s)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter_s(...) sley__seq_filter_s_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_map_here(sley_seq *seq, sley_map_fn *f, void *ctx) { return (sley_seq_filter_map)(seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_map_here(sley_seq *seq, sley_map_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_filter_map)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter_map(...) sley__seq_filter_map_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_map_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx) { return (sley_seq_filter_map_s)(seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_map_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_filter_map_s)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter_map_s(...) sley__seq_filter_map_s_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_flat_map_here(sley_seq *seq, sley_seq_fn *f, void *ctx) { return (sley_seq_flat_map)(seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_flat_map_here(sley_seq *seq, sley_seq_fn *f, void *ctx, sley_drop_fn *drop) { return (sley_seq_flat_map)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_flat_map(...) sley__seq_flat_map_here(__VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_fold_left_here(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_fn *f, void *ctx) { return sley_seq_fold_left_at(site, seq, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_fold_left_here(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *drop) { return sley_seq_fold_left_at(site, seq, accumulator, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_fold_left(...) sley__seq_fold_left_here(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_fold_left_s_here(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_bind_fn *f, void *ctx) { return sley_seq_fold_left_s_at(site, seq, accumulator, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_fold_left_s_here(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_seq_fold_left_s_at(site, seq, accumulator, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_fold_left_s(...) sley__seq_fold_left_s_here(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_here(const char *site, sley_seq *seq, sley_visit_fn *f, void *ctx) { return sley_seq_iter_at(site, seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_here(const char *site, sley_seq *seq, sley_visit_fn *f, void *ctx, sley_drop_fn *drop) { return sley_seq_iter_at(site, seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter(...) sley__seq_iter_here(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_s_here(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx) { return sley_seq_iter_s_at(site, seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_s_here(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_seq_iter_s_at(site, seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter_s(...) sley__seq_iter_s_here(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_p_here(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx) { return sley_seq_iter_p_at(site, seq, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_p_here(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_seq_iter_p_at(site, seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter_p(...) sley__seq_iter_p_here(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_n_here(const char *site, sley_seq *seq, size_t bound, sley_bind_fn *f, void *ctx) { return sley_seq_iter_n_at(site, seq, bound, f, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_n_here(const char *site, sley_seq *seq, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop) { return sley_seq_iter_n_at(site, seq, bound, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter_n(...) sley__seq_iter_n_here(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#else
SLEY__FORWARD sley_seq *sley__seq_new_here(sley_start_fn *next, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_new", ""); return (sley_seq_new)(next, ctx, drop); } /* contract: seq.h */
#define sley_seq_new(...) sley__seq_new_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_unfold_here(sley_value state, sley_unfold_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_unfold", ""); return (sley_seq_unfold)(state, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_unfold(...) sley__seq_unfold_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_unfold_promise_here(sley_value state, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_unfold_promise", ""); return (sley_seq_unfold_promise)(state, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_unfold_promise(...) sley__seq_unfold_promise_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_map_here(sley_seq *seq, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_map", ""); return (sley_seq_map)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_map(...) sley__seq_map_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_map_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_map_s", ""); return (sley_seq_map_s)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_map_s(...) sley__seq_map_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_here(sley_seq *seq, sley_test_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_filter", ""); return (sley_seq_filter)(seq, test, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter(...) sley__seq_filter_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_filter_s", ""); return (sley_seq_filter_s)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter_s(...) sley__seq_filter_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_map_here(sley_seq *seq, sley_map_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_filter_map", ""); return (sley_seq_filter_map)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter_map(...) sley__seq_filter_map_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_filter_map_s_here(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_filter_map_s", ""); return (sley_seq_filter_map_s)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_filter_map_s(...) sley__seq_filter_map_s_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_flat_map_here(sley_seq *seq, sley_seq_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_flat_map", ""); return (sley_seq_flat_map)(seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_flat_map(...) sley__seq_flat_map_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_fold_left_here(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_fold_left", site); return sley_seq_fold_left_at(site, seq, accumulator, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_fold_left(...) sley__seq_fold_left_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_fold_left_s_here(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_fold_left_s", site); return sley_seq_fold_left_s_at(site, seq, accumulator, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_fold_left_s(...) sley__seq_fold_left_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_here(const char *site, sley_seq *seq, sley_visit_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_iter", site); return sley_seq_iter_at(site, seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter(...) sley__seq_iter_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_s_here(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_iter_s", site); return sley_seq_iter_s_at(site, seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter_s(...) sley__seq_iter_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_p_here(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_iter_p", site); return sley_seq_iter_p_at(site, seq, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter_p(...) sley__seq_iter_p_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__seq_iter_n_here(const char *site, sley_seq *seq, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_seq_iter_n", site); return sley_seq_iter_n_at(site, seq, bound, f, ctx, drop); } /* contract: seq.h */
#define sley_seq_iter_n(...) sley__seq_iter_n_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
