/* Made by scripts/generate from sley/port.h. */
#ifndef SLEY_SITES_PORT_H
#define SLEY_SITES_PORT_H

#include <sley/port.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_port_put_at(const char *site, sley_port *port, sley_value v); /* contract: port.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_port_get_at(const char *site, sley_port *port); /* contract: port.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_from_port_at(const char *site, sley_port *port); /* contract: port.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_port_to_stream_at(const char *site, sley_port *port); /* contract: port.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_broadcast_put_at(const char *site, sley_broadcast *broadcast, sley_value v); /* contract: port.h */
#define sley_port_put(...) sley_port_put_at(SLEY_HERE, __VA_ARGS__) /* contract: port.h */
#define sley_port_get(...) sley_port_get_at(SLEY_HERE, __VA_ARGS__) /* contract: port.h */
#define sley_stream_from_port(...) sley_stream_from_port_at(SLEY_HERE, __VA_ARGS__) /* contract: port.h */
#define sley_port_to_stream(...) sley_port_to_stream_at(SLEY_HERE, __VA_ARGS__) /* contract: port.h */
#define sley_broadcast_put(...) sley_broadcast_put_at(SLEY_HERE, __VA_ARGS__) /* contract: port.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
