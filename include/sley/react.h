/* sley/react.h: events and signals, and promises from and to them.
 *
 * An event occurs now and then with a value; a signal has a value at all times and changes now and then.
 * What is made from others is updated in steps: one push of one value goes through everything that depends
 * on it in order of height (a topological order), so that each node is computed at most once a step and
 * never sees one of its sources updated and the other one not (no glitches). A push from inside a step
 * waits for the end of that step: steps do not nest (React runs it inside, and warns of that).
 *
 * Handles are counted: what is made from a node keeps that node, not the other way round. So an observer
 * (sley_event_on) lasts as long as its handle; there is no garbage collector to wait for. Functions that
 * make a node borrow the nodes they are given. They never give NULL: without memory, they give a node
 * that never occurs, or a constant, and sley_event_has_failed or sley_signal_has_failed tells.
 * Callbacks are lent values; sley_take copies where the type can. ctx is borrowed as long as the node
 * lives. All belongs to the domain that made it. */
#ifndef SLEY_REACT_H
#define SLEY_REACT_H

#include <sley/list.h>
#include <sley/stream.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_event sley_event;
typedef struct sley_signal sley_signal;

/* One more reference, one less (NULL allowed).
 * Lwt     Lwt_react.E.keep, S.keep: a handle not dropped; E.stop, S.stop: sley_event_drop of the last one
 * Since   0.1 */
SLEY_API sley_event *sley_event_keep(sley_event *e);
SLEY_API void sley_event_drop(sley_event *e);
SLEY_API sley_signal *sley_signal_keep(sley_signal *s);
SLEY_API void sley_signal_drop(sley_signal *s);

/* Whether memory ran out for this node when it was made.
 * Since   0.1 */
SLEY_API bool sley_event_has_failed(const sley_event *e);
SLEY_API bool sley_signal_has_failed(const sley_signal *s);

/* An event of your own; sley_event_push lets it occur: a step, done when this returns, or after the step
 * under way. sley_event_never gives one that never does.
 * Owns    push consumes v.
 * Fails   -SLEY_ENOMEM: nothing occurred, or the values computed from it that found no memory did not.
 * Lwt     E.create, never
 * Since   0.1 */
SLEY_API sley_event *sley_event_new(void);
SLEY_API sley_event *sley_event_never(void);
SLEY_API int sley_event_push(sley_event *e, sley_value v);

/* Made of one event: by a function that computes; where a predicate holds; where the function gives
 * something but sley_none(); the first occurrence; all but it; the values with what a function makes of the
 * last one (fold: f changes the accumulator in place, accumulator is consumed).
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

/* Of several: select occurs with the first in the array that does; merge folds all that occur in one step,
 * in array order, from a copy of the accumulator, which is consumed.
 * Lwt     E.select, merge
 * Since   0.1 */
SLEY_API sley_event *sley_event_select(sley_event *const *es, size_t n);
SLEY_API sley_event *sley_event_merge(sley_event *const *es, size_t n, sley_value accumulator,
                                      sley_fold_fn *f, void *ctx,
                                      sley_drop_fn *SLEY_OPTIONAL(drop));

/* e while signal s is true (a scalar but 0); e until other occurs for the first time; e while it does not
 * occur at the same time as other.
 * Lwt     E.when_, until, dismiss
 * Since   0.1 */
SLEY_API sley_event *sley_event_when(sley_event *e, sley_signal *s);
SLEY_API sley_event *sley_event_take_until(sley_event *e, sley_event *other);
SLEY_API sley_event *sley_event_without(sley_event *e, sley_event *other);

/* Calls f at each occurrence, or change; lasts as long as the handle.
 * Lwt     E.trace, E.map ignore
 * Since   0.1 */
SLEY_API sley_event *sley_event_on(sley_event *e, sley_value_fn *f, void *ctx,
                                   sley_drop_fn *SLEY_OPTIONAL(drop));

/* A signal of your own, and setting it: as sley_event_push. A value equal to the present one (the same
 * scalar or object, or what equal says; NULL: that) is no change. sley_signal_const never changes.
 * Owns    consumes v.
 * Lwt     S.create, const, return
 * Since   0.1 */
typedef bool sley_equal_fn(const sley_value *a, const sley_value *b);
SLEY_API sley_signal *sley_signal_new(sley_value v, sley_equal_fn *equal);
SLEY_API sley_signal *sley_signal_const(sley_value v);
SLEY_API int sley_signal_set(sley_signal *s, sley_value v);

/* The value now; lent until it changes.
 * Lwt     S.value
 * Since   0.1 */
SLEY_API const sley_value *sley_signal_value(const sley_signal *s);

/* A signal of the event's last occurrence, first v (consumed); the event of a signal's changes; the value
 * of a signal when an event occurs, through f (lent a sley_list of both: occurrence and value).
 * Lwt     S.hold, changes, sample
 * Since   0.1 */
SLEY_API sley_signal *sley_signal_hold(sley_event *e, sley_value v, sley_equal_fn *equal);
SLEY_API sley_event *sley_signal_changes(sley_signal *s);
SLEY_API sley_event *sley_signal_sample(sley_signal *s, sley_event *e);

/* By a function of one signal; of several, which is lent a sley_list of their values. An error of f keeps
 * the value as it was (at first: unit).
 * Lwt     S.map, app, l1 to l6, merge
 * Since   0.1 */
