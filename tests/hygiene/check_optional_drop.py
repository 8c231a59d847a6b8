"""A last parameter drop is optional in a call, in each language and compiler; a wrong call is rejected at its own
line. Also checks the compiler that the build does not use, if it is installed."""
import pathlib
import shutil
import subprocess
import sys

root, _, cc, cxx = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
failures = checked = 0

C_HEAD = """
#include <sley.h>
#include <stdlib.h>
struct pair { int a, b; };
sley_promise *f(void *ctx, sley_value *v);
sley_promise *start(void *ctx);
void done(void *ctx);
"""
# Commas within braces, no drop, drop, NULL, calls in calls, and in an inline function of C99.
GOOD_C = C_HEAD + """
sley_promise *good(sley_promise *p);
sley_promise *good(sley_promise *p)
{
  struct pair x = {1, 2};
  p = sley_bind(p, f, &x);
  p = sley_bind(p, f, &x, NULL);
  p = sley_bind(p, f, malloc(1), free);
  p = sley_bind(p, f, &(struct pair){1, 2});
  p = sley_bind(p, f, &(struct pair){.a = 1, .b = 2}, done);
  p = sley_bind(sley_bind(p, f, NULL), f, (struct pair[]){{1, 2}, {3, 4}}, NULL);
  p = sley_bind(p, x.a ? f : f, NULL);
  sley_on_success(p, (sley_value_fn *)0, &(struct pair){1, 2});
  sley_on_success(p, (sley_value_fn *)0, malloc(1), free);
  sley_spawn_async_with(&(sley_spawn_options){.size = sizeof(sley_spawn_options), .name = "a, b"}, start, NULL);
  sley_promise *(*plain)(sley_promise *, sley_bind_fn *, void *, sley_drop_fn *) = sley_bind;
  void (*watch)(sley_promise *, sley_value_fn *, void *, sley_drop_fn *) = sley_on_success;
  watch(p, NULL, NULL, NULL);
  return plain((sley_bind)(p, f, &x, NULL), f, NULL, NULL);
}
inline sley_promise *in_line(sley_promise *p);
inline sley_promise *in_line(sley_promise *p) { return sley_bind(p, f, NULL); }
"""
GOOD_CXX = C_HEAD + """
#include <array>
#include <utility>
template <typename A, typename B> sley_promise *of(void *, sley_value *);
sley_promise *good(sley_promise *p);
sley_promise *good(sley_promise *p)
{
  std::pair<int, int> x{1, 2};
  p = sley_bind(p, f, &x);
  p = sley_bind(p, f, &x, nullptr);
  p = sley_bind(p, of<int, long>, std::array<void *, 2>{&x, nullptr}[0], free);
  p = sley_bind(p, [](void *ctx, sley_value *v) noexcept { int a = 1, b = 2; (void)ctx, (void)v, (void)a, (void)b;
    return sley_return(sley_unit()); }, new std::pair<int, int>{1, 2}, [](void *q) { delete static_cast<std::pair<int, int> *>(q); });
  sley_on_success(p, [](void *, sley_value *) {}, &x);
  sley_on_success(p, [](void *, sley_value *) {}, &x, free);
  sley_promise *(*plain)(sley_promise *, sley_bind_fn *, void *, sley_drop_fn *) = sley_bind;
  return plain((sley_bind)(p, f, &x, NULL), f, nullptr, nullptr);
}
"""
# Wrong calls, and a word of each compiler's message.
WRONG = (("sley_bind(p, f)", "arguments"),
         ("sley_bind(p, f, NULL, free, 3)", "arguments"),
         ("sley_bind(p, f, NULL, 3.0)", "double"),
         ("sley_bind(p, 1.0, NULL)", "double"),
         ("sley_bind(p, start, NULL)", "sley_value"),
         ("sley_bind(f, f, NULL)", "sley_promise"),
         ("(sley_bind(p, f, NULL), p)", "warn_unused_result"))


def compiled(compiler, language, standard, program, *more):
    flags = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wno-missing-field-initializers", "-Werror",
             f"-I{root}/include", "-c", "-o", "/dev/null", *more]
    return subprocess.run([compiler, "-x", language, f"-std={standard}", *flags, "-"], input=program, text=True,
                          capture_output=True)


def expect(what, condition, message):
    global failures, checked
    checked += 1
    if not condition:
        print(f"{what}:\n{message}")
        failures += 1


compilers = {cc: cxx}
for c, cplusplus in (("gcc", "g++"), ("clang", "clang++")):
    if shutil.which(c) and shutil.which(cplusplus):
        compilers.setdefault(c, cplusplus)
for c, cplusplus in compilers.items():
    for optimize in ("-O0", "-Og", "-O2"):
        for standard in ("c11", "c17", "c2x"):
            run = compiled(c, "c", standard, GOOD_C, optimize)
            expect(f"{c} {standard} {optimize}", run.returncode == 0, run.stderr)
        run = compiled(cplusplus, "c++", "c++17", GOOD_CXX, optimize)
        expect(f"{cplusplus} {optimize}", run.returncode == 0, run.stderr)
    for wrong, word in WRONG:
        program = C_HEAD + f"sley_promise *bad(sley_promise *p);\nsley_promise *bad(sley_promise *p)\n{{ return {wrong}; }}\n"
        run = compiled(c, "c", "c17", program, "-O2")
        line = len(program.splitlines())
        expect(f"{c}: {wrong} is to be refused in line {line} with a message that has {word!r}",
               run.returncode != 0 and word in run.stderr and f"<stdin>:{line}:" in run.stderr, run.stderr)
        if word != "warn_unused_result":
            expect(f"{cplusplus}: {wrong} is to be refused",
                   compiled(cplusplus, "c++", "c++17", program).returncode != 0, "it was compiled")
print(f"{checked} checks, {failures} failures")
sys.exit(failures != 0)
