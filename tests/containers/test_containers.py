"""A program of the library where a container's kernel refuses something (docs/containers.md): it works, or says why; it never hangs.
The page's table has a row for each case of this test and of confined.py, and no other.
Usage: test_containers.py REFUSE WORKS PAGE"""
import os
import pathlib
import re
import resource
import subprocess
import sys

sys.dont_write_bytecode = True
import confined  # noqa: E402

refuse, works = sys.argv[1], sys.argv[2]
WORKS = "all works"
PINS = "a domain cannot be started: .*refuses.*sched_setaffinity"
CALLS = {name: (WORKS, WORKS) for name in (
    "epoll_create1", "eventfd2", "getrandom", "io_uring_setup", "madvise", "membarrier", "pidfd_open", "pipe2", "prctl", "rseq",
    "sched_getaffinity", "sigaltstack", "timerfd_create")}
CALLS["sched_setaffinity"] = (PINS, PINS)
CALLS["clone3"] = ("a domain cannot be started: .*refuses clone3", WORKS)  # glibc takes clone for ENOSYS alone
cases = [([refuse, error, name, "--", works], None, outcome) for name, outcomes in CALLS.items()
         for error, outcome in zip(("EPERM", "ENOSYS"), outcomes)]
cases.append(([refuse, "EAFNOSUPPORT", "socket6", "--", works], None, WORKS))
cases.append(([works], lambda: resource.setrlimit(resource.RLIMIT_STACK, (65536, 65536)), WORKS))
cases.append(([works], os.setsid, WORKS))
for descriptors in range(4, 24):
    def limit(n=descriptors):
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))
    cases.append(([works], limit, f"{WORKS}|Too many open files|cannot open shared object file"))
if subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True).returncode == 0:
    cases.append((["unshare", "--pid", "--fork", works], None, WORKS))  # as PID 1
else:
    print("skipped as PID 1: the kernel refuses unshare --pid")
# The first cells of the table: names of calls and limits, or all of it.
cells = re.findall(r"^\| ((?!refused|-).*?) \|", pathlib.Path(sys.argv[3]).read_text(), re.M)
rows = {key for cell in cells for key in (re.findall(r"`([/\w.]+)", cell) or [cell])}
tested = set(CALLS) | {"sockets of IPv6", "RLIMIT_STACK", "RLIMIT_NOFILE", "being PID 1, or without a terminal"} | {
    key.strip("`") for key in confined.CASES}
failed = 0
for key in sorted(rows ^ tested):
    failed += 1
    print(f"{key}: {'no case' if key in rows else 'no row in the page'}")
for command, before, wanted in cases:
    done = subprocess.run(command, preexec_fn=before, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    said = done.stdout + done.stderr
    ends_well = (done.returncode == 0) == (WORKS in done.stdout) and done.returncode >= 0
    if not ends_well or not re.search(wanted, said):
        failed += 1
        print(f"{' '.join(command)}: {done.returncode}, not {wanted}:\n{said}")
print(f"{len(cases)} cases, {failed} failed")
sys.exit(bool(failed))
