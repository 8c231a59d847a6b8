// Messages between two pinned threads with Asio: post to the other's io_context. Rows as bench/domain.c.
#include <pthread.h>
#include <sched.h>
#include <asio.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

namespace
{

asio::io_context *here, *there;
long sent, received, wanted;

void pin(int processor)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(processor), &set);
  sched_setaffinity(0, sizeof(set), &set);
}

void call();

void answered()
{
  if (sent < wanted) call();
  if (++received == wanted) {
    here->stop();
    there->stop();
  }
}

void call()
{
  sent++;
  asio::post(*there, [] { asio::post(*here, answered); });
}

void row(const char *name, long count, int in_flight)
{
  asio::io_context one(1), two(1);
  auto keep_one = asio::make_work_guard(one);
  auto keep_two = asio::make_work_guard(two);
  here = &one;
  there = &two;
  sent = received = 0;
  wanted = count;
  std::thread other([] { there->run(); });
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(1, &set);
  pthread_setaffinity_np(other.native_handle(), sizeof(set), &set);
  const auto begun = std::chrono::steady_clock::now();
  if (in_flight == 0) {
    for (long i = 0; i < count; i++)
      asio::post(two, [] {
        if (++received == wanted) there->stop();
      });
  } else {
    for (int i = 0; i < in_flight; i++) call();
    one.run();
  }
  other.join();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
  std::printf("asio/%s %.1f\n", name, took.count() / static_cast<double>(count));
  std::fflush(stdout);
}

} // namespace

int main()
{
  pin(0);
  row("stream", 1 << 19, 0);
  row("calls_64", 1 << 16, 64);
  row("asleep", 1 << 12, 1);
}
