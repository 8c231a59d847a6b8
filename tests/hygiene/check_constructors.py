"""The library runs no code before or after main: no global constructors and destructors (fault 39, and a rule of
the design: nothing happens until requested)."""
import pathlib
import re
import subprocess
import sys

root, library = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
failures = 0
for source in sorted((root / "src").rglob("*.[ch]")):
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if re.search(r"__attribute__\(\(.*\b(constructor|destructor)\b|#pragma\s+(init|fini)\b|\batexit\s*\(", line):
            if "atexit(exit_report)" in line:  # requested by SLEY_DEBUG=1
                continue
            if "atexit(at_exit)" in line:  # requested by the first sley_output_stdout or sley_output_stderr
                continue
            print(f"{source.relative_to(root)}:{number}: {line.strip()}")
            failures += 1

# Checkers add their own constructors to every object, so the compiler's flags decide.
archive = library.parent / "libsley.a"
symbols = subprocess.run(["nm", archive], text=True, capture_output=True, check=True).stdout
objects = 0
if not re.search(r"U __[at]san_init", symbols):
    listing = subprocess.run(["readelf", "-SW", archive], text=True, capture_output=True, check=True).stdout
    member = "?"
    for line in listing.splitlines():
        if line.startswith("File: "):
            member = line.removeprefix("File: ")
            objects += 1
        elif re.search(r"\s\.(preinit_array|init_array|fini_array|ctors|dtors)\b", line):
            print(f"{member}: {line.strip()}")
            failures += 1
    if objects < 50:
        print(f"only {objects} objects in {archive}")
        failures += 1
print(f"{objects} objects, {failures} failures")
sys.exit(failures != 0)
