#!/usr/bin/env python3
"""What the library takes from its process: runs stages.c, once for each stage, and compares what it prints, and with strace the
system calls, with the tables in docs/process.md.

What the tables cannot say is checked for every stage: that after sley_finish everything is back, that the signal mask of the
calling thread stays, that nothing of the whole process is changed, and that a descriptor is closed by exec.

Usage: check_process.py [--write] SOURCE LIBSLEY.so COMPILER WORK
    --write  writes the tables into the page; system calls are added to those that are there
"""
import argparse
import os
import re
import subprocess
import sys

# What C libraries call by several names.
SAME = {"epoll_pwait": "epoll_wait", "epoll_create": "epoll_create1", "accept": "accept4", "clone": "clone3", "newfstatat": "fstat",
        "stat": "fstat", "statx": "fstat", "open": "openat", "poll": "ppoll", "dup": "fcntl", "exit_group": "exit", "send": "sendto",
        "sigaltstack": "sigaltstack", "sendmsg": "sendto", "recvmsg": "recvfrom", "writev": "write", "readv": "read",
        "pread64": "read", "sched_setaffinity": "sched_getaffinity"}
# What the C library does by itself: memory, threads, locks.
OF_LIBC = {"brk", "mmap", "munmap", "mprotect", "madvise", "mremap", "futex", "rseq", "set_robust_list", "exit", "getrandom",
           "clock_gettime", "restart_syscall", "rt_sigprocmask", "rt_sigreturn", "getpid", "gettid", "sched_yield", "lseek", "fstat",
           "clock_nanosleep"}
COLUMNS = ["stage", "threads", "their stacks", "descriptors", "handlers", "alternate stack", "mapped", "fork handlers", "exit handlers",
           "environment", "files"]


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, **more)
    if done.returncode != 0:
        sys.exit(" ".join(words) + "\n" + done.stdout)
    return done.stdout


def facts_of(text):
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.strip().splitlines())}


def files_of(text):
    """Which files of cgroups there are depends on the machine."""
    names = [re.sub(r" ×\d+$", "", name) for name in text.split(", ") if name]
    return ", ".join(sorted({re.sub(r"^/sys/fs/cgroup/.*", "/sys/fs/cgroup/…", name) for name in names}))


def row_of(stage, text, problems):
    """The row of the table."""
    _, _, text = text.partition("\n")
    now, _, after = text.partition("after sley_finish\n")
    now, after = facts_of(now), facts_of(after)
    for name in ("threads", "descriptors", "handlers", "alternate stack", "mapped", "changes"):
        if after[name] != "":
            problems.append("%s: after sley_finish there is %s: %s" % (stage, name, after[name]))
    for facts in (now, after):
        if facts["mask"] != "same":
            problems.append("%s: the signal mask of the calling thread is another one" % stage)
    if now["changes"]:
        problems.append("%s changes what belongs to the process: %s" % (stage, now["changes"]))
    if " that exec inherits" in now["descriptors"] or "with the mask" in now["threads"]:
        problems.append("%s: %s; %s" % (stage, now["descriptors"], now["threads"]))
    names = ["threads", "stacks", "descriptors", "handlers", "alternate stack", "mapped", "fork handlers", "exit handlers", "environment"]
    return [stage] + [now[name] for name in names] + [files_of(now["files"])]


def calls_of(trace):
    """The names of the system calls between the two marks, without those of the C library."""
    found, inside = set(), False
    for line in open(trace):
        call = re.match(r"\d+\s+(?:<\.\.\. )?(\w+)(?:\(| resumed>)", line)
        if 'write(-1, "begin"' in line:
            inside = True
        elif 'write(-1, "end"' in line:
            return found
        elif call and inside:
            found.add(SAME.get(call[1], call[1]))
    sys.exit("%s has no marks" % trace)


def never_of(page):
    """What the page says is never called."""
    sentence = re.search(r"In no stage does it call (.*?)\.", page.text, re.S)[1]
    return set(re.findall(r"`(\w+)`", sentence))


