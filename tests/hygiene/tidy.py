"""clang-tidy finds nothing in the library. Usage: tidy.py ROOT"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
files = sorted((root / "src").rglob("*.c"))
flags = ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-D_DEFAULT_SOURCE", f"-I{root}/include", f"-I{root}/src"]


def tidy(path):
    return subprocess.run(["clang-tidy", "--quiet", str(path), "--", *flags], cwd=root,
                          capture_output=True, text=True)


failures = 0
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for path, run in zip(files, pool.map(tidy, files)):
        if run.returncode != 0:
            failures += 1
            print(run.stdout or run.stderr)
print(f"{len(files)} files, {failures} failures")
sys.exit(failures != 0)
