/* Usage errors: a sentence on stderr that tells what to do, then abort. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "promise/object.h"

_Noreturn void sley__abort(const char *format, ...)
{
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  fprintf(stderr, "sley: %s\n", text);
  fflush(stderr);
  abort();
}

static size_t size_check(const void *given, size_t least, size_t needed, const char *type,
                         const char *function)
{
  if (given == NULL) sley__abort("%s was given NULL instead of a %s", function, type);
  size_t size = *(const size_t *)given;
  if (size < least)
    sley__abort(
        "%s was given a %s of size %zu: set its member size to sizeof(%s) before the call, which "
        "is "
        "%zu in this version of the library",
        function, type, size, type, needed);
  return size < needed ? size : needed;
}

void sley__options_check(const void *options, size_t needed, const char *type, const char *function)
{
  size_check(options, needed, needed, type, function);
}

size_t sley__figures_check(const void *figures, size_t needed, const char *type,
                           const char *function)
{
  return size_check(figures, sizeof(size_t), needed, type, function);
}

_Noreturn void sley__misuse(sley_domain *d, const sley_promise *p, const char *function)
{
  if (p == NULL) sley__abort("%s was given NULL instead of a promise", function);
  if (p->domain == SLEY__GONE || p->domain == d->id)
    sley__abort(
        "%s was given a promise that is already gone (made at %s): a promise handed to a "
        "function that gives one back is consumed; sley_keep it first if you need it later",
        function, p->domain == SLEY__GONE ? "an unknown place" : p->site);
  sley__abort(
      "%s in domain %u (%s) was given a promise of domain %u, made at %s: promises never "
      "leave their domain; use sley_call or sley_post to reach another one",
      function, (unsigned)d->id, d->name, (unsigned)p->domain, p->site);
}

bool sley__check_slow(sley_domain *d, const sley_promise *p, const char *function)
{
  if (p != NULL && is_immortal(p)) return false;
  sley__misuse(d, p, function);
}

_Noreturn void sley__object_misuse(const void *o, const char *function)
{
  const sley_domain *d = sley__self(); /* aborts with advice where there is none */
  const object *head = o;
  if (head == NULL) sley__abort("%s was given NULL; make the object first", function);
  if (head->domain == SLEY__GONE)
    sley__abort("%s was given an object that is already gone: its last handle was dropped",
                function);
  sley__abort(
      "%s in domain %u (%s) was given an object of domain %u: mutexes, mvars, pools and their like "
      "never leave their domain; use sley_call or sley_post to reach another one",
      function, (unsigned)d->id, d->name, (unsigned)head->domain);
}
