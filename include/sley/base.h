/* sley/base.h: attributes, codes and small types that every other header uses.
 *
 * Structs of options, and structs that the library fills in, begin with a member size, so that they
 * can grow. Set it to the struct's sizeof; a size of 0 aborts with a message that names the struct.
 *
 * In C++, callbacks must not throw, because an exception would leave the library's own frames half
 * done. Mark them noexcept, so that a throw calls std::terminate; catch inside, and return
 * sley_fail. An exception that reaches sley_run or sley_step aborts the process with a message; one
 * that leaves a fiber terminates it. */
#ifndef SLEY_BASE_H
#define SLEY_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#error "sley needs a POSIX system"
#endif

/* SLEY_STATIC means that the program or library is linked with libsley.a; sley::sley_static and
 * pkg-config --static define it. That copy of the library is private to what it is linked into, and
 * none of its symbols are exported. */
#if defined(__GNUC__)
#if defined(SLEY_STATIC)
#define SLEY_API __attribute__((visibility("hidden")))
#else
#define SLEY_API __attribute__((visibility("default")))
#endif
#define SLEY_NODISCARD __attribute__((warn_unused_result))
#define SLEY_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
/* Lets the compiler see that an out parameter is set where the error is NULL: otherwise gcc warns of
 * its use behind `if (e != NULL) return`. */
#define SLEY_RETURNS_NONNULL __attribute__((returns_nonnull))
/* A declaration, or the text of a macro, that begins with it leaves in a later version: the compiler tells the text, which names
 * what to use instead, at each use (docs/releases.md). */
#define SLEY_DEPRECATED(text) __attribute__((deprecated(text)))
#define SLEY_DEPRECATED_NAME(text) SLEY_PRAGMA(GCC warning text)
#define SLEY_PRAGMA(text) _Pragma(#text)
#else
#define SLEY_DEPRECATED(text)
#define SLEY_DEPRECATED_NAME(text)
#define SLEY_API
#define SLEY_NODISCARD
#define SLEY_PRINTF(format_at, first_at)
#define SLEY_RETURNS_NONNULL
#endif

#ifdef __cplusplus
#define SLEY_EXTERN_C_BEGIN extern "C" {
#define SLEY_EXTERN_C_END }
#else
#define SLEY_EXTERN_C_BEGIN
#define SLEY_EXTERN_C_END
#endif

/* The place of a call as a string literal, "file:line". A function declared with SLEY_SITE is also a
 * macro that passes the place on: sley_bind(...) calls sley_bind_at with SLEY_HERE before its
 * arguments. Bindings for other languages use the exported function of the plain name, or NAME_at with
 * a literal of their own. scripts/generate makes both from the declaration, in sley/sites. */
#define SLEY_SITE
#define SLEY_STRING_1(text) #text
#define SLEY_STRING(text) SLEY_STRING_1(text)
#define SLEY_HERE __FILE__ ":" SLEY_STRING(__LINE__)

/* A function that keeps the ctx of a callback takes drop as its last parameter, which can be left
 * out of a call: sley_bind(p, f, ctx), or sley_bind(p, f, ctx, free). drop(ctx) is called exactly
 * once: after the callback has returned for the last time, or as soon as it is certain not to run.
 * Without drop, ctx must stay valid until then. Function pointers, bindings and NAME_at always take
 * drop; NULL stands for none.
 *
 * An argument behind drop does not compile in C++, with clang, and with gcc when it optimizes. gcc at
 * -O0 compiles it, because it cannot count the arguments before it has inlined the call: commas in
 * braces rule out counting in a macro, and the list as a compound literal would be expanded twice at
 * each level of nested calls. Such a call aborts with a message that names it. */
#ifdef __cplusplus
#define SLEY_OPTIONAL(parameter) parameter = NULL
#else
#define SLEY_OPTIONAL(parameter) parameter
#endif

/* For sley/sites only: makes the C functions whose drop can be left out. */
#if defined(__clang__)
#define SLEY__FORWARD \
  extern __inline__   \
      __attribute__((__gnu_inline__, __always_inline__, __artificial__, __overloadable__))
#elif defined(__GNUC__)
#define SLEY__FORWARD \
  extern __inline__ __attribute__((__gnu_inline__, __always_inline__, __artificial__))
#ifdef __OPTIMIZE__
void sley__too_many_arguments(void)
    __attribute__((__error__("too many arguments: the last one is drop")));
#define SLEY__REFUSE_MORE(function, site) \
  if (__builtin_va_arg_pack_len() > 1) sley__too_many_arguments()
#else /* the condition is not folded, and the erroneous call would be in every caller */
#define SLEY__REFUSE_MORE(function, site) \
  if (__builtin_va_arg_pack_len() > 1) sley__too_many_given(function, site)
#endif
#else
#define SLEY__FORWARD static inline
#define SLEY__REFUSE_MORE(function, site) (void)0
#endif

SLEY_EXTERN_C_BEGIN

/* For SLEY__REFUSE_MORE only: aborts, and names the call.
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley__too_many_given(const char *function, const char *place);

typedef struct sley_runtime sley_runtime;   /* what domains share: allocator, default hooks    */
typedef struct sley_domain sley_domain;     /* one scheduler, driven by one thread at a time   */
typedef struct sley_promise sley_promise;   /* counted reading handle; belongs to its domain   */
typedef struct sley_resolver sley_resolver; /* the one writing handle; belongs to its domain   */
typedef struct sley_error sley_error;       /* immutable, counted; can cross domains           */

/* Nanoseconds. A point in time is on the domain's monotonic clock. */
typedef int64_t sley_time;
/* A descriptor of the operating system. */
typedef int sley_fd;

/* A second, and a millisecond, as sley_time. */
#define SLEY_SECOND ((sley_time)1000000000)
#define SLEY_MILLISECOND ((sley_time)1000000)

/* Codes of the library's own error kind, sley_kind_sley. A function that returns int returns 0 or one
 * of these negated (-SLEY_EAGAIN). */
enum {
  SLEY_ECANCELED = 1,  /* the promise was canceled                                     */
  SLEY_ENOMEM = 2,     /* out of memory                                                */
  SLEY_EABANDONED = 3, /* the resolver was dropped without an answer                   */
  SLEY_ECLOSED = 4,    /* the object was closed                                        */
  SLEY_EEOF = 5,       /* end of file                                                  */
  SLEY_ETIMEOUT = 6,   /* the time limit has passed                                    */
  SLEY_EMOVED = 7,     /* another reader moved the value out                           */
  SLEY_EGONE = 8,      /* the domain has ended                                         */
  SLEY_EAGAIN = 9,     /* no room or credit now: try later, or use the waiting form    */
  SLEY_EDEPTH = 10,    /* calls between domains are nested too deeply                  */
  SLEY_EINVAL = 11,    /* invalid argument                                             */
  SLEY_EEMPTY = 12,    /* no promises to choose from                                   */
  SLEY_ESEND = 13,     /* a value of this type cannot leave its domain                 */
  SLEY_EFORK = 14,     /* used in the child of a fork                                  */
  SLEY_ESYSTEM = 15,   /* the system refused; the error's cause or text has the reason */
  SLEY_EDEADLOCK = 16, /* would wait for itself, or for ever                           */
  SLEY_ENOTFOUND = 17  /* not found                                                    */
};

/* Returns a static English sentence for a code of either sign, "unknown code" for others.
 * Thread  any.
 * Since   0.1 */
SLEY_API const char *sley_code_text(int code);

SLEY_EXTERN_C_END

#endif
