/* Included before every file of a simulated build: yield points for everything outside src/queue, the atomic
 * operations of the other folders and those inside ConcurrencyKit's own loops. */
#ifndef SIMULATE_POINTS_H
#define SIMULATE_POINTS_H

void simulate_point(const char *file, int line);
#define SIMULATE_POINT() simulate_point(__FILE__, __LINE__)
#define YIELD_POINT() SIMULATE_POINT() /* in src/queue */

/* A macro is not expanded inside itself: the name below is the compiler's. */
#define __atomic_load_n(...) (SIMULATE_POINT(), __atomic_load_n(__VA_ARGS__))
#define __atomic_store_n(...) (SIMULATE_POINT(), __atomic_store_n(__VA_ARGS__))
#define __atomic_exchange_n(...) (SIMULATE_POINT(), __atomic_exchange_n(__VA_ARGS__))
#define __atomic_add_fetch(...) (SIMULATE_POINT(), __atomic_add_fetch(__VA_ARGS__))
#define __atomic_sub_fetch(...) (SIMULATE_POINT(), __atomic_sub_fetch(__VA_ARGS__))
#define __atomic_fetch_add(...) (SIMULATE_POINT(), __atomic_fetch_add(__VA_ARGS__))
#define __atomic_fetch_sub(...) (SIMULATE_POINT(), __atomic_fetch_sub(__VA_ARGS__))
#define __atomic_compare_exchange_n(...) \
  (SIMULATE_POINT(), __atomic_compare_exchange_n(__VA_ARGS__))

#ifdef SIMULATE_QUEUE
#include <ck_pr.h>
#define ck_pr_cas_ptr(...) (SIMULATE_POINT(), ck_pr_cas_ptr(__VA_ARGS__))
#define ck_pr_fas_ptr(...) (SIMULATE_POINT(), ck_pr_fas_ptr(__VA_ARGS__))
#endif

#endif
