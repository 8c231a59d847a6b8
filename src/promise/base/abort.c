/* Usage errors: a sentence on stderr that tells what to do, then abort. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "promise/core/object.h"
#include "promise/memory/alone.h"

#if defined(__GLIBC__)
#include <execinfo.h>
#endif
#if defined(__ELF__)
/* There where the program runs under a sanitizer. */
void __sanitizer_print_stack_trace(void) __attribute__((weak));
#endif

/* Not every call notes its place: the stack has it. */
static void stack_write(void)
{
#if defined(__ELF__)
  if (__sanitizer_print_stack_trace != NULL) {
    __sanitizer_print_stack_trace();
    return;
  }
#endif
#if defined(__GLIBC__)
  void *frames[32];
  fprintf(stderr, "sley: called from (addr2line -e PROGRAM tells the lines):\n");
  fflush(stderr);
  backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
#endif
}

_Noreturn void sley__abort(const char *format, ...)
{
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  fprintf(stderr, "sley: %s\n", text);
  fflush(stderr);
  stack_write();
  abort();
}

/* As the caller knows it: without the ending of the form with a site. */
int sley__length_of_name(const char *function)
{
  static const char ending[] = "_at";
  size_t length = strlen(function), more = sizeof(ending) - 1;
  if (length > more && strcmp(function + length - more, ending) == 0) length -= more;
  return (int)length;
}

_Noreturn void sley__missing(const char *function, const char *site, const char *argument)
{
  sley__abort("%.*s%s%s was given NULL for its argument %s", sley__length_of_name(function),
              function, site[0] != '\0' ? " at " : "", site, argument);
}

_Noreturn void sley__no_error(const char *function, const char *site)
{
  sley__abort("%.*s%s%s was given no error (NULL); use sley_error_new to make one",
              sley__length_of_name(function), function, site[0] != '\0' ? " at " : "", site);
}

_Noreturn void sley__returned_null(const char *function, const char *site)
{
  sley__abort(
      "the function given to %s%s%s returned NULL; return a promise, for example "
      "sley_return(sley_unit())",
      function, site[0] != '\0' ? " at " : "", site);
}

static size_t size_check(const void *given, size_t least, size_t needed, const char *type,
                         const char *function)
{
  if (given == NULL) sley__abort("%s was given NULL instead of a %s", function, type);
  size_t size = *(const size_t *)given;
  if (size < least)
    sley__abort(
        "%s was given a %s of size %zu: set its member size to sizeof(%s) before the call, which "
        "is %zu in this version of the library",
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

/* "sley_bind at a.c:3", or "a callback's return value". */
typedef struct phrase {
  char text[256];
} phrase;

static phrase subject(const char *function, const char *site)
{
  phrase s;
  snprintf(s.text, sizeof(s.text), "%s%s%s", function, site[0] != '\0' ? " at " : "", site);
  return s;
}

/* Where p was made and, where objects are allocated alone, what was done with it last. The slot of a freed
 * cell keeps its place until it is used again. */
static phrase past_of(const sley_domain *d, const sley_promise *p)
{
  phrase s;
  if (!sley__is_slot(d, p)) {
    snprintf(s.text, sizeof(s.text), "made at an unknown place, or memory that never was one");
    return s;
  }
  SLAB_SHOW(p, sizeof(*p));
  int n = snprintf(s.text, sizeof(s.text), "made at %s",
                   p->site[0] != '\0' ? p->site : "an unknown place");
  const history *h = d->alone ? history_of(p) : NULL;
  if (h == NULL || h->function == NULL || n < 0 || (size_t)n >= sizeof(s.text)) return s;
  snprintf(s.text + n, sizeof(s.text) - (size_t)n, "; its last use was %s%s%s", h->function,
           h->site[0] != '\0' ? " at " : "", h->site);
  return s;
}

_Noreturn void sley__misuse(sley_domain *d, const sley_promise *p, const char *function,
                            const char *site)
{
  phrase s = subject(function, site);
  const char *verb = strncmp(function, "sley_", 5) == 0 ? "was given" : "is";
  if (p == NULL) sley__abort("%s %s NULL instead of a promise", s.text, verb);
  bool is_gone = p->domain == SLEY__GONE;
  uint32_t domain = is_gone ? 0 : p->domain & ~SLEY__ALONE;
  if (!is_gone && domain != d->id) {
    char what[160];
    if (!sley__is_own_id(domain)) {
      snprintf(what, sizeof(what), "a promise, made at %s,", p->site);
      sley__refuse_foreign_id(domain, function, site, what);
      sley__abort("%s %s memory that holds no promise: it was freed, or never was one", s.text,
                  verb);
    }
    char end[500];
    if (sley__finish_says(sley__number_of(domain), end, sizeof(end)))
      sley__abort("%s %s a promise, made at %s, %s", s.text, verb, p->site, end);
    if (sley__is_parents(sley__number_of(domain)))
      sley__abort(
          "%s %s a promise, made at %s, of the parent of this forked process, where alone it is "
          "settled: leave what was made before the fork alone, and make a new one after "
          "sley_after_fork_child",
          s.text, verb, p->site);
    sley__abort(
        "%s in domain %u (%s) %s a promise of domain %u, made at %s: promises never leave their "
        "domain; use sley_call or sley_post to reach another one",
        s.text, (unsigned)d->number, d->name, verb, (unsigned)sley__number_of(domain), p->site);
  }
  const char *advice =
      strcmp(function, "sley_drop") == 0
          ? "every reference is dropped once, and a promise handed to a function that gives one "
            "back, waits for one or lets one go is not yours to drop any more"
          : "a promise handed to a function that gives one back, waits for one or lets one go is "
            "consumed; sley_keep it first if you need it later";
  sley__abort("%s %s a promise that is already gone (%s): %s", s.text, verb, past_of(d, p).text,
              advice);
}

_Noreturn void sley__resolver_misuse(sley_domain *d, const sley_promise *p, const char *function)
{
  bool is_here = p->domain == SLEY__GONE || (p->domain & ~SLEY__ALONE) == d->id;
  if (!is_here) sley__misuse(d, p, function, "");
  const history *h = d->alone && sley__is_slot(d, p) ? history_of(p) : NULL;
  bool says = h != NULL && h->answered != NULL;
  sley__abort(
      "%s was given a resolver that was used already%s%s (its promise was %s): a resolver answers "
      "once and is set to NULL then; do not keep a copy of it",
      function, says ? ", by " : "", says ? h->answered : "", past_of(d, p).text);
}

_Noreturn void sley__object_misuse(const void *o, const char *function)
{
  const sley_domain *d = sley__self(); /* aborts with advice where there is none */
  const object *head = o;
  if (head == NULL) sley__abort("%s was given NULL; make the object first", function);
  if (head->domain == SLEY__GONE)
    sley__abort("%s was given an object that is already gone: its last handle was dropped",
                function);
  sley__refuse_foreign_id(head->domain, function, "", "an object");
  if (!sley__is_own_id(head->domain))
    sley__abort("%s was given memory that holds no such object: it was freed, or never was one",
                function);
  sley__abort(
      "%s in domain %u (%s) was given an object of domain %u: mutexes, mvars, pools and their like "
      "never leave their domain; use sley_call or sley_post to reach another one",
      function, (unsigned)d->number, d->name, (unsigned)sley__number_of(head->domain));
}
