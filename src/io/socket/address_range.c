/* Which ranges an address lies in: the loopback, and the public internet (IANA's registries of special-purpose
 * addresses, RFC 6890, as of 2024). */
#include <string.h>

#include "io/socket/address.h"
#include "promise/promise_floor.h"

typedef struct range4 {
  uint32_t first;
  int bits;
} range4;

static const range4 SPECIAL4[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared (RFC 6598) */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local; also the metadata of clouds */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* IETF protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0586300, 24}, /* relays of 6to4, deprecated (RFC 7526) */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarking */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, and broadcast */
};

typedef struct range6 {
  unsigned char first[6];
  int bits;
} range6;

/* Within 2000::/3, outside of which nothing is public but the addresses of NAT64. */
static const range6 SPECIAL6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* IETF protocol assignments, with Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4 */
    {{0x3f, 0xff, 0x00}, 20},       /* documentation (RFC 9637) */
};
static const unsigned char MAPPED[12] = {[10] = 0xff, [11] = 0xff};
static const unsigned char NAT64[12] = {0x00, 0x64, 0xff, 0x9b};

static bool begins_with(const unsigned char *bytes, const unsigned char *first, int bits)
{
  int whole = bits / 8, rest = bits % 8;
  if (memcmp(bytes, first, (size_t)whole) != 0) return false;
  return rest == 0 || ((bytes[whole] ^ first[whole]) >> (8 - rest)) == 0;
}

/* The IPv4 address at these four bytes. */
static uint32_t number4(const unsigned char *bytes)
{
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool is_public4(uint32_t host)
{
  for (size_t i = 0; i < sizeof(SPECIAL4) / sizeof(SPECIAL4[0]); i++)
    if ((host ^ SPECIAL4[i].first) >> (32 - SPECIAL4[i].bits) == 0) return false;
  return true;
}

static bool is_public6(const unsigned char *host)
{
  if (begins_with(host, MAPPED, 96) || begins_with(host, NAT64, 96))
    return is_public4(number4(host + 12));
  if (host[0] >> 5 != 1) return false;
  for (size_t i = 0; i < sizeof(SPECIAL6) / sizeof(SPECIAL6[0]); i++)
    if (begins_with(host, SPECIAL6[i].first, SPECIAL6[i].bits)) return false;
  return true;
}

/* The bytes of the host; NULL: neither IPv4 nor IPv6. */
static const unsigned char *host_of(const sley_address *address, bool *is_6)
{
  sley_address_family family = sley_address_family_get(address);
  const void *sockaddr = address->data;
  *is_6 = family == SLEY_ADDRESS_FAMILY_IPV6;
  if (*is_6) return ((const struct sockaddr_in6 *)sockaddr)->sin6_addr.s6_addr;
  if (family != SLEY_ADDRESS_FAMILY_IPV4) return NULL;
  return (const unsigned char *)&((const struct sockaddr_in *)sockaddr)->sin_addr;
}

bool sley_address_is_loopback(const sley_address *address)
{
  SLEY__NEEDS(address);
  bool is_6;
  const unsigned char *host = host_of(address, &is_6);
  if (host == NULL) return false;
  if (!is_6) return host[0] == 127;
  if (begins_with(host, MAPPED, 96)) return host[12] == 127;
  return memcmp(host, &in6addr_loopback, 16) == 0;
}

bool sley_address_is_public(const sley_address *address)
{
  SLEY__NEEDS(address);
  bool is_6;
  const unsigned char *host = host_of(address, &is_6);
  if (host == NULL) return false;
  return is_6 ? is_public6(host) : is_public4(number4(host));
}
