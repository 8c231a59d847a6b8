/* Made by scripts/generate from sley/domain.h. */
#ifndef SLEY_SITES_DOMAIN_H
#define SLEY_SITES_DOMAIN_H

#include <sley/domain.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_domain_each_at(const char *site, unsigned n, sley_call_fn *start, sley_value arg); /* contract: domain.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_domain_shutdown_at(const char *site, sley_domain *domain, double seconds); /* contract: domain.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_domain_join_at(const char *site, sley_domain *domain); /* contract: domain.h */
#define sley_domain_each(...) sley_domain_each_at(SLEY_HERE, __VA_ARGS__) /* contract: domain.h */
#define sley_domain_shutdown(...) sley_domain_shutdown_at(SLEY_HERE, __VA_ARGS__) /* contract: domain.h */
#define sley_domain_join(...) sley_domain_join_at(SLEY_HERE, __VA_ARGS__) /* contract: domain.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
