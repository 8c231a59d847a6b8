"""What scripts/manual does with headers that are made for it: every sign is shown as it was written, references are carried out, each
missing contract is told with its place, and the same tree gives the same bytes. Usage: check_generator.py ROOT"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1]).resolve()
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "scripts/support"))
import manual.tree  # noqa: E402

failures = checks = 0

HEAD = """/* sley/t.h: what is here. */
#ifndef SLEY_T_H
#define SLEY_T_H
SLEY_EXTERN_C_BEGIN
"""
TAIL = """
SLEY_EXTERN_C_END
#endif
"""
VERSION = '/* sley/version.h: the version. */\n#ifndef V\n#define V\n/* Its text. */\n#define SLEY_VERSION_TEXT "0.1.0"\n#endif\n'

# Texts that roff would read as its own: what stands at the beginning of a line, in a macro's line, in code.
SIGNS = r"""Op Nm Fl, .Sh and 'br are words: \fBnot bold\fR, \n(xx, \e and \" stay, as do "quotes", `ticks` and it's.
.Sh begins a line, so does
'this, and
.this. -1, --option, a-b, x - y, ~/x, ^y, $z, %d, {a}, [b], <c>, | and & stay. No Ns Xr 3 stays; Dv .
... e.g. "in the middle". Then *p, **p and p[0]; (see above), (p), "p" and p's."""
CODE = r""".TH in code
'\" a comment? no
  printf("%s\n", "it's -1, ~ ^ ` \\ \" \t");

</pre> <d> &amp;
.Ed"""
EVERYTHING = f"""
/* A handle of something. */
typedef struct sley_thing sley_thing;
typedef struct sley_other sley_other; /* counted; any thread */
typedef int64_t sley_ticks; /* ticks of 'no' clock: .5 at most */
/* Of what color. */
typedef enum sley_hue {{
  SLEY_HUE_RED = 0, /* .red, -1 \\ "quoted" */
  SLEY_HUE_BLUE = 1
}} sley_hue;
enum {{ SLEY_MOST = 3 }}; /* no more than that */
/* Called with the thing. */
typedef void sley_thing_fn(void *ctx, sley_thing *thing);
typedef struct sley_thing_options {{
  size_t size; /* sizeof(sley_thing_options) */
  /* Both -1: none. */
  int low, high;
  void (*done)(void *ctx, int code); /* NULL: nothing; 'quoted' */
}} sley_thing_options;
/* Goes to the page of sley_thing. */
#define SLEY_THING 7

#define SLEY_OPEN(text) \\
  text /* opens what text names */
/* Two of them.
 * Since   0.1 */
SLEY_API extern const sley_type sley_type_thing, sley_type_other;

/* {SIGNS.replace(chr(10), chr(10) + ' * ')}
 *
 *     {CODE.replace(chr(10), chr(10) + ' *     ')}
 *
 * Lists:
 *   - .first item, which
 *     goes on
 *   - 'second
 *   low    the tag \\low
 *   .high  another
 *   Op     the name of a macro
 * Owns    consumes p, .and \\e.
 *         'and goes on
 * Fails   -SLEY_EINVAL: 'no'.
 * Cost    O(n) - 1.
 * Lwt     Lwt.x
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_signs(const sley_thing_options *options, sley_thing *p, sley_thing_fn *f, void *ctx,
                                                         sley_drop_fn *SLEY_OPTIONAL(drop));
/* As sley_signs.
 * Fails   as sley_signs; else 7.
 * Since   0.2 */
SLEY_API int sley_like(sley_thing *p);
/* Likes more.
 * Fails   as sley_like.
 * Since   0.3 */
SLEY_API bool sley_likes_more(sley_thing *p);
"""
NAMES = """sley_thing sley_other sley_ticks sley_hue SLEY_HUE_RED SLEY_MOST sley_thing_fn sley_thing_options SLEY_OPEN sley_type_thing
sley_type_other sley_signs sley_signs_at sley_like sley_likes_more""".split()

