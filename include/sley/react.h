/* sley/react.h: events and signals of functional reactive programming, and promises from and to them. (Signals
 * of the operating system are in sley/loop.h; sley_condition_signal notifies a waiter.)
 *
 * An event occurs now and then with a value; a signal has a value at all times and changes now and then. Updates
 * run in steps: one push goes through everything that depends on it in order of height (a topological order), so
 * that each node is computed at most once in a step and never sees one source updated and another one not (no
 * glitches). A push from inside a step waits for the end of that step: steps do not nest (React nests them, and
 * warns about it).
 *
 * Handles are counted: a node keeps its sources, not the other way round. So an observer (sley_event_on) lasts as
 * long as its handle. Functions that make a node borrow the nodes they are given. They never return NULL: without
 * memory they return a node that never occurs, or a constant, and sley_event_has_failed or sley_signal_has_failed
 * tells. Callbacks are lent values; sley_take copies if the type can. drop(ctx) is called when the node has gone
 * and no call of its function is under way. Everything belongs to the domain that made it. */
#ifndef SLEY_REACT_H
#define SLEY_REACT_H

#include <sley/list.h>
#include <sley/stream.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_event sley_event;   /* occurs now and then with a value; counted */
typedef struct sley_signal sley_signal; /* has a value at all times; counted         */

/* Adds a reference; drops one (NULL is allowed).
 * Lwt     Lwt_react.E.keep, S.keep: a handle that is not dropped; E.stop, S.stop: sley_event_drop of the last one
 * Since   0.1 */
SLEY_API sley_event *sley_event_keep(sley_event *e);
SLEY_API void sley_event_drop(sley_event *e);
SLEY_API sley_signal *sley_signal_keep(sley_signal *s);
SLEY_API void sley_signal_drop(sley_signal *s);

/* Whether memory ran out when the node was made.
 * Since   0.1 */
SLEY_API bool sley_event_has_failed(const sley_event *e);
SLEY_API bool sley_signal_has_failed(const sley_signal *s);

/* An event of your own, and one that never occurs. sley_event_push lets an event occur: a step, complete on return;
 * or, during a step, after that one.
 * Owns    sley_event_push consumes v.
 * Fails   -SLEY_ENOMEM: nothing occurred, or the nodes that found no memory did not.
 * Lwt     E.create, never
 * Since   0.1 */
SLEY_API sley_event *sley_event_new(void);
SLEY_API sley_event *sley_event_never(void);
SLEY_API int sley_event_push(sley_event *e, sley_value v);

/* Made of one event: what f makes of its values; the values for which the predicate holds; what f makes, without
 * sley_none(); the first occurrence; all others; the accumulator, into which f folds each value (accumulator is
 * consumed).
 * Lwt     E.map, filter, fmap, once, drop_once, fold
 * Since   0.1 */
