// A callback that throws: an exception caught above sley_run leaves the library inconsistent, so it aborts.
#include <sley.h>

#include <sys/resource.h>
#include <cstdio>
#include <cstdlib>

static sley_promise *throws(void *, sley_value *) { throw 1; }

int main()
{
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  try {
    sley_error_drop(sley_run(sley_bind(sley_sleep(0.001), throws, nullptr), nullptr));
  } catch (int) {
    std::puts("caught");
  }
  return EXIT_FAILURE;
}
