// Mutexes, conditions, mvars and pools. bench/peers/with_lwt.ml prints rows of the same names.
#include <benchmark/benchmark.h>
#include <sley.h>

namespace
{

sley_promise *give_back(void *, sley_value *v) { return sley_return(*v); }

sley_promise *done(void *) { return sley_return(sley_unit()); }

sley_promise *make_member(void *) { return sley_return(sley_int(1)); }

void mutex_free(benchmark::State &state)
{
  sley_mutex *m;
  if (sley_mutex_new(&m) != NULL) return;
  for (auto _ : state) {
    sley_drop(sley_mutex_lock(m));
    sley_mutex_unlock(m);
  }
  sley_mutex_drop(m);
}
BENCHMARK(mutex_free);

// One waits with a continuation; the mutex is handed to it.
void mutex_hand_over(benchmark::State &state)
{
  sley_mutex *m;
  if (sley_mutex_new(&m) != NULL) return;
  sley_drop(sley_mutex_lock(m));
  for (auto _ : state) {
    sley_promise *p = sley_bind(sley_mutex_lock(m), give_back, nullptr);
    sley_mutex_unlock(m);
    sley_drop(p);
  }
  sley_mutex_drop(m);
}
BENCHMARK(mutex_hand_over);

void with_lock_free(benchmark::State &state)
{
  sley_mutex *m;
  if (sley_mutex_new(&m) != NULL) return;
  for (auto _ : state) sley_drop(sley_with_lock(m, done, nullptr));
  sley_mutex_drop(m);
}
BENCHMARK(with_lock_free);

void condition_signal(benchmark::State &state)
{
  sley_condition *c;
  if (sley_condition_new(&c) != NULL) return;
  for (auto _ : state) {
    sley_promise *p = sley_bind(sley_condition_wait(c, nullptr), give_back, nullptr);
    sley_condition_signal(c, sley_int(1));
    sley_drop(p);
  }
  sley_condition_drop(c);
}
BENCHMARK(condition_signal);

// A reader that waits is handed the value; another value waits for a reader.
void mvar_ping_pong(benchmark::State &state)
{
  sley_mvar *box;
  if (sley_mvar_new(&box) != NULL) return;
  for (auto _ : state) {
    sley_promise *p = sley_bind(sley_mvar_take(box), give_back, nullptr);
    sley_drop(sley_mvar_put(box, sley_int(1)));
    sley_drop(p);
    sley_drop(sley_mvar_put(box, sley_int(2)));
    sley_drop(sley_mvar_take(box));
  }
  sley_mvar_drop(box);
}
BENCHMARK(mvar_ping_pong);

void pool_use_free(benchmark::State &state)
{
  sley_pool_options options = {};
  options.size = sizeof options;
  options.max = 1;
  options.create = make_member;
  sley_pool *pool;
  if (sley_pool_new(&options, &pool) != NULL) return;
  for (auto _ : state) sley_drop(sley_pool_use(pool, give_back, nullptr));
  sley_pool_drop(pool);
}
BENCHMARK(pool_use_free);

} // namespace

BENCHMARK_MAIN();
