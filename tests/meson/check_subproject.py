"""A program of a Meson project gets the dependency sley from the wrap and the archive of a release: the whole library, shared and
static, and promises alone. The library itself is installed with a .pc file. Usage: check_subproject.py ROOT"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
failures = []
PROJECT = """project('user', 'c', default_options: ['c_std=c11', 'warning_level=3', 'werror=true'])
executable('program', 'program.c', dependencies: dependency('sley', version: '>=0.1'))
"""


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}, **more)
    if done.returncode != 0:
        failures.append(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def exported(path):
    return {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", path).splitlines() if " sley_" in line}


with tempfile.TemporaryDirectory() as text:
    work = pathlib.Path(text)
    run(sys.executable, root / "scripts/release", "--rehearse", work / "release")
    archive = next((work / "release").glob("*-amalgamation.tar.gz"))
    for name, program, options in [("shared", "echo.c", ["-Dsley:default_library=shared"]),
                                   ("static", "echo.c", ["-Dsley:default_library=static"]),
                                   ("promise", "promises.c", ["-Dsley:promise_only=true", "-Dsley:default_library=static", "-Db_lto=true"])]:
        project = work / name
        (project / "subprojects/packagefiles").mkdir(parents=True)
        shutil.copy(archive, project / "subprojects/packagefiles")
        shutil.copy(work / "release/sley.wrap", project / "subprojects")
        shutil.copy(root / "tests/embed" / program, project / "program.c")
        (project / "meson.build").write_text(PROJECT)
        # Not for speed: only whether it works matters.
        run("meson", "setup", "--buildtype=plain", *options, project / "build", project)
        run("ninja", "-C", project / "build")
        if failures:
            break
        print(run(project / "build/program", timeout=60).strip())
        own = exported(project / "build/program")
        if own:
            failures.append(f"{name}: the program exports {sorted(own)[:5]}")
    if not failures:
        shared = next((work / "shared/build/subprojects").rglob("libsley.so.0.1.0"))
        wanted = set((root / "src/sley.map").read_text().replace(";", " ").split())
        if exported(shared) != {n for n in wanted if n.startswith("sley_")}:
            failures.append(f"exports: {sorted(exported(shared) ^ {n for n in wanted if n.startswith('sley_')})[:9]}")
        run("meson", "install", "-C", work / "shared/build", "--destdir", work / "installed", "--no-rebuild")
        found = sorted(str(p.relative_to(work / "installed")) for p in (work / "installed").rglob("*") if p.name in ("sley.pc", "sley.h"))
        if len(found) != 2:
            failures.append(f"installed: {found}")
print("\n".join(failures))
sys.exit(bool(failures))
