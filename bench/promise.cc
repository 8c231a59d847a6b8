// Promise operations. Rows named "future" are bench/peers/future.c doing the same: the floor. The rows
// that bench/peers/with_lwt.ml prints have the same names.
#include <benchmark/benchmark.h>
#include <sley.h>

#include "peers/future.h"

namespace
{

constexpr int kMany = 1000;
constexpr int kTen = 10;

sley_promise *same(void *, sley_value *v) { return sley_return(*v); }

sley_error *plus_one(void *, sley_value *v, sley_value *out)
{
  out->i = v->i + 1;
  return nullptr;
}

void return_drop(benchmark::State &state)
{
  for (auto _ : state) sley_drop(sley_return(sley_int(1)));
}
BENCHMARK(return_drop)->Name("return");

void bind_fulfilled(benchmark::State &state)
{
  sley_promise *p = sley_return(sley_int(1));
  for (auto _ : state) p = sley_bind(p, same, nullptr);
  sley_drop(p);
}
BENCHMARK(bind_fulfilled);

void map_fulfilled(benchmark::State &state)
{
  sley_promise *p = sley_return(sley_int(1));
  for (auto _ : state) p = sley_map(p, plus_one, nullptr);
  sley_drop(p);
}
BENCHMARK(map_fulfilled);

void wait_fulfill(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *p = sley_pending(&r);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}
BENCHMARK(wait_fulfill);

void wait_bind_fulfill(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *p = sley_bind(sley_pending(&r), same, nullptr);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}
BENCHMARK(wait_bind_fulfill);

void wait_map_fulfill(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *p = sley_map(sley_pending(&r), plus_one, nullptr);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}
BENCHMARK(wait_map_fulfill);

void task_bind_cancel(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *p = sley_bind(sley_cancelable(&r), same, nullptr);
    sley_cancel(p);
    sley_drop(p);
    sley_resolver_drop(&r);
  }
}
BENCHMARK(task_bind_cancel);

void chain1000(benchmark::State &state)
{
  while (state.KeepRunningBatch(kMany)) {
    sley_resolver *r;
    sley_promise *p = sley_pending(&r);
    for (int i = 0; i < kMany; i++) p = sley_bind(p, same, nullptr);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}
BENCHMARK(chain1000);

void join1000(benchmark::State &state)
{
  static sley_resolver *r[kMany];
  static sley_promise *p[kMany];
  while (state.KeepRunningBatch(kMany)) {
    for (int i = 0; i < kMany; i++) p[i] = sley_pending(&r[i]);
    sley_promise *all = sley_join(p, kMany);
    for (int i = 0; i < kMany; i++) sley_fulfill(&r[i], sley_unit());
    sley_drop(all);
  }
}
BENCHMARK(join1000);

void all1000(benchmark::State &state)
{
  static sley_resolver *r[kMany];
  static sley_promise *p[kMany];
  while (state.KeepRunningBatch(kMany)) {
    for (int i = 0; i < kMany; i++) p[i] = sley_pending(&r[i]);
    sley_promise *all = sley_all(p, kMany);
    for (int i = 0; i < kMany; i++) sley_fulfill(&r[i], sley_int(i));
    sley_drop(all);
  }
}
BENCHMARK(all1000);

// One of ten wins; the nine others are canceled.
void pick10(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r[kTen];
    sley_promise *p[kTen];
    for (int i = 0; i < kTen; i++) p[i] = sley_cancelable(&r[i]);
    sley_promise *first = sley_pick(p, kTen);
    sley_fulfill(&r[3], sley_int(1));
    for (int i = 0; i < kTen; i++) sley_resolver_drop(&r[i]);
    sley_drop(first);
  }
}
BENCHMARK(pick10);

// A choice between a promise that lives long and a short one.
void choose_long_lived(benchmark::State &state)
{
  sley_resolver *never;
  sley_promise *longer = sley_pending(&never);
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *p[] = {sley_keep(longer), sley_pending(&r)};
    sley_promise *first = sley_choose(p, 2);
    sley_fulfill(&r, sley_int(1));
    sley_drop(first);
  }
  sley_drop(longer);
  sley_resolver_drop(&never);
}
BENCHMARK(choose_long_lived);

struct countdown {
  int64_t left;
};

sley_promise *pause_again(void *ctx, sley_value *)
{
  auto *c = static_cast<countdown *>(ctx);
  if (--c->left <= 0) return sley_return(sley_unit());
  return sley_bind(sley_pause(), pause_again, ctx);
}

// A recursive bind through pause inside one sley_run: one lap of the ready queue each.
void pause_loop(benchmark::State &state)
{
  while (state.KeepRunningBatch(kMany)) {
    countdown c = {kMany};
    sley_error_drop(sley_run(pause_again(&c, nullptr), nullptr));
  }
}
BENCHMARK(pause_loop);

// sley_run of one pause: begins and ends the loop as well.
void run_pause(benchmark::State &state)
{
  for (auto _ : state) sley_error_drop(sley_run(sley_pause(), nullptr));
}
BENCHMARK(run_pause);

future *future_same(void *, int64_t value) { return future_of(value); }

void future_bind_fulfilled(benchmark::State &state)
{
  future *f = future_of(1);
  for (auto _ : state) f = future_bind(f, future_same, nullptr);
  future_drop(f);
}
BENCHMARK(future_bind_fulfilled)->Name("future/bind_fulfilled");

void future_wait_fulfill(benchmark::State &state)
{
  for (auto _ : state) {
    future *f = future_new();
    future_fulfill(f, 1);
    future_drop(f);
  }
}
BENCHMARK(future_wait_fulfill)->Name("future/wait_fulfill");

void future_wait_bind_fulfill(benchmark::State &state)
{
  for (auto _ : state) {
    future *f = future_new();
    future *bound = future_bind(future_keep(f), future_same, nullptr);
    future_fulfill(f, 1);
    future_drop(f);
    future_drop(bound);
  }
}
BENCHMARK(future_wait_bind_fulfill)->Name("future/wait_bind_fulfill");

void future_chain1000(benchmark::State &state)
{
  while (state.KeepRunningBatch(kMany)) {
    future *first = future_new();
    future *f = future_keep(first);
    for (int i = 0; i < kMany; i++) f = future_bind(f, future_same, nullptr);
    future_fulfill(first, 1);
    future_drop(first);
    future_drop(f);
  }
}
BENCHMARK(future_chain1000)->Name("future/chain1000");

void future_join1000(benchmark::State &state)
{
  static future *f[kMany];
  while (state.KeepRunningBatch(kMany)) {
    for (auto &one : f) one = future_new();
    static future *kept[kMany];
    for (int i = 0; i < kMany; i++) kept[i] = future_keep(f[i]);
    future *all = future_join(kept, kMany);
    for (auto &one : f) {
      future_fulfill(one, 0);
      future_drop(one);
    }
    future_drop(all);
  }
}
BENCHMARK(future_join1000)->Name("future/join1000");

} // namespace

BENCHMARK_MAIN();
