/* sley/engine.h: what asks the kernel for a domain. */
#ifndef SLEY_ENGINE_H
#define SLEY_ENGINE_H

#include <sley/loop.h>

SLEY_EXTERN_C_BEGIN

/* Receives the name of an engine; why is NULL, or a sentence that says why it cannot be used here. Both are lent
 * until it returns. */
typedef void sley_engine_fn(void *ctx, const char *name, const char *why);

/* Calls f for each engine that this build knows, the best first. The first that can be used is what a domain gets
 * that asks for none. A domain asks by its name: sley_domain_options.engine, or sley_runtime_options.engine for the
 * domains that name none.
 * Thread  any.
 * Cost    makes and ends one of each.
 * Since   0.1 */
SLEY_API void sley_engine_each(sley_engine_fn *f, void *ctx);

/* The name of the engine of domain: "epoll", "poll", "select" or "kqueue" (libev's). domain NULL: of the current
 * domain, whose loop is made if there is none yet.
 * Owns    the name is static.
 * Fails   NULL: that domain has not run anything yet, or has no loop that could be made.
 * Thread  any that holds a handle.
 * Lwt     Lwt_engine.id
 * Since   0.1 */
SLEY_API const char *sley_engine_name(const sley_domain *domain);

SLEY_EXTERN_C_END

#endif
