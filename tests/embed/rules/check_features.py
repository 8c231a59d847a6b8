"""SLEY_HAS_... and the version of sley/version.h agree with the headers, with the library and with both forms of
scripts/amalgamate. Each macro names its headers in the comment beside or above it; headers that none names are what
every form has. Usage: check_features.py ROOT LIBRARY WHOLE PROMISE; the last two: folders with sley.h"""
import pathlib
import re
import subprocess
import sys

root, library, whole, promise = map(pathlib.Path, sys.argv[1:])
include = root / "include"
failures = 0


def fail(what):
    global failures
    print(what)
    failures += 1


def defined(header, folder, *flags):
    """The macros after a header: name -> text."""
    run = subprocess.run(["gcc", "-std=c11", "-dM", "-E", *flags, f"-I{folder}", "-include", header, "-x", "c", "/dev/null"],
                         capture_output=True, text=True, check=True)
    return dict(re.findall(r"(?m)^#define (SLEY_\w+)\b ?(.*)$", run.stdout))


def declared(header):
    text = re.sub(r"/\*.*?\*/", "", (include / "sley" / header).read_text(), flags=re.S)
    return set(re.findall(r"\b(sley_\w+)\(", " ".join(re.findall(r"SLEY_API\b[^;{]*;", text))))


def features(text):
    """Macro -> its headers."""
    found = {}
    for before, name, behind in re.findall(r"(?:/\*((?:(?!\*/).)*)\*/\n)?#define (SLEY_HAS_\w+) 1(?: +/\*(.*?)\*/)?\n", text, re.S):
        found[name] = re.findall(r"\b\w+\.h\b", behind or before)
    return found


text = (include / "sley/version.h").read_text()
of = features(text)
alone = set(re.findall(r"#define (SLEY_HAS_\w+)", text.split("#if !defined(SLEY_PROMISE_ONLY)")[0]))
headers = {path.name for path in (include / "sley").glob("*.h")} - {"whole.h"}
if len(of) != len(re.findall(r"#define SLEY_HAS_", text)):
    fail("version.h: a macro SLEY_HAS_... that is not 1")
for name, named in of.items():
    if not named:
        fail(f"version.h: {name} names no header")
    for header in named:
        if header not in headers:
            fail(f"version.h: {name} names {header}, which does not exist")
        elif sum(header in other for other in of.values()) > 1:
            fail(f"version.h: {header} is named by two macros")

# What a compiler sees: all of them 1, or with promises alone those of these.
for title, macros, wanted in (
        ("sley.h", defined("sley.h", include), set(of)),
        ("sley.h with SLEY_PROMISE_ONLY", defined("sley/version.h", include, "-DSLEY_PROMISE_ONLY"), alone),
        ("sley.h of the whole amalgamation", defined("sley.h", whole), set(of)),
        ("sley.h of promises alone", defined("sley.h", promise), alone)):
    seen = {name for name in macros if name.startswith("SLEY_HAS_")}
    for name in seen ^ wanted:
        fail(f"{title}: {name} is {'defined' if name in seen else 'missing'}")
    for name in seen:
        if macros[name] != "1":
            fail(f"{title}: {name} is {macros[name]}")
    if not {"SLEY_VERSION_NUM", "SLEY_VERSION_TEXT"} <= macros.keys():
        fail(f"{title}: no version")

# What the library and the amalgamated header have.
exported = set(re.findall(r"\b(sley_\w+)", subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                                                         check=True).stdout))
in_promise = (promise / "sley.h").read_text()
for name, named in of.items():
    for header in named:
        functions = declared(header)
        missing = functions - exported
        if missing or not functions and header != "job.h":
            fail(f"{name}: the library lacks {', '.join(sorted(missing)) or 'functions of ' + header}")
        present = {f for f in functions if re.search(rf"SLEY_API[^;]*\b{f}\(", in_promise)}
        if name in alone and functions - present:
            fail(f"{name} is defined for promises alone, whose sley.h lacks {sorted(functions - present)[0]}")
        if name not in alone and present:
            fail(f"{name} is not defined for promises alone, whose sley.h has {sorted(present)[0]}")
for header in headers - {h for named in of.values() for h in named} - {"base.h"}:
    functions = declared(header)
    if functions and not any(re.search(rf"\b{f}\(", in_promise) for f in functions):
        fail(f"version.h: {header} is not of promises alone, and no SLEY_HAS_... names it")

# The versions of the headers, of the build and of the library are one.
numbers = [re.search(rf"#define SLEY_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH")]
if re.search(r'SLEY_VERSION_TEXT "(.*)"', text)[1] != ".".join(numbers):
    fail("version.h: the text differs from the numbers")
if f"VERSION {'.'.join(numbers)} " not in (root / "CMakeLists.txt").read_text():
    fail("CMakeLists.txt: the project's version is not that of version.h")
if f"SLEY_{numbers[0]}.{numbers[1]}" not in (root / "src/sley.map").read_text():
    fail("src/sley.map: no symbol version for the version of version.h")

# A macro without headers, a header of two, and one that does not exist are seen.
for broken, why in (("#define SLEY_HAS_X 1\n", "no headers"),):
    if features(broken) != {"SLEY_HAS_X": []}:
        fail(f"{why} is not seen")
print(f"{len(of)} macros, {len(headers)} headers, {failures} failures")
sys.exit(failures != 0)
