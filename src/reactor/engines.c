/* Choosing an engine by its name, and telling which one runs. */
#include <sley/engine.h>

#include <stdio.h>

#include "reactor/engine.h"

static bool engine_is_known(const char *name)
{
  for (const char *const *known = sley__engine_default->names; *known != NULL; known++)
    if (strcmp(*known, name) == 0) return true;
  return false;
}

/* NULL, or a text: "libev has no kqueue on this system". */
static const char *why_not(const char *name, char *text, size_t size)
{
  return sley__engine_default->why_not(name, text, size);
}

static void names_say(char *text, size_t size)
{
  char why[SLEY__ENGINE_WHY];
  size_t used = 0;
  for (const char *const *name = sley__engine_default->names; *name != NULL; name++)
    if (why_not(*name, why, sizeof(why)) == NULL)
      sley__append(text, size, &used, "%s%s", used > 0 ? ", " : "", *name);
}

bool sley__engine_is_missing(const char *name, char *text, size_t size)
{
  char why[SLEY__ENGINE_WHY];
  const char *said = NULL;
  if (engine_is_known(name)) {
    said = why_not(name, why, sizeof(why));
    if (said == NULL) return false;
    snprintf(text, size, "the engine %s cannot be used: %s", name, said);
  } else {
    names_say(why, sizeof(why));
    snprintf(text, size, "there is no engine \"%s\": there are %s", name, why);
  }
  return true;
}

void sley_engine_each(sley_engine_fn *f, void *ctx)
{
  char why[SLEY__ENGINE_WHY];
  SLEY__NEEDS(f);
  for (const char *const *name = sley__engine_default->names; *name != NULL; name++)
    f(ctx, *name, why_not(*name, why, sizeof(why)));
}

void sley__engine_tell(const sley_domain *d, const char *name)
{
  fprintf(stderr, "sley: domain %s asks the kernel by the engine %s\n", d->name, name);
}