GOOD = "/* Does it.\n * Since   0.1 */\n"
# Headers with one fault each, and what is told of it.
FAULTS = [
    ("SLEY_API int sley_x(void);", "t.h:5: sley_x has no contract"),
    (GOOD + "SLEY_API int sley_x(void);\n\nSLEY_API int sley_y(void);", "t.h:9: sley_y has no contract"),
    ("/* Owns    consumes v.\n * Since   0.1 */\nSLEY_API int sley_x(int v);", "sley_x: its contract has no sentence"),
    ("/* Does it. */\nSLEY_API int sley_x(void);", "sley_x: its contract does not say since when"),
    ("typedef struct sley_x sley_x;", "t.h:5: sley_x has no contract"),
    ("typedef struct sley_x {\n  int a;\n} sley_x;", "sley_x has no contract"),
    ("typedef enum sley_x { SLEY_X_A = 0 } sley_x;", "sley_x has no contract"),
    ("typedef void sley_x_fn(void *ctx);", "sley_x_fn has no contract"),
    ("#define SLEY_X 1", "SLEY_X has no contract"),
    ("SLEY_API extern const sley_type sley_type_x;", "sley_type_x has no contract"),
    (GOOD + "SLEY_API int sley_y(void);\n/* The same, but later.\n * Since   0.1 */\nSLEY_API int sley_x(void);",
     "name what it refers to"),
    (GOOD + "SLEY_API int sley_y(void);\n/* Does it.\n * Fails   as sley_y.\n * Since   0.1 */\nSLEY_API int sley_x(void);",
     'Fails says only "as sley_y"'),
    (GOOD + "SLEY_API int sley_x(void);\n" + GOOD + "SLEY_API int sley_x(int a);", "sley_x is declared twice"),
    ("/* Does it.\n * Since   0.1 */\nSLEY_API struct { int a; } sley_x;", "cannot read"),
    ("/* A point. */\ntypedef union sley_x { int a; } sley_x;", "cannot read"),
]


def expect(holds, what):
    global failures, checks
    checks += 1
    if not holds:
        failures += 1
        print(what)


