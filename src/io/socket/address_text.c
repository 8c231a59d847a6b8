/* The text of addresses, both ways. IPv4 is read here, since systems differ in which older forms they take. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "io/socket/address.h"
#include "io/socket/escape.h"
#include "io/socket/port.h"
#include "promise/promise_floor.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- numeric hosts ---- */

/* Four decimal numbers up to 255, without leading zeros. */
static bool parse_v4(const char *text, struct in_addr *out)
{
  unsigned char bytes[4];
  for (int i = 0; i < 4; i++) {
    unsigned number = 0;
    const char *begin = text;
    for (; is_digit(*text) && number <= 255; text++) number = number * 10 + (unsigned)(*text - '0');
    if (text == begin || number > 255 || (*begin == '0' && text - begin > 1)) return false;
    if (*text != (i < 3 ? '.' : '\0')) return false;
    text++;
    bytes[i] = (unsigned char)number;
  }
  memcpy(out, bytes, sizeof(bytes));
  return true;
}

/* Digits are an interface's number, and anything else its name. */
static bool parse_scope(const char *text, uint32_t *out)
{
  uint64_t number = 0;
  const char *c = text;
  for (; is_digit(*c) && number <= UINT32_MAX; c++) number = number * 10 + (unsigned)(*c - '0');
  if (c != text && *c == '\0') {
    *out = (uint32_t)number;
    return number > 0 && number <= UINT32_MAX;
  }
  *out = if_nametoindex(text);
  return *out != 0;
}

bool sley__address_of_number(const char *text, unsigned port, sley_address *out, bool *no_interface)
{
  struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  *out = (sley_address){0};
  *no_interface = false;
  if (parse_v4(text, &a4.sin_addr)) return sley__address_of_sockaddr(&a4, sizeof(a4), out);
  const char *scope = strchr(text, '%');
  size_t size = scope != NULL ? (size_t)(scope - text) : strlen(text);
  char host[INET6_ADDRSTRLEN];
  if (size >= sizeof(host) || strspn(text, "0123456789abcdefABCDEF:.") != size) return false;
  memcpy(host, text, size);
  host[size] = '\0';
  if (inet_pton(AF_INET6, host, &a6.sin6_addr) != 1) return false;
  if (scope != NULL && !parse_scope(scope + 1, &a6.sin6_scope_id)) {
    *no_interface = true;
    return false;
  }
  return sley__address_of_sockaddr(&a6, sizeof(a6), out);
}

/* text names an interface that does not exist. */
static sley_error *interface_error(const char *site, const char *function, const char *text)
{
  return sley_error_new_at(site, &sley_kind_errno, ENODEV, "%s: \"%s\": there is no such interface",
                           function, sley__say(text).text);
}

sley_error *sley_address_from_host_at(const char *site, const char *host, unsigned port,
                                      sley_address *out)
{
  SLEY__NEEDS_AT(site, host);
  SLEY__NEEDS_AT(site, out);
  *out = (sley_address){0};
  if (port > SLEY__PORT_MOST) {
    char text[16];
    snprintf(text, sizeof(text), "%u", port);
    return sley__port_error(site, "sley_address_from_host", text);
  }
  bool no_interface;
  if (sley__address_of_number(host, port, out, &no_interface)) return NULL;
  if (no_interface) return interface_error(site, "sley_address_from_host", host);
  return sley_error_new_at(
      site, &sley_kind_sley, SLEY_EINVAL,
      "sley_address_from_host: \"%s\" is no numeric host, such as 192.0.2.1 or 2001:db8::1",
      sley__say(host).text);
}

/* ---- parsing ---- */

