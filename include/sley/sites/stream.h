/* Made by scripts/generate from sley/stream.h. */
#ifndef SLEY_SITES_STREAM_H
#define SLEY_SITES_STREAM_H

#include <sley/stream.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_stream_new_at(const char *site, sley_stream **out, sley_pusher **push); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_error *sley_stream_new_bounded_at(const char *site, size_t capacity, sley_stream **out, sley_bounded_pusher **push); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_bounded_pusher_push_at(const char *site, sley_bounded_pusher *push, sley_value v); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_at(const char *site, sley_start_fn *next, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_direct_at(const char *site, sley_next_fn *next, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_values_at(const char *site, const sley_value *values, size_t n); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_bytes_at(const char *site, const void *text, size_t n); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_return_at(const char *site, sley_value v); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_promise_at(const char *site, sley_promise *p); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_wait_closed_at(const char *site, sley_stream *s); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_get_at(const char *site, sley_stream *s); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_peek_at(const char *site, sley_stream *s); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_next_at(const char *site, sley_stream *s); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_last_new_at(const char *site, sley_stream *s); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_at_end_at(const char *site, sley_stream *s); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_nget_at(const char *site, sley_stream *s, size_t n); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_npeek_at(const char *site, sley_stream *s, size_t n); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_get_while_at(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_get_while_s_at(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_junk_at(const char *site, sley_stream *s); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_njunk_at(const char *site, sley_stream *s, size_t n); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_junk_while_at(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_junk_while_s_at(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stream_parse_at(const char *site, sley_stream *s, sley_parse_fn *parser, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: stream.h */
#define sley_stream_new(...) sley_stream_new_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_new_bounded(...) sley_stream_new_bounded_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_bounded_pusher_push(...) sley_bounded_pusher_push_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_from_values(...) sley_stream_from_values_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_from_bytes(...) sley_stream_from_bytes_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_return(...) sley_stream_return_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_from_promise(...) sley_stream_from_promise_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_wait_closed(...) sley_stream_wait_closed_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_get(...) sley_stream_get_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_peek(...) sley_stream_peek_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_next(...) sley_stream_next_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_last_new(...) sley_stream_last_new_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_at_end(...) sley_stream_at_end_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_nget(...) sley_stream_nget_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_npeek(...) sley_stream_npeek_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_junk(...) sley_stream_junk_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_njunk(...) sley_stream_njunk_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */

#if defined(__cplusplus)
#define sley_stream_from(...) sley_stream_from_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_from_direct(...) sley_stream_from_direct_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_get_while(...) sley_stream_get_while_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_get_while_s(...) sley_stream_get_while_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_junk_while(...) sley_stream_junk_while_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_junk_while_s(...) sley_stream_junk_while_s_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#define sley_stream_parse(...) sley_stream_parse_at(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_from_here(const char *site, sley_start_fn *next, void *ctx) { return sley_stream_from_at(site, next, ctx, (sley_drop_fn *)0); } /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_from_here(const char *site, sley_start_fn *next, void *ctx, sley_drop_fn *drop) { return sley_stream_from_at(site, next, ctx, drop); } /* contract: stream.h */
#define sley_stream_from(...) sley__stream_from_here(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_from_direct_here(const char *site, sley_next_fn *next, void *ctx) { return sley_stream_from_direct_at(site, next, ctx, (sley_drop_fn *)0); } /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_from_direct_here(const char *site, sley_next_fn *next, void *ctx, sley_drop_fn *drop) { return sley_stream_from_direct_at(site, next, ctx, drop); } /* contract: stream.h */
#define sley_stream_from_direct(...) sley__stream_from_direct_here(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_get_while_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx) { return sley_stream_get_while_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_get_while_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_get_while_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_get_while(...) sley__stream_get_while_here(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_get_while_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx) { return sley_stream_get_while_s_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_get_while_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_get_while_s_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_get_while_s(...) sley__stream_get_while_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_junk_while_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx) { return sley_stream_junk_while_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_junk_while_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_junk_while_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_junk_while(...) sley__stream_junk_while_here(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_junk_while_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx) { return sley_stream_junk_while_s_at(site, s, test, ctx, (sley_drop_fn *)0); } /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_junk_while_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop) { return sley_stream_junk_while_s_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_junk_while_s(...) sley__stream_junk_while_s_here(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_parse_here(const char *site, sley_stream *s, sley_parse_fn *parser, void *ctx) { return sley_stream_parse_at(site, s, parser, ctx, (sley_drop_fn *)0); } /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_parse_here(const char *site, sley_stream *s, sley_parse_fn *parser, void *ctx, sley_drop_fn *drop) { return sley_stream_parse_at(site, s, parser, ctx, drop); } /* contract: stream.h */
#define sley_stream_parse(...) sley__stream_parse_here(SLEY_HERE, __VA_ARGS__) /* contract: stream.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_from_here(const char *site, sley_start_fn *next, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_from", site); return sley_stream_from_at(site, next, ctx, drop); } /* contract: stream.h */
#define sley_stream_from(...) sley__stream_from_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_from_direct_here(const char *site, sley_next_fn *next, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_from_direct", site); return sley_stream_from_direct_at(site, next, ctx, drop); } /* contract: stream.h */
#define sley_stream_from_direct(...) sley__stream_from_direct_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_get_while_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_get_while", site); return sley_stream_get_while_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_get_while(...) sley__stream_get_while_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_get_while_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_get_while_s", site); return sley_stream_get_while_s_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_get_while_s(...) sley__stream_get_while_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_junk_while_here(const char *site, sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_junk_while", site); return sley_stream_junk_while_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_junk_while(...) sley__stream_junk_while_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_junk_while_s_here(const char *site, sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_junk_while_s", site); return sley_stream_junk_while_s_at(site, s, test, ctx, drop); } /* contract: stream.h */
#define sley_stream_junk_while_s(...) sley__stream_junk_while_s_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__stream_parse_here(const char *site, sley_stream *s, sley_parse_fn *parser, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_parse", site); return sley_stream_parse_at(site, s, parser, ctx, drop); } /* contract: stream.h */
#define sley_stream_parse(...) sley__stream_parse_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: stream.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
