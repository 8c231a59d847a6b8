"""The component "manual" as it is installed: man and man -k find every name. Usage:
check_installed.py ROOT BUILD CMAKE"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

root, build, cmake = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
failures = 0


def fail(what):
    global failures
    failures += 1
    if failures < 20:
        print(what)


with tempfile.TemporaryDirectory() as folder:
    prefix = pathlib.Path(folder) / "prefix"
    subprocess.run([cmake, "--install", build, "--prefix", str(prefix), "--component", "manual"], check=True,
                   stdout=subprocess.DEVNULL)
    man = prefix / "share/man"
    if not list((prefix / "share/doc").glob("*/html/index.html")):
        fail("the HTML is not installed")
    # As a package's trigger does; then by each name, as whatis and man -k find it.
    made = subprocess.run(["mandb", "--create", "--quiet", str(man)], capture_output=True, text=True)
    if made.returncode != 0 or made.stderr:
        fail("mandb: " + made.stderr)
    environment = os.environ | {"MANPATH": str(man), "LC_ALL": "C.UTF-8"}
    names = sorted(set(re.findall(r"\b(sley_(?!_)\w+);", (root / "src/sley.map").read_text())))
    told = subprocess.run(["man", "-M", str(man), "-k", "."], capture_output=True, text=True, env=environment)
    found = set(re.findall(r"^(\S+) \(3\) +- \S", told.stdout, re.M))
    for name in names:
        if name not in found:
            fail(f"man -k does not find {name}")
    for words, wanted in ((["sley_reject"], "sley_reject (3)"), (["semantics"], "sley (7)"), (["mutex"], "sley_mutex_lock (3)"),
                          (["SLEY_EAGAIN"], "SLEY_EAGAIN (3)"), (["sley_type_text"], "sley_type_text (3)")):
        told = subprocess.run(["man", "-M", str(man), "-k"] + words, capture_output=True, text=True, env=environment)
        if wanted not in re.sub(r" +", " ", told.stdout):
            fail(f"man -k {' '.join(words)} does not find {wanted}: {told.stdout[:300]}{told.stderr}")
    page = subprocess.run(["man", "-M", str(man), "sley_bind_at"], capture_output=True, text=True, env=environment | {"MANWIDTH": "100"})
    if "sley/bind.h" not in page.stdout or page.stderr:
        fail(f"man sley_bind_at: {page.stderr}")
print(f"{len(names)} names, {failures} failures")
sys.exit(failures != 0 or len(names) < 1000)
