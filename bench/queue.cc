// Messages from one thread or four to one, by each queue of queues.h. Times are per message, from the
// first send until the last has been received. Senders run on processors other than the receiver's as
// far as there are any.
#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "queues.h"

namespace
{

void pin(unsigned processor)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor % std::thread::hardware_concurrency(), &set);
  pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

constexpr long kMany = 1 << 17;
// ck_ring_mpsc spins on earlier producers: with more of them than processors it all but stops.
constexpr long kFew = 1 << 10;

void messages(benchmark::State &state, const queue_kind *kind, int producers, int batch)
{
  const bool stalls = producers > 1 && std::string(kind->name) == "ck_ring_mpsc";
  const long messages = stalls ? kFew : kMany;
  // Where a queue has one producer only, each gets a queue, as domains do.
  std::vector<queue *> queues(kind->several_producers ? 1 : static_cast<size_t>(producers));
  for (auto &q : queues) q = kind->make();
  std::atomic<long> round{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  const unsigned processors = std::thread::hardware_concurrency();
  for (int i = 0; i < producers; i++) {
    threads.emplace_back([&, i] {
      pin(processors > 1 ? 1 + static_cast<unsigned>(i) % (processors - 1) : 0);
      for (long seen = 0;;) {
        while (round.load() == seen && !over.load()) sched_yield();
        if (over.load()) return;
        seen++;
        kind->send(queues[static_cast<size_t>(i) % queues.size()], messages / producers, batch);
      }
    });
  }
  pin(0);
  while (state.KeepRunningBatch(messages)) {
    round++;
    long got = 0;
    while (got < messages) {
      long now = 0;
      for (auto *q : queues) now += kind->receive(q, messages - got);
      got += now;
      if (now == 0 && producers >= static_cast<int>(processors)) sched_yield();
    }
  }
  over = true;
  for (auto &t : threads) t.join();
  for (auto *q : queues) kind->drop(q);
}

} // namespace

int main(int argc, char **argv)
{
  for (int k = 0; k < queue_kinds_count; k++) {
    const queue_kind *kind = &queue_kinds[k];
    const std::string name = kind->name;
    for (int producers : {1, 4}) {
      if (producers == 4 && name != "sley_ring" && !kind->several_producers) continue;
      for (int batch : {1, 64}) {
        if (batch > 1 && name != "sley_ring") continue;
        std::string row = name + "/producers:" + std::to_string(producers);
        if (name == "sley_ring") row += "/batch:" + std::to_string(batch);
        benchmark::RegisterBenchmark(row.c_str(), messages, kind, producers, batch)->UseRealTime();
      }
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
