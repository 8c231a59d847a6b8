/* sley/match.h: catching some errors and letting the others pass. */
#ifndef SLEY_MATCH_H
#define SLEY_MATCH_H

#include <sley/bind.h>

SLEY_EXTERN_C_BEGIN

/* Stands for every code of a kind in a sley_match. */
#define SLEY_ANY_CODE INT32_MIN

/* A set of errors: those of this kind (NULL: any) and code (SLEY_ANY_CODE: any), or with such an error among
 * their causes, for which test (NULL: none) returns true. Passed by value; sley_match_kind and the like make the
 * usual ones. */
typedef struct sley_match {
  const sley_error_kind *kind;
  int code;
  bool (*test)(const sley_error *e);
} sley_match;

/* Errors of a kind; of a kind and code; for which test returns true; Canceled alone; all but Canceled.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_match sley_match_kind(const sley_error_kind *kind);
SLEY_API sley_match sley_match_code(const sley_error_kind *kind, int code);
SLEY_API sley_match sley_match_test(bool (*test)(const sley_error *e));
SLEY_API sley_match sley_match_canceled(void);
SLEY_API sley_match sley_match_not_canceled(void);

/* Whether e is one of the errors of m.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_matches(sley_match m, const sley_error *e);

/* sley_catch for the errors of m; other errors pass, as values do.
 * Owns    as sley_catch.
 * Fails   rejected with out of memory; f does not run then.
 * Cost    two allocations while p is pending, none when it is settled.
 * Lwt     try%lwt with a pattern
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_catch_if(sley_promise *p, sley_match m,
                                                              sley_catch_fn *f, void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/match.h>

#endif
