/* sley/stream.h: sequences of values that arrive over time: their sources, and reading one or a few elements at a
 * time. Reading to the end and making streams from streams: stream_combine.h.
 *
 * A sley_stream is a place in a queue of elements. Clones are other places in the same queue; a source fills it
 * at the end. After the source has ended, every read at the end says so.
 *
 * Elements: an element is a fulfilled promise from the moment it is queued, and a read returns that very
 * promise. So clones, and reads that wait at one place, share one value, which is owned once and freed with its
 * last holder. Callbacks are lent it, and sley_take follows its rule: the only remaining holder moves the value
 * out; otherwise it is duplicated if its type can, else moved, and later readers find it moved. Where Lwt has an
 * option, the promise of an element stands for Some, and one fulfilled with sley_none() for None; so sley_none()
 * cannot be an element.
 *
 * Readers that wait at one place all get the same next element, which is consumed once. Canceling a read leaves
 * the source and other readers alone.
 *
 * Handles: functions that read part of a stream borrow it. Those that read it to its end, or return another
 * stream, consume the handle. When the last handle of a place goes, reads that wait there are rejected with
 * sley_error_abandoned(). A function that returns a stream never returns NULL: without memory, every read of its
 * stream is rejected with out of memory, so that chains need no checks. */
#ifndef SLEY_STREAM_H
#define SLEY_STREAM_H

#include <sley/combine.h>
#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_stream sley_stream; /* a place to read from; belongs to its domain     */
typedef struct sley_pusher sley_pusher; /* the writing side of sley_stream_new             */
typedef struct sley_bounded_pusher
    sley_bounded_pusher; /* the writing side of sley_stream_new_bounded     */

/* Computes the next element: fills in *out, which is sley_none() before and then means the end, and returns
 * NULL; or returns an owned error. */
typedef sley_error *sley_next_fn(void *ctx, sley_value *out);

/* Adds a handle of the same place; drops one (NULL is allowed).
 * Since   0.1 */
SLEY_API sley_stream *sley_stream_keep(sley_stream *s);
SLEY_API void sley_stream_drop(sley_stream *s);

/* ---- sources ---- */

/* Makes a stream, and the handle that pushes its elements.
 * Owns    *out and *push are the caller's: sley_stream_drop, sley_pusher_drop.
 * Fails   an error, owned: out of memory; both are NULL then.
 * Lwt     Lwt_stream.create
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_stream_new(sley_stream **out,
                                                              sley_pusher **push);

/* Adds an element at the end; sley_none() closes the stream. The callbacks of waiting reads run as after
 * sley_fulfill. The queue is unbounded: see sley_stream_new_bounded.
 * Owns    consumes v.
 * Fails   -SLEY_ECLOSED; -SLEY_EABANDONED if no reader is left; -SLEY_ENOMEM, and the stream is
 *         unchanged. v is dropped.
 * Cost    one allocation of 64 bytes, which is also the promise that a read returns.
 * Lwt     the push function, which raises Closed
 * Since   0.1 */
SLEY_API int sley_pusher_push(sley_pusher *push, sley_value v);
/* Ends the stream: waiting reads get the end, then the promises of sley_stream_wait_closed are fulfilled, before
 * this returns. A second call does nothing.
 * Fails   never; allocates nothing.
 * Lwt     the push function with None
 * Since   0.1 */
SLEY_API void sley_pusher_close(sley_pusher *push);
SLEY_API bool sley_pusher_is_closed(const sley_pusher *push);
/* Attaches obj to the stream: drop(obj) is called once, when the last place to read from goes, or when another
 * object takes its place.
 * Lwt     create_with_reference
 * Since   0.1 */
SLEY_API void sley_pusher_set_reference(sley_pusher *push, void *obj, sley_drop_fn *drop);
/* Adds a handle; drops one (NULL is allowed). If the last handle goes before the stream is closed, reads beyond
 * the queued elements are rejected with sley_error_abandoned().
 * Since   0.1 */
