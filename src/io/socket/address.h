/* Addresses, as the other files of this folder make them. */
#ifndef SLEY_IO_ADDRESS_H
#define SLEY_IO_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <sley/address.h>

/* Whether text is a numeric host, and then its address; *no_interface: it would be, but there is no interface of that
 * name. Looks nothing else up. Any thread. */
bool sley__address_of_number(const char *text, unsigned port, sley_address *out,
                             bool *no_interface);
/* Whether a struct sockaddr of this length is one of the families here, and then its address. Any thread. */
bool sley__address_of_sockaddr(const void *sockaddr, size_t size, sley_address *out);
/* Whether the bytes of a sun_path fit, and then the address. Any thread. */
bool sley__address_of_path(const void *path, size_t size, sley_address *out);

/* The bytes of an escaped path or abstract name, as in the text of an address; false: it is none, or longer than room.
 * Any thread. */
bool sley__path_unescape(const char *text, char *path, size_t room, size_t *size);

/* The address with another port; others than IPv4 and IPv6 stay. Any thread. */
void sley__address_set_port(sley_address *address, unsigned port);

static inline const struct sockaddr *sley__sockaddr(const sley_address *address)
{
  return (const struct sockaddr *)(const void *)address->data;
}

#endif
