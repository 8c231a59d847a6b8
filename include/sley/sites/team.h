/* Made by scripts/generate from sley/team.h. */
#ifndef SLEY_SITES_TEAM_H
#define SLEY_SITES_TEAM_H

#include <sley/team.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_team_shutdown_at(const char *site, sley_team *team, double seconds); /* contract: team.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_team_at(const char *site, const sley_team_options *options, double seconds, sley_team_fn *f, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop)); /* contract: team.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_team_call_at(const char *site, sley_team *team, sley_call_fn *f, sley_value arg); /* contract: team.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_parallel_for_at(const char *site, sley_team *team, size_t n, size_t grain, sley_range_fn *f, sley_value shared); /* contract: team.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_parallel_map_at(const char *site, sley_team *team, sley_value *in, size_t n, size_t grain, sley_element_fn *f, sley_value shared); /* contract: team.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_parallel_reduce_at(const char *site, sley_team *team, size_t n, size_t grain, sley_partial_fn *f, sley_combine_fn *combine, sley_value shared); /* contract: team.h */
#define sley_team_shutdown(...) sley_team_shutdown_at(SLEY_HERE, __VA_ARGS__) /* contract: team.h */
#define sley_team_call(...) sley_team_call_at(SLEY_HERE, __VA_ARGS__) /* contract: team.h */
#define sley_parallel_for(...) sley_parallel_for_at(SLEY_HERE, __VA_ARGS__) /* contract: team.h */
#define sley_parallel_map(...) sley_parallel_map_at(SLEY_HERE, __VA_ARGS__) /* contract: team.h */
#define sley_parallel_reduce(...) sley_parallel_reduce_at(SLEY_HERE, __VA_ARGS__) /* contract: team.h */

#if defined(__cplusplus)
#define sley_with_team(...) sley_with_team_at(SLEY_HERE, __VA_ARGS__) /* contract: team.h */
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_team_here(const char *site, const sley_team_options *options, double seconds, sley_team_fn *f, void *ctx) { return sley_with_team_at(site, options, seconds, f, ctx, (sley_drop_fn *)0); } /* contract: team.h */
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_team_here(const char *site, const sley_team_options *options, double seconds, sley_team_fn *f, void *ctx, sley_drop_fn *drop) { return sley_with_team_at(site, options, seconds, f, ctx, drop); } /* contract: team.h */
#define sley_with_team(...) sley__with_team_here(SLEY_HERE, __VA_ARGS__) /* contract: team.h */
#else
SLEY__FORWARD SLEY_NODISCARD sley_promise *sley__with_team_here(const char *site, const sley_team_options *options, double seconds, sley_team_fn *f, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_with_team", site); return sley_with_team_at(site, options, seconds, f, ctx, drop); } /* contract: team.h */
#define sley_with_team(...) sley__with_team_here(SLEY_HERE, __VA_ARGS__, (sley_drop_fn *)0) /* contract: team.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