SLEY_API sley_signal *sley_signal_map(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f,
                                      void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_signal *sley_signal_lift(sley_signal *const *ss, size_t n, sley_equal_fn *equal,
                                       sley_map_fn *f, void *ctx,
                                       sley_drop_fn *SLEY_OPTIONAL(drop));

/* Events and signals in values: given to one, lent, asked for, taken out (NULL: another reader has it). Any
 * other type aborts.
 * Owns    _to_value consumes the handle; what _take gives is the caller's.
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

/* The same event, or signal, under a handle of its own; f is called once, when nobody has that any more.
 * Without memory it is called at once.
 * Lwt     Lwt_react.E.with_finaliser, S.with_finaliser
 * Since   0.1 */
SLEY_API sley_event *sley_event_with_finalizer(sley_event *e, sley_done_fn *f, void *ctx,
                                               sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_signal *sley_signal_with_finalizer(sley_signal *s, sley_done_fn *f, void *ctx,
                                                 sley_drop_fn *SLEY_OPTIONAL(drop));

/* Follows the event that e last occurred with, from the same step on; has the value of the signal that s is a
 * signal of; bind: that f makes of the value of s. Following what depends on the result itself aborts.
 * Lwt     E.switch, S.switch, S.bind
 * Since   0.1 */
SLEY_API sley_event *sley_event_switch(sley_event *e);
SLEY_API sley_signal *sley_signal_switch(sley_signal *s, sley_equal_fn *equal);
SLEY_API sley_signal *sley_signal_bind(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f,
                                       void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* ---- promises */

/* The next occurrence. Cancelling it stops listening.
 * Lwt     Lwt_react.E.next
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_event_next(sley_event *e);

/* e with what f promises for each occurrence. _p: all at once, in the order they are fulfilled; _s: one
 * call after the other, in order. What is rejected is left out. filter: where the promise says true (a scalar
 * but 0; other values abort); fmap: what is not sley_none(). run: of an event of promises (values of
 * sley_type_promise), what these give.
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

/* With what f promises for two values.
 *   app    of two events, when both occur in one step. In OCaml the first gives functions; here it gives
 *          what tells f which function.
 *   diff   of an occurrence and the one before it, from the second on.
 *   fold   of what was given last (first accumulator, which is consumed) and an occurrence.
 *   merge  of the events that occur in one step, one after the other in array order: folded with f from a
 *          copy of accumulator, which is consumed.
 * Values are lent; sley_take copies where the type can.
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

/* The same of signals: diff, of a new value and the one before; sample, of each occurrence of e and the value
 * s has when f is called; fold, a signal of what was given last.
 * Lwt     Lwt_react.S.diff_s, sample_s, fold_s and accum_s
 * Since   0.1 */
SLEY_API sley_event *sley_signal_diff_s(sley_signal *s, sley_fold_bind_fn *f, void *ctx,
                                        sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_event *sley_signal_sample_s(sley_signal *s, sley_event *e, sley_fold_bind_fn *f,
                                          void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API sley_signal *sley_signal_fold_s(sley_event *e, sley_value accumulator,
                                         sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx,
                                         sley_drop_fn *SLEY_OPTIONAL(drop));

/* At most one occurrence while the promise of f, called at each that passes, is pending; of those held back
 * only the last one comes, when that promise is fulfilled.
 * Lwt     Lwt_react.E.limit
 * Since   0.1 */
SLEY_API sley_event *sley_event_limit(sley_event *e, sley_start_fn *f, void *ctx,
                                      sley_drop_fn *SLEY_OPTIONAL(drop));

/* Occurs with what f promises, again and again, the first time after a pause; a rejection, or dropping
 * the event, ends it.
 * Lwt     Lwt_react.E.from
 * Since   0.1 */
SLEY_API sley_event *sley_event_from(sley_start_fn *f, void *ctx,
                                     sley_drop_fn *SLEY_OPTIONAL(drop));

/* A stream of what e occurs with from now on; it never ends. The stream keeps e as long as it has readers.
 * Fails   without memory: the stream that could not be made.
 * Lwt     Lwt_react.E.to_stream
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_event(sley_event *e);

/* Occurs with what s has, the first time after a pause. The end of s, or a rejection, ends it; dropping the
 * event stops reading.
 * Owns    consumes s.
 * Lwt     Lwt_react.E.of_stream
 * Since   0.1 */
SLEY_API sley_event *sley_event_from_stream(sley_stream *s);

/* The event that p promises (a value of sley_type_event), when it is there; if p is rejected, none.
 * Owns    consumes p.
 * Lwt     Lwt_react.E.delay
 * Since   0.1 */
SLEY_API sley_event *sley_event_delay(sley_promise *p);

/* s, changing at most once while the promise of f, called now and at each change that passes, is pending.
 * Lwt     Lwt_react.S.limit
 * Since   0.1 */
SLEY_API sley_signal *sley_signal_limit(sley_signal *s, sley_equal_fn *equal, sley_start_fn *f,
                                        void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* A promise of a signal (sley_type_signal) with what f promises for the value now and then for each change,
 * one call after the other. A rejection of the first one rejects the result; later ones are left out.
 *   bind    f promises signals, which are followed (sley_signal_switch).
 *   run     of a signal of promises (sley_type_promise): what these give.
 *   filter  the values for which f says true; fmap: what f gives unless it is sley_none(). Where that is not
 *           so at first: otherwise, which is consumed.
 *   lift    of several signals: f is lent a sley_list of their values.
 *   merge   of several: their values, one after the other, folded with f from a copy of accumulator, which
 *           is consumed.
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
