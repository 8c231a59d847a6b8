/* A minimal future: one value, a list of callbacks, a free list for memory. No cancel, no errors, no order rules,
 * no owner check, no deep chains (it recurses). The lower bound for promises in C; bench/promise.cc measures the
 * distance. */
#ifndef BENCH_FUTURE_H
#define BENCH_FUTURE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct future future;
typedef future *future_fn(void *ctx, int64_t value);

future *future_new(void); /* pending; one count, the caller's */
future *future_of(int64_t value);
future *future_keep(future *f);
void future_fulfill(future *f, int64_t value);
future *future_bind(future *f, future_fn *fn, void *ctx); /* consumes f */
future *future_join(future **fs, int n);                  /* consumes them */
void future_drop(future *f);

#ifdef __cplusplus
}
#endif
#endif
