/* Made by scripts/generate from sley/react.h. */
#ifndef SLEY_SITES_REACT_H
#define SLEY_SITES_REACT_H

#include <sley/react.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_event_next_at(const char *site, sley_event *e); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_event_at(const char *site, sley_event *e); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_map_s_at(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_bind_s_at(const char *site, sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_run_s_at(const char *site, sley_signal *s, sley_equal_fn *equal); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_filter_s_at(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_fmap_s_at(const char *site, sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_lift_s_at(const char *site, sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_bind_fn *f, void *ctx); /* contract: react.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_signal_merge_s_at(const char *site, sley_signal *const *ss, size_t n, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx); /* contract: react.h */
#define sley_event_next(...) sley_event_next_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_stream_from_event(...) sley_stream_from_event_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_map_s(...) sley_signal_map_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_bind_s(...) sley_signal_bind_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_run_s(...) sley_signal_run_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_filter_s(...) sley_signal_filter_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_fmap_s(...) sley_signal_fmap_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_lift_s(...) sley_signal_lift_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */
#define sley_signal_merge_s(...) sley_signal_merge_s_at(SLEY_HERE, __VA_ARGS__) /* contract: react.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
