/* Errors: immutable except for the trace of combinators passed, which is written only while one thread has the error.
 * Memory comes from malloc: an error can outlive its domain and be freed anywhere. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <string.h>

#include "promise/base/base.h"

enum { TRACE_SITES = 8, MESSAGE_BYTES = 512 };

/* The fields that show that an error is freed lie beyond what allocators write into freed memory. */
struct sley_error {
  const sley_error_kind *kind;
  const char *message; /* points to its own text, or is static */
  uint32_t refs;       /* any thread, __atomic, once shared */
  bool shared;         /* written by the one owner before the error crosses */
  bool is_static;
  uint8_t passed; /* combinators passed; the last TRACE_SITES are kept */
  int code;
  uint32_t mark; /* sley__copy_mark of the copy that made it, or GONE; __atomic in static ones */
  const char *site;
  sley_error *cause;
  const char *sites[TRACE_SITES];
  char text[];
};

enum { GONE = 0xdead00 };

static inline uint32_t own_mark(void) { return sley__copy_mark((uintptr_t)&sley__copy); }

static const char *sley_kind_text(int code) { return sley_code_text(code); }

static const char *errno_kind_text(int code) { return strerror(code); }

const sley_error_kind sley_kind_sley = {sizeof(sley_error_kind), "sley", sley_kind_text};
const sley_error_kind sley_kind_errno = {sizeof(sley_error_kind), "errno", errno_kind_text};

#define STATIC_ERROR(number, text)                                                       \
  {                                                                                      \
    .refs = 1, .is_static = true, .code = (number), .kind = &sley_kind_sley, .site = "", \
    .message = (text)                                                                    \
  }
sley_error sley__canceled = STATIC_ERROR(SLEY_ECANCELED, "canceled");
sley_error sley__nomem = STATIC_ERROR(SLEY_ENOMEM, "out of memory");
sley_error sley__abandoned =
    STATIC_ERROR(SLEY_EABANDONED, "abandoned: the resolver was dropped without an answer");
static sley_error closed_error = STATIC_ERROR(SLEY_ECLOSED, "closed");
static sley_error eof_error = STATIC_ERROR(SLEY_EEOF, "end of file");
static sley_error timeout_error = STATIC_ERROR(SLEY_ETIMEOUT, "timed out");

static sley_error *const static_errors[] = {&sley__canceled, &sley__nomem, &sley__abandoned,
                                            &closed_error,   &eof_error,   &timeout_error};

/* ---- ownership and liveness ---- */

static bool is_own_static(const sley_error *e)
{
  for (size_t i = 0; i < sizeof(static_errors) / sizeof(static_errors[0]); i++) {
    if (static_errors[i] != e) continue;
    __atomic_store_n(&static_errors[i]->mark, own_mark(), __ATOMIC_RELAXED); /* fast next time */
    return true;
  }
  return false;
}

static SLEY__NOINLINE void check_slow(const sley_error *e, uint32_t mark, const char *function,
                                      const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (is_own_static(e)) return;
  if (mark == GONE)
    sley__abort(
        "%s%s%s was given an error that is already gone (it was made at %s): drop every reference "
        "once; sley_fail, sley_reject and similar functions consume the error, so call "
        "sley_error_keep first if you need it later",
        function, at, site, e->site[0] != '\0' ? e->site : "an unknown place");
  if (e->is_static && mark == 0) /* of a copy that has not used its own yet */
    sley__refuse_foreign_address(e, function, site, "an error");
  sley__refuse_foreign_mark(mark, function, site, "an error");
  sley__abort("%s%s%s was given memory that holds no error: it was freed, or never held one",
              function, at, site);
}

static inline void check_error(const sley_error *e, const char *function, const char *site)
{
  uint32_t mark = __atomic_load_n(&e->mark, __ATOMIC_RELAXED);
  if (SLEY__UNLIKELY(mark != own_mark())) check_slow(e, mark, function, site);
}
#define CHECK(e) check_error(e, __func__, "")

void sley__error_check(const sley_error *e, const char *function, const char *site)
{
  check_error(e, function, site);
}

bool sley__error_has_one_owner(const sley_error *e)
{
  return !e->is_static && !e->shared && e->refs == 1;
}

/* When debugging: the errors dropped last, in a ring; each is kept until that many more were dropped. Any thread. */
enum { KEPT_ERRORS = 1024 };
static bool keeps_errors; /* __atomic */
static sley_error *kept_errors[KEPT_ERRORS];
static unsigned next_kept;

void sley__errors_debug(void) { __atomic_store_n(&keeps_errors, true, __ATOMIC_RELAXED); }

