/* sley/result.h: values that are either ok or an error, in promises that such an error does not reject.
 *
 * A result is a value of type sley_type_result that owns a value or an error. A promise of a result ends in one
 * of three ways: fulfilled with ok, fulfilled with an error, or rejected; all functions here pass a rejection
 * on. drop(ctx) is called once the result is settled. Lwt's operators and let-syntax for results are these functions
 * under other names. */
#ifndef SLEY_RESULT_H
#define SLEY_RESULT_H

#include <sley/bind.h>

SLEY_EXTERN_C_BEGIN

/* What a result value points to; sley_take and sley_value_dup copy it if its value can be copied.
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

/* The result in v (any other type aborts); whether v is one; its value, NULL if it is an error; its error, NULL
 * if it is ok.
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

/* A promise fulfilled with the error e, or with ok v if e is NULL.
 * Owns    consumes v and e.
 * Lwt     Lwt_result.lift
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_lift(sley_error *e, sley_value v);

/* Makes p's value ok; p's rejection passes. sley_result_catch also makes p's rejection an error.
 * Owns    consumes p, as every function here that takes a promise does.
 * Lwt     Lwt_result.ok, catch
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_ok(sley_promise *p);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_catch(sley_promise *p);

/* Fulfilled with the value of ok, or rejected with the error.
 * Lwt     Lwt_result.get_exn
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_get(sley_promise *p);

/* Replaces the value of ok. If f fails, sley_result_map is rejected; sley_result_bind_result is fulfilled with
 * that error.
 * Lwt     Lwt_result.map, bind_result
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_map(sley_promise *p, sley_map_fn *f,
                                                                void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_result(
    sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Replaces the error: f is lent it and returns an owned one, never NULL.
 * Lwt     Lwt_result.map_error, map_err
 * Since   0.1 */
typedef sley_error *sley_error_map_fn(void *ctx, sley_error *e);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_map_error(
    sley_promise *p, sley_error_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Continues with f's promise of a result: after ok, with its value; after an error, with it.
 * Lwt     Lwt_result.bind, bind_error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind(sley_promise *p, sley_bind_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_error(
    sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Continues with f's promise of a plain value, which becomes ok; sley_result_bind_promise_error makes it an
 * error, so it must be a value of sley_error_to_value.
 * Lwt     Lwt_result.bind_lwt, bind_lwt_error, bind_lwt_err
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_promise(
    sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_bind_promise_error(
    sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* An error in a value: given to it, lent, asked for, taken out (NULL: another reader has it). Any other type
 * aborts.
 * Owns    sley_error_to_value consumes e; what sley_error_take returns is the caller's.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_error;
SLEY_API sley_value sley_error_to_value(sley_error *e);
SLEY_API sley_error *sley_error_in(const sley_value *v);
SLEY_API bool sley_error_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_error *sley_error_take(sley_value *v);
/* Turns a promise of an error's value into a promise of a result.
 * Lwt     Lwt_result.error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_from_error(sley_promise *p);

/* Calls f with the value of ok, or with the error, and otherwise does nothing. Fulfilled with unit, or like f's
 * promise.
 * Lwt     Lwt_result.iter, iter_error
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_iter(sley_promise *p, sley_bind_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_iter_error(
    sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Waits for both: fulfilled with ok of a sley_list of the two values, or with the error that came first.
 * Lwt     Lwt_result.both
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_result_both(sley_promise *a, sley_promise *b);

SLEY_EXTERN_C_END

#include <sley/sites/result.h>

#endif