def tree(folder, body, example=""):
    """A tree with one header beside the version's."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in {"include/sley.h": "#include <sley/version.h>\n#include <sley/t.h>\n", "include/sley/version.h": VERSION,
                       "include/sley/t.h": HEAD + body + TAIL, "CHANGELOG.md": "## 0.1.0, 2026-03-04\n",
                       "tests/manual/x.c": example,
                       "scripts/support/manual/overview.txt": "== NAME ==\nsome\n== DESCRIPTION ==\nWords.\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(tree, out, *options):
    return subprocess.run([sys.executable, str(root / "scripts/manual"), *options, "--root", str(tree), str(out)],
                          capture_output=True, text=True, cwd=tree)


def bare(text):
    return re.sub(r"\s|\(\)|\(\d\)|`(?=\w+`)|(?<=\w)`", "", re.sub(".\b", "", text))


def contents(folder):
    return {str(p.relative_to(folder)): os.readlink(p) if p.is_symlink() else p.read_bytes()
            for p in sorted(folder.rglob("*")) if p.is_symlink() or p.is_file()}


def check_everything(work):
    example = "/* example: sley_signs: it's\n * .shown */\n.int x = '\\\\';\n/* end */\n"
    made = run(tree(work / "tree", EVERYTHING, example), work / "out")
    expect(made.returncode == 0, "the header of everything is refused: " + made.stderr)
    man = work / "out/man/man3"
    for name in NAMES:
        expect((man / f"{name}.3").exists(), f"{name} has no page")
    expect(not (man / "SLEY_THING.3").is_symlink(), "SLEY_THING.3 and sley_thing.3 would be one file on some systems")
    page = str(man / "sley_signs.3")
    brief = next(p.brief for p in manual.tree.read(work / "tree").pages if p.name == "sley_signs")
    readers = {"mandoc": ["mandoc", "-T", "ascii", page], "groff": ["groff", "-mandoc", "-Tascii", "-P-c", "-rHY=0", page]}
    for reader, command in readers.items():
        text = bare(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        lists = [".first item, which goes on", "'second", r"the tag \low", ".high", "Op the name of", "onsumes p, .and \\e. 'and goes on", "'no'", "O(n) - 1",
                 ".int x = '\\\\';", "t's .shown"]
        for wanted in SIGNS.split("\n") + CODE.split("\n") + lists:
            expect(bare(wanted) in text, f"{reader} does not show: {wanted}")
        expect(bare(brief) in text.split("LIBRARY")[0], f"{reader} does not show in NAME: {brief}")
        expect(bare("[sley_drop_fn *drop]") in text, f"{reader}: drop is not shown as what can be left out")
        expect("March4,2026" in text, f"{reader} does not show the day of the release")
    for name, told in (("sley_like", "-SLEY_EINVAL"), ("sley_likes_more", "-SLEY_EINVAL"), ("sley_like", "Consumes p")):
        text = subprocess.run(["mandoc", "-T", "ascii", str(man / f"{name}.3")], capture_output=True, text=True).stdout
        expect(bare(told) in bare(text), f"{name}.3 does not show what \"as\" refers to: {told}")
    text = (man / "sley_thing.3").read_text()
    expect(".Nm SLEY_THING" in text and "Appeared in sley 0.1" in text, "sley_thing.3 lacks its macro or its age")
    files = [str(p) for p in (work / "out/man").rglob("*.[37]") if not p.is_symlink()]
    for command in (["mandoc", "-T", "lint", "-W", "warning"], ["groff", "-ww", "-mandoc", "-Tutf8", "-z"]):
        told = subprocess.run(command + files, capture_output=True, text=True)
        expect(not told.stdout + told.stderr, told.stdout + told.stderr)
    web = (work / "out/html/t.html").read_text()
    expect("&lt;c&gt;" in web and "&lt;d&gt; &amp;amp;" in web and not re.search("<[cd]>", web), "HTML does not escape")


def check_faults(work):
    for body, wanted in FAULTS:
        faults = manual.tree.read(tree(work / "tree", body)).faults
        expect(any(wanted in f for f in faults), f"not told: {wanted}; but: {faults}")
    example = "/* example: sley_z: shows it. */\nint x;\n/* end */\n"
    made = run(tree(work / "tree", GOOD + "SLEY_API int sley_x(void);", example), work / "none")
    expect(made.returncode == 1 and "tests/manual/x.c:1: an example of sley_z" in made.stderr, "an example of nothing is not told")
    expect(not (work / "none").exists(), "pages are written in spite of a fault")
    # A build goes on: what can be shown is shown.
    made = run(tree(work / "tree", FAULTS[-1][0] + "\nSLEY_API int sley_x(void);\n" + GOOD + "SLEY_API int sley_y(void);"),
               work / "some", "--warn")
    expect(made.returncode == 0 and "sley_x has no contract" in made.stderr, "a fault is not told with --warn: " + made.stderr)
    expect((work / "some/man/man3/sley_y.3").exists(), "--warn does not write the pages that can be")


def check_same(work):
    """Whoever makes the manual, where and when, gets the same bytes."""
    manual.tree.write(manual.tree.read(root), root, work / "a")
    before = os.umask(0o077)
    second = subprocess.run([sys.executable, str(root / "scripts/manual"), str(work / "a folder/b")], capture_output=True, cwd=work,
                            env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7",
                                              "SOURCE_DATE_EPOCH": "86400"})
    os.umask(before)
    expect(second.returncode == 0, str(second.stderr))
    one, other = contents(work / "a"), contents(work / "a folder/b")
    for name in sorted(set(one) | set(other)):
        expect(one.get(name) == other.get(name), f"{name} differs with the place, the language or the time")


with tempfile.TemporaryDirectory() as folder:
    check_everything(pathlib.Path(folder))
    check_faults(pathlib.Path(folder))
    check_same(pathlib.Path(folder))
print(f"{checks} checks, {failures} failures")
sys.exit(failures != 0 or checks < 1500)
