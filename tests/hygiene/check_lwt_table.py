"""docs/lwt.md has the counterpart of every public value of Lwt's core modules: each value of lwt-values.txt has
a row `Module.value`, there are no other rows, and the names in a row exist: every `sley_...` or `SLEY_...` is an
exported symbol, a macro, or a type or constant of a header."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
wanted = []
for line in (root / "tests/hygiene/lwt-values.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        module, names = line.split(": ")
        wanted += [f"{module}.{name}" for name in names.split()]
text = re.sub(r"/\*.*?\*/", "", "\n".join(h.read_text() for h in (root / "include").rglob("*.h")), flags=re.S)
known = set(re.findall(r"^\s+(sley_\w+);", (root / "src/sley.map").read_text(), re.M))
known |= set(re.findall(r"#define (\w+)", text))
known |= set(re.findall(r"\btypedef\b[^;{]*?\b(sley_\w+)\s*(?:;|\()", text))
known |= set(re.findall(r"}\s*(sley_\w+);", text)) | set(re.findall(r"\b(SLEY_\w+)\b", text))
failures, rows = 0, {}


def fail(what):
    global failures
    failures += 1
    print(what)


table = (root / "docs/lwt.md").read_text().split("\n## Every value")[1]
for line in table.splitlines():
    row = re.match(r"\| `((?:Lwt\w*|ppx)\..*?)` \| (.+?) \|$", line)
    if row is None:
        continue
    value, here = row.group(1).replace("\\|", "|"), row.group(2)
    if value in rows:
        fail(f"{value} has two rows")
    rows[value] = here
    names = re.findall(r"\b((?:sley|SLEY)_\w+)", here)
    for name in names:
        if name not in known:
            fail(f"{value}: {name} does not exist")
    if not names and not here.startswith("none"):
        fail(f"{value}: neither a name nor a reason")
missing = [value for value in wanted if value not in rows]
for value in missing:
    fail(f"{value} has no row")
for value in set(rows) - set(wanted):
    fail(f"{value} is no value of Lwt's")
if len(wanted) != len(set(wanted)):
    fail("lwt-values.txt names a value twice")
print(f"{len(wanted)} values, {len(rows)} rows, {failures} failures")
sys.exit(failures != 0)
