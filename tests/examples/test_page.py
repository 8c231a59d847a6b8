"""Compiles the programs of a page against the installed package, runs them, and compares their output with the page.
Arguments: the page, the prefix, the working folder, more compiler flags.

A marker above each block of C defines its role:
    <!-- file: NAME.c -->                    a program that exits with 0
    <!-- file: NAME.c prints: TEXT -->       ... and writes this line to stdout
    <!-- file: NAME.c prints-error: TEXT --> ... and writes this somewhere to stderr
    <!-- form: NAME -->                      a part of another test's source (hygiene/direct compares it)
With "debug" after the name the program runs with SLEY_DEBUG=1. A block without a language is a program's output:
    <!-- aborts: NAME.c -->   all of stderr; the program aborts
    <!-- reports: NAME.c -->  all of stderr; the program exits with 1 because something is left
    <!-- prints: NAME.c -->   all of stdout
"""
import os
import re
import subprocess
import sys

page, prefix, work = sys.argv[1:4]
flags = sys.argv[4].split() if len(sys.argv) > 4 else []
text = open(page, encoding="utf-8").read()
os.makedirs(work, exist_ok=True)
pc = next(os.path.join(folder, "pkgconfig") for folder, folders, _ in os.walk(prefix) if "pkgconfig" in folders)
library = subprocess.run(["pkg-config", "--cflags", "--libs", "sley"], check=True, stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "PKG_CONFIG_PATH": pc}).stdout.split()
libraries = os.path.dirname(pc)


def run(name, debug):
    program = os.path.join(work, name.removesuffix(".c"))
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", *flags, name, *library,
                    f"-Wl,-rpath,{libraries}", "-o", program], check=True, cwd=work)
    # A checker would report the intended leaks of these programs; the library's own report is compared.
    environment = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    environment.pop("SLEY_DEBUG", None)
    if debug:
        environment["SLEY_DEBUG"] = "1"
    return subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          cwd=work, env=environment)


def sentences(error):
    """The library's output, without the stack trace that it or a checker adds."""
    error = re.sub(r"^    #.*\n|^\n", "", error, flags=re.M)
    return re.sub(r"^sley: called from .*", "", error, flags=re.M | re.S)


def compare(name, shown, written):
    assert shown == written, f"{name} wrote\n{written}\ninstead of\n{shown}"


shown = {(how, name): block for how, name, block in
         re.findall(r"<!-- (aborts|reports|prints): (\S+\.c) -->\n```\n(.*?)```", text, re.S)}
unmarked = re.findall(r"(?<! -->\n)```c\n.*\n", text)
assert not unmarked, f"a block of C without a marker: {unmarked}"
checked = 0
for name, debug, how, wanted, code in re.findall(
        r"<!-- file: (\S+\.c)( debug)?(?: (prints|prints-error): (.*?))? -->\n```c\n(.*?)```", text, re.S):
    with open(os.path.join(work, name), "w", encoding="utf-8") as file:
        file.write(code)
    result = run(name, debug != "")
    aborts, reports, prints = (shown.pop((kind, name), None) for kind in ("aborts", "reports", "prints"))
    status = -6 if aborts is not None else 1 if reports is not None else 0
    assert result.returncode == status, (name, result)
    if aborts is not None or reports is not None:
        compare(name, aborts or reports, sentences(result.stderr))
    if prints is not None:
        compare(name, prints, result.stdout)
    if how == "prints":
        compare(name, wanted + "\n", result.stdout)
    if how == "prints-error":
        assert wanted in result.stderr, (name, result)
    checked += 1
assert not shown, f"what programs write that are not on the page: {list(shown)}"
blocks = len(re.findall(r"^```c\n", text, re.M)) - len(re.findall(r"<!-- form: .* -->\n```c\n", text))
assert checked == blocks and checked > 0, f"{checked} programs of {blocks} were run"
print(f"{checked} programs")
