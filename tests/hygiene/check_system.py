"""System calls that can fail on purpose are made by the functions of src/reactor/system.h only.
Usage: check_system.py ROOT"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1]) / "src"
header = (root / "reactor/system.h").read_text()
names = set(re.findall(r"X\(\w+, (\w+),", header)) | set(re.findall(r"#define sley__sys_(\w+)", header))
FLOORS = ["reactor", "domain", "preempt", "io"]
call = re.compile(rf"(?<![\w.>])({'|'.join(sorted(names))})\(")
declaration = re.compile(r"^(?:static |inline |_Noreturn |SLEY__NOINLINE )*\w[\w ]*\**\s*$")
EXCEPTIONS = {
    ("domain/figures/dump_remote.c", "write"): "a parameter of that name",
    ("reactor/engine_libev.c", "read"): "of the wake-up descriptor, which is the library's own and does not fail",
    ("reactor/engine_libev.c", "write"): "the same",
}
failures = calls = 0
for floor in FLOORS:
    for path in sorted((root / floor).rglob("*.[ch]")):
        if path == root / "reactor/system.h":
            continue
        text = re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", lambda m: "\n" * m[0].count("\n"), path.read_text(), flags=re.S)
        calls += len(re.findall(r"\bsley__sys_\w+\(", text))
        for match in call.finditer(text):
            before = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
            if before and declaration.fullmatch(before) and "return" not in before:
                continue  # a function of that name
            if (str(path.relative_to(root)), match[1]) in EXCEPTIONS:
                continue
            line = text.count("\n", 0, match.start()) + 1
            print(f"{path.relative_to(root.parent)}:{line}: {match[1]} cannot fail on purpose: call sley__sys_{match[1]}")
            failures += 1
print(f"{len(names)} calls, made {calls} times, {failures} failures")
sys.exit(failures != 0 or len(names) < 30 or calls < 10)
