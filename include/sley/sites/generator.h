/* Made by scripts/generate from sley/generator.h. */
#ifndef SLEY_SITES_GENERATOR_H
#define SLEY_SITES_GENERATOR_H

#include <sley/generator.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_stream *sley_stream_generate_at(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: generator.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_generate_with_at(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: generator.h */
SLEY_API SLEY_NODISCARD sley_error *sley_emit_at(const char *site, sley_value v); /* contract: generator.h */
#define sley_emit(...) sley_emit_at(SLEY_HERE, __VA_ARGS__) /* contract: generator.h */

#if defined(__cplusplus)
#define sley_stream_generate(...) sley_stream_generate_at(SLEY_HERE, __VA_ARGS__) /* contract: generator.h */
#define sley_stream_generate_with(...) sley_stream_generate_with_at(SLEY_HERE, __VA_ARGS__) /* contract: generator.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_generate_here(const char *site, sley_start_fn *fn, void *ctx) { return sley_stream_generate_at(site, fn, ctx, (sley_drop_fn *)0); } /* contract: generator.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_generate_here(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { return sley_stream_generate_at(site, fn, ctx, drop); } /* contract: generator.h */
#define sley_stream_generate(...) sley__stream_generate_here(SLEY_HERE, __VA_ARGS__) /* contract: generator.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_generate_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx) { return sley_stream_generate_with_at(site, options, fn, ctx, (sley_drop_fn *)0); } /* contract: generator.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_generate_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop) { return sley_stream_generate_with_at(site, options, fn, ctx, drop); } /* contract: generator.h */
#define sley_stream_generate_with(...) sley__stream_generate_with_here(SLEY_HERE, __VA_ARGS__) /* contract: generator.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_generate_here(const char *site, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_generate", site); return sley_stream_generate_at(site, fn, ctx, drop); } /* contract: generator.h */
#define sley_stream_generate(...) sley__stream_generate_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: generator.h */
SLEY__FORWARD SLEY_NODISCARD sley_stream *sley__stream_generate_with_here(const char *site, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_stream_generate_with", site); return sley_stream_generate_with_at(site, options, fn, ctx, drop); } /* contract: generator.h */
#define sley_stream_generate_with(...) sley__stream_generate_with_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: generator.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
