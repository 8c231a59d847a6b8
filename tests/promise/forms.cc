// Guarantees of the headers for C++, and for C compiled as C++: lists of promises and of values, and
// scopes whose children can be started as statements. Compiled with warnings as errors. Fault 24.
extern "C" {
#include <sley.h>
}

#include <cstdio>
#include <cstdlib>

static int made;
static sley_promise *one() { return sley_return(sley_int(++made)); }

static sley_promise *add(void *sum, sley_value *v)
{
  *static_cast<int64_t *>(sum) += v->i;
  return sley_return_unit();
}

static sley_promise *child(void *) { return sley_return_unit(); }

static sley_promise *body(void *, sley_scope *scope)
{
  sley_scope_spawn(scope, child, nullptr);
  sley_scope_spawn(scope, child, nullptr, nullptr);
  sley_scope_spawn_with(scope, nullptr, child, nullptr, nullptr);
  sley_scope_start(scope, child, nullptr);
  return sley_scope_wait(scope);
}

static void check(bool good, const char *what)
{
  if (good) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::exit(EXIT_FAILURE);
}

int main()
{
  sley_value v;
  check(sley_run(sley_all(SLEY_PROMISES(one(), one(), one())), &v) == nullptr, "all");
  check(made == 3, "each promise is made once");
  check(sley_list_count(sley_list_in(&v)) == 3, "three of them");
  check(sley_list_item(sley_list_in(&v), 2)->i == 3, "in order");
  sley_value_drop(&v);
  check(sley_run(sley_join(SLEY_PROMISES()), nullptr) == nullptr, "none");
  int64_t sum = 0;
  check(sley_run(sley_values_iter_s(SLEY_VALUES(sley_int(3), sley_int(4)), add, &sum), nullptr) ==
            nullptr,
        "values");
  check(sum == 7, "both values");
  check(sley_run(sley_with_scope(body, nullptr), nullptr) == nullptr, "scope");
  return sley_finish() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
