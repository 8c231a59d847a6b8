/* Links between domains: what the other folders of the domain floor see of this one.
 *
 *   seat.h     what other threads know of a domain        item.h     what travels through its inbox
 *   peer.h     the link from one domain to another        message.h  what travels through the ring of a link
 *   call.h     a call: its envelope at home, and how the called domain serves it
 *   ticket.h   a promise of this domain that any thread may be asked to answer
 *   local.h    what others keep in a domain until it ends
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
