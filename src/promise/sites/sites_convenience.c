/* Made by scripts/generate from sley/convenience.h: its functions for pointers and bindings. */
#include <sley/convenience.h>

/* clang-format off */

sley_promise *(sley_return_unit)(void)
{
  return sley_return_unit_at("");
}

sley_promise *(sley_return_none)(void)
{
  return sley_return_none_at("");
}

sley_promise *(sley_return_true)(void)
{
  return sley_return_true_at("");
}

sley_promise *(sley_return_false)(void)
{
  return sley_return_false_at("");
}

sley_promise *(sley_return_nil)(void)
{
  return sley_return_nil_at("");
}

sley_promise *(sley_return_result)(sley_error *e, sley_value v)
{
  return sley_return_result_at("", e, v);
}

sley_promise *(sley_debug_state_is)(const sley_promise *p, sley_promise_state state, const sley_value *v)
{
  return sley_debug_state_is_at("", p, state, v);
}
