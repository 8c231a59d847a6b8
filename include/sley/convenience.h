/* sley/convenience.h: short forms of what promise.h says at more length. */
#ifndef SLEY_CONVENIENCE_H
#define SLEY_CONVENIENCE_H

#include <sley/combine.h>

SLEY_EXTERN_C_BEGIN

/* Promises fulfilled with unit, none, true, false, and an empty sley_list.
 * Cost    as sley_return; nil two allocations. Lwt shares one promise of each; here each call makes one, since
 *         it has a site.
 * Lwt     return_unit, return_none, return_true, return_false, return_nil
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_unit(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_none(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_true(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_false(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_nil(void);

/* Rejected with e, or fulfilled with v if e is NULL: the outcome of a function that computes.
 * Owns    consumes e and v.
 * Lwt     of_result
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_result(sley_error *e, sley_value v);

/* Rejects with e, or fulfills with v if e is NULL: as sley_reject and sley_fulfill, or their _now forms.
 * Owns    consumes *r, e and v; sets *r to NULL.
 * Lwt     wakeup_later_result, wakeup_result
 * Since   0.1 */
SLEY_API void sley_settle(sley_resolver **r, sley_error *e, sley_value v);
SLEY_API void sley_settle_now(sley_resolver **r, sley_error *e, sley_value v);

/* Another reference to the promise that r settles.
 * Owns    borrows r.
 * Lwt     waiter_of_wakener
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_promise_from_resolver(sley_resolver *r);

/* A promise of whether p is in this state and, unless v is NULL, fulfilled with an equal scalar or the same
 * object.
 * Owns    borrows p.
 * Lwt     debug_state_is
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_debug_state_is(const sley_promise *p,
                                                                    sley_promise_state state,
                                                                    const sley_value *v);

/* Sets which errors can become rejections; one that the filter declines ends the process with a message, where
 * an exception would escape in OCaml. The filter sees every error given to sley_fail or sley_reject or returned
 * by a function that computes, and out of memory. NULL accepts all, the default; Lwt's default is
 * sley_error_accept_all_but_memory. Returns the previous filter.
 * Lwt     Exception_filter.set, run, handle_all, handle_all_except_runtime
 * Since   0.1 */
typedef bool sley_error_filter_fn(const sley_error *e);
SLEY_API sley_error_filter_fn *sley_set_error_filter(sley_error_filter_fn *accepts);
SLEY_API bool sley_error_accept_all(const sley_error *e);
SLEY_API bool sley_error_accept_all_but_memory(const sley_error *e);

/* A promise rejected with a new error: sley_fail_with(kind, code, format, ...).
 * Lwt     fail_with, fail_invalid_arg
 * Since   0.1 */
#define sley_fail_with(...) sley_fail(sley_error_new(__VA_ARGS__))
#define sley_fail_invalid_arg(...) \
  sley_fail(sley_error_new(&sley_kind_sley, SLEY_EINVAL, __VA_ARGS__))

SLEY_EXTERN_C_END

#include <sley/sites/convenience.h>

#endif
