"""The files of the tree that a release has, and archives of them that are the same bytes wherever they are made."""
import gzip
import hashlib
import io
import pathlib
import re
import subprocess
import tarfile

BUILT = {".git", "build", "__pycache__"}


def git(root, *arguments):
    """What git prints. The tree can belong to another user, as in a container."""
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", str(root), *arguments],
                          capture_output=True, check=True, text=True).stdout


def names(root):
    """The files under version control; without git, as in an unpacked release, all but what is built."""
    if (root / ".git").exists():
        return sorted(n for n in git(root, "ls-files", "-z").split("\0") if n and (root / n).is_file())
    found = (p.relative_to(root) for p in root.rglob("*") if p.is_file())
    return sorted(str(p) for p in found if not BUILT & set(p.parts))


def version(root):
    """The version, which the headers, the build and the changelog must agree on."""
    header = (root / "include/sley/version.h").read_text()
    numbers = [re.search(rf"define SLEY_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH")]
    told = {"include/sley/version.h": ".".join(numbers),
            "its text": re.search(r'define SLEY_VERSION_TEXT "([^"]*)"', header)[1],
            "CMakeLists.txt": re.search(r"project\(sley VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text())[1],
            "CHANGELOG.md": re.search(r"^## ([\d.]+)", (root / "CHANGELOG.md").read_text(), re.M)[1]}
    if len(set(told.values())) != 1:
        raise ValueError("the versions differ: " + ", ".join(f"{where} says {what}" for where, what in told.items()))
    return told["CMakeLists.txt"]


def epoch(root, given):
    """The time of the release in seconds: SOURCE_DATE_EPOCH, or that of the commit."""
    if given:
        return int(given)
    return int(git(root, "log", "-1", "--format=%ct")) if (root / ".git").exists() else 0


def archive(top, members, seconds):
    """A tar file of (name, bytes, may be executed) under the folder top, compressed."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data, runs in members:
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size, entry.mtime, entry.mode = len(data), seconds, 0o755 if runs else 0o644
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def member(root, name):
    path = pathlib.Path(root, name)
    return name, path.read_bytes(), bool(path.stat().st_mode & 0o100)


def sum_of(data, how="sha256"):
    return hashlib.new(how, data).hexdigest()
