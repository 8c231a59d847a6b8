/* sley/team.h: a named group of domains, and parallel work over it.
 *
 * As lwt_domain (setup_pool, teardown_pool, lookup_pool, get_num_domains, detach, run_in_main), with promises
 * at both ends: a job is a function that returns a promise. What runs in a member can wait, sleep and call back
 * into the domain it came from (run_in_main is sley_call), and never blocks a thread to do so. */
#ifndef SLEY_TEAM_H
#define SLEY_TEAM_H

#include <sley/domain.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_team sley_team; /* counted; any thread */

typedef struct sley_team_options {
  size_t size;                       /* sizeof(sley_team_options)                        */
  const char *name;                  /* for sley_team_lookup and, with a number, of the
                                        members; NULL: not to be looked up; copied       */
  size_t count;                      /* members; 0: sley_domain_default_count            */
  const sley_domain_options *domain; /* of each member; name, start, arg and the drops are ignored;
                                        NULL: the defaults                               */
  bool spread; /* pin member i to sley_domain_processor(i); domain must name no processors */
} sley_team_options;

/* Starts the members.
 * Owns    *out is a counted handle, the caller's. Dropping the last one does not end the members:
 *         sley_team_shutdown does.
 * Fails   as sley_domain_spawn; SLEY_EINVAL if a team of that name exists, for a name of more than 31 bytes,
 *         more than 4,096 members, or spread with processors named in domain. *out is NULL then, and members
 *         that had started are ended.
 * Lwt     Lwt_domain.setup_pool
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_team_new(const sley_team_options *options,
                                                  sley_team **out);
/* One more handle, one less.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_team *sley_team_keep(sley_team *team);
SLEY_API void sley_team_drop(sley_team *team);
/* The team of that name, or NULL.
 * Owns    a counted handle, the caller's.
 * Thread  any.
 * Lwt     Lwt_domain.lookup_pool
 * Since   0.1 */
SLEY_API sley_team *sley_team_lookup(const char *name);
/* The number of members, which does not count the caller; one member, or all, lent. An index past the end
 * aborts.
 * Thread  any.
 * Lwt     Lwt_domain.get_num_domains, which counts the caller
 * Since   0.1 */
SLEY_API size_t sley_team_count(const sley_team *team);
SLEY_API sley_domain *sley_team_domain(const sley_team *team, size_t index);
SLEY_API sley_domain *const *sley_team_domains(const sley_team *team);
/* Ends all members as sley_domain_shutdown does; fulfilled with unit when all have ended. The name is free
 * immediately.
 * Fails   rejected with SLEY_EGONE if it was called before.
 * Lwt     Lwt_domain.teardown_pool
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_team_shutdown(sley_team *team, double seconds);
/* Is lent a team until its promise is settled. */
typedef sley_promise *sley_team_fn(void *ctx, sley_team *team);
/* Starts a team as sley_team_new, calls f with it, and ends it as sley_team_shutdown(team, seconds) when f's promise, whose
 * outcome becomes the result's, is settled. Cancelable: f's promise is canceled.
 * Fails   as sley_team_new, and as f's promise; with what the shutdown fails with, also SLEY_EGONE, if f has ended the team.
 * Lwt     Lwt_domain.setup_pool and teardown_pool in a finalize
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_team(const sley_team_options *options,
                                                               double seconds, sley_team_fn *f,
                                                               void *ctx,
                                                               sley_drop_fn *SLEY_OPTIONAL(drop));

/* sley_call to the member with the fewest unanswered calls of this kind; members that have been ended are left
 * out.
 * Owns    consumes arg.
 * Fails   as sley_call; SLEY_EGONE if all members have been ended.
 * Lwt     Lwt_domain.detach
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_team_call(sley_team *team, sley_call_fn *f,
                                                               sley_value arg);
/* Calls of sley_team_call that a member has not answered.
 * Thread  any.
 * Since   0.1 */
SLEY_API uint64_t sley_team_load(const sley_team *team, size_t index);

/* Parallel loops. The work is cut into ranges of at most grain elements (0: about eight ranges a member), which
 * the members take one after the other, so that uneven ranges even out; a member's loop turns between ranges,
 * once a millisecond. shared is lent to every function, on several members' threads at the same time: it must
 * allow that, as sley_borrow of constant data does. It and everything handed over live until the last range
 * has ended, however early the result settles.
 *
 * Owns    consume shared and the values of in; the array is read during the call only.
 * Fails   rejected with the first error that a function returned (ranges not begun are left out), SLEY_ESEND
 *         if a value cannot cross, SLEY_EGONE if a member ended, out of memory. Canceling the result leaves
 *         out what has not begun. */

/* Calls f for ranges that together are 0 to n - 1.
 * Since   0.1 */
typedef sley_error *sley_range_fn(const sley_value *shared, size_t from, size_t to);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_parallel_for(sley_team *team, size_t n,
                                                                  size_t grain, sley_range_fn *f,
                                                                  sley_value shared);
/* Gives all results of f as a sley_list, in the order of in. f can take its input with sley_take.
 * Since   0.1 */
typedef sley_error *sley_element_fn(const sley_value *shared, sley_value *in, sley_value *out);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_parallel_map(sley_team *team, sley_value *in,
                                                                  size_t n, size_t grain,
                                                                  sley_element_fn *f,
                                                                  sley_value shared);
/* f makes one value of each range; combine makes *left of *left and *right, here and in the order of the ranges:
 * it need not be commutative. Without elements the result is unit.
 * Since   0.1 */
typedef sley_error *sley_partial_fn(const sley_value *shared, size_t from, size_t to,
                                    sley_value *out);
typedef sley_error *sley_combine_fn(const sley_value *shared, sley_value *left, sley_value *right);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_parallel_reduce(sley_team *team, size_t n,
                                                                     size_t grain,
                                                                     sley_partial_fn *f,
                                                                     sley_combine_fn *combine,
                                                                     sley_value shared);

SLEY_EXTERN_C_END

#include <sley/sites/team.h>

#endif
