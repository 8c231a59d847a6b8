/* Made by scripts/generate from sley/socket.h. */
#ifndef SLEY_SITES_SOCKET_H
#define SLEY_SITES_SOCKET_H

#include <sley/socket.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_listen_at(const char *site, const sley_listen_options *options, sley_listener **out); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_accept_at(const char *site, sley_listener *listener); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_accept_n_at(const char *site, sley_listener *listener, size_t n); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_accept_each_at(const char *site, sley_listener *listener, size_t most, sley_accepted_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_connect_at(const char *site, const sley_connect_options *options, const char *host, const char *port); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_connect_to_at(const char *site, const sley_connect_options *options, const sley_address *addresses, size_t n); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_local_at(const char *site, const sley_io *io, sley_address *out); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_peer_at(const char *site, const sley_io *io, sley_address *out); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_credentials_at(const char *site, const sley_io *io, sley_credentials *out); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_set_at(const char *site, sley_io *io, int level, int option, const void *value, size_t size); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_get_at(const char *site, const sley_io *io, int level, int option, void *value, size_t *size); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_set_keep_alive_at(const char *site, sley_io *io, double idle_seconds, double interval_seconds, size_t count); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_set_user_timeout_at(const char *site, sley_io *io, double seconds); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_set_linger_at(const char *site, sley_io *io, double seconds); /* contract: socket.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socket_set_buffers_at(const char *site, sley_io *io, size_t send, size_t receive); /* contract: socket.h */
#define sley_listen(...) sley_listen_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_accept(...) sley_accept_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_accept_n(...) sley_accept_n_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_connect(...) sley_connect_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_connect_to(...) sley_connect_to_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_local(...) sley_socket_local_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_peer(...) sley_socket_peer_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_credentials(...) sley_socket_credentials_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_set(...) sley_socket_set_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_get(...) sley_socket_get_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_set_keep_alive(...) sley_socket_set_keep_alive_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_set_user_timeout(...) sley_socket_set_user_timeout_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_set_linger(...) sley_socket_set_linger_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#define sley_socket_set_buffers(...) sley_socket_set_buffers_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */

#if defined(__cplusplus)
#define sley_accept_each(...) sley_accept_each_at(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__accept_each_here(const char *site, sley_listener *listener, size_t most, sley_accepted_fn *f, void *ctx) { return sley_accept_each_at(site, listener, most, f, ctx, (sley_drop_fn *)0); } /* contract: socket.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__accept_each_here(const char *site, sley_listener *listener, size_t most, sley_accepted_fn *f, void *ctx, sley_drop_fn *drop) { return sley_accept_each_at(site, listener, most, f, ctx, drop); } /* contract: socket.h */
#define sley_accept_each(...) sley__accept_each_here(SLEY_HERE, __VA_ARGS__) /* contract: socket.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__accept_each_here(const char *site, sley_listener *listener, size_t most, sley_accepted_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_accept_each", site); return sley_accept_each_at(site, listener, most, f, ctx, drop); } /* contract: socket.h */
#define sley_accept_each(...) sley__accept_each_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: socket.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
