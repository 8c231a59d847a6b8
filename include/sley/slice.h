/* sley/slice.h: what parsers of lines need: the words of a slice and numbers in it, where they lie. A line that an input
 * lends does not end with a zero, so the functions of string.h and stdlib.h cannot read it.
 *
 *     sley_slice rest = {line, size}, name = sley_slice_word(&rest, " "), number;
 *     if (sley_slice_is(name, "wait") && (number = sley_slice_word(&rest, " ")).size > 0)
 *       code = sley_slice_uint(number, 3600, &seconds);
 *
 * Thread  any. */
#ifndef SLEY_SLICE_H
#define SLEY_SLICE_H

#include <sley/io.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* The next word of *rest, which begins behind it then: the bytes up to the next one of between or the end. Bytes of between
 * before the word are left out.
 * Owns    the word lies where *rest does.
 * Fails   a size of 0: there is none, and *rest is empty.
 * Since   0.1 */
SLEY_API sley_slice sley_slice_word(sley_slice *rest, const char *between);
/* Whether its bytes are those of text.
 * Since   0.1 */
SLEY_API bool sley_slice_is(sley_slice s, const char *text);
/* The number that s is in decimal digits, and nothing else: no sign, no blank.
 * Fails   -SLEY_EINVAL: it is none, or more than most; *out is as it was. Otherwise 0.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_slice_uint(sley_slice s, uint64_t most, uint64_t *out);

SLEY_EXTERN_C_END

#endif
