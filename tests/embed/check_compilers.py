"""sley.c and sley.h with one compiler and the tree's warnings: as another project's source, whose shared library exports what
sley.map says and nothing else, and as a private copy, whose object exports nothing. A program runs with each.
Usage: check_compilers.py ROOT MADE promise|whole gcc|clang|musl-gcc
The whole library is only compiled with musl-gcc: scripts/musl links and runs it."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root, made, form, compiler = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
here = root / "tests/embed"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
failures = []


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if done.returncode != 0:
        failures.append(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def names(*arguments):
    return {line.split()[-1] for line in run("nm", "--defined-only", *arguments).splitlines() if line.strip()}


def expect(what, found, wanted):
    if found != wanted:
        failures.append(f"{what}: too many {sorted(found - wanted)[:9]}, missing {sorted(wanted - found)[:9]}")


if not shutil.which(compiler):
    sys.exit(f"{compiler} is missing: scripts/install-packages build test")
work = pathlib.Path(tempfile.mkdtemp())
try:
    program = here / ("promises.c" if form == "promise" else "echo.c")
    flags = ["-O0", "-I", made, *WARNINGS]
    libraries = ["-lev", "-lm", "-pthread"] if form == "whole" else ["-pthread"]
    can_link = True
    if compiler == "musl-gcc":
        flags.append("-static")
        if form == "whole":  # Debian has libev for glibc only: its headers do, and so do those of the kernel
            can_link = False
            beside = work / "include"
            beside.mkdir()
            multiarch = run("gcc", "-print-multiarch").strip()
            for header in [*pathlib.Path("/usr/include").glob("ck_*.h"), pathlib.Path("/usr/include/ev.h")]:
                (beside / header.name).symlink_to(header)
            for folder, to in (("linux", "linux"), ("asm-generic", "asm-generic"), (f"{multiarch}/asm", "asm"), ("gcc", "gcc")):
                if pathlib.Path("/usr/include", folder).exists():
                    (beside / to).symlink_to(pathlib.Path("/usr/include", folder))
            # The macros of its <sys/socket.h> change signs without saying so.
            flags += ["-idirafter", beside, "-Wno-sign-conversion"] + ["-fsyntax-only"]
    # As a source of its own: the header is C11, the source C17.
    run(compiler, *flags, "-std=c17", "-fPIC", "-c", made / "sley.c", "-o", work / "sley.o")
    run(compiler, *flags, "-std=c11", "-c", program, "-o", work / "program.o")
    # As a private copy in the file that uses it.
    run(compiler, *flags, "-std=c17", "-DSLEY_API=static", "-c", program, "-o", work / "private.o")
    if can_link and not failures:
        expect("a private copy exports", names("-g", work / "private.o"), {"main"})
        expect("two private copies share", names("-g", work / "sley.o") & names("-g", work / "private.o"), set())
    for number, objects in enumerate([["program.o", "sley.o"], ["private.o"]] if can_link and not failures else []):
        linked = work / f"run{number}"
        run(compiler, *(["-static"] if "-static" in flags else []), *[work / o for o in objects], "-o", linked, *libraries)
        if not failures:
            print(run(linked, timeout=60, env={**os.environ, "SLEY_DEBUG": ""}).strip())
    if compiler == "clang" and form == "promise" and not failures:  # as for processors without assembly of the library's
        run(compiler, *flags, "-std=c17", "-DSLEY_API=static", "-DSLEY_UCONTEXT", "-c", program, "-o", work / "private.o")
        expect("a private copy with ucontext exports", names("-g", work / "private.o"), {"main"})
    if compiler != "musl-gcc" and not failures:
        shared = work / "libcopy.so"
        run(compiler, "-shared", work / "sley.o", "-o", shared, *libraries)
        declared = set(re.findall(r"\bsley_\w+", re.sub(r"/\*.*?\*/", "", (made / "sley.h").read_text(), flags=re.S)))
        exported = set(re.findall(r"(?m)^    (\w+);", (root / "src/sley.map").read_text()))
        expect("the shared library exports", names("-D", shared), exported & declared if form == "promise" else exported)
        cxx = {"gcc": "g++", "clang": "clang++"}[compiler]
        (work / "header.cc").write_text('#include "sley.h"\n#include "sley.h"\n')
        run(cxx, *flags, "-std=c++17", "-fsyntax-only", work / "header.cc")
finally:
    shutil.rmtree(work)
for failure in failures:
    print(failure)
sys.exit(bool(failures))
