// Timers by each set of timers.h. The time of a row is that of one operation:
//   pair      one timer is started and stopped beside 100,000 others;
//   restart   one of 100,000, chosen at random, is stopped and started, as an idle timeout is;
//   fire      one of a million with random times within 100 s runs, in turns of at most 50 ms;
//   alarm     one of 100,000 alarms, chosen at random, is started again in a turn (sley_alarm_start);
//   alarm_one the same one each time;
//   alarm_floor what the machine takes to compare and write two words in one of 100,000 objects of 64 bytes, chosen at
//             random: what a restart does to memory, without the library.
#include <benchmark/benchmark.h>
#include <sley.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "timers.h"

namespace
{

constexpr unsigned kOthers = 100000, kMany = 1000000;
constexpr int64_t kSecond = 1000000000;

std::mt19937_64 random_numbers(4711);

int64_t within(int64_t time)
{
  return static_cast<int64_t>(random_numbers() % static_cast<uint64_t>(time));
}

timer_set *with_others(const timer_kind *kind)
{
  timer_set *set = kind->make(kOthers + 1);
  for (unsigned i = 0; i < kOthers; i++) kind->start(set, i, 1000 * kSecond + within(60 * kSecond));
  return set;
}

void pair(benchmark::State &state, const timer_kind *kind)
{
  timer_set *set = with_others(kind);
  constexpr long kBatch = 10000;
  while (state.KeepRunningBatch(kBatch)) kind->pairs(set, kOthers, 1030 * kSecond, kBatch);
  kind->drop(set);
}

void restart(benchmark::State &state, const timer_kind *kind)
{
  timer_set *set = with_others(kind);
  constexpr long kBatch = 200000;
  std::vector<unsigned> numbers(kBatch);
  for (auto &n : numbers) n = static_cast<unsigned>(random_numbers() % kOthers);
  int64_t due = 1030 * kSecond;
  for (; state.KeepRunningBatch(kBatch); due += kSecond / 100)
    kind->restarts(set, numbers.data(), due, kBatch);
  kind->drop(set);
}

void fire(benchmark::State &state, const timer_kind *kind)
{
  std::vector<unsigned> steps(TIMER_STEPS);
  for (auto &s : steps) s = static_cast<unsigned>(1 + random_numbers() % 50000000);
  while (state.KeepRunningBatch(kMany)) {
    state.PauseTiming();
    timer_set *set = kind->make(kMany);
    for (unsigned i = 0; i < kMany; i++) kind->start(set, i, 1 + within(100 * kSecond));
    long wrong = 0;
    state.ResumeTiming();
    long ran = kind->fire(set, steps.data(), &wrong);
    state.PauseTiming();
    kind->drop(set);
    if (ran != static_cast<long>(kMany) || wrong != 0) {
      state.SkipWithError("early, late or out of order");
      return;
    }
    state.ResumeTiming();
  }
}

sley_error *ignore(void *) { return nullptr; }

struct Alarms {
  benchmark::State *state;
  unsigned count;
};

sley_promise *alarms_restart(void *ctx, sley_value *)
{
  auto *alarms = static_cast<Alarms *>(ctx);
  constexpr long kBatch = 200000;
  std::vector<sley_alarm *> all(alarms->count);
  for (auto &alarm : all) {
    if (sley_alarm_new(60, ignore, nullptr, nullptr, &alarm) != nullptr) std::abort();
    sley_alarm_start(alarm);
  }
  std::vector<sley_alarm *> order(kBatch);
  for (auto &alarm : order) alarm = all[random_numbers() % alarms->count];
  while (alarms->state->KeepRunningBatch(kBatch))
    for (sley_alarm *alarm : order) sley_alarm_start(alarm);
  for (sley_alarm *alarm : all) sley_alarm_drop(alarm);
  return sley_return(sley_unit());
}

struct alignas(64) Object {
  int64_t due;
  uint64_t order;
};

void alarm_floor(benchmark::State &state)
{
  constexpr long kBatch = 200000;
  std::vector<Object> all(kOthers);
  std::vector<Object *> order(kBatch);
  for (auto &object : order) object = &all[random_numbers() % kOthers];
  uint64_t next = 0;
  for (int64_t now = 1; state.KeepRunningBatch(kBatch); now++)
    for (Object *object : order) {
      if (object->due > now) std::abort();
      object->due = now;
      object->order = next++;
      benchmark::ClobberMemory();
    }
}

void alarm_restart(benchmark::State &state, unsigned count)
{
  Alarms alarms = {&state, count};
  sley_error_drop(sley_run(sley_bind(sley_pause(), alarms_restart, &alarms), nullptr));
}

} // namespace

int main(int argc, char **argv)
{
  for (int i = 0; i < timer_kinds_count; i++) {
    const timer_kind *kind = &timer_kinds[i];
    const std::string name = kind->name;
    benchmark::RegisterBenchmark(("pair/" + name).c_str(), pair, kind);
    benchmark::RegisterBenchmark(("restart/" + name).c_str(), restart, kind);
    benchmark::RegisterBenchmark(("fire/" + name).c_str(), fire, kind)->Iterations(kMany);
  }
  benchmark::RegisterBenchmark("alarm", alarm_restart, kOthers);
  benchmark::RegisterBenchmark("alarm_one", alarm_restart, 1U);
  benchmark::RegisterBenchmark("alarm_floor", alarm_floor);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return sley_finish() != 0;
}