SLEY_API sley_event *sley_event_map(sley_event *e, sley_map_fn *f, void *ctx,
                                    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_filter(sley_event *e, sley_test_fn *test, void *ctx,
                                       sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_fmap(sley_event *e, sley_map_fn *f, void *ctx,
                                     sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_once(sley_event *e);
SLEY_API sley_event *sley_event_skip_once(sley_event *e);
SLEY_API sley_event *sley_event_fold(sley_event *e, sley_value accumulator, sley_fold_fn *f,
                                     void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Made of several: select occurs with the first event of the array that does; merge folds all that occur in one
 * step, in array order, into a copy of accumulator, which is consumed.
 * Lwt     E.select, merge
 * Since   0.1 */
SLEY_API sley_event *sley_event_select(sley_event *const *es, size_t n);
SLEY_API sley_event *sley_event_merge(sley_event *const *es, size_t n, sley_value accumulator,
                                      sley_fold_fn *f, void *ctx,
                                      sley_drop_fn *SLEY_OPTIONAL(drop));

/* e while signal s is true (a scalar other than 0); e until `other` occurs for the first time; e without the
 * occurrences in the same step as one of `other`.
 * Lwt     E.when_, until, dismiss
 * Since   0.1 */
SLEY_API sley_event *sley_event_when(sley_event *e, sley_signal *s);
SLEY_API sley_event *sley_event_take_until(sley_event *e, sley_event *other);
SLEY_API sley_event *sley_event_without(sley_event *e, sley_event *other);

/* Calls f at each occurrence, as long as the handle lasts.
 * Lwt     E.trace, E.map ignore
 * Since   0.1 */
SLEY_API sley_event *sley_event_on(sley_event *e, sley_value_fn *f, void *ctx,
                                   sley_drop_fn *SLEY_OPTIONAL(drop));

/* A signal of your own, and setting it, as sley_event_push does. A value equal to the present one changes nothing:
 * the same scalar or object, or what equal says, if it is not NULL. sley_signal_const never changes.
 * Owns    consumes v.
 * Lwt     S.create, const, return
 * Since   0.1 */
typedef bool sley_equal_fn(const sley_value *a, const sley_value *b);
SLEY_API sley_signal *sley_signal_new(sley_value v, sley_equal_fn *equal);
SLEY_API sley_signal *sley_signal_const(sley_value v);
SLEY_API int sley_signal_set(sley_signal *s, sley_value v);

/* The present value; lent until it changes.
 * Lwt     S.value
 * Since   0.1 */
SLEY_API const sley_value *sley_signal_value(const sley_signal *s);

/* A signal of e's last value, at first v (consumed); an event of a signal's changes; the value that s has when e
 * occurs.
 * Lwt     S.hold, changes, sample
 * Since   0.1 */
SLEY_API sley_signal *sley_signal_hold(sley_event *e, sley_value v, sley_equal_fn *equal);
SLEY_API sley_event *sley_signal_changes(sley_signal *s);
SLEY_API sley_event *sley_signal_sample(sley_signal *s, sley_event *e);

/* What f makes of the value of one signal, or of a sley_list of the values of several. If f fails, the value stays
 * (at first: unit).
 * Owns    f is lent the list, and its values belong to the signals: sley_list_take_item and sley_list_take_all copy
 *         them, and abort if a type has no dup; sley_take of the list aborts.
 * Lwt     S.map, app, l1 to l6, merge
 * Since   0.1 */
SLEY_API sley_signal *sley_signal_map(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f,
                                      void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_signal *sley_signal_lift(sley_signal *const *ss, size_t n, sley_equal_fn *equal,
                                       sley_map_fn *f, void *ctx,
                                       sley_drop_fn *SLEY_OPTIONAL(drop));

/* Events and signals in values: given to one, lent, asked for, taken out (NULL: another reader has it). Any other
 * type aborts.
 * Owns    _to_value consumes the handle; what _take returns is the caller's.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_event, sley_type_signal;
SLEY_API sley_value sley_event_to_value(sley_event *e);
SLEY_API sley_value sley_signal_to_value(sley_signal *s);
SLEY_API sley_event *sley_event_in(const sley_value *v);
SLEY_API sley_signal *sley_signal_in(const sley_value *v);
SLEY_API bool sley_event_is_in(const sley_value *v);
SLEY_API bool sley_signal_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_event *sley_event_take(sley_value *v);
SLEY_API SLEY_NODISCARD sley_signal *sley_signal_take(sley_value *v);

/* The same event, or signal, under another handle; f is called once, when the last reference to that goes, or
 * immediately if memory is out.
 * Lwt     Lwt_react.E.with_finaliser, S.with_finaliser
 * Since   0.1 */
SLEY_API sley_event *sley_event_with_finalizer(sley_event *e, sley_done_fn *f, void *ctx,
                                               sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_signal *sley_signal_with_finalizer(sley_signal *s, sley_done_fn *f, void *ctx,
                                                 sley_drop_fn *SLEY_OPTIONAL(drop));

/* Follows the event that e last occurred with, from the same step on; follows the signal that is the value of s;
 * bind follows the signal that f makes of the value of s. Following what depends on the result itself aborts.
 * Lwt     E.switch, S.switch, S.bind
 * Since   0.1 */
SLEY_API sley_event *sley_event_switch(sley_event *e);
SLEY_API sley_signal *sley_signal_switch(sley_signal *s, sley_equal_fn *equal);
SLEY_API sley_signal *sley_signal_bind(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f,
                                       void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* ---- promises */

/* The next occurrence. Canceling stops listening.
 * Lwt     Lwt_react.E.next
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_event_next(sley_event *e);

/* Occurs with what f promises for each value: _s calls f one at a time, in order; _p at each occurrence, and occurs
 * as the promises are fulfilled. Rejections are left out. filter: the values for which the promise is true (a scalar
 * other than 0; other types abort); fmap: without sley_none(); run: what the promises give that are e's values
 * (sley_type_promise).
 * Lwt     Lwt_react.E.map_s, map_p, filter_s, filter_p, fmap_s, fmap_p, run_s, run_p
 * Since   0.1 */
SLEY_API sley_event *sley_event_map_s(sley_event *e, sley_bind_fn *f, void *ctx,
                                      sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_map_p(sley_event *e, sley_bind_fn *f, void *ctx,
                                      sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_filter_s(sley_event *e, sley_bind_fn *f, void *ctx,
                                         sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_filter_p(sley_event *e, sley_bind_fn *f, void *ctx,
                                         sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_fmap_s(sley_event *e, sley_bind_fn *f, void *ctx,
                                       sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_fmap_p(sley_event *e, sley_bind_fn *f, void *ctx,
                                       sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_run_s(sley_event *e);
SLEY_API sley_event *sley_event_run_p(sley_event *e);

/* Occurs with what f promises for two values, which it is lent; sley_take copies if the type can.
 *   app    values of two events that occur in one step. In OCaml those of the first are functions; here they tell
 *          f what to do.
 *   diff   a value and the one before it, from the second occurrence on.
 *   fold   the last result (at first accumulator, which is consumed) and a value.
 *   merge  folds the events that occur in one step, in array order, into a copy of accumulator, which is consumed.
 * Lwt     Lwt_react.E.app_s, app_p, diff_s, fold_s and accum_s, merge_s
 * Since   0.1 */
SLEY_API sley_event *sley_event_app_s(sley_event *functions, sley_event *e, sley_fold_bind_fn *f,
                                      void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_app_p(sley_event *functions, sley_event *e, sley_fold_bind_fn *f,
                                      void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_diff_s(sley_event *e, sley_fold_bind_fn *f, void *ctx,
                                       sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_fold_s(sley_event *e, sley_value accumulator, sley_fold_bind_fn *f,
                                       void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_event_merge_s(sley_event *const *es, size_t n, sley_value accumulator,
                                        sley_fold_bind_fn *f, void *ctx,
                                        sley_drop_fn *SLEY_OPTIONAL(drop));

/* Likewise for signals: diff, a new value and the one before; sample, each value of e and the value that s has when f
 * is called; fold, a signal of the last result.
 * Lwt     Lwt_react.S.diff_s, sample_s, fold_s and accum_s
 * Since   0.1 */
SLEY_API sley_event *sley_signal_diff_s(sley_signal *s, sley_fold_bind_fn *f, void *ctx,
                                        sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_signal_sample_s(sley_signal *s, sley_event *e, sley_fold_bind_fn *f,
                                          void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_signal *sley_signal_fold_s(sley_event *e, sley_value accumulator,
                                         sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx,
                                         sley_drop_fn *SLEY_OPTIONAL(drop));

/* Calls f at each occurrence that passes; until f's promise is settled, e is held back, and then only its last value
 * occurs.
 * Lwt     Lwt_react.E.limit
 * Since   0.1 */
SLEY_API sley_event *sley_event_limit(sley_event *e, sley_start_fn *f, void *ctx,
                                      sley_drop_fn *SLEY_OPTIONAL(drop));

/* Occurs with what f promises, again and again, the first time after a pause; a rejection, or dropping the event,
 * ends it.
 * Lwt     Lwt_react.E.from
 * Since   0.1 */
SLEY_API sley_event *sley_event_from(sley_start_fn *f, void *ctx,
                                     sley_drop_fn *SLEY_OPTIONAL(drop));

/* A stream of e's values from now on; it never ends. The stream keeps e as long as it has readers.
 * Fails   without memory, a stream whose reads are rejected.
 * Lwt     Lwt_react.E.to_stream
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_event(sley_event *e);

/* Occurs with the elements of s, the first time after a pause, until s ends or a read is rejected; dropping the event
 * stops reading.
 * Owns    consumes s.
 * Lwt     Lwt_react.E.of_stream
 * Since   0.1 */
SLEY_API sley_event *sley_event_from_stream(sley_stream *s);

/* The event that p promises (a value of sley_type_event), from then on; if p is rejected, it never occurs.
 * Owns    consumes p.
 * Lwt     Lwt_react.E.delay
 * Since   0.1 */
SLEY_API sley_event *sley_event_delay(sley_promise *p);

/* s with its changes limited: f is called now and at each change that passes; until its promise is settled, s is held
 * back.
 * Lwt     Lwt_react.S.limit
 * Since   0.1 */
SLEY_API sley_signal *sley_signal_limit(sley_signal *s, sley_equal_fn *equal, sley_start_fn *f,
                                        void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* A promise of a signal (sley_type_signal) of what f promises for the present value and then for each change, one call
 * at a time. If the first promise is rejected, so is the result; later rejections are left out.
 *   bind    f promises signals, which are followed (sley_signal_switch).
 *   run     the values of s are promises (sley_type_promise); the signal has what these give.
 *   filter  the values for which f's promise is true; fmap: without sley_none(). Until there is such a value,
 *           `otherwise`, which is consumed.
 *   lift    of several signals: f is lent a sley_list of their values, as for sley_signal_lift.
 *   merge   folds the values of several signals, one after the other, into a copy of accumulator, which is consumed.
 * Lwt     Lwt_react.S.map_s and l1_s, bind_s, run_s, filter_s, fmap_s, l2_s to l6_s and app_s, merge_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_signal_map_s(
    sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_signal_bind_s(
    sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_signal_run_s(sley_signal *s,
                                                                  sley_equal_fn *equal);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_signal_filter_s(
    sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_signal_fmap_s(
    sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_signal_lift_s(
    sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_signal_merge_s(
    sley_signal *const *ss, size_t n, sley_value accumulator, sley_equal_fn *equal,
    sley_fold_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/react.h>

#endif
