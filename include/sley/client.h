/* sley/client.h: a connection with channels for as long as a function needs it. */
#ifndef SLEY_CLIENT_H
#define SLEY_CLIENT_H

#include <sley/channel.h>
#include <sley/socket.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* Is lent the channels of a connection until its promise is settled. It is called in a callback, so it does not await;
 * what awaits is a fiber of its own, whose promise it gives (sley_spawn). */
typedef sley_promise *sley_connected_fn(void *ctx, sley_input *in, sley_output *output);
/* Connects as sley_connect, calls f with channels of the connection, and closes them when f's promise, which becomes the
 * result, is settled: first the output, which sends what it has, then the input. What f has closed itself stays so.
 * Cancelable: f's promise is canceled, and the connection is aborted when that is settled.
 * Owns    as sley_connect.
 * Fails   as sley_connect, and SLEY_EINVAL if the option channels has something unread; rejected as f's promise is;
 *         otherwise with what closing fails with, unless f was told.
 * Lwt     Lwt_io.with_connection
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_connection(
    const sley_connect_options *options, const char *host, const char *port, sley_connected_fn *f,
    void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/client.h>

#endif
