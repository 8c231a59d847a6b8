/* sley/address.h: where a socket is: IPv4, IPv6 with its scope, or a Unix socket by path, by abstract name, or
 * without a name.
 *
 * An address is plain data: it can be copied, compared by sley_address_is_equal, and kept in a struct. One of zeros is
 * no address. Equal addresses have equal bytes.
 *
 *     192.0.2.1:80         IPv4: four decimal numbers without leading zeros, and the port
 *     [2001:db8::1]:80     IPv6 (RFC 5952)
 *     [fe80::1%2]:80       IPv6 with its scope (RFC 4007): an interface's number, or its name when it is parsed
 *     *:80                 only when it is parsed: [::]:80
 *     unix:/run/a.sock     the path of a Unix socket
 *     unix:@name           an abstract name (Linux only)
 *     unix:                a Unix socket without a name
 *
 * In the text of a Unix socket every byte that is not printable ASCII, every backslash, and an @ that begins a path is
 * \xHH. Names of hosts are no addresses: sley/dns.h. */
#ifndef SLEY_ADDRESS_H
#define SLEY_ADDRESS_H

#include <sley/error.h>
#include <sley/value.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* An address, as the system knows it. Plain data: it is copied, and owns nothing. */
typedef struct sley_address {
  uint32_t length;   /* bytes of the system's struct sockaddr in data; 0: no address */
  uint32_t data[28]; /* a sockaddr_in, sockaddr_in6 or sockaddr_un */
} sley_address;

/* What an address is of; no address is of SLEY_ADDRESS_FAMILY_NONE. */
typedef enum sley_address_family {
  SLEY_ADDRESS_FAMILY_NONE = 0,
  SLEY_ADDRESS_FAMILY_IPV4 = 4,
  SLEY_ADDRESS_FAMILY_IPV6 = 6,
  SLEY_ADDRESS_FAMILY_UNIX = 1
} sley_address_family;

/* An array of this size has room for the text of every address. */
enum { SLEY_ADDRESS_TEXT = 448 };

/* Reads a text in one of the forms that sley/address.h lists. Looks up no name of a host, and takes none of the older
 * forms of IPv4 (127.1, 0x7f000001, 2130706433, 0177.0.0.1).
 * Fails   SLEY_EINVAL: text is in none of the forms, has no port, or a path is too long for the system (over 108
 *         bytes on Linux); the sentence quotes text. errno: no interface has this name. *out is no address then.
 * Thread  any.
 * Cost    no system call, but for the name of an interface.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_address_parse(const char *text,
                                                                 sley_address *out);
/* Reads a numeric host: "192.0.2.1", "2001:db8::1" or "fe80::1%eth0", without brackets.
 * Fails   as sley_address_parse; SLEY_EINVAL, too, if port is over 65535.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_address_from_host(const char *host,
                                                                     unsigned port,
                                                                     sley_address *out);
/* The address of a Unix socket from the bytes of its sun_path: a path, an abstract name with the 0 before it, or no
 * bytes for a socket without a name. path is not escaped.
 * Fails   SLEY_EINVAL: too long for the system, or a path with a 0 in it.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_address_from_path(const void *path, size_t size,
                                                                     sley_address *out);
/* From a struct sockaddr of the system, with its length.
 * Fails   SLEY_EINVAL: of another family, or too short for its own.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_address_from_sockaddr(const void *sockaddr,
                                                                         size_t size,
                                                                         sley_address *out);

/* Writes the text of an address, "none" for no address; parsing it gives an equal one.
 * Fails   cuts the text to size - 1 bytes; returns the length that was needed, like snprintf.
 * Thread  any.
 * Cost    no system call.
 * Since   0.1 */
SLEY_API size_t sley_address_text(const sley_address *address, char *text, size_t size);
/* The struct sockaddr, for system calls.
 * Owns    lent, and valid as long as address.
 * Thread  any.
 * Since   0.1 */
SLEY_API const void *sley_address_sockaddr(const sley_address *address, unsigned *length);
/* Read an address. The port is 0 if the family has none. The path is the bytes of a Unix socket's sun_path, not
 * terminated, an abstract name with the 0 before it; NULL, and *size 0, for other families.
 * Owns    the path is lent, and valid as long as address.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_address_family sley_address_family_get(const sley_address *address);
SLEY_API unsigned sley_address_port(const sley_address *address);
SLEY_API const char *sley_address_path(const sley_address *address, size_t *size);

/* Whether two addresses are the same: family, host, scope and port, or the name of a Unix socket. An IPv4 address and
 * the same one mapped into IPv6 differ.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_address_is_equal(const sley_address *a, const sley_address *b);
/* Whether it leads to this machine by its loopback: 127.0.0.0/8, ::1, also mapped into IPv6.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_address_is_loopback(const sley_address *address);
/* Whether it is an address of the public internet: none of the special-purpose addresses of RFC 6890 and its
 * registries (private, shared, loopback, link-local, multicast, documentation, ...), no Unix socket. IPv4 addresses in
 * IPv6 ones (mapped: RFC 4291; of NAT64: RFC 6052) count as what they are; those of 6to4 and Teredo are not public.
 * For allow in sley_connect_options, where a program connects on behalf of others.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_address_is_public(const sley_address *address);

/* The type of values that own a copy of an address; it has dup and send.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_address;
/* Makes a value with a copy of address.
 * Fails   out of memory; *out is unit then.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_address_to_value(const sley_address *address,
                                                          sley_value *out);
/* in lends the address in a value, take copies it out.
 * Fails   in aborts if v has another type. take returns -SLEY_EMOVED, and *out is no address, if another reader
 *         took the value.
 * Thread  as sley_value_drop.
 * Since   0.1 */
SLEY_API SLEY_SITE const sley_address *sley_address_in(const sley_value *v);
SLEY_API bool sley_address_is_in(const sley_value *v);
SLEY_API SLEY_SITE SLEY_NODISCARD int sley_address_take(const sley_value *v, sley_address *out);

SLEY_EXTERN_C_END

#include <sley/sites/address.h>

#endif
