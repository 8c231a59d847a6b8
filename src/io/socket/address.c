/* Addresses: made of what the system gives, read, compared, and as values. They are kept in one form each, so that
 * equal ones have equal bytes: no flow label, no padding, no bytes behind a path. */
#include "io/socket/address.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "promise/promise_floor.h"

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || \
    defined(__DragonFly__)
#define HAS_LENGTH 1 /* struct sockaddr begins with its length */
#else
#define HAS_LENGTH 0
#endif

enum { PATH_AT = offsetof(struct sockaddr_un, sun_path) };

_Static_assert(sizeof(struct sockaddr_un) <= sizeof(((sley_address *)0)->data),
               "every address fits");

static struct sockaddr *data_of(sley_address *address)
{
  return (struct sockaddr *)(void *)address->data;
}

static int family_of(const sley_address *address)
{
  return address->length == 0 ? AF_UNSPEC : sley__sockaddr(address)->sa_family;
}

static const struct sockaddr_in *v4(const sley_address *address)
{
  return (const struct sockaddr_in *)(const void *)address->data;
}

static const struct sockaddr_in6 *v6(const sley_address *address)
{
  return (const struct sockaddr_in6 *)(const void *)address->data;
}

static void finish(sley_address *out, int family, size_t length)
{
  struct sockaddr *to = data_of(out);
  out->length = (uint32_t)length;
#if HAS_LENGTH
  to->sa_len = (unsigned char)length;
#endif
  to->sa_family = (sa_family_t)family;
}

/* ---- making ---- */

bool sley__address_of_path(const void *path, size_t size, sley_address *out)
{
  const char *bytes = path;
  enum { MOST = sizeof(((struct sockaddr_un *)0)->sun_path) };
  *out = (sley_address){0};
  if (size > MOST) return false;
  bool is_abstract = size > 0 && bytes[0] == '\0';
#ifndef __linux__
  if (is_abstract) return false;
#endif
  if (!is_abstract && size > 0 && memchr(bytes, '\0', size) != NULL) return false;
  if (size > 0) memcpy((char *)out->data + PATH_AT, bytes, size);
  /* a path is terminated where there is room, as the system does it */
  finish(out, AF_UNIX, PATH_AT + size + (size > 0 && !is_abstract && size < MOST));
  return true;
}

static bool of_unix(const char *sockaddr, size_t size, sley_address *out)
{
  const char *path = sockaddr + PATH_AT;
  size_t length = size > PATH_AT ? size - PATH_AT : 0;
  bool is_abstract = false;
#ifdef __linux__
  is_abstract = length > 0 && path[0] == '\0';
#endif
  if (!is_abstract) length = strnlen(path, length);
  return sley__address_of_path(path, length, out);
}

bool sley__address_of_sockaddr(const void *sockaddr, size_t size, sley_address *out)
{
  struct sockaddr head;
  *out = (sley_address){0};
  if (size < offsetof(struct sockaddr, sa_data)) return false;
  memcpy(&head, sockaddr, offsetof(struct sockaddr, sa_data));
  if (head.sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in from, *to = (struct sockaddr_in *)(void *)out->data;
    memcpy(&from, sockaddr, sizeof(from));
    to->sin_port = from.sin_port;
    to->sin_addr = from.sin_addr;
    finish(out, AF_INET, sizeof(*to));
    return true;
  }
  if (head.sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
    struct sockaddr_in6 from, *to = (struct sockaddr_in6 *)(void *)out->data;
    memcpy(&from, sockaddr, sizeof(from));
    to->sin6_port = from.sin6_port;
    to->sin6_addr = from.sin6_addr;
    to->sin6_scope_id = from.sin6_scope_id;
    finish(out, AF_INET6, sizeof(*to));
    return true;
  }
  return head.sa_family == AF_UNIX && of_unix(sockaddr, size, out);
}