def strace_works(work):
    try:
        done = subprocess.run(["strace", "-f", "-o", os.path.join(work, "trace"), "true"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
    except FileNotFoundError:
        return "there is no strace"
    return None if done.returncode == 0 else "strace is refused (%s)" % done.stdout.strip().splitlines()[-1]


def table(lines):
    return "".join("| " + " | ".join(line) + " |\n" for line in lines[:1]) + "|" + "---|" * len(lines[0]) + "\n" + \
        "".join("| " + " | ".join(line) + " |\n" for line in lines[1:])


class Page:
    def __init__(self, source):
        self.name = os.path.join(source, "docs/process.md")
        self.text = open(self.name).read()

    def part(self, name):
        found = re.search(r"<!-- %s: begin -->\n(.*?)<!-- %s: end -->\n" % (name, name), self.text, re.S)
        return found[1]

    def replace(self, name, text):
        self.text = self.text.replace("<!-- %s: begin -->\n%s<!--" % (name, self.part(name)), "<!-- %s: begin -->\n%s<!--" % (name, text))
        open(self.name, "w").write(self.text)


def thread_local(library, page, problems):
    segment = re.search(r"^\s*TLS\s+\S+\s+\S+\s+\S+\s+\S+\s+(0x\w+)", run("readelf", "-lW", library), re.M)
    said = int(re.search(r"at most (\d+) bytes\s+of thread-local variables", page.text)[1])
    if int(segment[1], 16) > said:
        problems.append("the library has %d bytes of thread-local variables; the page says at most %d" % (int(segment[1], 16), said))

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    for word in ("source", "library", "compiler", "work"):
        parser.add_argument(word)
    a = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    os.makedirs(a.work, exist_ok=True)
    if not os.path.isdir("/proc/self/task"):
        print("skipped: /proc is not there")
        sys.exit(77)
    page, problems = Page(a.source), []
    thread_local(a.library, page, problems)
    program, trace = os.path.join(a.work, "stages"), os.path.join(a.work, "trace")
    run(a.compiler, "-std=c17", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-I" + os.path.join(a.source, "include"),
        os.path.join(here, "stages.c"), a.library, "-Wl,-rpath," + os.path.dirname(os.path.abspath(a.library)), "-pthread", "-o", program)
    environment = dict(os.environ, RES_OPTIONS="timeout:1 attempts:1")
    environment.pop("SLEY_DEBUG", None)
    refused = strace_works(a.work)
    rows, calls = [COLUMNS], {}
    for stage in run(program).split():
        rows.append(row_of(stage, run(program, stage, env=environment), problems))
        if refused is None:
            run("strace", "-f", "-qq", "-o", trace, program, stage, "traced", env=environment)
            calls[stage] = calls_of(trace) - OF_LIBC - ({"tgkill"} if stage == "signal" else set())  # the program's raise
    listed = {}
    for line in page.part("calls").splitlines()[2:]:
        stage, names = [cell.strip() for cell in line.strip("|").split("|")]
        listed[stage] = set(names.split(", ")) - {""}
    if a.write:
        page.replace("stages", table(rows))
        everything = {stage: sorted(calls[stage] | listed.get(stage, set())) for stage in calls}
        if calls:
            page.replace("calls", table([["stage", "system calls"]] + [[s, ", ".join(c)] for s, c in everything.items()]))
    else:
        if page.part("stages") != table(rows):
            problems.append("the table of stages in docs/process.md is not what happens:\n" + table(rows))
        for stage, names in calls.items():
            if stage != "look-up" and not names <= listed.get(stage, set()):
                problems.append("%s: docs/process.md does not list %s" % (stage, ", ".join(sorted(names - listed.get(stage, set())))))
    for stage, names in calls.items():
        if names & never_of(page):
            problems.append("%s calls %s" % (stage, ", ".join(sorted(names & never_of(page)))))
    if problems:
        sys.exit("\n".join(problems))
    print("what %d stages take from the process is what the page says" % len(rows[1:]) +
          (", by /proc alone: " + refused if refused else ", by /proc and strace"))


main()
