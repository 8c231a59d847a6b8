/* sley/stream.h: sequences of values that arrive over time: where they come from, and reading them one
 * by one or a few at a time. Reading to the end and making streams from streams: stream_combine.h.
 *
 * A sley_stream is a place in a queue of elements. Clones are other places in the same queue; a source
 * fills it at the end. Once the source has given its end, reads there say so for ever.
 *
 * Elements: an element is a fulfilled promise from the moment it is queued, and reading gives that very
 * promise. So clones, and reads that wait at one place, share one value, owned once and freed with its
 * last holder; callbacks are lent it; and sley_take follows its rule: who alone still has the element
 * moves the value out; otherwise it is duplicated where its type can, else moved, and whoever reads the
 * element later finds it moved. Where Lwt gives an option, the promise of an element stands for Some,
 * and one fulfilled with sley_none() for None; sley_none() itself is therefore no element.
 *
 * Readers: those waiting at one place all get the same next element, which is consumed once. Cancelling
 * a read leaves the source and other readers alone.
 *
 * Handles: functions that read a part of a stream borrow it. Those that read it to its end, or give
 * another stream, consume the handle. When the last handle of one place goes, reads still waiting there
 * are rejected with sley_error_abandoned().
 *
 * A function that gives a stream never gives NULL: out of memory it gives one whose every read is
 * rejected with out of memory, so that chains need no checks. */
#ifndef SLEY_STREAM_H
#define SLEY_STREAM_H

#include <sley/combine.h>
#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_stream sley_stream; /* a place to read from; belongs to its domain     */
typedef struct sley_pusher sley_pusher; /* the writing side of sley_stream_new             */
typedef struct sley_bounded_pusher
    sley_bounded_pusher; /* the writing side of sley_stream_new_bounded     */

/* Computes the next element: fills *out and returns NULL, or returns an owned error. *out is
 * sley_none() at first, which means the end. */
typedef sley_error *sley_next_fn(void *ctx, sley_value *out);

/* One more handle on the same place, one less; NULL may be dropped.
 * Since   0.1 */
SLEY_API sley_stream *sley_stream_keep(sley_stream *s);
SLEY_API void sley_stream_drop(sley_stream *s);

/* ---- sources ---- */

/* A stream and the handle to push its elements with.
 * Owns    *out and *push are the caller's: sley_stream_drop, sley_pusher_drop.
 * Fails   an error, owned: out of memory; both are NULL then.
 * Lwt     Lwt_stream.create
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_stream_new(sley_stream **out,
                                                              sley_pusher **push);

/* Adds an element at the end; sley_none() closes. The callbacks of reads that wait run as after
 * sley_fulfill. The queue has no bound: see sley_stream_new_bounded.
 * Owns    consumes v.
 * Fails   -SLEY_ECLOSED, -SLEY_EABANDONED if nobody can read any more, -SLEY_ENOMEM (the stream is as
 *         before). v is dropped.
 * Cost    one allocation of 64 bytes, which is also the promise that reading gives.
 * Lwt     the push function, which raises Closed
 * Since   0.1 */
SLEY_API int sley_pusher_push(sley_pusher *push, sley_value v);
/* Says that no more will come: reads that wait get the end, then the promises of sley_stream_wait_closed are
 * fulfilled, at once. The second time nothing happens.
 * Fails   never; allocates nothing.
 * Lwt     the push function with None
 * Since   0.1 */
SLEY_API void sley_pusher_close(sley_pusher *push);
SLEY_API bool sley_pusher_is_closed(const sley_pusher *push);
/* Hands obj to the stream: drop(obj) runs once, when the last place to read from is gone, or when
 * another one takes its place.
 * Lwt     create_with_reference
 * Since   0.1 */
SLEY_API void sley_pusher_set_reference(sley_pusher *push, void *obj, sley_drop_fn *drop);
/* One more handle, one less; NULL may be dropped. If the last goes before the stream is closed, reads
 * past the elements still queued are rejected with sley_error_abandoned().
 * Since   0.1 */
SLEY_API sley_pusher *sley_pusher_keep(sley_pusher *push);
SLEY_API void sley_pusher_drop(sley_pusher *push);

/* A stream with room for size elements: pushing to a full one waits until one is read.
 * Owns    as sley_stream_new.
 * Fails   an error, owned: out of memory; both are NULL then.
 * Lwt     Lwt_stream.create_bounded
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_stream_new_bounded(size_t size,
                                                                      sley_stream **out,
                                                                      sley_bounded_pusher **push);

/* Fulfilled with unit once v is queued. One push at a time may wait. Cancelling it drops v.
 * Owns    consumes v, which is not sley_none().
 * Fails   rejected with SLEY_EAGAIN if another push waits, SLEY_ECLOSED, SLEY_EABANDONED if nobody can
 *         read any more, out of memory. v is dropped.
 * Cost    64 bytes; 64 and 128 more where it has to wait.
 * Lwt     bounded_push#push, where SLEY_EAGAIN is Full
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_bounded_pusher_push(sley_bounded_pusher *push,
                                                                         sley_value v);
/* As sley_pusher_close; a push that waits is rejected with sley_error_closed() and its value dropped.
 * Lwt     bounded_push#close
 * Since   0.1 */
SLEY_API void sley_bounded_pusher_close(sley_bounded_pusher *push);
/* The room from now on; the push that waits may find it. As in Lwt readers do not hear of that element
 * before the next push or close.
 * Lwt     bounded_push#resize
 * Since   0.1 */
SLEY_API void sley_bounded_pusher_set_capacity(sley_bounded_pusher *push, size_t size);
/* The room; the elements queued; whether a push waits; whether it is closed.
 * Lwt     bounded_push#size, count, blocked, closed
 * Since   0.1 */
