/* Made by scripts/generate from sley/domain.h: its functions for pointers and bindings. */
#include <sley/domain.h>

/* clang-format off */

sley_promise *(sley_domain_each)(unsigned n, sley_call_fn *start, sley_value arg)
{
  return sley_domain_each_at("", n, start, arg);
}

sley_promise *(sley_domain_shutdown)(sley_domain *domain, double seconds)
{
  return sley_domain_shutdown_at("", domain, seconds);
}

sley_promise *(sley_domain_join)(sley_domain *domain)
{
  return sley_domain_join_at("", domain);
}
