/* Sockets, as the other folders of io see them. Reading guide: listen.c and listen_accept.c, accepting; connect.c, names
 * and addresses; address.c, addresses that need no lookup; dns_kind.c. */
#ifndef SLEY_IO_SOCKET_H
#define SLEY_IO_SOCKET_H

#include "io/object/object.h"

/* A connection that is already in the listener's queue; NULL: none, or not enough resources to take it. */
sley_io *sley__listener_take(sley_listener *l);

#endif