static int hex(char c)
{
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool sley__path_unescape(const char *text, char *path, size_t room, size_t *size)
{
  bool is_abstract = text[0] == '@';
  *size = 0;
  for (const char *c = text; *c != '\0'; c++) {
    char byte = *c;
    if (byte == '\\') {
      int high = c[1] == 'x' ? hex(c[2]) : -1, low = high >= 0 ? hex(c[3]) : -1;
      if (low < 0) return false;
      byte = (char)(high << 4 | low);
      c += 3;
    } else if (is_abstract && *size == 0) {
      byte = '\0';
    } else if (byte < 0x20 || byte >= 0x7f) {
      return false;
    }
    if (*size == room) return false;
    path[(*size)++] = byte;
  }
  return is_abstract || *size == 0 || memchr(path, '\0', *size) == NULL;
}

static bool parse_path(const char *text, sley_address *out)
{
  char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
  size_t size;
  return sley__path_unescape(text, path, sizeof(path), &size) &&
         sley__address_of_path(path, size, out);
}

static bool parse_internet(const char *text, sley_address *out, bool *no_interface)
{
  char host[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
  const char *port = sley__port_split(text, host, sizeof(host));
  unsigned number;
  if (port == NULL || sley__port_parse(port, &number) != PORT_NUMBER) return false;
  return sley__address_of_number(strcmp(host, "*") == 0 ? "::" : host, number, out, no_interface);
}

sley_error *sley_address_parse_at(const char *site, const char *text, sley_address *out)
{
  SLEY__NEEDS_AT(site, text);
  SLEY__NEEDS_AT(site, out);
  bool no_interface = false, is_unix = strncmp(text, "unix:", 5) == 0;
  *out = (sley_address){0};
  if (is_unix ? parse_path(text + 5, out) : parse_internet(text, out, &no_interface)) return NULL;
  *out = (sley_address){0};
  if (no_interface) return interface_error(site, "sley_address_parse", text);
  if (is_unix)
    return sley_error_new_at(
        site, &sley_kind_sley, SLEY_EINVAL,
        "sley_address_parse: \"%s\" is no address of a Unix socket: a path has at most %zu bytes, "
        "those that are not printable ASCII are \\xHH, and only Linux has abstract names",
        sley__say(text).text, sizeof(((struct sockaddr_un *)0)->sun_path));
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "sley_address_parse: \"%s\" is no address: 192.0.2.1:80, "
                           "[2001:db8::1]:80, *:80 and unix:PATH are some",
                           sley__say(text).text);
}

/* ---- writing ---- */

static size_t unix_text(const sley_address *address, char *text, size_t size)
{
  char out[SLEY_ADDRESS_TEXT] = "unix:";
  size_t length, used = 5;
  const char *path = sley_address_path(address, &length);
  if (length > 0 && path[0] == '\0') {
    out[used++] = '@';
    path++;
    length--;
  } else if (length > 0 && path[0] == '@') {
    used += (size_t)snprintf(out + used, sizeof(out) - used, "\\x40");
    path++;
    length--;
  }
  used += sley__escape(path, length, out + used, sizeof(out) - used);
  snprintf(text, size, "%s", out);
  return used;
}

size_t sley_address_text(const sley_address *address, char *text, size_t size)
{
  SLEY__NEEDS(address);
  if (size > 0) SLEY__NEEDS(text);
  sley_address_family family = sley_address_family_get(address);
  char host[INET6_ADDRSTRLEN] = "", scope[16] = "";
  const void *sockaddr = address->data;
  if (family == SLEY_ADDRESS_FAMILY_UNIX) return unix_text(address, text, size);
  int n;
  if (family == SLEY_ADDRESS_FAMILY_IPV4) {
    const struct sockaddr_in *a = sockaddr;
    inet_ntop(AF_INET, &a->sin_addr, host, sizeof(host));
    n = snprintf(text, size, "%s:%u", host, ntohs(a->sin_port));
  } else if (family == SLEY_ADDRESS_FAMILY_IPV6) {
    const struct sockaddr_in6 *a = sockaddr;
    inet_ntop(AF_INET6, &a->sin6_addr, host, sizeof(host));
    if (a->sin6_scope_id != 0) snprintf(scope, sizeof(scope), "%%%u", a->sin6_scope_id);
    n = snprintf(text, size, "[%s%s]:%u", host, scope, ntohs(a->sin6_port));
  } else {
    n = snprintf(text, size, "none");
  }
  return n > 0 ? (size_t)n : 0;
}
