"""The symbols of the shared library equal those of src/sley.map and those the headers declare."""
import pathlib
import re
import subprocess
import sys

root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
mapped = set(re.findall(r"^\s+(sley_\w+);", (root / "src/sley.map").read_text(), re.M))
listing = subprocess.run(["nm", "-D", "--defined-only", library], text=True, capture_output=True,
                         check=True).stdout
exported = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
exported = {name for name in exported if name.startswith("sley")}
declared = set()
for header in (root / "include").rglob("*.h"):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    for match in re.finditer(r"SLEY_API\b([^;{]*);", text):
        declaration = match.group(1)
        function = re.search(r"(sley_\w+)\(", declaration)
        declared.update([function[1]] if function else re.findall(r"(sley_\w+)\s*(?:,|$)", declaration))
failures = 0
for title, names in (("exported, not in the map", exported - mapped),
                     ("in the map, not exported", mapped - exported),
                     ("declared, not in the map", declared - mapped),
                     ("in the map, not declared", mapped - declared)):
    for name in sorted(names):
        print(f"{title}: {name}")
        failures += 1
print(f"{len(mapped)} symbols, {failures} failures")
sys.exit(failures != 0)
