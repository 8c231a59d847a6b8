/* Made by scripts/generate from sley/pump.h: its functions for pointers and bindings. */
#include <sley/pump.h>

/* clang-format off */

sley_promise *(sley_input_pump)(sley_input *in, sley_output *output)
{
  return sley_input_pump_at("", in, output);
}

sley_promise *(sley_input_pump_n)(sley_input *in, uint64_t bytes, sley_output *output)
{
  return sley_input_pump_n_at("", in, bytes, output);
}

sley_promise *(sley_relay)(sley_input *a_in, sley_output *a_output, sley_input *b_in, sley_output *b_output)
{
  return sley_relay_at("", a_in, a_output, b_in, b_output);
}
