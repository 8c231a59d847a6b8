/* sley/runtime.h: runtimes, and domains that their caller drives.
 *
 * Simple programs need none of this: the first call that needs a domain gives the calling thread a default domain
 * in a default runtime, and sley_finish ends them. */
#ifndef SLEY_RUNTIME_H
#define SLEY_RUNTIME_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Where memory comes from. Both functions must be safe on any thread if the runtime has more than one domain.
 * alloc returns memory aligned as malloc's, or NULL. */
typedef struct sley_allocator {
  void *(*alloc)(void *ctx, size_t bytes);
  void (*free)(void *ctx, void *memory, size_t bytes);
  void *ctx;
} sley_allocator;

typedef struct sley_runtime_options {
  size_t size;              /* sizeof(sley_runtime_options)                                     */
  sley_allocator allocator; /* all zero: malloc and free                                        */
  bool single_objects;      /* every object is allocated and freed alone, and every use of a promise
                               is looked at: slow; names both places where a promise is used after
                               it was consumed. SLEY_DEBUG=1 in the environment sets it           */
  unsigned max_threads;     /* threads the runtime can start, domains and workers together; 0: no
                               limit                                                            */
  bool no_fault_handler;    /* the first sley_spawn installs no handler for SIGSEGV             */
  double slow_seconds;      /* sley_set_slow_hook's time in every domain, from the start; 0: none.
                               SLEY_DEBUG=1 sets 100 ms where it is 0                           */
  const char *engine;       /* what asks the kernel for domains that name no engine, the first one
                               too: "epoll", "poll", "select", "kqueue" (sley_engine_each); NULL:
                               the best there is. The first sley_run of a domain, or its
                               sley_domain_spawn, fails if it cannot be had. Copied             */
} sley_runtime_options;

/* Makes a runtime. options can be NULL. A process can have several. The environment variable SLEY_DEBUG, if it is
 * set and neither empty nor 0, turns debugging on (see the options), and each domain tells on stderr by which engine it
 * asks the kernel.
 * Owns    *out is the caller's: sley_runtime_drop.
 * Fails   out of memory, SLEY_EINVAL (half an allocator); *out is NULL then.
 * Thread  any.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_runtime_new(const sley_runtime_options *options,
                                                     sley_runtime **out);
/* Ends a runtime whose domains have all ended; aborts otherwise, with their names.
 * Since   0.1 */
SLEY_API void sley_runtime_drop(sley_runtime *runtime);

/* Makes a domain that the caller drives: enter it, use it, step it, leave it. runtime NULL: the default one. name
 * can be NULL; it is copied.
 * Fails   out of memory; *out is NULL then.
 * Thread  any; only one thread at a time can be in the domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_domain_new(sley_runtime *runtime, const char *name,
                                                    sley_domain **out);
/* Makes domain the calling thread's current one, until sley_domain_leave restores the one before. Entering a
 * domain twice, or on two threads, aborts.
 * Since   0.1 */
SLEY_API void sley_domain_enter(sley_domain *domain);
SLEY_API void sley_domain_leave(sley_domain *domain);
/* Ends a domain made by sley_domain_new that no thread has entered, after its hooks of sley_at_finish. Promises that are
 * left are written to stderr, a line per site, and freed; their values are dropped, no callback runs.
 * Owns    consumes domain; handles from sley_domain_keep outlive it.
 * Fails   returns how many promises were left.
 * Since   0.1 */
SLEY_API size_t sley_domain_end(sley_domain *domain);

/* Runs the hooks of sley_at_finish, ends the calling thread's default domain and the default runtime, and writes a
 * line per site of promises left to stderr, and one for each that has a name. Rejections among them that were never
 * read go to the unhandled hook. A later call makes new ones. Domains that were spawned or made must have ended,
 * otherwise it aborts with their names. Where several parts of a program use the default runtime (sley_configure), the
 * last call ends it, and earlier ones return 0. Using a promise that was left aborts with the place of this call.
 * Jobs that still run have five seconds, look-ups of names a tenth of one: then their threads are left behind.
 * Fails   returns how many promises were left. Aborts inside a callback or fiber.
 * Thread  the one that has the default domain; on others it does nothing and returns 0.
 * Since   0.1 */
SLEY_API size_t sley_finish(void);

/* Lets the child of a fork use the library: it begins anew, with no domain, runtime or pool. What the parent had
 * stays untouched and unusable here; its memory and descriptors are the child's until exec or exit. Leave
 * everything from before the fork alone (promises, pools, domains): with or without this call, using it aborts as
 * far as it can be noticed, and nothing waits for a thread that is not here. Dropping a handle of a domain does
 * nothing. Does nothing in any process but such a child.
 * Thread  the only one of the child.
 * Since   0.1 */
SLEY_API void sley_after_fork_child(void);

/* Registers one more part of the program (a library beside its host, say) as a user of the default runtime, with
 * its options; NULL, and members that are 0, leave them to others. sley_finish ends the default domain when it
 * has been called as often. A program that never calls this is one user; if any part calls it, every part
 * should, before its first other call.
 * Fails   SLEY_EINVAL, and nothing is registered, if a member contradicts what another user asked for or what the
 *         runtime, once it exists, was made with; or for half an allocator.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_configure(const sley_runtime_options *options);

/* The calling thread's current domain, or NULL (asking does not make the default one); its name and its number,
 * which is never used twice.
 * Since   0.1 */
SLEY_API sley_domain *sley_domain_current(void);
SLEY_API const char *sley_domain_name(const sley_domain *domain);
SLEY_API unsigned sley_domain_id(const sley_domain *domain);

SLEY_EXTERN_C_END

#endif
