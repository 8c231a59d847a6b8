"""Names in the documents exist: every link, every path of the tree, every function and type of the library.
README.md shows examples/thirty.c verbatim, and docs/architecture.md names every folder of src.
Usage: check_documents.py ROOT"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
pages = sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md"), *root.glob("*/README.md"), *root.glob("*/*/README.md"),
                *root.glob("*/*/*/README.md")])
pages = [page for page in set(pages) if "build" not in page.relative_to(root).parts]
tops = "src|include|tests|docs|scripts|examples|bench|models|cmake"
files = [str(path.relative_to(root)) for top in tops.split("|") for path in (root / top).rglob("*")]
words = set()
for top in ("include", "src", "tests", "examples", "models", "bench"):
    for path in (root / top).rglob("*"):
        if path.suffix in (".c", ".h", ".cc", ".py", ".pml", ".S", ".map"):
            words.update(re.findall(r"\b[sS](?:LEY|ley)_\w+", path.read_text(errors="replace")))
failures = checked = 0


def fail(page, what):
    global failures
    print(f"{page.relative_to(root)}: {what}")
    failures += 1


for page in sorted(pages):
    text = re.sub(r"<!-- .*? -->", "", page.read_text())
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" in target:
            continue
        checked += 1
        if not (page.parent / target).exists():
            fail(page, f"a link to {target}, which does not exist")
    if page.name == "CHANGELOG.md":
        continue  # it has old names
    for path in re.findall(rf"`((?:{tops})/[\w./*-]+)[^`]*`", text):
        checked += 1
        if not (list(root.glob(path)) if "*" in path else (root / path).exists()):
            fail(page, f"{path} does not exist")
    # A source named without its folder, as in a table under the folder's name. scripts/amalgamate makes sley.c.
    for name in re.findall(r"`([\w-]+\.(?:[ch]|py|sh|mutant))`", text):
        checked += 1
        if name != "sley.c" and not any(file.endswith("/" + name) for file in files) and not re.search(rf"file: {name}", page.read_text()):
            fail(page, f"there is no {name}")
    for name in set(re.findall(r"\bsley_\w+|\bSLEY_\w+", text)):
        checked += 1
        if name not in words and not (name.endswith("_") and any(word.startswith(name) for word in words)):
            if name not in ("SLEY_DEBUG", "SLEY_TESTS", "SLEY_SANITIZE", "SLEY_LTO", "SLEY_EXAMPLES", "SLEY_BENCH", "SLEY_INSTALL", "SLEY_MANUAL", "sley_FOUND"):
                fail(page, f"there is no {name}")
thirty = re.search(r"<!-- file: thirty.c -->\n```c\n(.*?)```", (root / "README.md").read_text(), re.S)
if thirty is None or thirty.group(1) != (root / "examples/thirty.c").read_text():
    fail(root / "README.md", "the first program is not examples/thirty.c")
contents = (root / "README.md").read_text().split("## What it contains")[1].split("\n## ")[0]
for header in sorted((root / "include/sley").glob("*.h")):
    checked += 1
    if not re.search(rf"[`/]{header.name}`", contents):
        fail(root / "README.md", f"its table does not name {header.name}")
pages_listed = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", (root / "README.md").read_text()))
for page in sorted((root / "docs").glob("*.md")):
    checked += 1
    if str(page.relative_to(root)) not in pages_listed:
        fail(root / "README.md", f"it does not link {page.relative_to(root)}")
architecture = root / "docs/architecture.md"
for folder in sorted(p for p in (root / "src").rglob("*") if p.is_dir()):
    checked += 1
    if f"`{folder.relative_to(root)}`" not in architecture.read_text():
        fail(architecture, f"{folder.relative_to(root)} is not described")
print(f"{checked} names, {failures} failures")
sys.exit(failures != 0 or checked < 200)
