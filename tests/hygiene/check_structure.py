"""No dependency cycle in src has more than LIMIT files (scripts/structure shows them), and the analysis detects calls
in inline functions and macros. Usage: check_structure.py ROOT LIBRARY CC CXX"""
import os
import pathlib
import sys
import tempfile
import time

root = pathlib.Path(sys.argv[1])
os.environ["CC"] = sys.argv[3]
sys.path.insert(0, str(root / "scripts/support"))
import structure  # noqa: E402

LIMIT = 8

# A tree with known cycles: low calls middle through an inline function of an inline function, middle calls high
# through a macro, high calls low by its name in parentheses. The machine calls through a table that names all of
# them; locals and members have the same names as functions.
SAMPLE = {
    "inner.h": "void sley__middle(void);\nstatic inline void inner(void) { sley__middle(); }\n",
    "outer.h": '#include "inner.h"\nstatic inline void outer(void) { inner(); }\n'
               "static inline void unused(void) { sley__middle(); }\n",
    "high.h": "void sley__high(int);\n#define HIGH(n) sley__##n(1)\nvoid sley__low(void);\n#define sley__low() (sley__low)()\n",
    "table.h": "struct kind { void (*run)(void); int sley__low; };\nextern const struct kind sley__kinds[];\n",
    "low.c": '#include "outer.h"\nvoid sley__low(void);\nvoid(sley__low)(void) { outer(); }\n',
    "middle.c": '#include "high.h"\nvoid sley__middle(void);\nvoid sley__middle(void) { HIGH(high); }\n',
    "high.c": '#include "high.h"\nstatic void call(void) { sley__low(); }\n'
              "__attribute__((noinline)) void sley__high(int i) { if (i) call(); }\n",
    "machine.c": '#include "outer.h"\n#include "table.h"\nint sley__run(int i);\n'
                 "int sley__run(int i) { sley__kinds[i].run(); return sley__kinds[i].sley__low; }\n",
    "kinds.c": '#include "table.h"\nvoid sley__low(void);\nint sley__run(int);\n'
               "const struct kind sley__kinds[] = {{.run = sley__low, .sley__low = 1}, {0}};\nint sley__last(void);\n"
               "int sley__last(void) { return sley__run(1); }\n",
}
EXPECTED = {"low.c": {"middle.c": {"sley__middle"}}, "middle.c": {"high.c": {"sley__high"}},
            "high.c": {"low.c": {"sley__low"}}, "machine.c": {},
            "kinds.c": {"low.c": {"sley__low"}, "machine.c": {"sley__run"}}}


def check_sample():
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "src/promise").mkdir(parents=True)
        for name, text in SAMPLE.items():
            (pathlib.Path(folder) / "src/promise" / name).write_text(text)
        tree = structure.Structure(folder)
    found = {path.removeprefix("promise/"): {other.removeprefix("promise/"): names for other, names in uses.items()}
             for path, uses in tree.uses.items()}
    if found != EXPECTED or tree.circles() != [["promise/high.c", "promise/low.c", "promise/middle.c"]]:
        sys.exit(f"the sample is read wrongly:\n{found}\ninstead of\n{EXPECTED}")


check_sample()
begun = time.monotonic()
tree = structure.Structure(root)
largest = (tree.circles() or [[]])[0]
failures = 0
print(f"largest circle: {len(largest)} files, at most {LIMIT}; {len(tree.files)} files read in {time.monotonic() - begun:.1f} s")
if len(largest) > LIMIT:
    print("it is " + ", ".join(largest) + "\nWhat closes it: scripts/structure --names")
    failures += 1
for name in structure.DOORS:
    if name not in tree.defined:
        print(f"{name}: is excepted in scripts/support/structure.py, but no file defines it")
        failures += 1
sys.exit(failures != 0)
