"""Names of before 0.1.0 (sley/old/names_0_1.h): all mean what is declared; a program that uses some compiles in C and C++, and each
use is a warning that tells the new name. SLEY_DEPRECATED does the same for a declaration."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
failures = []
HEADER = (root / "include/sley/old/names_0_1.h").read_text()
PROGRAM = """#include <sley.h>
#include <sley/old/names_0_1.h>

SLEY_DEPRECATED("use newer") static int older(void) { return 1; }

static sley_promise *nothing(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return_unit();
}

int main(void)
{
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_wait(&r), nothing, NULL);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
  return older() + (sley_state(p) == SLEY_PENDING);
}
"""
WANTED = ["sley_wait is sley_pending now", "SLEY_PENDING is SLEY_PROMISE_STATE_PENDING now", "use newer"]


def compiled(compiler, language, text, *more):
    return subprocess.run([compiler, "-x", language, "-Wall", "-Wextra", f"-I{root}/include", "-fsyntax-only", *more, "-"], input=text,
                          text=True, capture_output=True)


for compiler, language, standard in [("gcc", "c", "c11"), ("clang", "c", "c11"), ("g++", "c++", "c++17"), ("clang++", "c++", "c++17")]:
    run = compiled(compiler, language, PROGRAM, f"-std={standard}")
    if run.returncode != 0:
        failures.append(f"{compiler} refuses:\n{run.stderr}")
    failures += [f"{compiler} does not say: {text}" for text in WANTED if text not in run.stderr]
    if compiled(compiler, language, PROGRAM, f"-std={standard}", "-Werror").returncode == 0:
        failures.append(f"{compiler} -Werror accepts names that leave")

pairs = re.findall(r"^#define (\w+) SLEY_DEPRECATED_NAME\(.*\) (\w+)$", HEADER, re.M)
# Types and functions alike can be measured; a macro with arguments is there if it is defined.
uses = "".join(f"#ifndef {new}\n(void)sizeof({new});\n#endif\n" for _, new in pairs)
run = compiled("gcc", "c", f"#include <sley.h>\nvoid all(void);\nvoid all(void)\n{{\n{uses}}}\n", "-std=gnu11", "-Wno-error")
if run.returncode != 0 and "incomplete" not in run.stderr:
    failures.append(run.stderr)
failures += [line for line in run.stderr.splitlines() if "undeclared" in line]
if len(pairs) < 100:
    failures.append(f"{len(pairs)} old names")
print("\n".join(failures) or f"{len(pairs)} old names")
sys.exit(bool(failures))
