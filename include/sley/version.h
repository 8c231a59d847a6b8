/* sley/version.h: the version of these headers and of the loaded library, and what they have. */
#ifndef SLEY_VERSION_H
#define SLEY_VERSION_H

#include <sley/base.h>

/* The version of these headers: its three numbers, and as a text. */
#define SLEY_VERSION_MAJOR 0
#define SLEY_VERSION_MINOR 1
#define SLEY_VERSION_PATCH 0
#define SLEY_VERSION_TEXT "0.1.0"
/* The version of these headers as one number that grows, 100 for 0.1.0: for #if. */
#define SLEY_VERSION_NUM \
  (SLEY_VERSION_MAJOR * 10000 + SLEY_VERSION_MINOR * 100 + SLEY_VERSION_PATCH)

/* What these headers declare and their library has. Each is 1 or not defined, so that #if SLEY_HAS_IO and #ifdef
 * SLEY_HAS_IO ask the same; a library that can do without something asks before it uses it. With SLEY_PROMISE_ONLY
 * those of promises alone are defined. A public header that is added after 0.1 gets a macro of its name, and functions
 * that are added to a header one of what they add; none ever goes while its functions stay. */
#define SLEY_HAS_FIBERS 1      /* fiber.h, generator.h */
#define SLEY_HAS_DOMAIN_SLOT 1 /* domain_slot.h */
#if !defined(SLEY_PROMISE_ONLY)
/* loop.h, alarm.h, throttle.h, loop_hooks.h, test_clock.h, engine.h, fd_watch.h */
#define SLEY_HAS_LOOP 1
/* address.h, bytes.h, io.h, slice.h, dns.h, channel.h, format.h, pump.h, fds.h, client.h, socket.h, datagram.h,
 * server.h */
#define SLEY_HAS_IO 1
#define SLEY_HAS_WORKERS 1 /* workers.h, job.h */
#define SLEY_HAS_DOMAINS 1 /* call.h, remote.h, domain.h, port.h, sharded.h, team.h, cross.h */
#endif

SLEY_EXTERN_C_BEGIN

/* Returns SLEY_VERSION_NUM of the loaded library, which can be newer than these headers.
 * Thread  any.
 * Since   0.1 */
SLEY_API int sley_version(void);

/* Returns the same as text, "0.1.0", a static string.
 * Thread  any.
 * Since   0.1 */
SLEY_API const char *sley_version_text(void);

/* Whether the loaded library serves a program that was compiled with the headers of that version: before 1.0 if
 * major and minor number are the same, from 1.0 on if the major number is and the library is not older. For bindings,
 * and for what finds the library with dlopen: sley_version_is_for(SLEY_VERSION_NUM). A linked program need not ask,
 * because the loader refuses it a library with another name or without the symbol version that it wants.
 * Thread  any.
 * Since   0.1 */
SLEY_API bool sley_version_is_for(int headers);

SLEY_EXTERN_C_END

#endif
