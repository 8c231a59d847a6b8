/* Links between domains, as the other folders of the domain floor see them.
 *
 *   seat.h     what other threads know of a domain        item.h     what travels through its inbox
 *   peer.h     the link from one domain to another        message.h  what travels through a link's ring
 *   call.h     a call: its envelope at home, and how the called domain serves it
 *   ticket.h   a promise of this domain that any thread can answer
 *   local.h    what other files keep in a domain until it ends
 *
 * Read call.c, then call_message.c, serve.c, peer.c, turn.c and open.c. */
#ifndef SLEY_DOMAIN_LINK_H
#define SLEY_DOMAIN_LINK_H

#include "domain/link/call.h"
#include "domain/link/item.h"
#include "domain/link/local.h"
#include "domain/link/message.h"
#include "domain/link/peer.h"
#include "domain/link/seat.h"
#include "domain/link/ticket.h"

#endif
