"""What the packages hold: the right files in the right package, a library hardened as Debian asks, and programs of packaging/debian/tests
that build and run with it from where it is unpacked. Usage: check_installed.py ROOT MADE"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

root, made = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
failures = []


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **more)
    if done.returncode != 0:
        failures.append(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def expect(holds, what):
    if not holds:
        failures.append(what)


def check_hardened(library):
    """As blhc and hardening-check do, of the result: https://wiki.debian.org/Hardening."""
    segments, dynamic, symbols = (run("readelf", "-W", flag, library) for flag in ("-l", "-d", "--dyn-syms"))
    expect("GNU_RELRO" in segments and ("BIND_NOW" in dynamic or "NOW" in dynamic), f"{library.name}: not all relocations are read-only")
    expect(re.search(r"GNU_STACK\s.*\bRW\s", segments), f"{library.name}: its stack can be executed")
    expect("TEXTREL" not in dynamic, f"{library.name}: relocations in code")
    expect("RPATH" not in dynamic and "RUNPATH" not in dynamic, f"{library.name}: has a path of its own")
    expect("__stack_chk_fail" in symbols, f"{library.name}: no stack protector")
    expect(re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")), f"{library.name}: not fortified")


with tempfile.TemporaryDirectory() as text:
    work = pathlib.Path(text)
    lists = {}
    for deb in made.glob("*.deb"):
        package = deb.name.split("_")[0]
        lists[package] = {line.split()[5][1:] for line in run("dpkg", "-c", deb).splitlines() if not line.split()[5].endswith("/")}
        if package.endswith("-dbgsym"):
            continue
        run("dpkg", "-x", deb, work / "root")
    expect({"libsley0.1", "libsley-dev", "libsley-doc"} <= set(lists), f"packages: {sorted(lists)}")
    own = [(a, b, lists[a] & lists[b]) for a in lists for b in lists if a < b and lists[a] & lists[b]]
    expect(not own, f"files of two packages: {own}")
    usr = work / "root/usr"
    library = next(usr.glob("lib/*/libsley.so.0.1.0"))
    folder = library.parent
    headers = {str(p.relative_to(root / "include")) for p in (root / "include").rglob("*.h")}
    expect(headers == {str(p.relative_to(usr / "include")) for p in (usr / "include").rglob("*.h")}, "headers")
    expect(f"/usr/lib/{folder.name}/libsley.so.0.1" in lists["libsley0.1"], "the library's name")
    expect((usr / f"share/gdb/auto-load/usr/lib/{folder.name}/libsley.so.0.1.0-gdb.py").exists(), "gdb's file")
    expect(len(list((usr / "share/man/man3").glob("*.gz"))) > 1000, "manual pages")
    index = usr / "share/doc/libsley-doc/html/index.html"
    expect(index.exists(), "HTML")
    depends = run("dpkg-deb", "-f", next(made.glob("libsley0.1_*.deb")), "Depends")
    expect("libev4" in depends and "libc6" in depends, f"depends: {depends}")
    for each in sorted(folder.glob("libsley*.so.*.*.*")):
        check_hardened(each)
    expect("gnu.lto" not in run("readelf", "-S", "-W", folder / "libsley.a"), "libsley.a has code of one compiler alone")
    environment = {**os.environ, "PKG_CONFIG_PATH": f"{folder}/pkgconfig", "CMAKE_PREFIX_PATH": str(usr), "LD_LIBRARY_PATH": str(folder),
                   "MANPATH": f"{usr}/share/man"}
    tests = re.findall(r"^Tests: (.*)$", (root / "packaging/debian/tests/control").read_text(), re.M)
    for test in " ".join(tests).split():
        (work / test).mkdir()
        run(root / "packaging/debian/tests" / test, env={**environment, "AUTOPKGTEST_TMP": str(work / test)}, timeout=300)
print("\n".join(failures))
sys.exit(bool(failures))