SLEY_API sley_pusher *sley_pusher_keep(sley_pusher *push);
SLEY_API void sley_pusher_drop(sley_pusher *push);

/* Makes a stream of bounded capacity: pushing to a full one waits until an element is read.
 * Owns    as sley_stream_new.
 * Fails   an error, owned: out of memory; both are NULL then.
 * Lwt     Lwt_stream.create_bounded
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_stream_new_bounded(size_t capacity,
                                                                      sley_stream **out,
                                                                      sley_bounded_pusher **push);

/* Fulfilled with unit once v is queued. At most one push can wait. Canceling drops v.
 * Owns    consumes v, which is not sley_none().
 * Fails   rejected with SLEY_EAGAIN if another push waits, SLEY_ECLOSED, SLEY_EABANDONED if no reader is left,
 *         or out of memory. v is dropped.
 * Cost    64 bytes; 64 and 128 more if it has to wait.
 * Lwt     bounded_push#push, where SLEY_EAGAIN is Full
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_bounded_pusher_push(sley_bounded_pusher *push,
                                                                         sley_value v);
/* As sley_pusher_close; a waiting push is rejected with sley_error_closed() and its value dropped.
 * Lwt     bounded_push#close
 * Since   0.1 */
SLEY_API void sley_bounded_pusher_close(sley_bounded_pusher *push);
/* Changes the capacity; a waiting push may then be queued. As in Lwt, readers are not notified of that element
 * before the next push or close.
 * Lwt     bounded_push#resize
 * Since   0.1 */
SLEY_API void sley_bounded_pusher_set_capacity(sley_bounded_pusher *push, size_t capacity);
/* The capacity; the queued elements; whether a push waits; whether the stream is closed.
 * Lwt     bounded_push#size, count, blocked, closed
 * Since   0.1 */
SLEY_API size_t sley_bounded_pusher_capacity(const sley_bounded_pusher *push);
SLEY_API size_t sley_bounded_pusher_count(const sley_bounded_pusher *push);
SLEY_API bool sley_bounded_pusher_is_blocked(const sley_bounded_pusher *push);
SLEY_API bool sley_bounded_pusher_is_closed(const sley_bounded_pusher *push);
/* As the functions of sley_pusher.
 * Lwt     bounded_push#set_reference
 * Since   0.1 */
SLEY_API void sley_bounded_pusher_set_reference(sley_bounded_pusher *push, void *obj,
                                                sley_drop_fn *drop);
SLEY_API sley_bounded_pusher *sley_bounded_pusher_keep(sley_bounded_pusher *push);
SLEY_API void sley_bounded_pusher_drop(sley_bounded_pusher *push);

/* A stream that calls next when a reader finds nothing queued, never twice at a time: readers share its promise
 * of an element, or of sley_none() for the end. A rejection goes to those readers and does not close the stream:
 * the next read calls again.
 * Owns    ctx is borrowed, or freed by drop, until no place to read from and no call are left.
 * Cost    64 bytes for each element, and 128 if next returns a pending promise.
 * Lwt     Lwt_stream.from, of_lwt_seq
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from(sley_start_fn *next, void *ctx,
                                                                sley_drop_fn *SLEY_OPTIONAL(drop));
/* sley_stream_from with a function that computes the element.
 * Lwt     Lwt_stream.from_direct, of_seq
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_direct(
    sley_next_fn *next, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Streams that are closed from the start: of the n values of an array; of the n bytes at text, as integers; of
 * one value.
 * Owns    consumes the values; reads the array during the call only.
 * Lwt     Lwt_stream.of_list, of_array; of_string; return
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_values(const sley_value *values,
                                                                       size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_bytes(const void *text, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_return(sley_value v);
/* One element, when p is fulfilled. If p is rejected, the stream ends empty and the error is lost, as in Lwt.
 * Owns    consumes p.
 * Lwt     Lwt_stream.return_lwt
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_promise(sley_promise *p);

/* ---- places and the end ---- */

