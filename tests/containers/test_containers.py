"""A program of the library where a container's kernel refuses something (docs/containers.md): it works, or says why; it never hangs.
Usage: test_containers.py REFUSE WORKS"""
import os
import re
import resource
import subprocess
import sys

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
failed = 0
for command, before, wanted in cases:
    done = subprocess.run(command, preexec_fn=before, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    said = done.stdout + done.stderr
    ends_well = (done.returncode == 0) == (WORKS in done.stdout) and done.returncode >= 0
    if not ends_well or not re.search(wanted, said):
        failed += 1
        print(f"{' '.join(command)}: {done.returncode}, not {wanted}:\n{said}")
print(f"{len(cases)} cases, {failed} failed")
sys.exit(bool(failed))
