/* Made by scripts/generate from sley/server.h. */
#ifndef SLEY_SITES_SERVER_H
#define SLEY_SITES_SERVER_H

#include <sley/server.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_server_start_at(const char *site, const sley_server_options *options); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_server_stop_at(const char *site, sley_server *server, double seconds); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_stop_on_signals_at(const char *site); /* contract: server.h */
SLEY_API SLEY_NODISCARD sley_error *sley_connection_peer_at(const char *site, const sley_connection *connection, sley_address *out); /* contract: server.h */
#define sley_server_start(...) sley_server_start_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
#define sley_server_stop(...) sley_server_stop_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */
#define sley_stop_on_signals() sley_stop_on_signals_at(SLEY_HERE) /* contract: server.h */
#define sley_connection_peer(...) sley_connection_peer_at(SLEY_HERE, __VA_ARGS__) /* contract: server.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
