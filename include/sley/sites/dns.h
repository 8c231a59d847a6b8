/* Made by scripts/generate from sley/dns.h. */
#ifndef SLEY_SITES_DNS_H
#define SLEY_SITES_DNS_H

#include <sley/dns.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_resolve_at(const char *site, const char *host, const char *port); /* contract: dns.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_resolve_name_at(const char *site, const sley_address *address); /* contract: dns.h */
#define sley_resolve(...) sley_resolve_at(SLEY_HERE, __VA_ARGS__) /* contract: dns.h */
#define sley_resolve_name(...) sley_resolve_name_at(SLEY_HERE, __VA_ARGS__) /* contract: dns.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
