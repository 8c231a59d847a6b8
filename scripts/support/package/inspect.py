"""What packages are checked for: hardening of what is installed, contents, and Debian's rules."""
import re
import subprocess

from package.build import run

EXPECTED = {
    "libsley0.1": {r"/usr/lib/[^/]+/libsley\.so\.0\.1(\.\d+)?"},
    "libsley-promise0.1": {r"/usr/lib/[^/]+/libsley-promise\.so\.0\.1(\.\d+)?"},
    "libsley-dev": {r"/usr/include/sley\.h", r"/usr/include/sley/([a-z]+/)?\w+\.h", r"/usr/lib/[^/]+/libsley(-promise)?\.(a|so)",
                    r"/usr/lib/[^/]+/pkgconfig/sley(-promise)?\.pc", r"/usr/lib/[^/]+/cmake/sley/[\w-]+\.cmake",
                    r"/usr/share/man/man[37]/[\w.-]+\.gz", r"/usr/share/sley/sley-gdb\.py",
                    r"/usr/share/gdb/auto-load/usr/lib/[^/]+/libsley(-promise)?\.so\.[\d.]+-gdb\.py"},
    "libsley-doc": {r"/usr/share/doc/libsley-doc/(docs|examples|html)/.*", r"/usr/share/doc/libsley-doc/README\.md(\.gz)?",
                    r"/usr/share/doc-base/\S+"},
}
# Every package has these.
COMMON = r"/usr/share/(doc/{package}/(copyright|changelog(\.Debian)?\.gz)|lintian/overrides/{package})"
LEAST = {"libsley0.1": 2, "libsley-promise0.1": 2, "libsley-dev": 800, "libsley-doc": 40}


def readelf(*arguments):
    return run("readelf", "--wide", *arguments)


def shared_faults(path):
    """What a shared library lacks of hardening=+all, and what it must not have."""
    segments, dynamic, symbols = readelf("-l", path), readelf("-d", path), readelf("--dyn-syms", path)
    stack = re.search(r"GNU_STACK\s.*?\s(R\w*)\s", segments)
    checks = {
        "no RELRO": "GNU_RELRO" in segments,
        "no BIND_NOW": re.search(r"BIND_NOW|FLAGS_1.*\bNOW\b", dynamic),
        "an executable stack": stack and "E" not in stack[1],
        "relocations of its text": "TEXTREL" not in dynamic,
        "an RPATH": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
        "no stack protector": "__stack_chk_fail" in symbols,
        "no fortified function": re.search(r"UND __(?!stack)\w+_chk\b", symbols),
        "a writable and executable segment": not re.search(r"LOAD .* RWE ", segments),
    }
    return [what for what, holds in checks.items() if not holds]


def archive_faults(path):
    """The same of a static library, whose programs choose the linker's part."""
    sections, symbols = readelf("-S", path), readelf("-s", path)
    checks = {
        "an executable stack": not re.search(r"\.note\.GNU-stack .* X", sections) and
                               sections.count(".note.GNU-stack") == len(re.findall(r"^File: ", sections, re.M)),
        "no stack protector": "UND __stack_chk_fail" in symbols,
        "no fortified function": re.search(r"UND __(?!stack)\w+_chk\b", symbols),
        "code for the link-time optimizer": ".gnu.lto_" not in sections,
        "exported names": not re.search(r" (GLOBAL|WEAK) +DEFAULT +\d+ sley", symbols),
    }
    return [what for what, holds in checks.items() if not holds]


def content_faults(package, deb):
    """Files that a package must not have, and too few that it must."""
    rows = [line.split(None, 5) for line in run("dpkg-deb", "--contents", deb).splitlines()]
    own = EXPECTED[package] | {COMMON.format(package=re.escape(package))}
    faults, found = [], 0
    for mode, owner, *_, rest in rows:
        name = re.sub(r" -> .*", "", rest)[1:]
        if owner != "root/root":
            faults.append(f"{package}: {name} belongs to {owner}")
        if mode[0] == "d":
            continue
        found += 1
        if mode[0] == "-" and mode != "-rw-r--r--":
            faults.append(f"{package}: {name} has the mode {mode}")
        if not any(re.fullmatch(pattern, name) for pattern in own):
            faults.append(f"{package}: {name} is not expected")
    for pattern in own:
        if not any(re.fullmatch(pattern, re.sub(r" -> .*", "", row[5])[1:]) for row in rows):
            faults.append(f"{package}: nothing like {pattern}")
    if found < LEAST[package]:
        faults.append(f"{package}: only {found} files")
    return faults


def lintian(changes, briefly=False):
    """Lintian's errors and warnings of a .changes file, and its other remarks. Briefly: it formats no manual page."""
    less = ["--dont-check-part", "documentation/manual"] if briefly else []
    done = subprocess.run(["lintian", "--allow-root", "-I", "--pedantic", "--tag-display-limit", "0", *less, str(changes)],
                          capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("N:")]
    bad = [line for line in lines if line[:2] in ("E:", "W:")]
    if done.returncode not in (0, 2) or done.stderr.strip():
        bad.append(f"lintian ended with {done.returncode}: {done.stderr}")
    return bad, [line for line in lines if line not in bad]


def unpacked_faults(prefix):
    """Hardening of the libraries under PREFIX."""
    faults, seen = [], 0
    for path in sorted((prefix / "usr/lib").rglob("libsley*")):
        if path.is_symlink() or path.is_dir():
            continue
        seen += 1
        faults += [f"{path.name}: {what}" for what in (archive_faults if path.suffix == ".a" else shared_faults)(path)]
    return faults if seen >= 4 else faults + ["no libraries"]
