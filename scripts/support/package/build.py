"""Debian's source package of the tree, and what is built from it."""
import os
import pathlib
import subprocess
import time

from release import tree

DEBIAN = "packaging/debian"


class Failure(Exception):
    """A sentence for who called."""


def run(*command, **options):
    """What the command prints; a Failure with it if the command fails."""
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise Failure(f"{done.stdout[-6000:]}\n{' '.join(map(str, command))}: exit status {done.returncode}")
    return done.stdout


def changelog(root):
    """The tree's version, which that of packaging/debian/changelog is, and the seconds of the latter's newest entry."""
    version = tree.version(root)
    return version, int(run("dpkg-parsechangelog", "-l", root / DEBIAN / "changelog", "-S", "Timestamp"))


def put(folder, members, seconds):
    """Writes members (name, bytes, may be executed) with this time."""
    for name, data, runs in members:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if runs else 0o644)
        os.utime(path, (seconds, seconds))


def source(root, work, turned=False):
    """Puts WORK/sley_VERSION.orig.tar.gz, which is the archive of the release, and WORK/sley-VERSION with debian/ there. Turned: files
    are made in another order, with later times. Returns the folder."""
    version, seconds = changelog(root)
    members = [tree.member(root, name) for name in tree.names(root)]
    (work / f"sley_{version}.orig.tar.gz").write_bytes(tree.archive(f"sley-{version}", members, seconds))
    own = [("debian/" + name[len(DEBIAN) + 1:], data, runs) for name, data, runs in members if name.startswith(DEBIAN + "/")]
    folder = work / f"sley-{version}"
    given = members + own
    before = os.umask(0o022)  # the modes of debian/ are part of the source package
    try:
        # Not later than now: ninja would wait for that time.
        put(folder, given[::-1] if turned else given, (seconds + int(time.time())) // 2 if turned else seconds)
    finally:
        os.umask(before)
    return folder


def packages(root, work, parts="full", turned=False, environment=None):
    """Builds in WORK, without network and without more rights than its user's. Parts: full, or binary. Returns what was made."""
    folder = source(root, work, turned)
    clean = {name: text for name, text in os.environ.items()
             if name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "DEB_BUILD_OPTIONS")}
    # The compiler that is called is Debian's, not one in front of it.
    clean["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    run("dpkg-buildpackage", f"--build={parts}", "--no-sign", cwd=folder, env={**clean, **(environment or {})})
    return sorted(path for path in work.iterdir() if path.is_file())


def binaries(files):
    """name of a package -> its .deb"""
    return {path.name.split("_")[0]: path for path in map(pathlib.Path, files) if path.suffix == ".deb" and "-dbgsym_" not in path.name}
