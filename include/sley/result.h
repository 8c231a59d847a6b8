/* sley/result.h: values that are either ok or an error, in promises that are not rejected for it.
 *
 * A result is a value of type sley_type_result that owns a value or an error. A promise of a result
 * has three ends: fulfilled with ok, fulfilled with an error, and rejected, which all functions here
 * pass on. Lwt's operators and let-syntax for results are these functions under other names. */
#ifndef SLEY_RESULT_H
#define SLEY_RESULT_H

#include <sley/bind.h>

SLEY_EXTERN_C_BEGIN

/* What a result value points to; sley_take and sley_value_dup copy it where its value can be copied.
 * Since   0.1 */
typedef struct sley_result sley_result;
SLEY_API extern const sley_type sley_type_result;

/* Makes a value that is a result.
 * Owns    consumes v / e (e NULL aborts).
 * Fails   an error, owned: out of memory; *out is unit then.
 * Cost    one allocation.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_result_new_ok(sley_value v, sley_value *out);
SLEY_API SLEY_NODISCARD sley_error *sley_result_new_error(sley_error *e, sley_value *out);

/* The result in v (any other type aborts); its value if it is ok, else NULL; its error, else NULL.
 * Owns    lent: valid as long as v. sley_take moves the value out.
 * Since   0.1 */
SLEY_API sley_result *sley_result_in(const sley_value *v);
SLEY_API bool sley_result_is_in(const sley_value *v);
SLEY_API sley_value *sley_result_value(sley_result *result);
SLEY_API sley_error *sley_result_error(const sley_result *result);

/* A promise fulfilled with ok v, or with the error e.
 * Owns    consumes v / e.
 * Lwt     Lwt_result.return, fail; return_ok, return_error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_return(sley_value v);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_fail(sley_error *e);

/* A promise fulfilled with what e and v say: the error if e is not NULL, else ok v.
 * Owns    consumes v and e.
 * Lwt     Lwt_result.lift
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_lift(sley_error *e, sley_value v);

/* Makes p's value ok; p's rejection passes. sley_result_catch makes the rejection an error.
 * Owns    consumes p, as all below; sley_result_catch takes the promise a body has given.
 * Lwt     Lwt_result.ok, catch
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_ok(sley_promise *p);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_catch(sley_promise *p);

/* The value of ok, or a rejection with the error.
 * Lwt     Lwt_result.get_exn
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_get(sley_promise *p);

/* Makes ok's value another. f's own failure rejects, in sley_result_map; in sley_result_bind_result
 * it becomes the result's error.
 * Lwt     Lwt_result.map, bind_result
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_map(sley_promise *p, sley_map_fn *f,
                                                                void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_result(
    sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Makes an error another: f is lent the error and returns an owned one, never NULL.
 * Lwt     Lwt_result.map_error, map_err
 * Since   0.1 */
typedef sley_error *sley_error_map_fn(void *ctx, sley_error *e);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_map_error(
    sley_promise *p, sley_error_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Goes on with a promise of a result: after ok, with its value; after an error, with it.
 * Lwt     Lwt_result.bind, bind_error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind(sley_promise *p, sley_bind_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_error(
    sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* The same with an f that gives a promise of a plain value: it becomes ok; of sley_result_bind_promise_error
 * it is read as an error, so it must be a value of sley_error_to_value.
 * Lwt     Lwt_result.bind_lwt, bind_lwt_error, bind_lwt_err
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_promise(
    sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_promise_error(
    sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* An error in a value: given to it, lent, asked for, taken out (NULL: another reader has it). Any other type
 * aborts.
 * Owns    sley_error_to_value consumes e; what sley_error_take gives is the caller's.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_error;
SLEY_API sley_value sley_error_to_value(sley_error *e);
SLEY_API sley_error *sley_error_in(const sley_value *v);
SLEY_API bool sley_error_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_error *sley_error_take(sley_value *v);
/* Makes a promise of an error's value a promise of a result.
 * Lwt     Lwt_result.error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_from_error(sley_promise *p);

/* Runs f on the value of ok, or on the error; otherwise nothing. Fulfilled with unit, or as f's promise
 * ends.
 * Lwt     Lwt_result.iter, iter_error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_iter(sley_promise *p, sley_bind_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_iter_error(
    sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Waits for both: ok with a sley_list of the two values, or the error that came first in time.
 * Lwt     Lwt_result.both
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_both(sley_promise *a, sley_promise *b);

SLEY_EXTERN_C_END

#include <sley/sites/result.h>

#endif
