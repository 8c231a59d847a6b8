/* Made by scripts/generate from sley/server.h. */
#ifndef SLEY_SITES_SERVER_H
#define SLEY_SITES_SERVER_H

#include <sley/server.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_server_start_at(const char *site, const sley_server_options *options); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_server_stop_at(const char *site, sley_server *server, double seconds); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_server_at(const char *site, const sley_server_options *options, double seconds, sley_server_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stop_on_signals_at(const char *site); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_error *sley_connection_peer_at(const char *site, const sley_connection *connection, sley_address *out); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_error *sley_connection_detach_at(const char *site, sley_connection *connection, sley_detached_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: server.h */
#define sley_server_start(...) sley_server_start_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
#define sley_server_stop(...) sley_server_stop_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
#define sley_stop_on_signals() sley_stop_on_signals_at(SLEY_HERE) /* contract: server.h */
#define sley_connection_peer(...) sley_connection_peer_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */

#if defined(__cplusplus)
#define sley_with_server(...) sley_with_server_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
#define sley_connection_detach(...) sley_connection_detach_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_server_here(const char *site, const sley_server_options *options, double seconds, sley_server_fn *f, void *ctx) { return sley_with_server_at(site, options, seconds, f, ctx, (sley_drop_fn *)0); } /* contract: server.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_server_here(const char *site, const sley_server_options *options, double seconds, sley_server_fn *f, void *ctx, sley_drop_fn *drop) { return sley_with_server_at(site, options, seconds, f, ctx, drop); } /* contract: server.h */
#define sley_with_server(...) sley__with_server_here(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
SLEY__FORWARD SLEY_NODISCARD sley_error *sley__connection_detach_here(const char *site, sley_connection *connection, sley_detached_fn *f, void *ctx) { return sley_connection_detach_at(site, connection, f, ctx, (sley_drop_fn *)0); } /* contract: server.h */
SLEY__FORWARD SLEY_NODISCARD sley_error *sley__connection_detach_here(const char *site, sley_connection *connection, sley_detached_fn *f, void *ctx, sley_drop_fn *drop) { return sley_connection_detach_at(site, connection, f, ctx, drop); } /* contract: server.h */
#define sley_connection_detach(...) sley__connection_detach_here(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_server_here(const char *site, const sley_server_options *options, double seconds, sley_server_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_with_server", site); return sley_with_server_at(site, options, seconds, f, ctx, drop); } /* contract: server.h */
#define sley_with_server(...) sley__with_server_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: server.h */
SLEY__FORWARD SLEY_NODISCARD sley_error *sley__connection_detach_here(const char *site, sley_connection *connection, sley_detached_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_connection_detach", site); return sley_connection_detach_at(site, connection, f, ctx, drop); } /* contract: server.h */
#define sley_connection_detach(...) sley__connection_detach_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: server.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
