/* The internal interface of errors. */
#ifndef SLEY_BASE_ERROR_H
#define SLEY_BASE_ERROR_H

#include <sley/error.h>
#include <stdarg.h>

#include "promise/base/compiler.h"

extern sley_error sley__canceled, sley__nomem, sley__abandoned;

/* Aborts if e belongs to another copy, or is freed: as far as its memory shows it, and always when debugging. Any
 * thread. */
void sley__error_check(const sley_error *e, const char *function, const char *site);
/* From now on dropped errors keep their memory for a while, so that a later use is detected. */
void sley__errors_debug(void);
/* Marks e as shared between threads: from now on it is counted atomically. Call it before e (and its causes) is
 * handed to another thread. */
void sley__error_share(sley_error *e);
/* Records in e's trace that it passed site; call it before e is shared. */
void sley__error_pass(sley_error *e, const char *site);
/* An error of kind errno: "WHAT: TEXT". */
sley_error *sley__error_errno(const char *site, int errno_value, const char *what);
/* The error for a negative code. */
sley_error *sley__error_of_code(int code);

/* sley_error_new and sley_error_wrap with a va_list. */
sley_error *sley__error_new_list(const char *site, const sley_error_kind *kind, int code,
                                 const char *format, va_list arguments);
sley_error *sley__error_wrap_list(const char *site, sley_error *cause, const char *format,
                                  va_list arguments);
bool sley__error_has_one_owner(const sley_error *e); /* not static, not shared */

/* Appends to a text of size bytes, of which used are taken; keeps counting when it is full. */
void sley__append(char *text, size_t size, size_t *used, const char *format, ...) SLEY_PRINTF(4, 5);

#endif
