/* Made by scripts/generate from sley/socket.h. */
#ifndef SLEY_SITES_SOCKET_H
#define SLEY_SITES_SOCKET_H

#include <sley/socket.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_connect_at(const char *site, const sley_connect_options *options, const char *host, const char *port); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_connect_to_at(const char *site, const sley_connect_options *options, const sley_address *addresses, size_t n); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_local_at(const char *site, const sley_io *io, sley_address *out); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_peer_at(const char *site, const sley_io *io, sley_address *out); /* contract: socket.h */
#define sley_connect(...) sley_connect_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_connect_to(...) sley_connect_to_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_local(...) sley_socket_local_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_peer(...) sley_socket_peer_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
