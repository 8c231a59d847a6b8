"""What scripts/amalgamate does with names that mean different things in different files: in a small tree made for it, functions, data,
types, members, macros, enumerators and headers of the same name each keep their meaning; a collision that cannot be solved is told
with its files, and nothing is written; so it is in a copy of the real tree. Usage: check_names.py ROOT"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1]).resolve()
failures = checks = 0

TREE = {
    "LICENSE": "MIT License\n",
    "include/sley.h": "#include <sley/version.h>\n",
    "include/sley/version.h": '#ifndef V\n#define V\n#ifndef SLEY_API\n#endif\n#define SLEY_API\n#define SLEY_VERSION_TEXT "0.1.0"\n'
                              "SLEY_API int sley_one(void);\nSLEY_API int sley_two(void);\nSLEY_API extern const int sley_three;\n#endif\n",
    "src/sley.map": "SLEY_0.1 {\n  global:\n    sley_one;\n    sley_three;\n    sley_two;\n};\n",
    "src/promise/one.h": "#ifndef ONE_H\n#define ONE_H\n#define SIZE 1\ntypedef struct state { int count; } state;\n"
                         "enum { IDLE = 1 };\nint sley__read(state *s);\n#endif\n",
    "src/promise/one.c": '#include <sley/version.h>\n#include "promise/one.h"\n#define STEP 10\nstatic int count;\n'
                         "static int add(state *s) { return s->count += STEP + SIZE + IDLE + ++count; }\n"
                         "int sley__read(state *s) { return add(s); }\n"
                         "int sley_one(void) { state s = {.count = 0}; int (*count_of)(state *) = add; return count_of(&s); }\n"
                         "const int sley_three = 3;\n",
    "src/promise/two.h": "#ifndef TWO_H\n#define TWO_H\n#define SIZE 2\nenum { IDLE = 200 };\n"
                         "struct state { struct { int add, count; } in; };\n#endif\n",
    "src/promise/two.c": '#include <sley/version.h>\n#include "promise/two.h"\n#define STEP 3000\nstatic int count;\n'
                         "#define JOINED(a, b) a##b\n"
                         "static int add(struct state *s, int more) { return s->in.add += more + count; }\n"
                         "int sley_two(void) { struct state s = {.in = {.add = 0, .count = 0}}; int JOINED(si, ze) = SIZE;\n"
                         "  add(&s, STEP + IDLE); return s.in.add + s.in.count + size; }\n",
    "src/promise/fiber/fiber_switch.h": "#ifndef FIBER_SWITCH_H\n#define FIBER_SWITCH_H\n#if !defined(SLEY_UCONTEXT)\n#endif\n#endif\n",
    "src/promise/five.c": '#include "promise/fiber/fiber_switch.h"\n',
    "program.c": '#include "sley.h"\nint main(void) { return sley_one() == 13 && sley_two() == 3202 && sley_three == 3 ? 0 : 1; }\n',
}


def check(what, condition, told=""):
    global failures, checks
    checks += 1
    if not condition:
        failures += 1
        print(f"not so: {what}\n{told}")


def amalgamate(tree, out):
    shutil.rmtree(out, ignore_errors=True)
    return subprocess.run([sys.executable, root / "scripts/amalgamate", "--form=promise", "--root", tree, out], capture_output=True,
                          text=True)


def planted(work, changes):
    tree = work / "planted"
    shutil.rmtree(tree, ignore_errors=True)
    for path, text in {**TREE, **changes}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return tree


def refused(work, what, changes, *words):
    done = amalgamate(planted(work, changes), work / "out")
    check(f"{what} is told", done.returncode == 1 and all(w in done.stderr for w in words), done.stderr)
    check(f"{what}: nothing is written", not (work / "out").exists())


work = pathlib.Path(tempfile.mkdtemp())
try:
    out = work / "out"
    done = amalgamate(planted(work, {}), out)
    check("the small tree is written", done.returncode == 0, done.stderr)
    text = (out / "sley.c").read_text()
    for name in ("add__one", "add__two", "count__one", "count__two", "SIZE__one", "SIZE__two", "IDLE__one", "state__one", "state__two"):
        check(f"{name} is there", re.search(rf"\b{name}\b", text) is not None, text)
    for word in ("s->count", ".count = 0", "s->in.add", "#undef STEP", "static int sley__read"):
        check(f"{word} is there", word in text, text)
    flags = ["-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", f"-I{out}", work / "planted/program.c"]
    for more in ([out / "sley.c"], ["-DSLEY_API=static", "-include", out / "sley.c"]):
        built = subprocess.run(["gcc", *flags, *more, "-o", work / "program"], capture_output=True, text=True)
        check(f"the small tree compiles, {more}", built.returncode == 0, built.stderr)
        if built.returncode == 0:
            check(f"each name has its meaning, {more}", subprocess.run([work / "program"]).returncode == 0)

    pastes = "#define WITH(name) static int name##_step(void) { return 1; }\n"
    refused(work, "a name that a macro pastes together, and that two files have",
            {"src/promise/one.h": TREE["src/promise/one.h"].replace("#endif", pastes + "#endif"),
             "src/promise/three.c": "static int all_step(void) { return 2; }\nint sley__x(void) { return all_step(); }\n",
             "src/promise/four.c": "static int all_step(void) { return 3; }\nint sley__y(void) { return all_step(); }\n"},
            "all_step", "promise/three.c", "promise/four.c", "rename it")
    refused(work, "a header that can be read twice", {"src/promise/one.h": "typedef struct state { int count; } state;\n"},
            "promise/one.h", "#ifndef")
    refused(work, "a header under a condition",
            {"src/promise/two.c": TREE["src/promise/two.c"].replace('#include "promise/two.h"', '#if 1\n#include "promise/two.h"\n#endif')},
            "promise/two.c:3", "#if")
    refused(work, "a header that is not there", {"src/promise/two.c": '#include "promise/none.h"\n'}, "promise/two.c", "none.h")
    refused(work, "a function of one file that is not static", {"src/promise/three.c": "int add(void) { return 1; }\n"},
            "promise/three.c: add")

    # In a copy of the real tree: the same static variable in two files would be one variable, without a word of the compiler.
    copy = work / "copy"
    for name in ("src", "include"):
        shutil.copytree(root / name, copy / name)
    shutil.copy(root / "LICENSE", copy)
    for file in ("combine/all.c", "sync/mutex.c"):
        path = copy / "src/promise" / file
        path.write_text(path.read_text() + "\nstatic unsigned planted;\nunsigned sley__planted_%s(void) { return planted++; }\n" % path.stem)
    done = amalgamate(copy, out)
    text = (out / "sley.c").read_text() if done.returncode == 0 else done.stderr
    check("a variable that is planted in two files is two", all(f"static unsigned planted__{n};" in text for n in ("all", "mutex")),
          re.findall(".*planted.*", text))
finally:
    shutil.rmtree(work)
print(f"{checks} checks, {failures} failures")
sys.exit(bool(failures))
