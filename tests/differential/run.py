"""Fresh random programs on real Lwt and on sley: the traces must be the same bytes.

  run.py SLEY_VECTORS ORACLE WORK [--programs N] [--seed S] [--areas A,B,...]

A program that differs is shrunk and printed. One difference is intended and counted separately: in Lwt,
canceling an abandoned pause loses newer pauses (docs/lwt.md). A program that uses abandon_paused has only this
difference if the traces agree once those lines are removed."""
import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
AREAS = ["core", "cancel", "storage", "pause", "mutex-cond-mvar", "pool-switch", "stream", "list"]
MODES = [[], ["--early"], ["--early", "--single-objects"], ["--owned", "--resolvers-first"],
         ["--turns", "cut"], ["--turns", "uncut"]]

arguments = argparse.ArgumentParser()
arguments.add_argument("vectors")
arguments.add_argument("oracle")
arguments.add_argument("work")
arguments.add_argument("--programs", type=int, default=10000)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--areas", default=",".join(AREAS))
options = arguments.parse_args()


def ask_lwt(programs):
    """Returns a container with Lwt's traces, without programs it declines (a random choice, a budget)."""
    return subprocess.run([options.oracle, "batch"], input=programs, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True).stdout


def differing(container, mode):
    path = os.path.join(options.work, "container.txt")
    with open(path, "w") as file:
        file.write(container)
    done = subprocess.run([options.vectors, *mode, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    totals = re.search(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)
    if totals is None:
        sys.exit(f"the runner ended without totals:\n{done.stdout[-2000:]}")
    names = re.findall(r"^=== (\S+)", container, re.M)
    failed = [name for name in names if re.search(rf"\b{re.escape(name)}\b", done.stdout)]
    if len(failed) != int(totals.group(2)):
        sys.exit(f"the runner counts {totals.group(2)} failures and names {len(failed)}:\n{done.stdout[-2000:]}")
    return failed


def program_of(container, name):
    return re.search(rf"^=== {re.escape(name)}\n(.*?)^--- trace$", container, re.M | re.S).group(1).splitlines()


def differs(lines, mode):
    """Also false if Lwt declines the program."""
    container = ask_lwt("=== candidate\n" + "\n".join(lines) + "\n")
    return container.startswith("=== candidate") and bool(differing(container, mode))


def shrunk(lines, mode):
    """Removes runs of lines, long ones first, as long as the traces still differ."""
    size = max(1, len(lines) // 2)
    while size >= 1:
        at = 0
        while at < len(lines):
            shorter = lines[:at] + lines[at + size:]
            if shorter and differs(shorter, mode):
                lines = shorter
            else:
                at += size
        size //= 2
    return lines


def is_wanted(lines, mode):
    without = [line for line in lines if line.strip() != "abandon_paused"]
    return len(without) < len(lines) and not differs(without, mode)


areas = options.areas.split(",")
compared = wanted = wrong = 0
for number, area in enumerate(areas):
    count = options.programs // len(areas) + (number < options.programs % len(areas))
    # A few percent are declined, so more are made; the surplus is compared, too.
    programs = subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), "--area", area, "--seed",
                               str(options.seed), "--count", str(count + count // 8 + 8)],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
    container = ask_lwt(programs)
    total = len(re.findall(r"^=== ", container, re.M))
    if total < count:
        sys.exit(f"Lwt accepted only {total} programs of {area}, fewer than {count}")
    compared += total
    for mode in MODES:
        failed = differing(container, mode)
        for name in failed:
            lines = program_of(container, name)
            if is_wanted(lines, mode):
                wanted += 1
                continue
            wrong += 1
            print(f"--- {area}, seed {options.seed}, {name}, sley-vectors {' '.join(mode)}")
            print("\n".join(shrunk(lines, mode)), flush=True)
    print(f"{area}: {total} programs", flush=True)
print(f"{compared} programs in {len(MODES)} modes, seed {options.seed}: {wanted} wanted differences")
print(f"{compared * len(MODES) - wrong} passed, {wrong} failed")
sys.exit(wrong != 0)