SLEY_API size_t sley_bounded_pusher_capacity(const sley_bounded_pusher *push);
SLEY_API size_t sley_bounded_pusher_count(const sley_bounded_pusher *push);
SLEY_API bool sley_bounded_pusher_is_blocked(const sley_bounded_pusher *push);
SLEY_API bool sley_bounded_pusher_is_closed(const sley_bounded_pusher *push);
/* As for pushers.
 * Lwt     bounded_push#set_reference
 * Since   0.1 */
SLEY_API void sley_bounded_pusher_set_reference(sley_bounded_pusher *push, void *obj,
                                                sley_drop_fn *drop);
SLEY_API sley_bounded_pusher *sley_bounded_pusher_keep(sley_bounded_pusher *push);
SLEY_API void sley_bounded_pusher_drop(sley_bounded_pusher *push);

/* Calls next when a reader finds nothing queued, and never twice at a time: readers share what it
 * gives, a promise of an element, or of sley_none() for the end. A rejection goes to those readers and
 * does not close the stream: the next read calls again.
 * Owns    ctx is borrowed, or freed by drop, until no place to read from and no call are left.
 * Fails   see above: never NULL.
 * Cost    64 bytes an element, and 128 where next gives a pending promise.
 * Lwt     Lwt_stream.from, of_lwt_seq
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from(sley_start_fn *next, void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));
/* The same with a function that computes the element.
 * Lwt     Lwt_stream.from_direct, of_seq
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_direct(
    sley_next_fn *next, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Streams that are closed from the start, with the n values of an array; with the n bytes at text, each
 * as an integer; with one value.
 * Owns    consumes the values; only reads the array during the call.
 * Lwt     Lwt_stream.of_list, of_array; of_string; return
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_values(const sley_value *values,
                                                                       size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_bytes(const void *text, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_return(sley_value v);
/* One element, when p is fulfilled. If p is rejected the stream ends empty and the error is lost, as in
 * Lwt.
 * Owns    consumes p.
 * Lwt     Lwt_stream.return_lwt
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_promise(sley_promise *p);

/* ---- places and the end ---- */

/* Another place to read from, at first the same. Elements stay queued until all places have passed
 * them.
 * Owns    borrows s; *out is the caller's.
 * Fails   -SLEY_EINVAL for a bounded stream, an error, owned: out of memory; *out is NULL then.
 * Lwt     Lwt_stream.clone
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_stream_clone(sley_stream *s, sley_stream **out);

/* Whether the source has given its end; elements may still be queued.
 * Lwt     Lwt_stream.is_closed
 * Since   0.1 */
SLEY_API bool sley_stream_is_closed(const sley_stream *s);
/* Fulfilled with unit when the source gives its end. Cannot be cancelled.
 * Fails   rejected with sley_error_abandoned() if it never will.
 * Lwt     Lwt_stream.closed
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_wait_closed(sley_stream *s);

/* ---- reading: all borrow s ---- */

/* The next element, consumed or not; at the end sley_none().
 * Fails   rejected as the source was, out of memory.
 * Cost    nothing where one is queued; otherwise 64 to 384 bytes until it comes.
 * Lwt     Lwt_stream.get, peek
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_get(sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_peek(sley_stream *s);
/* As sley_stream_get; at the end rejected with sley_error_eof().
 * Lwt     Lwt_stream.next, where that is Empty
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_next(sley_stream *s);
/* The newest element that is there without waiting, the others are consumed; if none is there, the
 * next. At the end rejected with sley_error_eof().
 * Lwt     Lwt_stream.last_new
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_last_new(sley_stream *s);
/* Whether the end is next, as 0 or 1; waits for an element or the end.
 * Lwt     Lwt_stream.is_empty
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_at_end(sley_stream *s);

/* Up to n elements as a sley_list, consumed or not; fewer only at the end. As in Lwt, another reader
 * that runs meanwhile may make sley_stream_nget end early.
 * Lwt     Lwt_stream.nget, npeek
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_nget(sley_stream *s, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_npeek(sley_stream *s, size_t n);

/* The elements up to the first that fails the test, which stays, as a sley_list. The test may give a
 * promise of 0 or 1.
 * Fails   rejected as the source or the test was; what was consumed is lost.
 * Lwt     Lwt_stream.get_while, get_while_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_get_while(
    sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_get_while_s(
    sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Consume and forget: one element, up to n, those before the first that fails the test. Fulfilled with
 * unit; less only at the end.
 * Lwt     Lwt_stream.junk, njunk, junk_while, junk_while_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_junk(sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_njunk(sley_stream *s, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_junk_while(
    sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_junk_while_s(
    sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* All elements that are there without waiting, or up to n of them: forgotten, or as a sley_list in
 * *out. A source of sley_stream_from_direct that never ends makes this endless.
 * Owns    *out is the caller's.
 * Fails   an owned error, of a source that fails at once or out of memory; *out is unit then, and what
 *         was consumed is lost.
 * Lwt     Lwt_stream.junk_available, get_available, get_available_up_to
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_stream_junk_available(sley_stream *s);
SLEY_API SLEY_NODISCARD sley_error *sley_stream_get_available(sley_stream *s, sley_value *out);
SLEY_API SLEY_NODISCARD sley_error *sley_stream_get_available_up_to(sley_stream *s, size_t n,
                                                                    sley_value *out);

/* Runs parser on s. If its promise is rejected, s is put back to where it was.
 * Fails   rejected with SLEY_EINVAL for a bounded stream; the parser never runs then.
 * Lwt     Lwt_stream.parse
 * Since   0.1 */
typedef sley_promise *sley_parse_fn(void *ctx, sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_parse(
    sley_stream *s, sley_parse_fn *parser, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/stream.h>

#endif
