"""The interface of today is that of the baseline, and a program that was compiled with the baseline's header runs with the library of
today; also with one in which every struct that carries its size has grown. Usage: check_program.py ROOT"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "scripts/support"))
import abi  # noqa: E402

failures = []


def check_oldest(header):
    """Every struct that carries its size has an oldest one, and a test that gives it."""
    rows = set(re.findall(r"SLEY__OLDEST_(\w+) ", (root / "src/promise/base/oldest.h").read_text()))
    given = set(re.findall(r"OLDEST\((\w+)", (root / "tests/abi/test_oldest.c").read_text()))
    # What the library fills in and lends to a callback, and what it only keeps by address.
    lent = {"sley_fiber_info", "sley_peer_counters", "sley_type", "sley_error_kind", "sley_job_type"}
    structs = set(abi.sized(header))
    for name in sorted(structs ^ rows):
        failures.append(f"{name}: {'no row in src/promise/base/oldest.h' if name in structs else 'a row, and no struct'}")
    failures.extend(f"{name}: tests/abi/test_oldest.c does not give it" for name in sorted(structs - given - lent))


def runs(library, program):
    done = subprocess.run([str(program)], env={**os.environ, "LD_LIBRARY_PATH": str(library.parent)}, capture_output=True, text=True, timeout=100)
    if done.returncode != 0 or not done.stdout:
        failures.append(f"with {library}: {done.returncode} {done.stdout}{done.stderr}")


with tempfile.TemporaryDirectory() as text:
    work = pathlib.Path(text)
    try:
        today = work / "today"
        abi.amalgamate(today)
        header = (today / "sley.h").read_text()
        check_oldest(header)
        library = abi.library(today)
        described, old = abi.baseline()
        changed = abi.difference(described, abi.description(library), header, work)
        if changed:
            failures.append(changed + "\nscripts/abi tells what to do")
        (work / "old").mkdir()
        (work / "old/sley.h").write_text(old)
        program = work / "program"
        abi.run("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", work / "old", root / "tests/abi/program.c", "-o", program, library,
                "-pthread")
        runs(library, program)
        grown = work / "grown"
        grown.mkdir()
        added = abi.grown(header)
        if added.count("planted") != len(abi.sized(header)) - len(abi.DATA):
            failures.append(f"{added.count('planted')} structs have grown of {len(abi.sized(header))}")
        (grown / "sley.h").write_text(added)
        (grown / "sley.c").write_text((today / "sley.c").read_text())
        runs(abi.library(grown), program)
        if abi.difference(described, abi.description(grown / abi.SONAME), header, work):
            failures.append("structs that have grown at their end count as a change")
    except abi.Failure as failure:
        failures.append(str(failure))
print("\n".join(failures))
sys.exit(bool(failures))
