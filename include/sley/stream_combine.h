/* sley/stream_combine.h: reading streams to their end, finding, and making streams from streams.
 *
 * Functions that read to the end, or make a stream of others, consume the handles they are given; call
 * sley_stream_keep first to go on using one. Functions that find borrow. A stream made of others pulls: it reads
 * nothing from them before it is read itself, and then one element at a time. If a function of yours fails, the
 * element is consumed, the reader gets the error, and reading can continue.
 *
 * drop can be left out (SLEY_OPTIONAL in sley/base.h): it is called when the function given with it cannot be
 * called again. */
#ifndef SLEY_STREAM_COMBINE_H
#define SLEY_STREAM_COMBINE_H

#include <sley/stream.h>

SLEY_EXTERN_C_BEGIN

/* ---- to the end: all consume s ---- */

/* All elements as a sley_list; elements that are integers from 0 to 255 as a text value.
 * Fails   rejected as the source was, or with out of memory; what was read is lost. Text: with SLEY_EINVAL for an
 *         element that is no such integer, or is 0.
 * Lwt     Lwt_stream.to_list, to_string
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_to_list(sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_to_text(sley_stream *s);

/* Calls f with the accumulator and each element; fulfilled with the last accumulator. In the _s form, each call
 * waits until the promise of the one before is fulfilled.
 * Owns    consumes sum.
 * Lwt     Lwt_stream.fold, fold_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_fold(sley_stream *s, sley_value sum,
                                                                 sley_fold_fn *f, void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_fold_s(
    sley_stream *s, sley_value sum, sley_fold_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Calls f with each element; fulfilled with unit. In the _s form each call waits for the promise of the one
 * before; in the _p form none does, and the result waits for all promises in order.
 * Lwt     Lwt_stream.iter, iter_s, iter_p
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_iter(sley_stream *s, sley_visit_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_iter_s(
    sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_iter_p(
    sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* sley_stream_iter_p with at most max promises of f pending at a time.
 * Fails   rejected with SLEY_EINVAL if max is 0, and like the first promise of f that is seen rejected: when max
 *         are pending, or at the end. Canceling cancels the pending ones.
 * Lwt     Lwt_stream.iter_n
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_iter_n(
    sley_stream *s, size_t max, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* ---- finding: borrows s ---- */

/* Consumes up to the first element that passes the test; fulfilled with it, or sley_none() at the end.
 * Lwt     Lwt_stream.find, find_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_find(sley_stream *s, sley_test_fn *test,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_find_s(
    sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Consumes up to the first element for which f returns something other than sley_none(); fulfilled with that.
 * Lwt     Lwt_stream.find_map, find_map_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_find_map(
    sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_find_map_s(
    sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* ---- a stream from one: all consume s ---- */

/* What f makes of each element; in the _s form its promises, one at a time.
 * Cost    per element read: 128 bytes and what f takes.
 * Lwt     Lwt_stream.map, map_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_map(sley_stream *s, sley_map_fn *f,
                                                               void *ctx,
                                                               sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_map_s(sley_stream *s, sley_bind_fn *f,
                                                                 void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));

/* A stream of the elements that pass the test.
 * Lwt     Lwt_stream.filter, filter_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_filter(
    sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_filter_s(
    sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* What f makes of each element, unless that is sley_none().
 * Lwt     Lwt_stream.filter_map, filter_map_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_filter_map(
    sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_filter_map_s(
    sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* In which order results are read. */
typedef enum sley_stream_order {
  SLEY_STREAM_ORDER_SOURCE = 0, /* that of the elements */
  SLEY_STREAM_ORDER_READY = 1   /* as they are ready    */
} sley_stream_order;

/* sley_stream_map_s, sley_stream_filter_s and sley_stream_filter_map_s with several calls of f under way. From the first read on, elements are
 * read ahead, as many as max allows: at most max promises of f are pending, or settled and not yet read, so a
 * slow reader holds back the source. A rejection, also of the source, takes its place among the results: that
 * read gets it, and the next reads continue. Canceling a read leaves what is under way alone; the next read gets
 * what it requested. When the last handle of the new stream goes, everything under way is canceled.
 * Fails   every read is rejected with SLEY_EINVAL if max is 0.
 * Cost    for each element read, 128 bytes and what f takes; two allocations more while under way.
 * Lwt     none: Lwt_stream has iter_n only
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_map_n(sley_stream *s, size_t max,
                                                                 sley_stream_order order,
                                                                 sley_bind_fn *f, void *ctx,
                                                                 sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_filter_n(
    sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_filter_map_n(
    sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* The elements of the sley_list that f makes of each element.
 * Lwt     Lwt_stream.map_list, map_list_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_map_list(
    sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_map_list_s(
    sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* The elements of the lists that are the elements of s.
 * Lwt     Lwt_stream.flatten
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_flatten(sley_stream *s);

/* An element that is the error if reading s fails, and reading continues: see sley_error_in in sley/result.h.
 * Lwt     Lwt_stream.wrap_exn
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_wrap_error(sley_stream *s);

/* Lines of text as hexdump -C shows the bytes (integers from 0 to 255) that are the elements of s.
 * Lwt     Lwt_stream.hexdump
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_hexdump(sley_stream *s);

/* ---- a stream from several: all consume them ---- */

/* First a, then b.
 * Lwt     Lwt_stream.append
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_append(sley_stream *a, sley_stream *b);

/* The streams that are the elements of s (sley_stream_to_value), one after the other.
 * Lwt     Lwt_stream.concat
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_concat(sley_stream *s);

/* Pairs, as a sley_list of two; ends with the shorter stream, when the longer one may have lost an element.
 * Lwt     Lwt_stream.combine
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_combine(sley_stream *a, sley_stream *b);

/* Whatever comes first from any of n streams: from this call on, one read of each is under way. If several have
 * an element, one at random.
 * Lwt     Lwt_stream.choose
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_choose(sley_stream *const *streams,
                                                                  size_t n);

/* A stream in a value: given to it, lent, asked for, taken out (NULL: another reader has it). Any other type
 * aborts. Duplicates as a handle of the same place.
 * Owns    sley_stream_to_value consumes s; what sley_stream_take returns is the caller's.
 * Since   0.1 */
SLEY_API sley_value sley_stream_to_value(sley_stream *s);
SLEY_API sley_stream *sley_stream_in(const sley_value *v);
SLEY_API bool sley_stream_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_stream *sley_stream_take(sley_value *v);
SLEY_API extern const sley_type sley_type_stream;

SLEY_EXTERN_C_END

#include <sley/sites/stream_combine.h>

#endif
