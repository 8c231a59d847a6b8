// Messages between two domains through the public interface: posts one way, calls with their answers,
// one at a time and 64 at a time.
#include <benchmark/benchmark.h>
#include <sley.h>

#include <cstdlib>

namespace
{

sley_domain *other;
uint64_t posted; // any thread, __atomic

sley_promise *echo(sley_value *v) { return sley_return(*v); }

void count_post(sley_value *) { __atomic_store_n(&posted, posted + 1, __ATOMIC_RELEASE); }

sley_promise *set_spin(sley_value *v)
{
  sley_domain_set_spin(v->i);
  return sley_return(sley_unit());
}

void run(sley_promise *p)
{
  if (sley_run(p, nullptr) != nullptr) std::abort();
}

void begin(int64_t spin)
{
  sley_domain_options options = {};
  options.size = sizeof(options);
  options.name = "other";
  if (sley_domain_spawn(&other, &options) != 0) std::abort();
  sley_domain_set_spin(spin);
  run(sley_call(other, set_spin, sley_int(spin)));
}

void end()
{
  run(sley_domain_shutdown(other, 1.0));
  sley_domain_drop(other);
}

struct flight {
  int64_t left;
};

sley_promise *call_again(void *ctx, sley_value *)
{
  auto *f = static_cast<flight *>(ctx);
  if (--f->left < 0) return sley_return(sley_unit());
  return sley_bind(sley_call(other, echo, sley_int(1)), call_again, f);
}

constexpr int kCalls = 20000;

// range(0): calls in flight; range(1): nanoseconds of spinning before sleep, -1: automatic.
void call_round_trip(benchmark::State &state)
{
  begin(state.range(1));
  const auto width = static_cast<int>(state.range(0));
  while (state.KeepRunningBatch(kCalls)) {
    flight f = {kCalls};
    sley_promise *lines[64];
    for (int i = 0; i < width; i++) lines[i] = call_again(&f, nullptr);
    run(sley_join(lines, static_cast<size_t>(width)));
  }
  end();
}
BENCHMARK(call_round_trip)->UseRealTime()->Args({1, 0})->Args({1, -1})->Args({64, -1});

constexpr uint64_t kPosts = 1 << 16;

struct posting {
  uint64_t left, wanted;
};

// Posts until the ring is full, then lets the loop turn.
sley_promise *post_again(void *ctx, sley_value *)
{
  auto *p = static_cast<posting *>(ctx);
  while (p->left > 0 && sley_post(other, count_post, sley_int(1)) == 0) p->left--;
  if (p->left == 0 && __atomic_load_n(&posted, __ATOMIC_ACQUIRE) == p->wanted)
    return sley_return(sley_unit());
  return sley_bind(sley_pause(), post_again, p);
}

void post_one_way(benchmark::State &state)
{
  begin(-1);
  __atomic_store_n(&posted, uint64_t{0}, __ATOMIC_RELAXED);
  uint64_t total = 0;
  while (state.KeepRunningBatch(kPosts)) {
    total += kPosts;
    posting p = {kPosts, total};
    run(post_again(&p, nullptr));
  }
  end();
}
BENCHMARK(post_one_way)->UseRealTime();

} // namespace

int main(int argc, char **argv)
{
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return sley_finish() != 0;
}
