"""docs/libraries.md: the command that tells whether a library obeys finds the library of the page clean and each offender guilty; each
setter of a domain or the process gives back what was there; inline functions and macros of public headers reach exported names only.
Usage: check_obeys.py ROOT LIBSLEY"""
import pathlib
import re
import subprocess
import sys
import tempfile

root, library = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
failures = []
PAGE = (root / "docs/libraries.md").read_text()
COMMAND = re.search(r"^    (nm -u .*)$", PAGE, re.M)[1]
# Setters that say otherwise how what was there is found.
OTHERWISE = {"sley_block_set_limit"}


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def code_of(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


# ---- the command
with tempfile.TemporaryDirectory() as text:
    work = pathlib.Path(text)
    own = re.search(r"<!-- file: names\.c.*?```c\n(.*?)```", PAGE, re.S)[1].split("/* ---- a program")[0]
    cases = {"libnames": (own, False)}
    for call in ("sley_error_drop(sley_run(sley_return_unit(), NULL))", "sley_finish()", "sley_main(sley_return_unit(), NULL)",
                 "sley_error_drop(sley_configure(NULL))", "sley_set_unhandled_hook(NULL, NULL)", "sley_domain_set_spin_time(0)"):
        cases[re.findall(r"sley_\w+", call)[-1 if "drop(" not in call else 1]] = (
            f"#include <sley.h>\nvoid f(void);\nvoid f(void) {{ (void)({call}); }}\n" if "drop(" not in call else
            f"#include <sley.h>\nvoid f(void);\nvoid f(void) {{ {call}; }}\n", True)
    for name, (program, guilty) in cases.items():
        (work / f"{name}.c").write_text(program)
        done = run("gcc", "-std=c11", "-fPIC", "-shared", "-w", f"-I{root}/include", work / f"{name}.c", "-o", work / f"{name}.so", library)
        if done.returncode != 0:
            failures.append(f"{name}: {done.stderr}")
            continue
        found = subprocess.run(["sh", "-c", COMMAND.replace("libyours.so", f"'{work}/{name}.so'")], capture_output=True, text=True).stdout
        if bool(found) != guilty:
            failures.append(f"{name}: the command finds {found.split()}")

# ---- setters
for header in sorted((root / "include/sley").glob("*.h")):
    for result, name, parameters in re.findall(r"SLEY_API ((?:\w+[ *]+)+?)(sley_(?:\w+_)?set_\w+)\(([^;]*?)\);", code_of(header.read_text())):
        of_object = re.match(r"\s*(?:const )?sley_\w+ \*", parameters) and not re.match(r"\s*const sley_(trace|dns_source|\w+_options)\b", parameters)
        of_object = of_object and not re.match(r"\s*sley_\w+_fn \*", parameters)
        if of_object or name in OTHERWISE:
            continue
        if re.search(r"\b(void|sley_error \*)\s*$", result.replace("SLEY_SITE", "").replace("SLEY_NODISCARD", "").strip() + " ") or \
                result.strip() == "void":
            failures.append(f"{header.name}: {name} does not give back what was there")

# ---- what inlines and macros reach; what a binding calls in their place is exported under the plain name (hygiene/symbols), since
# no public function is inline only
exported = set(re.findall(r"^    (\w+);", (root / "src/sley.map").read_text(), re.M))
# Declared alone, and never linked: for decltype, and with the attribute that a call does not compile.
UNLINKED = {"sley__count", "sley__too_many_arguments"}


def unreachable(text):
    """What is called in a body or a macro of the text and is neither exported nor defined there; and how many calls there are."""
    macros = set(re.findall(r"#\s*define (\w+)", text))
    own = set(re.findall(r"\b(sley_\w+)\([^;{}]*\)\s*\{", text))
    bodies = re.findall(r"\)\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", text) + [
        m.replace("\\\n", " ") for m in re.findall(r"#\s*define \w+(?:\([^)]*\))?((?:.*\\\n)*.*)", text)]
    called = {name for body in bodies for name in re.findall(r"\b(sley_\w+)\s*\(|\b(sley_(?:type|kind)_\w+)", body) for name in name if name}
    return called - exported - macros - own - UNLINKED, called


everything = "\n".join(code_of(p.read_text()) for p in (root / "include").rglob("*.h") if "old" not in p.parts)
missing, reached = unreachable(everything)
failures.extend(f"inline functions or macros reach {name}, which is not exported" for name in sorted(missing))
for planted in ("static inline int f(void) { return sley_not_there(1); }\n", "#define SLEY_PLANTED(x) \\\n  sley_not_there(x)\n",
                "#define SLEY_PLANTED(x) sley_value_ptr(x, &sley_type_not_there)\n"):
    if unreachable(everything + planted)[0] not in (missing | {"sley_not_there"}, missing | {"sley_type_not_there"}):
        failures.append(f"not found: {planted}")
if len(reached) < 200:
    failures.append(f"only {len(reached)} names are reached")


def inline_only(text):
    """Functions of the public prefix that a header defines and the library does not export: a binding cannot call them."""
    return {name for name in re.findall(r"\binline\b[^;{}()]*?\b(sley_[a-z]\w*)\(", text) if name not in exported}


failures.extend(f"{name} is inline only: bindings need an exported twin" for name in sorted(inline_only(everything)))
if inline_only("static inline int sley_short(int x) {}\n") != {"sley_short"}:
    failures.append("a function that is inline only is not found")
print("\n".join(failures) or f"{len(cases)} libraries, {len(reached)} names reached")
sys.exit(bool(failures))
