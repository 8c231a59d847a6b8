"""Wrong but plausible edits of the library, each of which a named test must catch.

  run.py SOURCE WORK [--check] [NAME...]     all mutants, or those named
  --check   only checks that every edit still fits its file, is in the right folder, and names a test; builds nothing

A mutant is a file NAME.mutant in the same folder as the edited source has under src (other files: in the tree):
lines "what:", "file:", "test:", then the text to be replaced between "<<<<" and "====", and its replacement up to
">>>>". The text must occur exactly once in the file. test is its name in CTest; it must pass on the unchanged tree
and fail on the mutant. An edit that does not compile proves nothing: it counts as a failure of this collection."""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT = 120
os.environ["SLEY_TEST_SECONDS"] = "60"  # a hang is detected after that, with its place: tests/support/watchdog.h

arguments = argparse.ArgumentParser()
arguments.add_argument("source")
arguments.add_argument("work")
arguments.add_argument("names", nargs="*")
arguments.add_argument("--check", action="store_true")
options = arguments.parse_args()


class Mutant:
    def __init__(self, path):
        with open(path) as file:
            text = file.read()
        self.name = os.path.basename(path).removesuffix(".mutant")
        self.folder = os.path.relpath(os.path.dirname(path), HERE)
        form = re.fullmatch(r"what: (.+)\nfile: (\S+)\ntest: (\S+)\n<<<<\n(.*?)====\n(.*?)>>>>\n", text, re.S)
        if form is None:
            sys.exit(f"{path}: not in the form of a mutant")
        self.what, self.file, self.test, self.old, self.new = form.groups()

    def applied(self, top):
        """Returns the edited file, or why the edit does not fit."""
        try:
            with open(os.path.join(top, self.file)) as file:
                text = file.read()
        except FileNotFoundError:
            return None, f"there is no {self.file}"
        found = text.count(self.old)
        if found != 1:
            return None, f"the text to be replaced occurs {found} times in {self.file}"
        return text.replace(self.old, self.new), None

    def misplaced(self):
        """Returns why it is in the wrong folder or names no existing test."""
        folder = os.path.dirname(self.file).removeprefix("src/")
        if self.folder != folder:
            return f"belongs in tests/mutants/{folder}"
        floor = self.test.split("/")[0]
        if os.path.isdir(os.path.join(options.source, "src", floor)) and not source_of(self.test):
            return f"there is no test {self.test}"
        return None


def run(*words, **more):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def source_of(test):
    """The possible sources of a floor's test: test_NAME.c in or below its folder, or a separate program."""
    folder, name = test.split("/", 1)
    below = os.path.join(options.source, "tests", folder)
    return [path for form in (f"**/test_{name}.c", f"{name}.c", f"{name}.cc")
            for path in glob.glob(os.path.join(below, form), recursive=True)]


def target_of(test):
    """The targets to build for a test: one, several separated by spaces, or everything."""
    folder, name = test.split("/", 1)
    if any(os.path.basename(path) == f"test_{name}.c" for path in source_of(test)):
        return f"{folder}_test_{name}"
    if test == "builds/aarch64_order":
        return "sley_static"  # it compiles for itself
    if test == "builds/package":
        return "sley sley_static"  # it installs them and builds its own programs
    if folder == "simulate" and re.fullmatch(r"\w+", name):
        return f"simulate-{name}"
    if folder == "failing" and source_of(test):
        return f"failing-{name}"
    if folder == "measure":
        return "measure-server"
    return "sley-vectors" if re.fullmatch(r"vectors(-\w+)*", folder) else "all"


def build(target):
    return run("cmake", "--build", os.path.join(options.work, "build"), "-j2", "--target", *target.split())


def test_fails(name):
    try:
        done = run("ctest", "--test-dir", os.path.join(options.work, "build"), "-R", f"^{re.escape(name)}$",
                   "--timeout", str(TIMEOUT))
    except subprocess.TimeoutExpired:
        return True
    if "No tests were found" in done.stdout:
        sys.exit(f"there is no test {name}")
    return done.returncode != 0


def write(path, text):
    with open(path, "wb") as file:
        file.write(text)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def synchronise(tree):
    """Makes tree a copy of the source, writing only files that differ: a restored file is newer than the
    objects built from it while it was broken."""
    wanted = set()
    for folder, folders, files in os.walk(options.source):
        if folder == options.source:
            folders[:] = [name for name in folders if name not in ("build", ".git")]
        for name in files:
            path = os.path.join(folder, name)
            place = os.path.relpath(path, options.source)
            copy = os.path.join(tree, place)
            if place == ".git" or os.path.islink(path):
                continue
            wanted.add(place)
            text = read(path)
            if not os.path.exists(copy) or read(copy) != text:
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                write(copy, text)
                shutil.copymode(path, copy)
    for folder, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.relpath(path, tree) not in wanted:
                os.remove(path)


def prepare(tests):
    """A copy of the tree that can be broken, and the tests built from it unbroken."""
    tree = os.path.join(options.work, "tree")
    promise_only = all(re.match(r"(promise|vectors)", test) for test in tests)
    synchronise(tree)
    done = run("cmake", "-S", tree, "-B", os.path.join(options.work, "build"), "-G", "Ninja",
               "-DCMAKE_BUILD_TYPE=Debug", f"-DSLEY_PROMISE_ONLY={'ON' if promise_only else 'OFF'}", "-DCMAKE_C_FLAGS=-O1")
    for target in sorted({target_of(test) for test in tests}):
        if done.returncode == 0:
            done = build(target)
    if done.returncode != 0:
        sys.exit(done.stdout)
    return tree


def judge(mutant, tree):
    path = os.path.join(tree, mutant.file)
    changed, misfit = mutant.applied(tree)
    if misfit is not None:
        return misfit
    with open(path) as file:
        whole = file.read()
    try:
        with open(path, "w") as file:
            file.write(changed)
        built = build(target_of(mutant.test))
        if built.returncode != 0:
            return "does not compile:\n" + built.stdout[-2000:]
        # If threads race, as in the pools, one failure in three runs is enough.
        return None if any(test_fails(mutant.test) for _ in range(3)) else f"{mutant.test} does not see it"
    finally:
        with open(path, "w") as file:
            file.write(whole)


mutants = sorted((Mutant(path) for path in glob.glob(f"{HERE}/**/*.mutant", recursive=True)), key=lambda m: m.name)
if options.names:
    mutants = [mutant for mutant in mutants if mutant.name in options.names]
if not mutants:
    sys.exit("no mutants")
bad = 0
if options.check:
    for mutant in mutants:
        misfit = mutant.applied(options.source)[1] or mutant.misplaced()
        if misfit is not None:
            print(f"{mutant.name}: {misfit}")
            bad += 1
else:
    tests = sorted({mutant.test for mutant in mutants})
    tree = prepare(tests)
    for test in tests:
        if test_fails(test):
            sys.exit(f"{test} fails on the unchanged tree")
    for mutant in mutants:
        fault = judge(mutant, tree)
        print(f"{mutant.name}: {fault or 'caught by ' + mutant.test}  ({mutant.what})", flush=True)
        bad += fault is not None
print(f"{len(mutants) - bad} passed, {bad} failed")
sys.exit(bad != 0)
