/* sley/generator.h: a fiber as the source of a stream. What would be a state machine behind
 * sley_stream_from is a loop here:
 *
 *     static sley_promise *lines(void *file)
 *     {
 *       while (more(file)) {
 *         sley_error *e = sley_emit(next_line(file));
 *         if (e != NULL) return sley_fail(e);
 *       }
 *       return sley_return(sley_unit());
 *     }
 *
 *     sley_stream *s = sley_stream_generate(lines, file);
 *
 * The function runs only on a read, and only as far as needed: sley_emit delivers one
 * element and waits until the next one is wanted. In between it can await anything. When it
 * returns, the stream ends; if the promise that it returns is rejected, one read is rejected, and
 * then the stream ends. */
#ifndef SLEY_GENERATOR_H
#define SLEY_GENERATOR_H

#include <sley/fiber.h>
#include <sley/stream.h>

SLEY_EXTERN_C_BEGIN

/* Makes a stream of what fn, running in a fiber of its own, passes to sley_emit. The fiber begins
 * with the first read, and with the storage that is current now. When the last handle to read from
 * is dropped, a waiting sley_emit returns Canceled, or the promise that the fiber awaits is
 * canceled, and the fiber continues, to clean up; if it has not begun, it never will.
 * Owns    lends ctx to fn; drop(ctx) is called after fn returns, or as soon as fn is certain not to
 *         run.
 * Fails   never returns NULL; if out of memory, every read is rejected. If the fiber cannot be
 *         made, the read is rejected, and the next read tries again. If fn returns NULL, the
 *         process aborts. An error that no reader can receive any more goes to the unhandled hook,
 *         except Canceled.
 * Cost    that of the fiber; 64 bytes for each element and 64 for waiting.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_generate(
    sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
/* sley_stream_generate with a name, a stack or a storage of its own (sley/fiber.h); options can be
 * NULL. With not_cancelable, only sley_emit reports that the stream has no reader left.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_generate_with(
    const sley_spawn_options *options, sley_start_fn *fn, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Gives v to the waiting readers, and suspends the fiber until the next element is wanted. It is
 * for the function of sley_stream_generate and the functions that it calls; elsewhere it aborts.
 * Owns    consumes v, which must not be sley_none(); that aborts.
 * Fails   returns Canceled, immediately from then on, if the stream has no reader left or the domain ends;
 *         out of memory if v was not delivered, and the fiber can try again.
 * Cost    two allocations of 64 bytes, two switches.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_emit(sley_value v);

SLEY_EXTERN_C_END

#include <sley/sites/generator.h>

#endif
