/* Made by scripts/generate from sley/pump.h. */
#ifndef SLEY_SITES_PUMP_H
#define SLEY_SITES_PUMP_H

#include <sley/pump.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_input_pump_at(const char *site, sley_input *in, sley_output *output); /* contract: pump.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_pump_n_at(const char *site, sley_input *in, uint64_t bytes, sley_output *output); /* contract: pump.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_relay_at(const char *site, sley_input *a_in, sley_output *a_output, sley_input *b_in, sley_output *b_output); /* contract: pump.h */
#define sley_input_pump(...) sley_input_pump_at(SLEY_HERE, __VA_ARGS__) /* contract: pump.h */
#define sley_input_pump_n(...) sley_input_pump_n_at(SLEY_HERE, __VA_ARGS__) /* contract: pump.h */
#define sley_relay(...) sley_relay_at(SLEY_HERE, __VA_ARGS__) /* contract: pump.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
