"""scripts/rename-0.1: its table equals the one in CHANGELOG.md; no old name is left in this tree; and it turns each
tests/rename/NAME.before.* into NAME.after.*, and if there is a NAME.hand, prints it and fails."""
import importlib.machinery
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1]).resolve()
script = root / "scripts/rename-0.1"
tables = root / "scripts/support/rename_tables.py"
corpus = root / "tests/rename"
interface = root / "tests/hygiene/check_interface.py"  # its violations use old names
kept = (root / "include/sley/old/names_0_1.h", root / "tests/release/check_old_names.py")
failures = 0


def fail(text):
    global failures
    failures += 1
    print(text)


sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("rename", str(script))
rename = importlib.util.module_from_spec(importlib.util.spec_from_loader("rename", loader))
loader.exec_module(rename)

# The table, in both directions.
row = re.compile(r"^\| `.*", re.M)
changelog = set(row.findall((root / "CHANGELOG.md").read_text()))
printed = set(row.findall(rename.table()))
for line in sorted(printed - changelog):
    fail(f"not in CHANGELOG.md: {line}")
for line in sorted(changelog - printed):
    fail(f"in CHANGELOG.md, not in scripts/rename-0.1: {line}")

# No old name is left. A name that is kept with a new form of its call is not an old name.
gone = (set(rename.ALL) | set(rename.GONE) | {name for name, form in {**rename.CALLS, **rename.MAKERS}.items()
                                if not re.search(rf"\b{name}\b", form)})
old_name = re.compile(r"\b(?:sley|SLEY)_\w+")
folders = ("bench", "cmake", "docs", "examples", "include", "models", "scripts", "src", "tests")
files = [path for folder in folders for path in (root / folder).rglob("*")] + list(root.glob("*.*"))
for path in files:
    if not path.is_file() or path in (root / "CHANGELOG.md", script, tables, interface, *kept) or corpus in path.parents:
        continue
    for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1):
        for name in set(old_name.findall(line)) & gone:
            fail(f"{path.relative_to(root)}:{number}: {name} is {rename.shown(rename.ALL.get(name) or rename.rows()[name])} now")

# The corpus.
cases = sorted(corpus.glob("*.before.*"))
seen = set()
with tempfile.TemporaryDirectory() as work:
    for before in cases:
        seen |= set(re.findall(r"\w+", before.read_text()))
        name = before.name.split(".")[0]
        after = corpus / before.name.replace(".before.", ".after.")
        hand = corpus / f"{name}.hand"
        copy = pathlib.Path(work) / f"{name}{before.suffix}"
        shutil.copy(before, copy)
        run = subprocess.run([sys.executable, script, copy.name], cwd=work, text=True, capture_output=True)
        if copy.read_text() != after.read_text():
            subprocess.run(["diff", "-u", after, copy])
            fail(f"{before.name} is not ported as {after.name} says")
        expected = hand.read_text() if hand.exists() else ""
        if run.stdout + run.stderr != expected or run.returncode != (expected != ""):
            fail(f"{before.name}: status {run.returncode}, and it says\n{run.stdout}{run.stderr}")
for name in sorted(set(rename.NAMES) | set(rename.CALLS) | set(rename.MAKERS) | set(rename.GONE) | set(rename.SWAPPED)
                   | {f"sley_{name}_own" for name in rename.DROPS}
                   | {name.strip(".") for name in set(rename.PREDICATES) | set(rename.MEMBERS)}
                   | {name for _, members in rename.TYPED_MEMBERS.values() for name in members}):
    if name not in seen:
        fail(f"{name} occurs in no file of tests/rename")
print(f"{len(printed)} rows, {len(cases)} files ported, {failures} failures")
sys.exit(failures != 0 or not cases)
