"""A program of the library with little around it (docs/containers.md): a root folder with nothing but the program and its shared objects,
read-only, or with a name that cannot be looked up; a user that nobody knows; few bytes, few threads, a group with little memory. It works,
or says why; it never hangs or crashes. Usage: confined.py WORKS"""
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

ALL = "all works"
NOBODY = 54321  # a user without an entry, and without processes
MEMORY = "out of memory|annot allocate|cannot be started|failed to map|cannot make segment|cannot create|Resource temporarily"
# Case -> what is said where it does not work; the key names the row of the page.
CASES = {"`/proc`": ALL, "`/etc/resolv.conf`": f"{ALL}|localhost", "a read-only root": ALL, "a user without a name": ALL,
         "`RLIMIT_NPROC`": "a domain cannot be started|threads?.*(limit|cannot)|Resource temporarily", "`RLIMIT_AS`": f"{ALL}|{MEMORY}",
         "a cgroup's memory": ALL}
MEMORY_GROUPS = {"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"}


def root_with(works, folder):
    """The program and what it is linked with, under the same names; nothing else."""
    found = re.findall(r"(/\S+) \(", subprocess.run(["ldd", works], capture_output=True, text=True, check=True).stdout)
    for path in found:
        place = pathlib.Path(f"{folder}{path}")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    shutil.copy(works, f"{folder}/works")
    for path in [pathlib.Path(folder), *pathlib.Path(folder).rglob("*")]:
        path.chmod(0o755)
    return folder


def inside(root, uid=0, **limits):
    def change():
        os.chroot(root)
        os.chdir("/")
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
        if uid:
            os.setgid(uid)
            os.setuid(uid)
    return change


def memory_group():
    """A new group of at most 64 MiB: its folder, or None."""
    for top, limit in MEMORY_GROUPS.items():
        group = pathlib.Path(top, f"sley-test-{os.getpid()}")
        try:
            group.mkdir()
            (group / limit).write_text(str(64 << 20))
            return group
        except OSError:
            if group.exists():
                group.rmdir()
    return None


def tried(key, command, before=None):
    """What is wrong; None: nothing."""
    try:
        done = subprocess.run(command, preexec_fn=before, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
    except subprocess.TimeoutExpired:
        return f"{key}: {command} hangs"
    said = done.stdout + done.stderr
    # Without memory for its tables libev aborts, and so does the first call: with a sentence.
    told = done.returncode > 0 or (done.returncode == -signal.SIGABRT and done.stderr)
    if not (done.returncode == 0 and ALL in done.stdout or told and ALL not in done.stdout) or not re.search(CASES[key], said):
        return f"{key}: {command}: {done.returncode}, not {CASES[key]}:\n{said}"
    return None


def main(works):
    failures, skipped = [], []
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root = root_with(works, folder)
        failures += [tried("`/proc`", ["/works"], inside(root)), tried("`/etc/resolv.conf`", ["/works", "localhost"], inside(root)),
                     tried("a user without a name", ["/works"], inside(root, NOBODY)),
                     tried("`RLIMIT_NPROC`", ["/works"], inside(root, NOBODY, NPROC=1))]
        for megabytes in (4, 6, 8, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256):
            failures.append(tried("`RLIMIT_AS`", ["/works"], inside(root, AS=megabytes << 20)))
        read_only = f"mount --bind {root} {root} && mount -o remount,ro,bind {root}"
        if subprocess.run(["unshare", "--mount", "sh", "-c", read_only], capture_output=True).returncode == 0:
            failures.append(tried("a read-only root", ["unshare", "--mount", "sh", "-c", f"{read_only} && exec chroot {root} /works"]))
        else:
            skipped.append("a read-only root: the kernel refuses the mount")
        group = memory_group()
        if group is None:
            skipped.append("a cgroup's memory: no group can be made")
        else:
            try:
                failures.append(tried("a cgroup's memory", [works], lambda: (group / "cgroup.procs").write_text("0")))
            finally:
                group.rmdir()
    failures = [f for f in failures if f]
    print("\n".join(failures + [f"skipped: {s}" for s in skipped]) or f"{len(CASES)} kinds of cases")
    return bool(failures)


if __name__ == "__main__":
    if os.getuid() != 0:
        print("skipped: only root can change the root folder")
        sys.exit(77)
    sys.exit(main(sys.argv[1]))
