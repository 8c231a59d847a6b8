/* Made by scripts/generate from sley/net.h. */
#ifndef SLEY_SITES_NET_H
#define SLEY_SITES_NET_H

#include <sley/net.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_listen_at(const char *site, const sley_listen_options *options, sley_listener **out); /* contract: net.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_accept_at(const char *site, sley_listener *listener); /* contract: net.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_connect_at(const char *site, const char *host, const char *port); /* contract: net.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_read_at(const char *site, sley_tcp *tcp, void *buffer, size_t size); /* contract: net.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_write_at(const char *site, sley_tcp *tcp, const void *data, size_t size); /* contract: net.h */
SLEY_API sley_tcp *sley_tcp_of_at(const char *site, const sley_value *v); /* contract: net.h */
#define sley_listen(...) sley_listen_at(SLEY_HERE, __VA_ARGS__) /* contract: net.h */
#define sley_accept(...) sley_accept_at(SLEY_HERE, __VA_ARGS__) /* contract: net.h */
#define sley_connect(...) sley_connect_at(SLEY_HERE, __VA_ARGS__) /* contract: net.h */
#define sley_read(...) sley_read_at(SLEY_HERE, __VA_ARGS__) /* contract: net.h */
#define sley_write(...) sley_write_at(SLEY_HERE, __VA_ARGS__) /* contract: net.h */
#define sley_tcp_of(...) sley_tcp_of_at(SLEY_HERE, __VA_ARGS__) /* contract: net.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
