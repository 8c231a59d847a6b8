"""The packages are the same bytes when somebody else builds them, elsewhere: another folder, time zone, language, mask of modes and hash
seed. Usage: check_reproducible.py ROOT MADE"""
import os
import pathlib
import subprocess
import sys
import tempfile

root, made = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
with tempfile.TemporaryDirectory(prefix="a-longer-name-") as text:
    again = pathlib.Path(text) / "again"
    environment = {**os.environ, "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7", "HOME": text, "USER": "another",
                   "DEB_BUILD_OPTIONS": "parallel=3"}
    run = subprocess.run([sys.executable, str(root / "scripts/package"), str(again), "--work", f"{text}/work"], env=environment, umask=0o027,
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    # The list of the build's environment, and what signs it, are meant to differ.
    names = sorted(p.name for p in made.iterdir() if p.suffix in (".deb", ".dsc", ".xz", ".gz"))
    differ = [name for name in names if (made / name).read_bytes() != (again / name).read_bytes()]
    for name in differ:
        told = subprocess.run(["diffoscope", "--max-report-size", "20000", str(made / name), str(again / name)], capture_output=True, text=True)
        print(told.stdout[:8000])
    print(f"{len(names)} files, differ: {differ}")
    sys.exit(bool(differ) or not names)
