"""Each public header compiles alone and twice, in C11, C17, C2x and C++17, and names nothing private; sley.h with gcc and clang in C11
and each C++ since 17."""
import pathlib
import re
import subprocess
import sys

root, _, cc, cxx = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
failures = 0


def check(compiler, language, standard, name, program):
    global failures
    try:
        run = subprocess.run([compiler, "-x", language, f"-std={standard}", *WARNINGS, f"-I{root}/include", "-fsyntax-only", "-"],
                             input=program, text=True, capture_output=True)
    except FileNotFoundError:
        sys.exit(f"{compiler} is missing: scripts/install-packages build test")
    if run.returncode != 0:
        print(f"{name} as {standard} with {compiler}:\n{run.stderr}")
        failures += 1


headers = sorted((root / "include").rglob("*.h"))
for header in headers:
    name = header.relative_to(root / "include")
    text = header.read_text()
    for private in ("ev.h", "ck_", "pthread.h", "_floor.h", "_internal.h"):
        if re.search(r'#include\s*[<"][^>"]*' + re.escape(private), text):
            print(f"{name}: includes {private}")
            failures += 1
    program = f"#include <{name}>\n#include <{name}>\nint unused_{len(text)};\n"
    for compiler, language, standard in (
        (cc, "c", "c11"), (cc, "c", "c17"), (cc, "c", "c2x"), (cxx, "c++", "c++17")):
        check(compiler, language, standard, name, program)
for compiler, language, standard in [
        *((compiler, "c", "c11") for compiler in ("gcc", "clang")),
        *((compiler, "c++", standard) for compiler in ("g++", "clang++") for standard in ("c++17", "c++20", "c++2b"))]:
    check(compiler, language, standard, "sley.h", "#include <sley.h>\n#include <sley.h>\nint unused;\n")
print(f"{len(headers)} headers, {failures} failures")
sys.exit(failures != 0)
