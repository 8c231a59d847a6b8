"""Each case of Lwt's own tests, and each defect of Lwt, that lwt-cases.txt gives to the tests here is named by its number in a
comment or a name of one of them, at the function that tests it ("B2.19", "B2.36-43", "b1_38", "defect (d)"); no test names a
number that is not on the list, or that is not here. The counts are those of Lwt's tests."""
import collections
import pathlib
import re
import sys

COUNTS = {"here": 99 + 16 + 1, "files": 56, "none": 67}  # 16: cases of the core and of pools; 1: the throttle
NUMBER = r"(?<![\w.])(?:(B\d+\.|13\.)(\d+)(?:-(\d+))?|[Dd]efect \(([a-l])\))(?![\w.]?\d)"
root = pathlib.Path(sys.argv[1])
cases, failures = {}, 0


def fail(what):
    global failures
    failures += 1
    print(what)


def expand(match):
    group, first, last, defect = match.groups()
    if defect:
        return [f"defect ({defect})"]
    return [f"{group}{n}" for n in range(int(first), int(last or first) + 1)]


for line in (root / "tests/hygiene/lwt-cases.txt").read_text().splitlines():
    if line.startswith("#"):
        continue
    number, owner, what = line.split(": ", 2)
    for case in expand(re.fullmatch(NUMBER, number)):
        if case in cases:
            fail(f"lwt-cases.txt names {case} twice")
        cases[case] = owner
counts = collections.Counter(owner.replace("not yet", "here") for case, owner in cases.items()
                             if not case.startswith("defect"))
if counts != COUNTS:
    fail(f"lwt-cases.txt has {dict(counts)} instead of {COUNTS}")

named = collections.defaultdict(set)
for path in sorted((root / "tests").rglob("test_*.c")):
    text = re.sub(r"\bb(\d+)_(\d+)_", r" B\1.\2 ", path.read_text())
    head = text.find("*/")  # says what the file is about: no test of anything
    for match in re.finditer(NUMBER, text[head:]):
        for case in expand(match):
            named[case].add(path.relative_to(root))
for case, owner in cases.items():
    if owner == "here" and case not in named:
        fail(f"{case} has no test")
    if owner != "here" and case in named:
        fail(f"{case} is tested by {sorted(map(str, named[case]))}: lwt-cases.txt does not say so")
for case in sorted(set(named) - set(cases)):
    fail(f"{case}, named by {sorted(map(str, named[case]))}, is not on the list")
here = [case for case, owner in cases.items() if owner == "here"]
print(f"{len([c for c in here if c in named])} of {len(here)} cases and defects have a test, {failures} failures")
sys.exit(failures != 0)
