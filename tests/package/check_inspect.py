"""The checks of scripts/package find what they are for: libraries that lack each hardening, packages with files that do not belong
there, a changelog of another version. Usage: check_inspect.py ROOT"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "scripts/support"))
from package import build, inspect  # noqa: E402

failures = []
SOURCE = """#include <string.h>
extern int get(char *at);
int sley_copy(char *to, const char *from, unsigned n)
{
  char here[32];
  memcpy(here, from, n);
  int got = get(here);
  memcpy(to, here, sizeof(here));
  return got;
}
"""
HARD = ["-O2", "-fPIC", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong"]
LINK = ["-Wl,-z,relro", "-Wl,-z,now"]
# what is taken away -> the fault that must be told, and no other
SHARED = [
    ([], [], None),
    (["-D_FORTIFY_SOURCE=0", "-U_FORTIFY_SOURCE"], [], "no fortified function"),
    (["-fno-stack-protector"], [], "no stack protector"),
    ([], ["-Wl,-z,norelro"], "no RELRO"),
    ([], ["-Wl,-z,lazy"], "no BIND_NOW"),
    ([], ["-Wl,-z,execstack"], "an executable stack"),
    ([], ["-Wl,-rpath,/opt/lib"], "an RPATH"),
    ([], ["-Wl,-rpath,/opt/lib", "-Wl,--disable-new-dtags"], "an RPATH"),
]
ARCHIVE = [
    (["-fvisibility=hidden"], None),
    ([], "exported names"),
    (["-fvisibility=hidden", "-fno-stack-protector"], "no stack protector"),
    (["-fvisibility=hidden", "-U_FORTIFY_SOURCE"], "no fortified function"),
    (["-fvisibility=hidden", "-flto", "-ffat-lto-objects"], "code for the link-time optimizer"),
]


def expect(what, found, wanted):
    if found != ([] if wanted is None else [wanted]):
        failures.append(f"{what}: {found}, not {wanted}")


def deb(work, package, files):
    """A package with these files: name -> mode."""
    place = work / package
    (place / "DEBIAN").mkdir(parents=True)
    (place / "DEBIAN/control").write_text(f"Package: {package}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.invalid>\nDescription: x\n")
    for name, mode in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        path.chmod(mode)
    build.run("dpkg-deb", "--root-owner-group", "--build", place, work / f"{package}.deb")
    return work / f"{package}.deb"


with tempfile.TemporaryDirectory() as text:
    work = pathlib.Path(text)
    (work / "a.c").write_text(SOURCE)
    shared, one, archive = work / "libsley.so.0.1.0", work / "a.o", work / "libsley.a"
    for compiling, linking, wanted in SHARED:
        build.run("gcc", *HARD, *compiling, work / "a.c", "-shared", *LINK, *linking, "-o", shared)
        expect(f"shared {compiling} {linking}", inspect.shared_faults(shared), wanted)
    for compiling, wanted in ARCHIVE:
        build.run("gcc", *HARD, *compiling, "-c", work / "a.c", "-o", one)
        archive.unlink(missing_ok=True)
        build.run("ar", "rcs", archive, one)
        expect(f"archive {compiling}", inspect.archive_faults(archive), wanted)
    (work / "b.s").write_text(".text\n.globl b\nb: ret\n")  # says nothing of the stack: executable
    build.run("gcc", "-c", work / "b.s", "-o", work / "b.o")
    build.run("gcc", *HARD, "-fvisibility=hidden", "-c", work / "a.c", "-o", one)
    archive.unlink()
    build.run("ar", "rcs", archive, one, work / "b.o")
    expect("archive with assembly", inspect.archive_faults(archive), "an executable stack")

    inspect.LEAST["libsley0.1"] = 2
    good = {"usr/lib/x86_64-linux-gnu/libsley.so.0.1": 0o644, "usr/share/doc/libsley0.1/copyright": 0o644}
    expect("a package", inspect.content_faults("libsley0.1", deb(work / "1", "libsley0.1", good)), None)
    for number, (name, mode, wanted) in enumerate([
            ("usr/lib/x86_64-linux-gnu/libsley.so.0.1", 0o755, "libsley0.1: /usr/lib/x86_64-linux-gnu/libsley.so.0.1 has the mode -rwxr-xr-x"),
            ("usr/bin/sley", 0o644, "libsley0.1: /usr/bin/sley is not expected")]):
        bad = deb(work / f"bad{number}", "libsley0.1", {**good, name: mode})
        expect(name, inspect.content_faults("libsley0.1", bad), wanted)
    inspect.LEAST["libsley0.1"] = 9
    expect("too few", inspect.content_faults("libsley0.1", work / "1/libsley0.1.deb"), "libsley0.1: only 2 files")

    copy = work / "copy"
    for name in ("CMakeLists.txt", "CHANGELOG.md", "include/sley/version.h", "packaging/debian/changelog"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, copy / name)
    build.changelog(copy)
    changelog = copy / "packaging/debian/changelog"
    changelog.write_text(re.sub(r"\(([\d.]+)-", r"(\g<1>.9-", changelog.read_text(), count=1))
    try:
        build.changelog(copy)
        failures.append("a changelog of another version passes")
    except ValueError as failure:
        if "packaging/debian/changelog says" not in str(failure):
            failures.append(str(failure))
print("\n".join(failures) or f"{len(SHARED) + len(ARCHIVE) + 5} cases")
sys.exit(bool(failures))
