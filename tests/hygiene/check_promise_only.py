"""libsley-promise has what <sley.h> declares with SLEY_PROMISE_ONLY, and nothing else; whatever else of the library a program uses
with it, a header, a function or a datum, is told by the compiler."""
import pathlib
import re
import subprocess
import sys

root, library, cc, cxx = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
alone = library.parent / "libsley-promise.so"
NODE = "SLEY_PROMISE_0.1"
SENTENCE = "needs the whole library"
failures = 0


def fail(what):
    global failures
    print(what)
    failures += 1


def compiled(compiler, language, program, *flags):
    return subprocess.run([compiler, "-x", language, f"-I{root}/include", "-DSLEY_PROMISE_ONLY", *flags, "-"], input=program,
                          text=True, capture_output=True)


def api(text):
    """The names that text declares as SLEY_API, spelled in that way or as the compiler sees it."""
    names = set()
    for match in re.finditer(r'(?:SLEY_API\b|__attribute__\(\(visibility\("default"\)\)\))([^;{]*);', text):
        function = re.search(r"\b(sley_\w+)\(", match[1])
        names.update([function[1]] if function else re.findall(r"(sley_\w+)\s*(?:,|$)", match[1]))
    return names


def mapped(name):
    return set(re.findall(r"^\s+(sley_\w+);", (root / "src" / name).read_text(), re.M))


listing = subprocess.run(["nm", "-D", "--defined-only", alone], text=True, capture_output=True, check=True).stdout
exported = {line.split()[-1] for line in listing.splitlines() if line.split()[-1].startswith("sley")}
for name in exported:
    if not name.endswith(f"@@{NODE}"):
        fail(f"{name} is not of the node {NODE}")
exported = {name.split("@")[0] for name in exported}
declared = api(compiled(cc, "c", "#include <sley.h>\n", "-std=c11", "-E", "-P").stdout)
for title, names in (("exported, not declared", exported - declared), ("declared, not exported", declared - exported),
                     ("exported, not in the map", exported ^ mapped("sley-promise.map"))):
    for name in sorted(names):
        fail(f"{title}: {name}")

headers = sorted((root / "include/sley").glob("*.h"))
for header in headers:
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    beyond = api(text) - exported
    if beyond and api(text) & exported:
        fail(f"{header.name} has declarations of both libraries: {sorted(beyond)[:3]} and others")
    run = compiled(cc, "c", f"#include <sley/{header.name}>\n", "-std=c11", "-fsyntax-only")
    refused = run.returncode != 0
    if refused != (bool(beyond) or header.name == "whole.h") or (refused and SENTENCE not in run.stderr):
        fail(f"sley/{header.name} with promises alone: {'refused' if refused else 'accepted'}: {run.stderr[:500]}")

absent = sorted(mapped("sley.map") - exported)
program = "#include <sley.h>\nvoid f(void)\n{\n" + "".join(f"  (void){name};\n" for name in absent) + "}\n"
for compiler, language, limit in ((cc, "c", "-fmax-errors=0"), (cxx, "c++", "-fmax-errors=0")):
    if "clang" in subprocess.run([compiler, "--version"], text=True, capture_output=True).stdout:
        limit = "-ferror-limit=0"
    run = compiled(compiler, language, program, "-fsyntax-only", limit)
    told = {int(line) for line in re.findall(rf"(?m)^<stdin>:(\d+):\d+: error: [^\n]*{SENTENCE}", run.stderr)}
    for number, name in enumerate(absent, 4):
        if number not in told:
            fail(f"{compiler} does not tell that {name} is not there")
needs = re.findall(r"NEEDED\s+(\S+)", subprocess.run(["objdump", "-p", alone], text=True, capture_output=True, check=True).stdout)
if [name for name in needs if re.match(r"lib(ev|ck|sley)\b", name)]:
    fail(f"{alone.name} needs {needs}")
print(f"{len(exported)} names, {len(absent)} absent, {len(headers)} headers, {failures} failures")
sys.exit(failures != 0 or not exported or not absent)
