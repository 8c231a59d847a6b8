/* Misuse of promises, resolvers and objects: the checks behind the fast check of each entry, and the messages.
 *
 * When objects are allocated alone (memory/alone.c) no cell passes the fast check, so every use of one comes here
 * and is recorded. */
#include <stdio.h>

#include "promise/core/core.h"

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

/* Where p was made and, if objects are allocated alone, what was last done with it. The slot of a freed cell keeps
 * its site until it is reused. */
static phrase past_of(const sley_domain *d, const sley_promise *p)
{
  phrase s;
  if (!sley__heap_has(&d->heap, p)) {
    snprintf(s.text, sizeof(s.text), "made at an unknown place, or not a promise at all");
    return s;
  }
  SLAB_SHOW(p, sizeof(*p));
  int n = snprintf(s.text, sizeof(s.text), "made at %s",
                   p->site[0] != '\0' ? p->site : "an unknown place");
  const history *h = d->heap.alone ? sley__history_of(p) : NULL;
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
      sley__abort("%s %s memory that holds no promise: it was freed, or never held one", s.text,
                  verb);
    }
    char end[500];
    if (sley__finish_says(sley__number_of(domain), end, sizeof(end)))
      sley__abort("%s %s a promise, made at %s, %s", s.text, verb, p->site, end);
    if (sley__is_parents(sley__number_of(domain)))
      sley__abort(
          "%s %s a promise, made at %s, of the parent of this forked process, and only the parent "
          "can settle it: do not use what was made before the fork, and make a new one after "
          "sley_after_fork_child",
          s.text, verb, p->site);
    sley__abort(
        "%s in domain %u (%s) %s a promise of domain %u, made at %s: promises never leave their "
        "domain; use sley_call or sley_post to reach another one",
        s.text, (unsigned)d->number, d->name, verb, (unsigned)sley__number_of(domain), p->site);
  }
  const char *advice =
      strcmp(function, "sley_drop") == 0
          ? "drop every reference once; a promise passed to a function that returns a promise, "
            "waits for one or drops one is no longer yours to drop"
          : "a promise passed to a function that returns a promise, waits for one or drops one is "
            "consumed; call sley_keep first if you need it later";
  sley__abort("%s %s a promise that is already gone (%s): %s", s.text, verb, past_of(d, p).text,
              advice);
}

_Noreturn void sley__resolver_misuse(sley_domain *d, const sley_promise *p, const char *function)
{
  bool is_here = p->domain == SLEY__GONE || (p->domain & ~SLEY__ALONE) == d->id;
  if (!is_here) sley__misuse(d, p, function, "");
  const history *h = d->heap.alone && sley__heap_has(&d->heap, p) ? sley__history_of(p) : NULL;
  bool says = h != NULL && h->answered != NULL;
  sley__abort(
      "%s was given a resolver that was already used%s%s (its promise was %s): a resolver answers "
      "once and is then set to NULL; do not copy it",
      function, says ? ", by " : "", says ? h->answered : "", past_of(d, p).text);
}

_Noreturn void sley__object_misuse(const void *o, const char *function)
{
  const sley_domain *d = sley__self(); /* aborts with advice if there is none */
  const object *head = o;
  if (head == NULL) sley__abort("%s was given NULL; make the object first", function);
  if (head->domain == SLEY__GONE)
    sley__abort("%s was given an object that is already gone: its last handle was dropped",
                function);
  sley__refuse_foreign_id(head->domain, function, "", "an object");
  if (!sley__is_own_id(head->domain))
    sley__abort("%s was given memory that holds no such object: it was freed, or never held one",
                function);
  sley__abort(
      "%s in domain %u (%s) was given an object of domain %u: mutexes, mvars, pools and similar "
      "objects never leave their domain; use sley_call or sley_post to reach another one",
      function, (unsigned)d->number, d->name, (unsigned)sley__number_of(head->domain));
}

/* ---- checks ---- */

static bool is_alone_here(const sley_domain *d, const sley_promise *p)
{
  return d->heap.alone && p != NULL && p->domain == (d->id | SLEY__ALONE);
}

bool sley__check_slow(sley_domain *d, const sley_promise *p, const char *function, const char *site)
{
  if (p != NULL && sley__is_immortal(p)) return false;
  /* A trace is lent promises that have no references. */
  bool may_be_unheld = d->trace != NULL && d->trace != &sley__no_trace;
  if (!is_alone_here(d, p) || (p->refs == 0 && !may_be_unheld)) sley__misuse(d, p, function, site);
  history *h = sley__history_of(p);
  h->function = function;
  h->site = site;
  return true;
}

void sley__check_operand_slow(sley_domain *d, sley_promise *const *ps, size_t i,
                              const char *function, const char *site)
{
  if (!sley__check_slow(d, ps[i], function, site)) return;
  uint32_t times = 1;
  for (size_t k = 0; k < i; k++) times += ps[k] == ps[i];
  if (times > ps[i]->refs)
    sley__abort(
        "%s%s%s was given one promise (made at %s) %u times, with a reference count of only %u: "
        "call sley_keep for each further use",
        function, site[0] != '\0' ? " at " : "", site, ps[i]->site, (unsigned)times,
        (unsigned)ps[i]->refs);
}

void sley__resolver_check_slow(sley_domain *d, sley_promise *p, const char *function, bool answers)
{
  if (!is_alone_here(d, p) || sley__history_of(p)->answered != NULL)
    sley__resolver_misuse(d, p, function);
  if (answers) sley__history_of(p)->answered = function;
}
