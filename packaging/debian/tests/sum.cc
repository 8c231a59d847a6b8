// Tasks of a C++ program: lambdas as callbacks, two sleepers, a sum.
#include <sley.h>

#include <cstdint>
#include <cstdio>

int main()
{
  const std::int64_t wanted = 42;
  sley_promise *later = sley_map(sley_sleep(0.001), [](void *, sley_value *) { return sley_int(40); }, nullptr);
  sley_promise *sum = sley_bind(later, [](void *, sley_value *v) {
    std::int64_t first = sley_value_int(v);
    return sley_return(sley_int(first + 2));
  }, nullptr);
  sley_value v;
  sley_error *e = sley_run(sum, &v);
  if (e != nullptr || sley_value_int(&v) != wanted) {
    std::fprintf(stderr, "%s\n", e != nullptr ? sley_error_message(e) : "another sum");
    return 1;
  }
  std::puts(sley_version_text());
  return sley_finish();
}
