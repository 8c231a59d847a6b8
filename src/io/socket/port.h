/* Ports given as text. */
#ifndef SLEY_IO_PORT_H
#define SLEY_IO_PORT_H

#include <stddef.h>

#include <sley/error.h>

enum { SLEY__PORT_MOST = 65535 };

/* A port given as text. Any thread. */
typedef enum sley__port_form { PORT_NUMBER, PORT_SERVICE, PORT_INVALID } sley__port_form;
sley__port_form sley__port_parse(const char *text, unsigned *number);
/* HOST:PORT and [IPV6]:PORT: the host, without brackets, goes into room bytes; the port is what is returned, lent by text.
 * NULL: it is neither, or too long. A host with colons needs the brackets, and no other has them. Any thread. */
const char *sley__port_split(const char *text, char *host, size_t room);
/* An owned error: text is not a port. */
sley_error *sley__port_error(const char *site, const char *function, const char *text);

#endif