static void error_free(sley_error *e)
{
  __atomic_store_n(&e->mark, GONE, __ATOMIC_RELAXED);
  if (SLEY__UNLIKELY(__atomic_load_n(&keeps_errors, __ATOMIC_RELAXED)) && !sley__has_checker()) {
    unsigned at = __atomic_fetch_add(&next_kept, 1, __ATOMIC_RELAXED) % KEPT_ERRORS;
    e = __atomic_exchange_n(&kept_errors[at], e, __ATOMIC_ACQ_REL);
  }
  free(e);
}

const char *sley_code_text(int code)
{
  static const char *const texts[] = {
      [SLEY_ECANCELED] = "canceled",
      [SLEY_ENOMEM] = "out of memory",
      [SLEY_EABANDONED] = "abandoned: the resolver was dropped without an answer",
      [SLEY_ECLOSED] = "closed",
      [SLEY_EEOF] = "end of file",
      [SLEY_ETIMEOUT] = "timed out",
      [SLEY_EMOVED] = "another reader moved the value out",
      [SLEY_EGONE] = "the domain has ended",
      [SLEY_EAGAIN] = "no room or credit now",
      [SLEY_EDEPTH] = "calls between domains are nested too deeply",
      [SLEY_EINVAL] = "invalid argument",
      [SLEY_EEMPTY] = "no promises to choose from",
      [SLEY_ESEND] = "a value of this type cannot leave its domain",
      [SLEY_EFORK] = "used in the child of a fork",
      [SLEY_ESYSTEM] = "the system refused",
      [SLEY_EDEADLOCK] = "would wait for itself",
      [SLEY_ENOTFOUND] = "not found"};
  if (code == 0) return "success";
  if (code < 0) code = code == INT32_MIN ? 0 : -code;
  if (code <= 0 || (size_t)code >= sizeof(texts) / sizeof(texts[0])) return "unknown code";
  return texts[code];
}

static sley_error *error_make(const char *site, const sley_error_kind *kind, int code,
                              const char *message, size_t length)
{
  sley_error *e = malloc(sizeof(sley_error) + length + 1);
  if (e == NULL) return NULL;
  *e = (sley_error){.refs = 1, .code = code, .kind = kind, .site = site, .mark = own_mark()};
  if (message == NULL) {
    e->message = NULL;
  } else {
    memcpy(e->text, message, length);
    e->text[length] = '\0';
    e->message = e->text;
  }
  return e;
}

sley_error *sley_error_new_text(const char *site, const sley_error_kind *kind, int code,
                                const char *message)
{
  size_t length = message == NULL ? 0 : strnlen(message, MESSAGE_BYTES - 1);
  sley_error *e = error_make(site, kind, code, message, length);
  return e != NULL ? e : &sley__nomem;
}

sley_error *sley__error_new_list(const char *site, const sley_error_kind *kind, int code,
                                 const char *format, va_list arguments)
{
  if (format == NULL) return sley_error_new_text(site, kind, code, NULL);
  char text[MESSAGE_BYTES];
  vsnprintf(text, sizeof(text), format, arguments);
  return sley_error_new_text(site, kind, code, text);
}

sley_error *sley_error_new_at(const char *site, const sley_error_kind *kind, int code,
                              const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  sley_error *e = sley__error_new_list(site, kind, code, format, arguments);
  va_end(arguments);
  return e;
}

sley_error *sley__error_wrap_list(const char *site, sley_error *cause, const char *format,
                                  va_list arguments)
{
  SLEY__NEEDS_AT(site, cause);
  check_error(cause, "sley_error_wrap", site);
  if (sley_error_is_canceled(cause)) return cause;
  char text[MESSAGE_BYTES];
  vsnprintf(text, sizeof(text), format, arguments);
  sley_error *e = error_make(site, cause->kind, cause->code, text, strlen(text));
  if (e == NULL) return cause;
  e->cause = cause;
  return e;
}

sley_error *sley_error_wrap_at(const char *site, sley_error *cause, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  sley_error *e = sley__error_wrap_list(site, cause, format, arguments);
  va_end(arguments);
  return e;
}

sley_error *sley__error_of_code(int code)
{
  return code == -SLEY_ENOMEM ? sley_error_nomem()
                              : sley_error_new_at("", &sley_kind_sley, -code, NULL);
}

sley_error *sley__error_errno(const char *site, int errno_value, const char *what)
{
  return sley_error_new_at(site, &sley_kind_errno, errno_value, "%s: %s", what,
                           strerror(errno_value));
}

sley_error *sley_error_keep(sley_error *e)
{
  if (e == NULL) return e;
  CHECK(e);
  if (e->is_static) return e;
  if (e->shared) __atomic_fetch_add(&e->refs, 1, __ATOMIC_RELAXED);
  else e->refs++;
  return e;
}

