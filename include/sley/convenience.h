/* sley/convenience.h: short forms of what promise.h can say at more length. */
#ifndef SLEY_CONVENIENCE_H
#define SLEY_CONVENIENCE_H

#include <sley/combine.h>

SLEY_EXTERN_C_BEGIN

/* Promises fulfilled with unit, none, true, false, and a sley_list of no elements.
 * Cost    as sley_return; nil two allocations. Lwt shares one promise of each; here each is one of
 *         its own, as it has a site.
 * Lwt     return_unit, return_none, return_true, return_false, return_nil
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_unit(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_none(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_true(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_false(void);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_nil(void);

/* Rejected with e, or where e is NULL fulfilled with v: what a function that computes has given.
 * Owns    consumes e and v.
 * Lwt     of_result
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_return_result(sley_error *e, sley_value v);

/* Answers with e, or where e is NULL with v: as sley_reject or sley_fulfill; as their _now forms.
 * Owns    consumes *r, e and v; sets *r to NULL.
 * Lwt     wakeup_later_result, wakeup_result
 * Since   0.1 */
SLEY_API void sley_settle(sley_resolver **r, sley_error *e, sley_value v);
SLEY_API void sley_settle_now(sley_resolver **r, sley_error *e, sley_value v);

/* Another reference on the promise that r answers.
 * Owns    borrows r.
 * Lwt     waiter_of_wakener
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_promise_from_resolver(sley_resolver *r);

/* A promise of whether p is in this state now, and where v is not NULL, fulfilled with an equal scalar or
 * the same object; NULL asks for the state alone.
 * Owns    borrows p.
 * Lwt     debug_state_is
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_debug_state_is(const sley_promise *p,
                                                                    sley_promise_state state,
                                                                    const sley_value *v);

/* Says which errors may become rejections; an error it declines ends the process with a sentence, where
 * in OCaml an exception would escape. Asked for every error given to sley_fail, sley_reject, or returned
 * by a function that computes, and when memory runs out. NULL accepts all, which is the default; Lwt's is
 * the other, which declines out of memory. Returns the one that was set.
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
