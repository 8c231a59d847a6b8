/* Made by scripts/generate from sley/seq.h. */
#ifndef SLEY_SITES_SEQ_H
#define SLEY_SITES_SEQ_H

#include <sley/seq.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_seq_fold_left_at(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_fn *f, void *ctx); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_fold_left_s_at(const char *site, sley_seq *seq, sley_value accumulator, sley_fold_bind_fn *f, void *ctx); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_at(const char *site, sley_seq *seq, sley_visit_fn *f, void *ctx); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_s_at(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_to_list_at(const char *site, sley_seq *seq); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_p_at(const char *site, sley_seq *seq, sley_bind_fn *f, void *ctx); /* contract: seq.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_seq_iter_n_at(const char *site, sley_seq *seq, size_t bound, sley_bind_fn *f, void *ctx); /* contract: seq.h */
#define sley_seq_fold_left(...) sley_seq_fold_left_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_fold_left_s(...) sley_seq_fold_left_s_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter(...) sley_seq_iter_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter_s(...) sley_seq_iter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_to_list(...) sley_seq_to_list_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter_p(...) sley_seq_iter_p_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */
#define sley_seq_iter_n(...) sley_seq_iter_n_at(SLEY_HERE, __VA_ARGS__) /* contract: seq.h */

#if defined(__cplusplus)
#elif defined(__clang__)
SLEY__FORWARD sley_seq *sley__seq_new_here(sley_start_fn *next, void *ctx) { return (sley_seq_new)(next, ctx, (sley_drop_fn *)0); } /* contract: seq.h */
SLEY__FORWARD sley_seq *sley__seq_new_here(sley_start_fn *next, void *ctx, sley_drop_fn *drop) { return (sley_seq_new)(next, ctx, drop); } /* contract: seq.h */
#define sley_seq_new(...) sley__seq_new_here(__VA_ARGS__) /* contract: seq.h */
#else
SLEY__FORWARD sley_seq *sley__seq_new_here(sley_start_fn *next, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE(); return (sley_seq_new)(next, ctx, drop); } /* contract: seq.h */
#define sley_seq_new(...) sley__seq_new_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: seq.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