static bool was_last(sley_error *e)
{
  if (e->shared) return __atomic_sub_fetch(&e->refs, 1, __ATOMIC_ACQ_REL) == 0;
  return --e->refs == 0;
}

void sley_error_drop(sley_error *e)
{
  if (e != NULL) CHECK(e);
  while (e != NULL && !e->is_static && was_last(e)) {
    sley_error *cause = e->cause;
    error_free(e);
    e = cause;
  }
}

void sley__error_share(sley_error *e)
{
  for (; e != NULL && !e->is_static && !e->shared; e = e->cause) e->shared = true;
}

void sley__error_pass(sley_error *e, const char *site)
{
  if (e->is_static || e->shared) return;
  e->sites[e->passed % TRACE_SITES] = site;
  e->passed = (uint8_t)(e->passed + 1 < 256 - TRACE_SITES ? e->passed + 1 : TRACE_SITES);
}

sley_error *sley_error_canceled(void) { return &sley__canceled; }

sley_error *sley_error_nomem(void) { return &sley__nomem; }

sley_error *sley_error_abandoned(void) { return &sley__abandoned; }

sley_error *sley_error_closed(void) { return &closed_error; }

sley_error *sley_error_eof(void) { return &eof_error; }

sley_error *sley_error_timeout(void) { return &timeout_error; }

const sley_error_kind *sley_error_kind_get(const sley_error *e)
{
  SLEY__NEEDS(e);
  CHECK(e);
  return e->kind;
}

int sley_error_code(const sley_error *e)
{
  SLEY__NEEDS(e);
  CHECK(e);
  return e->code;
}

const char *sley_error_message(const sley_error *e)
{
  SLEY__NEEDS(e);
  CHECK(e);
  if (e->message != NULL) return e->message;
  return e->kind->text != NULL ? e->kind->text(e->code) : e->kind->name;
}

const sley_error *sley_error_cause(const sley_error *e)
{
  SLEY__NEEDS(e);
  CHECK(e);
  return e->cause;
}

const char *sley_error_site(const sley_error *e)
{
  SLEY__NEEDS(e);
  CHECK(e);
  return e->site;
}

bool sley_error_is(const sley_error *e, const sley_error_kind *kind, int code)
{
  if (e != NULL) CHECK(e);
  for (; e != NULL; e = e->cause)
    if (e->kind == kind && e->code == code) return true;
  return false;
}

bool sley_error_is_canceled(const sley_error *e)
{
  if (e != NULL) CHECK(e);
  return e == &sley__canceled;
}

void sley__append(char *text, size_t size, size_t *used, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  size_t room = *used < size ? size - *used : 0;
  int n = vsnprintf(room > 0 ? text + *used : NULL, room, format, arguments);
  va_end(arguments);
  if (n > 0) *used += (size_t)n;
}

/* Its site behind a word, NULL: not that, and the last TRACE_SITES combinators passed. */
static void append_way(char *text, size_t size, size_t *used, const sley_error *e,
                       const char *before)
{
  if (before != NULL && e->site[0] != '\0') sley__append(text, size, used, "%s%s", before, e->site);
  uint32_t kept = e->passed < TRACE_SITES ? e->passed : TRACE_SITES;
  const char *last = e->site;
  before = ", through ";
  for (uint32_t i = e->passed - kept; i < e->passed; i++) {
    const char *site = e->sites[i % TRACE_SITES];
    if (site[0] == '\0' || strcmp(site, last) == 0) continue;
    sley__append(text, size, used, "%s%s", before, site);
    before = " ";
    last = site;
  }
}

static void append_one(char *text, size_t size, size_t *used, const sley_error *e)
{
  sley__append(text, size, used, "%s [%s %d]", sley_error_message(e), e->kind->name, e->code);
  append_way(text, size, used, e, " at ");
}

/* Whether an error's message says what its cause's does: then the cause has at most another place to add. */
static bool says_cause(const sley_error *e)
{
  return e->cause->kind == e->kind && e->cause->code == e->code &&
         strstr(sley_error_message(e), sley_error_message(e->cause)) != NULL;
}

size_t sley_error_format(const sley_error *e, char *text, size_t size)
{
  SLEY__NEEDS(e);
  CHECK(e);
  size_t used = 0;
  if (size > 0) text[0] = '\0';
  append_one(text, size, &used, e);
  for (; e->cause != NULL; e = e->cause) {
    if (says_cause(e)) {
      bool is_same = strcmp(e->cause->site, e->site) == 0;
      append_way(text, size, &used, e->cause, is_same ? NULL : "; from ");
      continue;
    }
    sley__append(text, size, &used, "; because: ");
    append_one(text, size, &used, e->cause);
  }
  return used;
}
