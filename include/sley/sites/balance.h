/* Made by scripts/generate from sley/balance.h. */
#ifndef SLEY_SITES_BALANCE_H
#define SLEY_SITES_BALANCE_H

#include <sley/balance.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_balance_start_at(const char *site, const sley_balance_options *options); /* contract: balance.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_balance_stop_at(const char *site, sley_balance *balance, double seconds); /* contract: balance.h */
#define sley_balance_start(...) sley_balance_start_at(SLEY_HERE, __VA_ARGS__) /* contract: balance.h */
#define sley_balance_stop(...) sley_balance_stop_at(SLEY_HERE, __VA_ARGS__) /* contract: balance.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
