// Lists. Rows of the same names are in bench/peers/with_lwt.ml.
#include <benchmark/benchmark.h>
#include <sley.h>

#include <vector>

namespace
{

constexpr int kMany = 1000;

struct pending {
  sley_resolver *resolvers[kMany];
  int count;
};

sley_promise *start_pending(void *ctx, sley_value *)
{
  auto *p = static_cast<pending *>(ctx);
  return sley_pending(&p->resolvers[p->count++]);
}

sley_promise *same(void *, sley_value *v) { return sley_return(*v); }

std::vector<sley_value> thousand()
{
  std::vector<sley_value> values(kMany);
  for (int i = 0; i < kMany; i++) values[static_cast<size_t>(i)] = sley_int(i);
  return values;
}

void fulfill_all(pending &p)
{
  for (int i = 0; i < kMany; i++) sley_fulfill(&p.resolvers[i], sley_int(1));
}

void map_p1000(benchmark::State &state)
{
  auto values = thousand();
  static pending p;
  for (auto _ : state) {
    p.count = 0;
    sley_promise *all = sley_values_map_p(values.data(), kMany, start_pending, &p);
    fulfill_all(p);
    sley_drop(all);
  }
  state.SetItemsProcessed(state.iterations() * kMany);
}
BENCHMARK(map_p1000);

void iter_p1000(benchmark::State &state)
{
  auto values = thousand();
  static pending p;
  for (auto _ : state) {
    p.count = 0;
    sley_promise *all = sley_values_iter_p(values.data(), kMany, start_pending, &p);
    fulfill_all(p);
    sley_drop(all);
  }
  state.SetItemsProcessed(state.iterations() * kMany);
}
BENCHMARK(iter_p1000);

void map_s1000(benchmark::State &state)
{
  auto values = thousand();
  for (auto _ : state) sley_drop(sley_values_map_s(values.data(), kMany, same, nullptr));
  state.SetItemsProcessed(state.iterations() * kMany);
}
BENCHMARK(map_s1000);

void map_p_fulfilled1000(benchmark::State &state)
{
  auto values = thousand();
  for (auto _ : state) sley_drop(sley_values_map_p(values.data(), kMany, same, nullptr));
  state.SetItemsProcessed(state.iterations() * kMany);
}
BENCHMARK(map_p_fulfilled1000);

} // namespace

BENCHMARK_MAIN();
