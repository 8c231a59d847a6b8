"""Every public function stands under a comment with a Since line. A group may share one; a blank line ends the group."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
failures = checked = 0
for header in sorted((root / "include/sley").glob("*.h")):
    since = False
    for block in re.split(r"(/\*.*?\*/)", header.read_text(), flags=re.S):
        if block.startswith("/*"):
            if "*/" in block and "\n" in block or "Since" in block:
                since = "Since" in block
            continue
        for group in re.split(r"\n[ \t]*\n", block.lstrip("\n")):
            for name in re.findall(r"SLEY_API[^;{(]*?(sley_\w+)\(", group):
                checked += 1
                if not since:
                    print(f"{header.name}: {name} has no Since line above it")
                    failures += 1
            since = since and "SLEY_API" not in group
print(f"{checked} functions, {failures} failures")
sys.exit(failures != 0)
