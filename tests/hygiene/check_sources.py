"""Every source file is named by a test that lies where the file does, and every file that a test names exists. A test
names what it tests at the end of its first comment:

    /* Mutexes: order, cancelling, hand-over.
     * Tests src/promise/sync/mutex.c, src/promise/sync/waiters.c. */

Usage: check_sources.py ROOT LIBRARY CC CXX"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
failures = 0


def fail(what):
    global failures
    print(what)
    failures += 1


def named_by(test):
    comment = re.match(r"\s*/\*(.*?)\*/", test.read_text(), re.S)
    sentence = re.search(r"\bTests (src/.*)", comment[1], re.S) if comment else None
    return set(re.findall(r"src/[\w/]+\.c\b", sentence[1])) if sentence else set()


sources = {str(path.relative_to(root)) for path in (root / "src").rglob("*.c")}
tested, tests = {}, 0
for test in sorted((root / "tests").rglob("test_*.c")):
    here = test.relative_to(root / "tests")
    floor = here.parts[0]
    if not (root / "src" / floor).is_dir():
        continue
    tests += 1
    names = named_by(test)
    if not names:
        fail(f"tests/{here}: its first comment does not end with \"Tests src/{here.parent}/….c.\"")
    for name in sorted(names):
        if name not in sources:
            fail(f"tests/{here}: says that it tests {name}, which does not exist")
        # A file beside the folders is tested in any of them.
        if str(here.parent) == str(pathlib.Path(name).parent.relative_to("src")) or pathlib.Path(name).parts[1:-1] == (floor,):
            tested.setdefault(name, []).append(here)
for name in sorted(sources - tested.keys()):
    fail(f"{name}: no test in tests/{pathlib.Path(name).parent.relative_to('src')} says in its first comment that it tests this file")
print(f"{len(sources)} sources, {tests} tests, {failures} failures")
sys.exit(failures != 0)
