/* Questions to resolvers, equal ones of a domain asked once. resolve.c asks, question.c keeps the askers,
 * order.c puts answers in order, and look_up.c asks the system. */
#ifndef SLEY_IO_QUESTION_H
#define SLEY_IO_QUESTION_H

#include <sley/dns.h>
#include <sley/list.h>

#include "io/socket/address.h"
#include "promise/promise_floor.h"

/* ---- question.c ---- */

typedef enum sley__question_kind {
  QUESTION_HOST,   /* a list of addresses */
  QUESTION_SERVICE /* an int: the port */
} sley__question_kind;
/* The answer, for the one who asks: addresses have this port. doing: what messages begin with; copied, as text is. */
sley_promise *sley__ask(const char *site, sley__question_kind kind, const char *text, unsigned port,
                        const char *doing);
/* The family whose address answered last when several were tried, for ten minutes; it is tried first. Owner. */
void sley__family_won(sley_address_family family);
void sley__family_lost(sley_address_family family);
/* ---- order.c ---- */

/* Puts addresses into the order to try them: families in turn, beginning with first if there is one of it, otherwise
 * with the first address's. room: as many again. Any thread. */
void sley__addresses_interleave(sley_address *addresses, size_t n, sley_address_family first,
                                sley_address *room);
/* Copies the addresses of a list, each with this port, in the order to try them. An owned error, or NULL. */
sley_error *sley__addresses_ordered(const sley_list *list, unsigned port, sley_address_family first,
                                    sley_value *out);

/* ---- look_up.c: the system's answers, on the pool for names ---- */

sley_promise *sley__look_up_host(const char *site, const char *host); /* a list of addresses */
sley_promise *sley__look_up_service(const char *site, const char *service);      /* an int */
sley_promise *sley__look_up_name(const char *site, const sley_address *address); /* a text */

#endif
