"""Each public header compiles alone and twice, in C11, C17, C2x and C++17, and names nothing private."""
import pathlib
import re
import subprocess
import sys

root, _, cc, cxx = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
failures = 0
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
        flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{root}/include", "-fsyntax-only"]
        run = subprocess.run([compiler, "-x", language, f"-std={standard}", *flags, "-"],
                             input=program, text=True, capture_output=True)
        if run.returncode != 0:
            print(f"{name} as {standard}:\n{run.stderr}")
            failures += 1
print(f"{len(headers)} headers, {failures} failures")
sys.exit(failures != 0)
