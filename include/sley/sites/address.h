/* Made by scripts/generate from sley/address.h. */
#ifndef SLEY_SITES_ADDRESS_H
#define SLEY_SITES_ADDRESS_H

#include <sley/address.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_address_parse_at(const char *site, const char *text, sley_address *out); /* contract: address.h */
SLEY_API SLEY_NODISCARD sley_error *sley_address_from_host_at(const char *site, const char *host, unsigned port, sley_address *out); /* contract: address.h */
SLEY_API SLEY_NODISCARD sley_error *sley_address_from_path_at(const char *site, const void *path, size_t size, sley_address *out); /* contract: address.h */
SLEY_API SLEY_NODISCARD sley_error *sley_address_from_sockaddr_at(const char *site, const void *sockaddr, size_t size, sley_address *out); /* contract: address.h */
SLEY_API const sley_address *sley_address_in_at(const char *site, const sley_value *v); /* contract: address.h */
SLEY_API SLEY_NODISCARD int sley_address_take_at(const char *site, const sley_value *v, sley_address *out); /* contract: address.h */
#define sley_address_parse(...) sley_address_parse_at(SLEY_HERE, __VA_ARGS__) /* contract: address.h */
#define sley_address_from_host(...) sley_address_from_host_at(SLEY_HERE, __VA_ARGS__) /* contract: address.h */
#define sley_address_from_path(...) sley_address_from_path_at(SLEY_HERE, __VA_ARGS__) /* contract: address.h */
#define sley_address_from_sockaddr(...) sley_address_from_sockaddr_at(SLEY_HERE, __VA_ARGS__) /* contract: address.h */
#define sley_address_in(...) sley_address_in_at(SLEY_HERE, __VA_ARGS__) /* contract: address.h */
#define sley_address_take(...) sley_address_take_at(SLEY_HERE, __VA_ARGS__) /* contract: address.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
