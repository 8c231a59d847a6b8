/* Results: what their files share. */
#ifndef SLEY_PROMISE_RESULT_H
#define SLEY_PROMISE_RESULT_H

#include <sley/result.h>

#include "promise/combine/combine.h"

struct sley_result {
  union {
    uint32_t refs;
    char *next_to_free;
  };
  sley_error *error; /* NULL: ok */
  sley_value value;
};

/* result.c */
sley__object_end_fn sley__result_end;
/* The outcome of a map that makes a result: consumes e and v; NULL, or an owned error. */
sley_error *sley__result_give(sley_error *e, sley_value v, sley_value *out);
/* The outcome of a map that passes its result on. */
sley_error *sley__result_pass(sley_value *v, sley_value *out);
/* Lends the value of an ok result to a callback as the result itself was lent. */
static inline sley_value *sley__result_lend(sley_domain *d, struct sley__lent *lent, sley_result *r)
{
  *lent = (struct sley__lent){&r->value, &sley__several, 0, d->lent};
  if (r->refs == 1 && d->lent != NULL) {
    lent->reader = d->lent->reader;
    lent->held = d->lent->held;
  }
  d->lent = lent;
  return lent->value;
}
static inline void sley__result_return(sley_domain *d, struct sley__lent *lent)
{
  d->lent = lent->outer;
}

#endif
