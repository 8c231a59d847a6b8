/* Made by scripts/generate from sley/datagram.h. */
#ifndef SLEY_SITES_DATAGRAM_H
#define SLEY_SITES_DATAGRAM_H

#include <sley/datagram.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_datagram_open_at(const char *site, const sley_datagram_options *options, sley_datagram **out); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_datagram_close_at(const char *site, sley_datagram *d); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_error *sley_datagram_connect_at(const char *site, sley_datagram *d, const sley_address *to); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_error *sley_datagram_local_at(const char *site, const sley_datagram *d, sley_address *out); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_error *sley_datagram_peer_at(const char *site, const sley_datagram *d, sley_address *out); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_datagram_receive_at(const char *site, sley_datagram *d); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_datagram_each_at(const char *site, sley_datagram *d, sley_packets_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_fd sley_packet_take_fd_at(const char *site, const sley_packet *packet, size_t index); /* contract: datagram.h */
SLEY_API sley_packet *sley_packet_in_at(const char *site, const sley_value *v); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_datagram_flush_at(const char *site, sley_datagram *d); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_datagram_wait_ready_at(const char *site, sley_datagram *d); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_error *sley_datagram_join_at(const char *site, sley_datagram *d, const char *group, const char *interface, const char *source); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_error *sley_datagram_leave_at(const char *site, sley_datagram *d, const char *group, const char *interface, const char *source); /* contract: datagram.h */
SLEY_API SLEY_NODISCARD sley_error *sley_datagram_set_multicast_at(const char *site, sley_datagram *d, unsigned hops, bool loop, const char *interface); /* contract: datagram.h */
#define sley_datagram_open(...) sley_datagram_open_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_close(...) sley_datagram_close_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_connect(...) sley_datagram_connect_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_local(...) sley_datagram_local_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_peer(...) sley_datagram_peer_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_receive(...) sley_datagram_receive_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_packet_take_fd(...) sley_packet_take_fd_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_packet_in(...) sley_packet_in_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_flush(...) sley_datagram_flush_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_wait_ready(...) sley_datagram_wait_ready_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_join(...) sley_datagram_join_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_leave(...) sley_datagram_leave_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#define sley_datagram_set_multicast(...) sley_datagram_set_multicast_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */

#if defined(__cplusplus)
#define sley_datagram_each(...) sley_datagram_each_at(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__datagram_each_here(const char *site, sley_datagram *d, sley_packets_fn *f, void *ctx) { return sley_datagram_each_at(site, d, f, ctx, (sley_drop_fn *)0); } /* contract: datagram.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__datagram_each_here(const char *site, sley_datagram *d, sley_packets_fn *f, void *ctx, sley_drop_fn *drop) { return sley_datagram_each_at(site, d, f, ctx, drop); } /* contract: datagram.h */
#define sley_datagram_each(...) sley__datagram_each_here(SLEY_HERE, __VA_ARGS__) /* contract: datagram.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__datagram_each_here(const char *site, sley_datagram *d, sley_packets_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_datagram_each", site); return sley_datagram_each_at(site, d, f, ctx, drop); } /* contract: datagram.h */
#define sley_datagram_each(...) sley__datagram_each_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: datagram.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
