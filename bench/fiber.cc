// Fibers, each beside the same with a bind. The rows of bench/peers/goroutine.go have the same names.
#include <benchmark/benchmark.h>
#include <sley.h>

namespace
{

sley_promise *waits_for;

sley_promise *wait_once(void *)
{
  int64_t i;
  sley_error *e = sley_await_int(waits_for, &i);
  return e != nullptr ? sley_fail(e) : sley_return(sley_int(i + 1));
}

sley_promise *next(void *, sley_value *v) { return sley_return(sley_int(v->i + 1)); }

sley_promise *end_at_once(void *) { return sley_return(sley_int(1)); }

sley_promise *wait_always(void *)
{
  int64_t i;
  while (waits_for != nullptr) {
    sley_error *e = sley_await_int(waits_for, &i);
    if (e != nullptr) return sley_fail(e);
  }
  return sley_return(sley_unit());
}

void promise_alone(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *p = sley_cancelable(&r);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
    sley_drop(sley_return(sley_int(1)));
  }
}
BENCHMARK(promise_alone);

void bind_wait_end(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *p = sley_bind(sley_cancelable(&r), next, nullptr);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}
BENCHMARK(bind_wait_end);

void spawn_wait_end(benchmark::State &state)
{
  for (auto _ : state) {
    sley_resolver *r;
    waits_for = sley_cancelable(&r);
    sley_promise *p = sley_spawn(wait_once, nullptr);
    sley_fulfill(&r, sley_int(1));
    sley_drop(p);
  }
}
BENCHMARK(spawn_wait_end);

void spawn_end(benchmark::State &state)
{
  for (auto _ : state) sley_drop(sley_spawn(end_at_once, nullptr));
}
BENCHMARK(spawn_end);

void await_wait(benchmark::State &state)
{
  sley_resolver *r, *old;
  waits_for = sley_cancelable(&r);
  sley_promise *p = sley_spawn(wait_always, nullptr);
  for (auto _ : state) {
    old = r;
    waits_for = sley_cancelable(&r);
    sley_fulfill(&old, sley_int(1));
  }
  waits_for = nullptr;
  sley_fulfill(&r, sley_int(1));
  sley_drop(p);
}
BENCHMARK(await_wait);

void thousand_wait(benchmark::State &state)
{
  constexpr int kMany = 1000;
  static sley_promise *all[kMany];
  for (auto _ : state) {
    sley_resolver *r;
    sley_promise *source = sley_cancelable(&r);
    for (auto &p : all) {
      waits_for = sley_keep(source);
      p = sley_spawn(wait_once, nullptr);
    }
    sley_fulfill(&r, sley_int(1));
    for (auto &p : all) sley_drop(p);
    sley_drop(source);
  }
  state.SetItemsProcessed(state.iterations() * kMany);
}
BENCHMARK(thousand_wait);

// An element of a stream: what a callback gives, and what a fiber does.
sley_promise *give(void *) { return sley_return(sley_int(1)); }

sley_promise *give_always(void *)
{
  for (;;) {
    sley_error *e = sley_emit(sley_int(1));
    if (e != nullptr) return sley_fail(e);
  }
}

void read_all(benchmark::State &state, sley_stream *s)
{
  for (auto _ : state) sley_drop(sley_stream_get(s));
  sley_stream_drop(s);
}
void stream_from_get(benchmark::State &state) { read_all(state, sley_stream_from(give, nullptr)); }
BENCHMARK(stream_from_get);
void stream_generate_get(benchmark::State &state)
{
  read_all(state, sley_stream_generate(give_always, nullptr));
}
BENCHMARK(stream_generate_get);

} // namespace

int main(int count, char **arguments)
{
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return sley_finish() != 0;
}
