/* Made by scripts/generate from sley/call.h: its functions for pointers and bindings. */
#include <sley/call.h>

/* clang-format off */

sley_promise *(sley_call)(sley_domain *to, sley_call_fn *f, sley_value arg)
{
  return sley_call_at("", to, f, arg);
}

int (sley_try_call)(sley_domain *to, sley_call_fn *f, sley_value arg, sley_promise **out)
{
  return sley_try_call_at("", to, f, arg, out);
}

sley_promise *(sley_call_with)(const sley_call_options *options, sley_domain *to, sley_call_fn *f, sley_value arg)
{
  return sley_call_with_at("", options, to, f, arg);
}

sley_promise *(sley_call_all)(sley_domain *const *to, size_t n, sley_call_fn *f, sley_value arg)
{
  return sley_call_all_at("", to, n, f, arg);
}

sley_promise *(sley_call_all_settled)(sley_domain *const *to, size_t n, sley_call_fn *f, sley_value arg)
{
  return sley_call_all_settled_at("", to, n, f, arg);
}
