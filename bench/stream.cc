// Streams. The rows that bench/peers/with_lwt.ml prints have the same names.
#include <benchmark/benchmark.h>
#include <sley.h>

namespace
{

constexpr int kMany = 1000;

sley_promise *same(void *, sley_value *v) { return sley_return(*v); }

sley_error *plus_one(void *, sley_value *v, sley_value *out)
{
  out->i = v->i + 1;
  out->type = nullptr;
  return nullptr;
}

sley_error *nothing(void *, sley_value *) { return nullptr; }

struct Pushed {
  sley_stream *stream;
  sley_pusher *push;
  Pushed()
  {
    if (sley_stream_new(&stream, &push) != NULL) abort();
  }
  ~Pushed()
  {
    sley_pusher_close(push);
    sley_pusher_drop(push);
    sley_stream_drop(stream);
  }
};

void stream_push_get(benchmark::State &state)
{
  Pushed p;
  for (auto _ : state) {
    sley_pusher_push(p.push, sley_int(1));
    sley_drop(sley_stream_get(p.stream));
  }
}
BENCHMARK(stream_push_get);

void stream_push_get_bind(benchmark::State &state)
{
  Pushed p;
  for (auto _ : state) {
    sley_pusher_push(p.push, sley_int(1));
    sley_drop(sley_bind(sley_stream_get(p.stream), same, nullptr));
  }
}
BENCHMARK(stream_push_get_bind);

void stream_push_get_1000(benchmark::State &state)
{
  Pushed p;
  while (state.KeepRunningBatch(kMany)) {
    for (int i = 0; i < kMany; i++) sley_pusher_push(p.push, sley_int(i));
    for (int i = 0; i < kMany; i++) sley_drop(sley_stream_get(p.stream));
  }
}
BENCHMARK(stream_push_get_1000);

// The reader is there first and waits.
void stream_get_push(benchmark::State &state)
{
  Pushed p;
  for (auto _ : state) {
    sley_promise *got = sley_stream_get(p.stream);
    sley_pusher_push(p.push, sley_int(1));
    sley_drop(got);
  }
}
BENCHMARK(stream_get_push);

void stream_get_bind_push(benchmark::State &state)
{
  Pushed p;
  for (auto _ : state) {
    sley_promise *got = sley_bind(sley_stream_get(p.stream), same, nullptr);
    sley_pusher_push(p.push, sley_int(1));
    sley_drop(got);
  }
}
BENCHMARK(stream_get_bind_push);

void stream_iter_push(benchmark::State &state)
{
  Pushed p;
  sley_drop(sley_stream_iter(sley_stream_keep(p.stream), nothing, nullptr));
  for (auto _ : state) sley_pusher_push(p.push, sley_int(1));
}
BENCHMARK(stream_iter_push);

void stream_map_get(benchmark::State &state)
{
  Pushed p;
  sley_stream *mapped = sley_stream_map(sley_stream_keep(p.stream), plus_one, nullptr);
  for (auto _ : state) {
    sley_pusher_push(p.push, sley_int(1));
    sley_drop(sley_stream_get(mapped));
  }
  sley_stream_drop(mapped);
}
BENCHMARK(stream_map_get);

void stream_bounded(benchmark::State &state)
{
  sley_stream *s;
  sley_bounded_pusher *push;
  if (sley_stream_new_bounded(1, &s, &push) != NULL) abort();
  for (auto _ : state) {
    sley_drop(sley_bounded_pusher_push(push, sley_int(1)));
    sley_promise *second = sley_bounded_pusher_push(push, sley_int(2));
    sley_drop(sley_stream_get(s));
    sley_drop(second);
    sley_drop(sley_stream_get(s));
  }
  sley_bounded_pusher_close(push);
  sley_bounded_pusher_drop(push);
  sley_stream_drop(s);
}
BENCHMARK(stream_bounded);

} // namespace

BENCHMARK_MAIN();
