/* Sockets, as the other folders of io see them. Reading guide: address.h and address.c, addresses, with their text
 * (address_text.c), their ranges (address_range.c) and the ends of a connection (ends.c). host.c, what is a question for a
 * resolver; question.h, which has its askers (question.c) and is answered by the system (look_up.c); resolve.c. race.h,
 * connecting: connect.c, race.c, attempt.c. listen.c and listen_accept.c, accepting. What we regret: an attempt makes its
 * sley_io before it is connected, so that the loop knows the socket, and most attempts of a race make one for nothing. */
#ifndef SLEY_IO_SOCKET_H
#define SLEY_IO_SOCKET_H

#include "io/object/object.h"

/* A connection that is already in the listener's queue; NULL: none, or not enough resources to take it. */
sley_io *sley__listener_take(sley_listener *l);
/* Has the kernel drop what would begin new connections, as if it had been lost: those under way go on. false: it cannot. */
bool sley__listener_turns_away(sley_listener *l);
/* It is left as its domain, the current one, ends. */
void sley__listener_tell_left(const sley_listener *l);
/* Has dropped called whenever what waits in the queue was closed, because descriptors or memory had run out; code: an
 * errno value. */
void sley__listener_tell(sley_listener *l, void (*dropped)(void *ctx, int code), void *ctx);

#endif
