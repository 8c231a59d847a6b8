/* What the files of io call in each other. */
#ifndef SLEY_IO_TCP_H
#define SLEY_IO_TCP_H

#include <sley/net.h>

#include "promise/promise_floor.h"
#include "reactor/reactor_floor.h"

/* A connection over fd, which becomes its own on success; handle: fd's, or NULL to make one. */
int sley__tcp_new(sley_domain *d, sley_fd fd, struct sley__handle *handle, sley_tcp **out);
/* A connection that is in the listener's queue already; NULL: none, or there are no means to take it. */
sley_tcp *sley__listener_take(sley_listener *l);

#endif
