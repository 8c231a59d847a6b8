/* Made by scripts/generate from sley/balance.h: its functions for pointers and bindings. */
#include <sley/balance.h>

/* clang-format off */

sley_promise *(sley_balance_start)(const sley_balance_options *options)
{
  return sley_balance_start_at("", options);
}

sley_promise *(sley_balance_stop)(sley_balance *balance, double seconds)
{
  return sley_balance_stop_at("", balance, seconds);
}
