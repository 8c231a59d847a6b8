/* sley/error.h: what a promise is rejected with. Errors are immutable and counted: without atomics
 * until they first cross to another thread, atomically from then on. The errors canceled, out of
 * memory, abandoned, closed, end of file and timeout are static: they need no allocation, cannot
 * fail, and can be compared as pointers (e == sley_error_timeout()). They record no place, so
 * sley_error_site returns "" for them; hooks receive the promise's place beside the error, and
 * sley_error_wrap adds a place where it matters.
 *
 * The message includes the reason: that of an error of the library says all that its causes do, as in
 * "reading from 192.0.2.1:80: recv: Connection reset by peer". docs/errors.md tells more. */
#ifndef SLEY_ERROR_H
#define SLEY_ERROR_H

#include <sley/base.h>

SLEY_EXTERN_C_BEGIN

/* A family of codes. It is static. */
typedef struct sley_error_kind {
  size_t size;                   /* sizeof(sley_error_kind)                     */
  const char *name;              /* "errno", "sley", the name of your library   */
  const char *(*text)(int code); /* static text of a code; NULL: the number     */
} sley_error_kind;

/* The kinds of the library's own errors; sley/dns.h has a third.
 * Since   0.1 */
SLEY_API extern const sley_error_kind sley_kind_sley;  /* SLEY_E... of base.h            */
SLEY_API extern const sley_error_kind sley_kind_errno; /* errno values                   */

/* Makes an error. The message is formatted into the error and cut to 511 bytes; if format is NULL,
 * the error has the kind's own text.
 * Owns    the caller owns one reference.
 * Fails   never returns NULL; returns the static out-of-memory error if out of memory.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD SLEY_RETURNS_NONNULL sley_error *sley_error_new(
    const sley_error_kind *kind, int code, const char *format, ...) SLEY_PRINTF(3, 4);
/* sley_error_new with a message that is not a format, for bindings.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD SLEY_RETURNS_NONNULL sley_error *sley_error_new_text(
    const char *site, const sley_error_kind *kind, int code, const char *message);

/* Adds context: makes an error of the same kind and code, with cause as its cause and a message of
 * its own, into which you write the reason: sley_error_wrap(e, "loading: %s", sley_error_message(e)).
 * Owns    consumes cause, which must not be NULL.
 * Fails   returns cause itself if out of memory, or if cause is Canceled, which is never wrapped.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD SLEY_RETURNS_NONNULL sley_error *sley_error_wrap(
    sley_error *cause, const char *format, ...) SLEY_PRINTF(2, 3);

/* Add and drop a reference. Both accept NULL.
 * Thread  the one that holds the reference.
 * Since   0.1 */
SLEY_API sley_error *sley_error_keep(sley_error *e);
SLEY_API void sley_error_drop(sley_error *e);

/* The static errors. They need no keep or drop, and both are harmless. An error of another function
 * can wrap one of them (sley_retry does), so test for it with sley_error_is(e, &sley_kind_sley,
 * SLEY_ETIMEOUT) and not with ==. Only Canceled is never wrapped: use sley_error_is_canceled.
 * Thread  any.
 * Lwt     sley_error_canceled: Canceled
 * Since   0.1 */
SLEY_API SLEY_RETURNS_NONNULL sley_error *sley_error_canceled(void);
SLEY_API SLEY_RETURNS_NONNULL sley_error *sley_error_nomem(void);
SLEY_API SLEY_RETURNS_NONNULL sley_error *sley_error_abandoned(void);
SLEY_API SLEY_RETURNS_NONNULL sley_error *sley_error_closed(void);
SLEY_API SLEY_RETURNS_NONNULL sley_error *sley_error_eof(void);
SLEY_API SLEY_RETURNS_NONNULL sley_error *sley_error_timeout(void);

/* Read an error. sley_error_cause returns NULL if there is no cause. sley_error_site returns
 * "file:line" of the call that made the error, or "".
 * Owns    results are lent, and valid as long as e.
 * Thread  any.
 * Since   0.1 */
SLEY_API const sley_error_kind *sley_error_kind_get(const sley_error *e);
SLEY_API int sley_error_code(const sley_error *e);
SLEY_API const char *sley_error_message(const sley_error *e);
SLEY_API const sley_error *sley_error_cause(const sley_error *e);
SLEY_API const char *sley_error_site(const sley_error *e);

/* Tells whether e or one of its causes has this kind and code.
 * Since   0.1 */
SLEY_API bool sley_error_is(const sley_error *e, const sley_error_kind *kind, int code);
/* Tells whether e is the cancellation error itself; as in Lwt, causes do not count.
 * Since   0.1 */
SLEY_API bool sley_error_is_canceled(const sley_error *e);

/* Writes message, causes, sites and the combinators that the error passed, as one line of text. Of a
 * cause whose message is in that of the error it caused, only the sites.
 * Fails   cuts the text to size - 1 bytes; returns the length that was needed, like snprintf.
 * Since   0.1 */
SLEY_API size_t sley_error_format(const sley_error *e, char *text, size_t size);

SLEY_EXTERN_C_END

#include <sley/sites/error.h>

#endif
