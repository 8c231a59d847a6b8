/* sley/bytes.h: counted parts of memory, which move without a copy, and the blocks that channels hold their data in.
 *
 * A part is read-only for everybody, because others may hold parts of the same memory. The memory lives as long as
 * one part of it. */
#ifndef SLEY_BYTES_H
#define SLEY_BYTES_H

#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* A part: size bytes at at, and one holder of the memory that they lie in; block is the library's own. A part of all
 * zeros holds no byte and nothing. Parts belong to the domain that made them; values of them may cross. */
typedef struct sley_bytes {
  const char *at;
  size_t size;
  struct sley__block *block;
} sley_bytes;

/* Make a part with memory of its own: sley_bytes_new one to be filled in through *data before anybody else has a
 * part of it, sley_bytes_copy a copy of data.
 * Owns    *out is the caller's: sley_bytes_drop.
 * Fails   returns an error if out of memory, and *out is all zeros; otherwise NULL.
 * Cost    one allocation.
 * Lwt     Lwt_bytes.create; Lwt_bytes.of_bytes, of_string, extract, copy
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_bytes_new(size_t size, char **data, sley_bytes *out);
SLEY_API SLEY_NODISCARD sley_error *sley_bytes_copy(const void *data, size_t size, sley_bytes *out);
/* Makes a part of memory of yours without a copy. drop(ctx) is called when the last part of it is dropped, on
 * whichever thread that happens, if a value of it has crossed.
 * Owns    on success data belongs to the part; on failure it is still the caller's, and drop is not called.
 * Fails   as sley_bytes_new.
 * Lwt     Lwt_bytes.of_bytes
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_bytes_adopt(void *data, size_t size, void *ctx,
                                                     sley_drop_fn *drop, sley_bytes *out);
/* A part of memory that is never freed, such as a literal. Its drop does nothing.
 * Thread  any.
 * Lwt     Lwt_bytes.of_string
 * Since   0.1 */
SLEY_API sley_bytes sley_bytes_static(const void *data, size_t size);
/* size bytes of b, beginning with byte from: another holder of the same memory. A range outside b aborts with a
 * message that names both.
 * Owns    the result is the caller's; b stays as it is.
 * Cost    constant; allocates nothing.
 * Lwt     Lwt_bytes.proxy
 * Since   0.1 */
SLEY_API SLEY_SITE sley_bytes sley_bytes_part(const sley_bytes *b, size_t from, size_t size);
/* Gives up a part, and leaves all zeros in *b. The last one frees the memory. NULL is allowed.
 * Since   0.1 */
SLEY_API void sley_bytes_drop(sley_bytes *b);

/* The type of values that are a part; copies add a holder. A value of it may cross to another domain. From then on the
 * memory is counted atomically, belongs to nobody's blocks, and is freed by whoever drops the last part.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_bytes;
/* Makes a value of a part.
 * Owns    consumes *b and leaves all zeros, also on failure; *out is the caller's.
 * Fails   returns an error if out of memory, and *out is unit; otherwise NULL.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_bytes_to_value(sley_bytes *b, sley_value *out);
/* The part in v, which stays v's; any other type aborts with a message that names the type and the call.
 * Since   0.1 */
SLEY_API SLEY_SITE const sley_bytes *sley_bytes_in(const sley_value *v);
SLEY_API bool sley_bytes_is_in(const sley_value *v);
/* Takes the part out of v by the rule of sley_take.
 * Owns    *out is the caller's.
 * Fails   -SLEY_EMOVED: another reader has it; *out is all zeros.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_bytes_take(sley_value *v, sley_bytes *out);

/* ---- blocks ---- */

/* The blocks of the current domain. Channels take one when there is data for it, and give it back when that is
 * consumed or sent. Each has room for 16 KiB and 448 bytes, so that reading a message of exactly 16 KiB leaves room,
 * which proves that nothing more has come. The last one given back is taken first. Those that stayed unused for a
 * second go back to the system. */
typedef struct sley_block_counters {
  size_t size;          /* in: sizeof(sley_block_counters) as the caller knows it         */
  uint64_t block_size;  /* bytes that one has room for                                    */
  uint64_t taken;       /* times that one was taken                                       */
  uint64_t in_use;      /* now: held by channels, or by parts that were given out         */
  uint64_t in_use_most; /* at the same time                                               */
  uint64_t held;        /* now, by channels alone; the limit is about those of inputs     */
  uint64_t spare;       /* now: kept for the next taker                                   */
  uint64_t waited;      /* times that an input stopped reading because of the limit       */
  uint64_t killed;      /* inputs that were rejected with out of memory because of it     */
  uint64_t limit;       /* bytes, as sley_block_set_limit rounds it; 0: none              */
} sley_block_counters;
/* Fills in out; all zeros if the domain has had no block yet.
 * Since   0.1 */
SLEY_API void sley_block_counters_get(sley_block_counters *out);
/* Lets the inputs of the current domain hold blocks of at most so many bytes; 0, as at first, for no limit; the counters
 * have it, so that it can be put back. What is
 * unread in one piece of more than a block counts as so many blocks. At the limit inputs stop reading, and go on in turn as
 * blocks come back; the last sixteenth is for inputs from which something was consumed before and that have nothing
 * unread. If no block comes back for a second, those that have had a part of a message for so long are rejected with out
 * of memory, the longest first, as many as wait; if there are none, since their programs wait for something else, each
 * that waits takes one block more. What little is unread (2 KiB) holds no block. Outputs and pairs in memory do not
 * count, because their marks and limits bound them (see sley/channel.h).
 * Fails   returns an error if out of memory; otherwise NULL.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_block_set_limit(size_t bytes);

SLEY_EXTERN_C_END

#include <sley/sites/bytes.h>

#endif
