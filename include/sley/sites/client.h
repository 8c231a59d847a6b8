/* Made by scripts/generate from sley/client.h. */
#ifndef SLEY_SITES_CLIENT_H
#define SLEY_SITES_CLIENT_H

#include <sley/client.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_with_connection_at(const char *site, const sley_connect_options *options, const char *host, const char *port, sley_connected_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: client.h */

#if defined(__cplusplus)
#define sley_with_connection(...) sley_with_connection_at(SLEY_HERE, __VA_ARGS__) /* contract: client.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_connection_here(const char *site, const sley_connect_options *options, const char *host, const char *port, sley_connected_fn *f, void *ctx) { return sley_with_connection_at(site, options, host, port, f, ctx, (sley_drop_fn *)0); } /* contract: client.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_connection_here(const char *site, const sley_connect_options *options, const char *host, const char *port, sley_connected_fn *f, void *ctx, sley_drop_fn *drop) { return sley_with_connection_at(site, options, host, port, f, ctx, drop); } /* contract: client.h */
#define sley_with_connection(...) sley__with_connection_here(SLEY_HERE, __VA_ARGS__) /* contract: client.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_connection_here(const char *site, const sley_connect_options *options, const char *host, const char *port, sley_connected_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_with_connection", site); return sley_with_connection_at(site, options, host, port, f, ctx, drop); } /* contract: client.h */
#define sley_with_connection(...) sley__with_connection_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: client.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
