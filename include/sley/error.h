/* sley/error.h: what a promise is rejected with. Errors are immutable and counted: plainly until
 * one first crosses to another thread, atomically from then on. Canceled, out of memory, abandoned,
 * closed, end of file and timeout are static: making them allocates nothing and cannot fail, they can be
 * compared as pointers (e == sley_error_timeout()), and they have no place: sley_error_site gives "". The
 * hooks are told the promise's place beside the error; sley_error_wrap adds one where it matters. */
#ifndef SLEY_ERROR_H
#define SLEY_ERROR_H

#include <sley/base.h>

SLEY_EXTERN_C_BEGIN

/* A family of codes. Static. */
typedef struct sley_error_kind {
  size_t size;                   /* sizeof(sley_error_kind)                     */
  const char *name;              /* "errno", "sley", the name of your library   */
  const char *(*text)(int code); /* static text of a code; NULL: the number     */
} sley_error_kind;

SLEY_API extern const sley_error_kind sley_kind_sley;  /* SLEY_E... of base.h            */
SLEY_API extern const sley_error_kind sley_kind_errno; /* errno values                   */
SLEY_API extern const sley_error_kind sley_kind_dns;   /* EAI_... of getaddrinfo         */

/* Makes an error. The message is formatted into the error (at most 511 bytes, cut beyond); NULL
 * means the kind's own text.
 * Owns    the caller owns one reference.
 * Fails   returns the static out-of-memory error, never NULL.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_error_new_at(const char *site, const sley_error_kind *kind,
                                                      int code, const char *format, ...)
    SLEY_PRINTF(4, 5);
/* The same with the message as it is, for bindings.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_error_new_text(const char *site,
                                                        const sley_error_kind *kind, int code,
                                                        const char *message);
#define sley_error_new(...) sley_error_new_at(SLEY_HERE, __VA_ARGS__)

/* Adds context: an error of the same kind and code as its cause, with a message of its own.
 * Owns    consumes cause, which may not be NULL.
 * Fails   returns cause itself when out of memory, and where it is Canceled, which stays what it is.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_error_wrap_at(const char *site, sley_error *cause,
                                                       const char *format, ...) SLEY_PRINTF(3, 4);
#define sley_error_wrap(...) sley_error_wrap_at(SLEY_HERE, __VA_ARGS__)

/* One more reference, one less. Both accept NULL.
 * Thread  the one that holds the reference.
 * Since   0.1 */
SLEY_API sley_error *sley_error_keep(sley_error *e);
SLEY_API void sley_error_drop(sley_error *e);

/* The static errors. No keep or drop is needed, and both are harmless. Others may have wrapped one on
 * its way (sley_retry does): ask sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT), not e == ... Canceled
 * alone is never wrapped: sley_error_is_canceled.
 * Thread  any.
 * Lwt     sley_error_canceled: Canceled
 * Since   0.1 */
SLEY_API sley_error *sley_error_canceled(void);
SLEY_API sley_error *sley_error_nomem(void);
SLEY_API sley_error *sley_error_abandoned(void);
SLEY_API sley_error *sley_error_closed(void);
SLEY_API sley_error *sley_error_eof(void);
SLEY_API sley_error *sley_error_timeout(void);

/* What an error says. Lent: valid as long as e.
 * Thread  any.
 * Since   0.1 */
SLEY_API const sley_error_kind *sley_error_kind_get(const sley_error *e);
SLEY_API int sley_error_code(const sley_error *e);
SLEY_API const char *sley_error_message(const sley_error *e);
SLEY_API const sley_error *sley_error_cause(const sley_error *e); /* or NULL                     */
/* "file:line" where it was made, or "".
 * Since   0.1 */
SLEY_API const char *sley_error_site(const sley_error *e);

/* Whether e or one of its causes has this kind and code.
 * Since   0.1 */
SLEY_API bool sley_error_is(const sley_error *e, const sley_error_kind *kind, int code);
/* Whether e is the cancellation error itself; causes do not count, as in Lwt.
 * Since   0.1 */
SLEY_API bool sley_error_is_canceled(const sley_error *e);

/* Writes message, causes, sites and the combinators passed as one line of text.
 * Fails   cuts to size - 1 bytes; returns the length that was needed, as snprintf does.
 * Since   0.1 */
SLEY_API size_t sley_error_format(const sley_error *e, char *text, size_t size);

SLEY_EXTERN_C_END

#endif
