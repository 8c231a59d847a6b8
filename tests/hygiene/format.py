"""clang-format changes no source file. Usage: format.py ROOT"""
import pathlib
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
files = [path for folder in ("include", "src", "tests", "bench", "examples")
         for path in sorted((root / folder).rglob("*"))
         if path.suffix in (".c", ".h", ".cc") and "rename" not in path.parts]
run = subprocess.run(["clang-format", "--dry-run", "--Werror", *map(str, files)], cwd=root)
print(f"{len(files)} files")
sys.exit(run.returncode)
