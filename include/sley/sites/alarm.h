/* Made by scripts/generate from sley/alarm.h. */
#ifndef SLEY_SITES_ALARM_H
#define SLEY_SITES_ALARM_H

#include <sley/alarm.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_alarm_new_at(const char *site, double seconds, sley_alarm_fn *f, void *ctx, sley_drop_fn *drop, sley_alarm **out); /* contract: alarm.h */
#define sley_alarm_new(...) sley_alarm_new_at(SLEY_HERE, __VA_ARGS__) /* contract: alarm.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
