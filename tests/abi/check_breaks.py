"""abidiff with this tree's rules catches what breaks a program, and lets pass what does not, each planted in promises alone and compiled:
a member in the middle, an enumerator with another number, a wider argument, a symbol that is gone; a struct that has grown at its end, a
new function. Usage: check_breaks.py ROOT"""
import concurrent.futures
import pathlib
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "scripts/support"))
import abi  # noqa: E402

MAP = (root / "src/sley.map").read_text()
# Name, whether it is a break, what it is told with, and what is replaced in sley.h, sley.c and the map.
CASES = [
    ("a member in the middle", True, "sley_counters",
     [("sley.h", "  uint64_t created;      /* promises ever made", "  uint64_t planted;\n  uint64_t created;      /* promises ever made")]),
    ("an enumerator with another number", True, "SLEY_PROMISE_STATE_REJECTED",
     [("sley.h", "SLEY_PROMISE_STATE_REJECTED = 2", "SLEY_PROMISE_STATE_REJECTED = 3")]),
    ("a wider argument", True, "sley_planted", [("sley.h", "void sley_planted(int n);", "void sley_planted(long long n);"),
                                                          ("sley.c", "void sley_planted(int n)", "void sley_planted(long long n)")]),
    ("a symbol that is gone", True, "sley_pqueue_count", [("map", "    sley_pqueue_count;\n", "")]),
    ("a struct that has grown", False, "", [("sley.h", "\n} sley_pool_options;", "\n  uint64_t planted;\n} sley_pool_options;")]),
    ("a new function", False, "", [("map", "  global:\n", "  global:\n    sley_planted_later;\n"),
                                   ("sley.c", None, "\nSLEY_API void sley_planted_later(int n);\nvoid sley_planted_later(int n) { (void)n; }\n")]),
]


def compiled(folder, base, changes):
    folder.mkdir()
    texts = {**base, "map": base["map"]}
    for file, old, new in changes:
        if old is not None and texts[file].count(old) != 1:
            raise abi.Failure(f"{old!r} occurs {texts[file].count(old)} times in {file}")
        texts[file] = texts[file] + new if old is None else texts[file].replace(old, new)
    for file, text in texts.items():
        (folder / file).write_text(text)
    return abi.description(abi.library(folder, folder / "map"))


failures = []
with tempfile.TemporaryDirectory() as text, concurrent.futures.ThreadPoolExecutor(2) as pool:
    work = pathlib.Path(text)
    abi.run(sys.executable, root / "scripts/amalgamate", "--no-lines", "--form=promise", work / "base")
    header = (work / "base/sley.h").read_text()
    # A function of one narrow argument, to be widened.
    end = header.rindex("SLEY_EXTERN_C_END")
    base = {"sley.h": header[:end] + "SLEY_API void sley_planted(int n);\n" + header[end:],
            "sley.c": (work / "base/sley.c").read_text() + "\nvoid sley_planted(int n) { (void)n; }\n",
            "map": MAP.replace("  global:\n", "  global:\n    sley_planted;\n")}
    jobs = {"base": pool.submit(compiled, work / "before", base, [])}
    jobs.update({name: pool.submit(compiled, work / name.replace(" ", "_"), base, changes) for name, _, _, changes in CASES})
    try:
        before = jobs["base"].result()
        for name, breaks, told, _ in CASES:
            found = abi.difference(before, jobs[name].result(), base["sley.h"], work)
            if bool(found) != breaks or told not in found:
                failures.append(f"{name}: {found or 'not noticed'}")
            else:
                print(f"{name}: {'caught' if breaks else 'passes'}")
    except abi.Failure as failure:
        failures.append(str(failure))
print("\n".join(failures))
sys.exit(bool(failures))
