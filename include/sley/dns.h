/* sley/dns.h: names of hosts to addresses, and back.
 *
 * The system's resolver (getaddrinfo: files, DNS, mDNS, whatever nsswitch.conf names) runs on a pool of its own, up to
 * 16 threads. Equal questions of a domain that are under way are asked once. Nothing is remembered of the answers,
 * since the system does not tell how long they hold; nscd and systemd-resolved do that.
 *
 * Three kinds of hosts are no questions and need no thread. Numeric ones: 192.0.2.1, 2001:db8::1, fe80::1%eth0.
 * localhost and the names under it: the loopback, ::1 and 127.0.0.1 (RFC 6761). And what cannot be a host, which is
 * refused: the empty text; names of more than 253 bytes; control characters and spaces; colons in other than IPv6
 * addresses; and names whose last part is a number, such as 127.1, 0x7f000001, 2130706433 or 0177.0.0.1, which some
 * resolvers take for addresses. */
#ifndef SLEY_DNS_H
#define SLEY_DNS_H

#include <sley/address.h>
#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* The kind of errors whose codes are getaddrinfo's, EAI_NONAME and others of <netdb.h>.
 * Since   0.1 */
SLEY_API extern const sley_error_kind sley_kind_dns;

/* The addresses of a host: a sley_list of values of sley_type_address, never empty, in the order to try them: the
 * resolver's (RFC 6724), with the families taken in turn (RFC 8305, section 4). port is a number from 0 to 65535, in
 * decimal digits alone, or the name of a service; each address has it. Cancelable; when the last that asks the same
 * question cancels, the question is abandoned: a thread inside getaddrinfo stays there until that returns.
 * Owns    host and port are copied.
 * Fails   rejected with SLEY_EINVAL (no such host or port; the sentence quotes it), errno (no such
 *         interface), kind dns (unknown host or service, no address; EAI_AGAIN: no answer, or 1,024 other questions are
 *         under way in this domain), the source's error, or out of memory.
 * Lwt     Lwt_unix.getaddrinfo, Lwt_unix.gethostbyname: an empty list for whatever fails
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_resolve(const char *host, const char *port);
/* The name of an address's host: a text. The port does not matter. Whoever controls the address range chooses this
 * name: it proves nothing about the peer. Cancelable.
 * Fails   rejected with SLEY_EINVAL (neither IPv4 nor IPv6), kind dns (EAI_NONAME: it has none), errno, the source's
 *         error, or out of memory.
 * Lwt     Lwt_unix.getnameinfo, Lwt_unix.gethostbyaddr
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_resolve_name(const sley_address *address);

/* Who answers such questions instead of the system. resolve gives a promise of a sley_list of values of
 * sley_type_address, IPv4 and IPv6, whose ports do not matter; host is lent. resolve_name gives one of a text; NULL:
 * the system answers those. Canceling the promise means that nobody wants the answer any more. */
typedef struct sley_dns_source {
  size_t size;      /* sizeof(sley_dns_source)                       */
  const char *name; /* shown in messages                             */
  sley_promise *(*resolve)(void *ctx, const char *host);
  sley_promise *(*resolve_name)(void *ctx, const sley_address *address);
  void *ctx;
} sley_dns_source;
/* Sets who answers the questions of the current domain from now on; NULL: the system. Returns the former, NULL for the
 * system. Questions under way stay with whom they were asked.
 * Owns    source is lent until another one is set or the domain has ended.
 * Since   0.1 */
SLEY_API const sley_dns_source *sley_dns_set_source(const sley_dns_source *source);

SLEY_EXTERN_C_END

#include <sley/sites/dns.h>

#endif
