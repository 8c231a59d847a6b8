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
 * The function runs when somebody reads, no earlier and no further than to the element that is asked for:
 * sley_emit gives that one and waits until the next is. It may await what it likes in between. When it
 * returns, the stream ends; when what it returns is rejected, one read is rejected, then the stream ends. */
#ifndef SLEY_GENERATOR_H
#define SLEY_GENERATOR_H

#include <sley/fiber.h>
#include <sley/stream.h>

SLEY_EXTERN_C_BEGIN

/* A stream of what fn, run in a fiber of its own, gives to sley_emit. The fiber begins with the first read,
 * and with the storage that is current now. When the last place to read from is gone, the sley_emit that
 * waits returns Canceled, or what the fiber awaits instead is cancelled, and the fiber goes on to clean up;
 * if it has not begun, it never will.
 * Owns    ctx is lent to fn; drop(ctx) is called after fn returns, or as soon as fn is certain not to run.
 * Fails   never NULL; out of memory every read is rejected. A fiber that cannot be made is a rejected read,
 *         and the next read tries again. fn returning NULL aborts. An error that no reader is left to get
 *         goes to the unhandled hook, but for Canceled.
 * Cost    the fiber's; 64 bytes an element and 64 for waiting.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_generate(
    sley_start_fn *fn, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));
/* The same with a name, a stack or a storage of its own (sley/fiber.h); options may be NULL. With
 * not_cancelable only sley_emit is told that nobody reads any more.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_generate_with(
    const sley_spawn_options *options, sley_start_fn *fn, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Gives v to the readers that wait, and suspends the fiber until the next element is asked for. For the
 * function given to sley_stream_generate and what it calls; elsewhere it aborts.
 * Owns    consumes v, which is not sley_none(): that aborts.
 * Fails   Canceled where nobody reads any more or the domain ends, and at once from then on; out of memory:
 *         nobody got v, and the fiber may try again.
 * Cost    two allocations of 64 bytes, two switches.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_emit(sley_value v);

SLEY_EXTERN_C_END

#include <sley/sites/generator.h>

#endif
