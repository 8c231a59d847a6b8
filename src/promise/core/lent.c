/* When debugging, refuses to give away what a callback was only lent: a lent value passed to sley_return would be
 * dropped twice, a lent error passed to sley_fail would be used after it is freed. */
#include "promise/core/core.h"

/* Whether the object can have several owners: its type's dup returns the object itself, counted. */
static bool is_counted(const sley_value *v)
{
  if (v->type->drop == NULL) return true; /* it has no owner */
  if (v->type->dup == NULL) return false;
  void *copy = v->type->dup(v->ptr);
  bool counted = copy == v->ptr;
  if (copy != NULL) v->type->drop(copy);
  return counted;
}

static const char *before(const char *site) { return site[0] != '\0' ? " at " : ""; }

static const char *known(const char *site) { return site[0] != '\0' ? site : "an unknown place"; }

void sley__value_given_slow(const sley_domain *d, const sley_value *v, const char *function,
                            const char *site)
{
  for (const struct sley__lent *lent = d->lent; lent != NULL; lent = lent->outer) {
    const sley_value *held = lent->value;
    if (held == NULL || held->type != v->type || held->ptr != v->ptr || is_counted(v)) continue;
    sley__abort(
        "%s%s%s was given a value of type %s that is only lent to the callback and belongs to the "
        "promise made at %s: sley_take(v, &own) moves it out, sley_value_dup copies it",
        function, before(site), site, v->type->name, known(lent->reader->site));
  }
}

void sley__lent_given_back_slow(const sley_value *lent, const char *function, const char *site)
{
  if (is_counted(lent)) return;
  sley__abort(
      "the function passed to %.*s%s%s returned its argument, of type %s, without taking it, so it "
      "would be dropped twice: sley_take(arg, &own) moves it out, sley_value_dup copies it",
      sley__length_of_name(function), function, before(site), site, lent->type->name);
}

void sley__lent_settles(const sley_value *lent, sley_promise *p, const char *function,
                        const char *site)
{
  sley_promise *u = sley__underlying(sley__current, p);
  if (u->state == STATE_FULFILLED) sley__lent_given_back(lent, sley__value_of(u), function, site);
}

void sley__error_given_slow(const sley_domain *d, const sley_error *e, const char *function,
                            const char *site)
{
  for (const struct sley__lent *lent = d->lent; lent != NULL; lent = lent->outer) {
    if (lent->value != NULL || lent->reader->error != e || !sley__error_has_one_owner(e)) continue;
    sley__abort(
        "%s%s%s was given an error that is only lent to the callback and belongs to the promise "
        "made at %s: use %s(sley_error_keep(e)). The error: %s",
        function, before(site), site, known(lent->reader->site), function, sley_error_message(e));
  }
}
