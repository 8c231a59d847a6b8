/* sley/match.h: catching some errors and letting others pass. */
#ifndef SLEY_MATCH_H
#define SLEY_MATCH_H

#include <sley/bind.h>

SLEY_EXTERN_C_BEGIN

#define SLEY_ANY_CODE INT32_MIN

/* Says which errors: those that are, or have among their causes, one of this kind (NULL: any) with this
 * code (SLEY_ANY_CODE: any); and of which test (NULL: none) says true. By value; the functions below
 * make the usual ones. */
typedef struct sley_match {
  const sley_error_kind *kind;
  int code;
  bool (*test)(const sley_error *e);
} sley_match;

/* Errors of a kind; of a kind and code; those that test says true of; Canceled alone; all but Canceled.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_match sley_match_kind(const sley_error_kind *kind);
SLEY_API sley_match sley_match_code(const sley_error_kind *kind, int code);
SLEY_API sley_match sley_match_test(bool (*test)(const sley_error *e));
SLEY_API sley_match sley_match_canceled(void);
SLEY_API sley_match sley_match_not_canceled(void);

/* Whether m says so of e.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_matches(sley_match m, const sley_error *e);

/* sley_catch for those errors that match; others pass, as a value does.
 * Owns    as sley_catch.
 * Fails   rejected with out of memory; f never runs then.
 * Cost    two allocations while p is pending, none when it is settled.
 * Lwt     try%lwt with a pattern
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_catch_if(sley_promise *p, sley_match m,
                                                              sley_catch_fn *f, void *ctx,
                                                              sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/match.h>

#endif