sley_error *sley_address_from_sockaddr_at(const char *site, const void *sockaddr, size_t size,
                                          sley_address *out)
{
  SLEY__NEEDS_AT(site, sockaddr);
  SLEY__NEEDS_AT(site, out);
  if (sley__address_of_sockaddr(sockaddr, size, out)) return NULL;
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "sley_address_from_sockaddr: %zu bytes are no address of IPv4, IPv6 or "
                           "a Unix socket",
                           size);
}

sley_error *sley_address_from_path_at(const char *site, const void *path, size_t size,
                                      sley_address *out)
{
  SLEY__NEEDS_AT(site, out);
  if (size > 0) SLEY__NEEDS_AT(site, path);
  if (sley__address_of_path(path, size, out)) return NULL;
  return sley_error_new_at(
      site, &sley_kind_sley, SLEY_EINVAL,
      "sley_address_from_path: %zu bytes are no name of a Unix socket here: a path has at most %zu "
      "bytes and no 0 in it, and only Linux has abstract names",
      size, sizeof(((struct sockaddr_un *)0)->sun_path));
}

void sley__address_set_port(sley_address *address, unsigned port)
{
  if (family_of(address) == AF_INET)
    ((struct sockaddr_in *)(void *)address->data)->sin_port = htons((uint16_t)port);
  else if (family_of(address) == AF_INET6)
    ((struct sockaddr_in6 *)(void *)address->data)->sin6_port = htons((uint16_t)port);
}

/* ---- reading ---- */

const void *sley_address_sockaddr(const sley_address *address, unsigned *length)
{
  SLEY__NEEDS(address);
  SLEY__NEEDS(length);
  *length = address->length;
  return address->data;
}

sley_address_family sley_address_family_get(const sley_address *address)
{
  SLEY__NEEDS(address);
  switch (family_of(address)) {
    case AF_INET: return SLEY_ADDRESS_FAMILY_IPV4;
    case AF_INET6: return SLEY_ADDRESS_FAMILY_IPV6;
    case AF_UNIX: return SLEY_ADDRESS_FAMILY_UNIX;
    default: return SLEY_ADDRESS_FAMILY_NONE;
  }
}

unsigned sley_address_port(const sley_address *address)
{
  SLEY__NEEDS(address);
  switch (family_of(address)) {
    case AF_INET: return ntohs(v4(address)->sin_port);
    case AF_INET6: return ntohs(v6(address)->sin6_port);
    default: return 0;
  }
}

const char *sley_address_path(const sley_address *address, size_t *size)
{
  SLEY__NEEDS(address);
  SLEY__NEEDS(size);
  *size = 0;
  if (family_of(address) != AF_UNIX) return NULL;
  const char *path = (const char *)address->data + PATH_AT;
  size_t length = address->length - PATH_AT;
  *size = length > 0 && path[0] == '\0' ? length : strnlen(path, length);
  return path;
}

bool sley_address_is_equal(const sley_address *a, const sley_address *b)
{
  SLEY__NEEDS(a);
  SLEY__NEEDS(b);
  return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

/* ---- values ---- */

static void *address_dup(void *ptr)
{
  sley_address *copy = malloc(sizeof(*copy));
  if (copy != NULL) *copy = *(const sley_address *)ptr;
  return copy;
}

const sley_type sley_type_address = {.size = sizeof(sley_type),
                                     .name = "sley_address",
                                     .drop = free,
                                     .dup = address_dup,
                                     .send = sley_send_plain};

sley_error *sley_address_to_value(const sley_address *address, sley_value *out)
{
  SLEY__NEEDS(address);
  SLEY__NEEDS(out);
  sley_address *copy = malloc(sizeof(*copy));
  *out = sley_unit();
  if (copy == NULL) return sley_error_nomem();
  *copy = *address;
  *out = sley_own(copy, &sley_type_address);
  return NULL;
}

const sley_address *sley_address_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_address);
}

bool sley_address_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_address); }

int sley_address_take_at(const char *site, const sley_value *v, sley_address *out)
{
  SLEY__NEEDS_AT(site, out);
  *out = (sley_address){0};
  if (sley__value_is(v, &sley_type_moved)) return -SLEY_EMOVED;
  *out = *sley_address_in_at(site, v);
  return 0;
}
