/* Made by scripts/generate from sley/workers.h. */
#ifndef SLEY_SITES_WORKERS_H
#define SLEY_SITES_WORKERS_H

#include <sley/workers.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_workers_close_at(const char *site, sley_workers *pool, double seconds); /* contract: workers.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_workers_drain_at(const char *site, sley_workers *pool); /* contract: workers.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_detach_at(const char *site, sley_workers *pool, sley_job_fn *f, sley_value arg); /* contract: workers.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_detach_class_at(const char *site, sley_workers *pool, sley_priority priority, sley_job_fn *f, sley_value arg); /* contract: workers.h */
SLEY_API SLEY_NODISCARD int sley_try_detach_at(const char *site, sley_workers *pool, sley_priority priority, sley_job_fn *f, sley_value arg, sley_promise **out); /* contract: workers.h */
#define sley_workers_close(...) sley_workers_close_at(SLEY_HERE, __VA_ARGS__) /* contract: workers.h */
#define sley_workers_drain(...) sley_workers_drain_at(SLEY_HERE, __VA_ARGS__) /* contract: workers.h */
#define sley_detach(...) sley_detach_at(SLEY_HERE, __VA_ARGS__) /* contract: workers.h */
#define sley_detach_class(...) sley_detach_class_at(SLEY_HERE, __VA_ARGS__) /* contract: workers.h */
#define sley_try_detach(...) sley_try_detach_at(SLEY_HERE, __VA_ARGS__) /* contract: workers.h */

#if defined(__cplusplus)
#elif defined(__clang__)
SLEY__FORWARD SLEY_NODISCARD int sley__run_in_main_dont_wait_here(sley_domain *domain, sley_call_fn *f, sley_value arg, sley_error_fn *failed, void *ctx) { return (sley_run_in_main_dont_wait)(domain, f, arg, failed, ctx, (sley_drop_fn *)0); } /* contract: workers.h */
SLEY__FORWARD SLEY_NODISCARD int sley__run_in_main_dont_wait_here(sley_domain *domain, sley_call_fn *f, sley_value arg, sley_error_fn *failed, void *ctx, sley_drop_fn *drop) { return (sley_run_in_main_dont_wait)(domain, f, arg, failed, ctx, drop); } /* contract: workers.h */
#define sley_run_in_main_dont_wait(...) sley__run_in_main_dont_wait_here(__VA_ARGS__) /* contract: workers.h */
#else
SLEY__FORWARD SLEY_NODISCARD int sley__run_in_main_dont_wait_here(sley_domain *domain, sley_call_fn *f, sley_value arg, sley_error_fn *failed, void *ctx, sley_drop_fn *drop, ...) { SLEY__REFUSE_MORE("sley_run_in_main_dont_wait", ""); return (sley_run_in_main_dont_wait)(domain, f, arg, failed, ctx, drop); } /* contract: workers.h */
#define sley_run_in_main_dont_wait(...) sley__run_in_main_dont_wait_here(__VA_ARGS__, (sley_drop_fn *)0) /* contract: workers.h */
#endif

SLEY_EXTERN_C_END
/* clang-format on */

#endif
