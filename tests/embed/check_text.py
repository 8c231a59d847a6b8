"""sley.c's text: the same tree elsewhere gives the same bytes; each line that #line places is that line of the tree but for names that
have their file's behind them and words of storage; licence and version stand at the head; nothing of the tree is included.
Usage: check_text.py ROOT MADE promise|whole"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root, made, form = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
failures = []


def expect(condition, text):
    if not condition:
        failures.append(text)


def bare(line):
    """A line without what the generator puts into it."""
    line = re.sub(r"\b(static|extern|SLEY__DATA|SLEY__SWITCH|__attribute__\(\(used\)\))(?= |$) ?", "", line)
    return re.sub(r"\b([A-Za-z]\w*?)__\w+", r"\1", line).strip()


work = pathlib.Path(tempfile.mkdtemp())
try:
    tree = work / "a tree"
    for name in ("src", "include", "scripts"):
        shutil.copytree(root / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "LICENSE", tree)
    again = subprocess.run([sys.executable, tree / "scripts/amalgamate", f"--form={form}", work / "again"], cwd="/",
                           env={**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}, capture_output=True, text=True)
    expect(again.returncode == 0, again.stderr)
    for name in ("sley.c", "sley.h"):
        expect((work / "again" / name).read_bytes() == (made / name).read_bytes(), f"{name}: the same tree gave other bytes")
finally:
    shutil.rmtree(work)

version = re.search(r'SLEY_VERSION_TEXT "([^"]+)"', (root / "include/sley/version.h").read_text())[1]
licence = (root / "LICENSE").read_text().split("\n")[0]
for name in ("sley.c", "sley.h"):
    text = (made / name).read_text()
    top = text[:2000]
    expect(f"sley {version}," in top and licence in top and "SPDX-License-" "Identifier: MIT" in top, f"{name}: no version or licence")
    included = set(re.findall(r'(?m)^#include (".*"|<sley.*)', text))
    expect(included == ({'"sley.h"'} if name == "sley.c" else set()), f"{name} includes {included}")

file, number, compared, places = None, 0, 0, set()
for at, line in enumerate((made / "sley.c").read_text().split("\n"), 1):
    placed = re.fullmatch(r'#line (\d+) "sley/(.*)"', line)
    if placed:
        file, number = (root / "src" / placed[2]).read_text().split("\n"), int(placed[1])
        places.add(placed[2])
    elif file is not None:
        if number > len(file) or bare(file[number - 1]) != bare(line):
            wanted = file[number - 1] if number <= len(file) else None
            is_end = wanted in (None, "") and (line.startswith(("#undef ", "#pragma GCC diagnostic pop")) or line == "")
            expect(is_end, f"sley.c:{at}: {line!r} is not {wanted!r}")
        compared += 1
        number += 1
expect(compared > 20000, f"only {compared} lines have a place")
expect(len(failures) < 20, "and so on")
for failure in failures[:20]:
    print(failure)
print(f"{compared} lines of {len(places)} files")
sys.exit(bool(failures))
