/* Hosts given as text: which are numbers, which mean the loopback, and which are refused before anybody is asked. A
 * resolver that takes older numeric forms would pass by every filter on the text. */
#include "io/socket/host.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "io/socket/escape.h"
#include "promise/promise_floor.h"

enum { MOST = 253 }; /* bytes, without the last dot (RFC 1035, section 2.3.4) */

/* RFC 6761: these names mean the loopback, whatever a resolver says. */
static bool is_localhost(const char *host, size_t length)
{
  static const char name[] = "localhost";
  size_t own = sizeof(name) - 1;
  if (length < own || strncasecmp(host + length - own, name, own) != 0) return false;
  return length == own || host[length - own - 1] == '.';
}

static size_t span_of(const char *text, size_t length, const char *accepted)
{
  size_t n = strspn(text, accepted);
  return n < length ? n : length;
}

/* Whether the last part is a number, decimal or 0x and hexadecimal: no name is (the rule of URLs: WHATWG, "ends in a
 * number"). */
static bool ends_in_number(const char *host, size_t length)
{
  const char *part = host + length;
  while (part > host && part[-1] != '.') part--;
  size_t size = (size_t)(host + length - part);
  if (size == 0) return false;
  if (span_of(part, size, "0123456789") == size) return true;
  if (size < 2 || part[0] != '0' || (part[1] != 'x' && part[1] != 'X')) return false;
  return span_of(part + 2, size - 2, "0123456789abcdefABCDEF") == size - 2;
}

/* Why a resolver is not asked; NULL: it is. */
static const char *fault_of(const char *host, size_t length)
{
  if (length == 0) return "is empty";
  if (length > MOST) return "has more than 253 bytes";
  for (const char *c = host; *c != '\0'; c++)
    if ((unsigned char)*c <= ' ' || *c == 0x7f) return "has a control character or a space in it";
  if (strchr(host, ':') != NULL) return "has a colon, but is no IPv6 address";
  if (ends_in_number(host, length))
    return "ends in a number, but is not an address of four decimal numbers";
  return NULL;
}

/* Without the dot of a complete name. */
static size_t length_of(const char *host)
{
  size_t length = strnlen(host, MOST + 2);
  return length > 0 && host[length - 1] == '.' ? length - 1 : length;
}

sley__host_form sley__host_parse(const char *host, sley_address *address)
{
  bool no_interface;
  size_t length = length_of(host);
  if (sley__address_of_number(host, 0, address, &no_interface)) return HOST_NUMBER;
  if (no_interface) return HOST_INTERFACE;
  if (fault_of(host, length) != NULL) return HOST_INVALID;
  return is_localhost(host, length) ? HOST_LOOPBACK : HOST_NAME;
}

sley_error *sley__host_error(const char *site, const char *function, const char *host)
{
  const char *fault = fault_of(host, length_of(host));
  sley_address address;
  if (sley__host_parse(host, &address) == HOST_INTERFACE)
    return sley_error_new_at(site, &sley_kind_errno, ENODEV,
                             "%s: host \"%s\": there is no such interface", function,
                             sley__say(host).text);
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "%s: host \"%s\" %s", function,
                           sley__say(host).text, fault != NULL ? fault : "is no name");
}