/* Another place to read from, at first the same one. An element stays queued until every place has passed it.
 * Owns    borrows s; *out is the caller's.
 * Fails   an error, owned: SLEY_EINVAL for a bounded stream, out of memory; *out is NULL then.
 * Lwt     Lwt_stream.clone
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_stream_clone(sley_stream *s, sley_stream **out);

/* Whether the source has ended; elements may still be queued.
 * Lwt     Lwt_stream.is_closed
 * Since   0.1 */
SLEY_API bool sley_stream_is_closed(const sley_stream *s);
/* Fulfilled with unit when the source ends. Cannot be canceled.
 * Fails   rejected with sley_error_abandoned() if the source can no longer end.
 * Lwt     Lwt_stream.closed
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_wait_closed(sley_stream *s);

/* ---- reading: all borrow s ---- */

/* Give the next element, or sley_none() at the end. sley_stream_get consumes it, sley_stream_peek does not.
 * Fails   rejected as the source was, or with out of memory.
 * Cost    nothing if an element is queued; otherwise 64 to 384 bytes until it comes.
 * Lwt     Lwt_stream.get, peek
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_get(sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_peek(sley_stream *s);
/* As sley_stream_get, but rejected with sley_error_eof() at the end.
 * Lwt     Lwt_stream.next, where that is Empty
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_next(sley_stream *s);
/* The newest element available without waiting, the older ones are consumed; if none is available, the next one.
 * Rejected with sley_error_eof() at the end.
 * Lwt     Lwt_stream.last_new
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_last_new(sley_stream *s);
/* Waits for an element or the end: fulfilled with 1 at the end, otherwise with 0.
 * Lwt     Lwt_stream.is_empty
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_at_end(sley_stream *s);

/* Up to n elements as a sley_list, consumed or not; fewer only at the end. As in Lwt, another reader may make
 * sley_stream_nget end early.
 * Lwt     Lwt_stream.nget, npeek
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_nget(sley_stream *s, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_npeek(sley_stream *s, size_t n);

/* The elements before the first one that fails the test, as a sley_list; that one stays. The test answers now, or
 * promises 0 or 1.
 * Fails   rejected as the source or the test was; what was consumed is lost.
 * Lwt     Lwt_stream.get_while, get_while_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_get_while(
    sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_get_while_s(
    sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Consumes and discards: one element, up to n, those before the first one that fails the test. Fulfilled with
 * unit; discards fewer only at the end.
 * Lwt     Lwt_stream.junk, njunk, junk_while, junk_while_s
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_junk(sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_njunk(sley_stream *s, size_t n);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_junk_while(
    sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_junk_while_s(
    sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Consumes all elements available without waiting, or up to n of them: discarded, or as a sley_list in *out.
 * Does not return if a source of sley_stream_from_direct never ends.
 * Owns    *out is the caller's.
 * Fails   an owned error: of a source that fails immediately, or out of memory; *out is unit then, and what was
 *         consumed is lost.
 * Lwt     Lwt_stream.junk_available, get_available, get_available_up_to
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_stream_junk_available(sley_stream *s);
SLEY_API SLEY_NODISCARD sley_error *sley_stream_get_available(sley_stream *s, sley_value *out);
SLEY_API SLEY_NODISCARD sley_error *sley_stream_get_available_up_to(sley_stream *s, size_t n,
                                                                    sley_value *out);

/* Runs parser on s. If its promise is rejected, s is set back to where it was.
 * Fails   rejected with SLEY_EINVAL for a bounded stream; the parser does not run then.
 * Lwt     Lwt_stream.parse
 * Since   0.1 */
typedef sley_promise *sley_parse_fn(void *ctx, sley_stream *s);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_stream_parse(
    sley_stream *s, sley_parse_fn *parser, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

SLEY_EXTERN_C_END

#include <sley/sites/stream.h>

#endif
