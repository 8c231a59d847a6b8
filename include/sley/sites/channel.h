/* Made by scripts/generate from sley/channel.h. */
#ifndef SLEY_SITES_CHANNEL_H
#define SLEY_SITES_CHANNEL_H

#include <sley/channel.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_input_fill_at(const char *site, sley_input *in, size_t n); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_watch_end_at(const char *site, sley_input *in); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_each_at(const char *site, sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_atomic_at(const char *site, sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_char_at(const char *site, sley_input *in); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_char_opt_at(const char *site, sley_input *in); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_line_at(const char *site, sley_input *in); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_line_opt_at(const char *site, sley_input *in); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_until_at(const char *site, sley_input *in, const void *end, size_t size); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_some_at(const char *site, sley_input *in, size_t most); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_exactly_at(const char *site, sley_input *in, size_t n); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_all_at(const char *site, sley_input *in, size_t most); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_read_at(const char *site, sley_input *in, void *buffer, size_t size); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_read_exactly_at(const char *site, sley_input *in, void *buffer, size_t size); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_skip_at(const char *site, sley_input *in, uint64_t bytes); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_error *sley_await_line_at(const char *site, sley_input *in, const char **data, size_t *size); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_error *sley_await_bytes_at(const char *site, sley_input *in, size_t n, const char **data); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_write_at(const char *site, sley_output *output, const void *data, size_t size); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_text_at(const char *site, sley_output *output, const char *text); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_line_at(const char *site, sley_output *output, const char *text); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_line_bytes_at(const char *site, sley_output *output, const void *data, size_t size); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_char_at(const char *site, sley_output *output, char c); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_slices_at(const char *site, sley_output *output, const sley_slice *slices, size_t n); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_bytes_at(const char *site, sley_output *output, sley_bytes *bytes); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_wait_ready_at(const char *site, sley_output *output); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_flush_at(const char *site, sley_output *output); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_flush_all_at(const char *site); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_end_at(const char *site, sley_output *output); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_atomic_at(const char *site, sley_output *output, sley_output_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_seek_at(const char *site, sley_input *in, int64_t position); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_seek_at(const char *site, sley_output *output, int64_t position); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_size_at(const char *site, sley_input *in); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_size_at(const char *site, sley_output *output); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_close_at(const char *site, sley_input *in); /* contract: channel.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_close_at(const char *site, sley_output *output); /* contract: channel.h */
SLEY_API sley_input *sley_input_in_at(const char *site, const sley_value *v); /* contract: channel.h */
SLEY_API sley_output *sley_output_in_at(const char *site, const sley_value *v); /* contract: channel.h */
#define sley_input_fill(...) sley_input_fill_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_watch_end(...) sley_input_watch_end_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_char(...) sley_input_char_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_char_opt(...) sley_input_char_opt_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_line(...) sley_input_line_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_line_opt(...) sley_input_line_opt_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_until(...) sley_input_until_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_some(...) sley_input_some_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_exactly(...) sley_input_exactly_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_all(...) sley_input_all_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_read(...) sley_input_read_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_read_exactly(...) sley_input_read_exactly_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_skip(...) sley_input_skip_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_await_line(...) sley_await_line_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_await_bytes(...) sley_await_bytes_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_write(...) sley_output_write_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_text(...) sley_output_text_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_line(...) sley_output_line_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_line_bytes(...) sley_output_line_bytes_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_char(...) sley_output_char_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_slices(...) sley_output_slices_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_bytes(...) sley_output_bytes_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_wait_ready(...) sley_output_wait_ready_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_flush(...) sley_output_flush_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_flush_all() sley_flush_all_at(SLEY_HERE) /* contract: channel.h */
#define sley_output_end(...) sley_output_end_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_seek(...) sley_input_seek_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_seek(...) sley_output_seek_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_size(...) sley_input_size_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_size(...) sley_output_size_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_close(...) sley_input_close_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_close(...) sley_output_close_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_in(...) sley_input_in_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_in(...) sley_output_in_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */

#if defined(__cplusplus)
#define sley_input_each(...) sley_input_each_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_input_atomic(...) sley_input_atomic_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#define sley_output_atomic(...) sley_output_atomic_at(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__input_each_here(const char *site, sley_input *in, sley_input_fn *f, void *ctx) { return sley_input_each_at(site, in, f, ctx, (sley_drop_fn *)0); } /* contract: channel.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__input_each_here(const char *site, sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *drop) { return sley_input_each_at(site, in, f, ctx, drop); } /* contract: channel.h */
#define sley_input_each(...) sley__input_each_here(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__input_atomic_here(const char *site, sley_input *in, sley_input_fn *f, void *ctx) { return sley_input_atomic_at(site, in, f, ctx, (sley_drop_fn *)0); } /* contract: channel.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__input_atomic_here(const char *site, sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *drop) { return sley_input_atomic_at(site, in, f, ctx, drop); } /* contract: channel.h */
#define sley_input_atomic(...) sley__input_atomic_here(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__output_atomic_here(const char *site, sley_output *output, sley_output_fn *f, void *ctx) { return sley_output_atomic_at(site, output, f, ctx, (sley_drop_fn *)0); } /* contract: channel.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__output_atomic_here(const char *site, sley_output *output, sley_output_fn *f, void *ctx, sley_drop_fn *drop) { return sley_output_atomic_at(site, output, f, ctx, drop); } /* contract: channel.h */
#define sley_output_atomic(...) sley__output_atomic_here(SLEY_HERE, __VA_ARGS__) /* contract: channel.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__input_each_here(const char *site, sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_input_each", site); return sley_input_each_at(site, in, f, ctx, drop); } /* contract: channel.h */
#define sley_input_each(...) sley__input_each_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: channel.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__input_atomic_here(const char *site, sley_input *in, sley_input_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_input_atomic", site); return sley_input_atomic_at(site, in, f, ctx, drop); } /* contract: channel.h */
#define sley_input_atomic(...) sley__input_atomic_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: channel.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__output_atomic_here(const char *site, sley_output *output, sley_output_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_output_atomic", site); return sley_output_atomic_at(site, output, f, ctx, drop); } /* contract: channel.h */
#define sley_output_atomic(...) sley__output_atomic_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: channel.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
