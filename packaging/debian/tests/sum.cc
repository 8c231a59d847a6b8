// Tasks of a C++ program: lambdas as callbacks, a sleeper, a sum.
#include <sley.h>

#include <cstdint>
#include <cstdio>

int main()
{
  const std::int64_t wanted = 42;
  sley_promise *later = sley_bind(sley_sleep(0.001), [](void *, sley_value *) { return sley_return(sley_int(40)); }, nullptr);
  sley_promise *sum = sley_map(
      later,
      [](void *, sley_value *in, sley_value *out) -> sley_error * {
        *out = sley_int(sley_value_int(in) + 2);
        return nullptr;
      },
      nullptr);
  sley_value v;
  sley_error *e = sley_run(sum, &v);
  if (e != nullptr || sley_value_int(&v) != wanted) {
    std::fprintf(stderr, "%s\n", e != nullptr ? sley_error_message(e) : "another sum");
    return 1;
  }
  std::puts(sley_version_text());
  return sley_finish();
}
