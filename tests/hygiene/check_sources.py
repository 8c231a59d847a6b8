"""Every source file is named by a test in the matching folder (or by one that belongs to no floor, such as
tests/copies), and every file that a test names exists. A test names its sources at the end of its first comment:

    /* Mutexes: order, canceling, hand-over.
     * Tests src/promise/sync/mutex.c, src/promise/sync/waiters.c. */

Usage: check_sources.py ROOT LIBRARY CC CXX"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
# Sources that only tests of another folder can reach.
ELSEWHERE = {
    "src/promise/base/lock.c": "tests/domain/link/test_forks.c",  # takes threads that hold the locks
    "src/promise/core/error_value.c": "tests/promise/collection/test_result_values.c",  # whose results have errors
    "src/promise/core/kind.c": "tests/promise/combine/test_states.c",  # every kind is made there
    "src/promise/core/storage.c": "tests/promise/fiber/test_fiber.c",  # and tests/vectors/storage.txt
    "src/promise/core/name.c": "tests/promise/dump/test_dump.c",  # names are seen in dumps
    "src/promise/combine/walk.c": "tests/promise/collection/test_list.c",  # whose functions walk
}
failures = 0


def fail(what):
    global failures
    print(what)
    failures += 1


def named_by(test):
    comment = re.match(r"\s*/\*(.*?)\*/", test.read_text(), re.S)
    sentence = re.search(r"\bTests (src/.*)", comment[1], re.S) if comment else None
    return set(re.findall(r"src/[\w/]+\.c\b", sentence[1])) if sentence else set()


# Generated files have no test of their own: hygiene/sites compares them with their input.
sources = {str(path.relative_to(root)) for path in (root / "src").rglob("*.c") if path.parent.name != "sites"}
tested, tests = {}, 0
for test in sorted((root / "tests").rglob("*.c")):
    here = test.relative_to(root / "tests")
    is_of_a_floor = (root / "src" / here.parts[0]).is_dir()
    names = named_by(test)
    tests += bool(names)
    if is_of_a_floor and test.name.startswith("test_") and not names:
        fail(f"tests/{here}: its first comment does not end with \"Tests src/{here.parent}/….c.\"")
    for name in sorted(names):
        folder = pathlib.Path(name).parent.relative_to("src")
        if name not in sources:
            fail(f"tests/{here}: says that it tests {name}, which does not exist")
        # Files directly in a floor can be tested in any of its folders.
        elif not is_of_a_floor or ELSEWHERE.get(name) == f"tests/{here}" or here.parent == folder or (len(folder.parts) == 1 and here.parts[0] == folder.parts[0]):
            tested.setdefault(name, []).append(here)
for name in sorted(sources - tested.keys()):
    fail(f"{name}: no test in tests/{pathlib.Path(name).parent.relative_to('src')} says in its first comment that it tests this file")
for name in sorted(ELSEWHERE.keys() - sources):
    fail(f"{name}: is excepted in this test, but does not exist")
print(f"{len(sources)} sources, {tests} tests, {failures} failures")
sys.exit(failures != 0)
