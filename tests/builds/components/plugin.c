/* A plugin on promises alone: hands out a promise of its copy of the library, and works by itself. */
#include <sley.h>

sley_promise *plugin_promise(void) { return sley_return(sley_int(1)); }

int plugin_works(void)
{
  sley_domain *domain = NULL;
  if (sley_domain_new(NULL, "plugin", &domain) != NULL) return 0;
  sley_domain_enter(domain);
  sley_resolver *resolver;
  sley_promise *p = sley_both(plugin_promise(), sley_pending(&resolver));
  sley_fulfill(&resolver, sley_int(2));
  int settled = !sley_is_pending(p);
  sley_drop(p);
  sley_domain_leave(domain);
  return sley_domain_end(domain) == 0 && sley_finish() == 0 && settled;
}
