"""Counts the instructions of one turn of each row of turns.c under callgrind and compares them with a file of
recorded counts: fails if a count differs by more than 3 %. Counts from another compiler, machine or flags are not
comparable: the test then reports that and is skipped (exit status 77).
Usage: check_turns.py FILE [--write] COLUMN=PROGRAM... [--flags FLAGS]"""
import argparse
import platform
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.03
SKIPPED = 77
HEAD = """# Instructions that one turn takes, counted by callgrind. The rows are functions of tests/cost/turns.c; each column is
# one build of the library. Written by scripts/instructions --write; the test cost/turns compares.
"""


def count(program):
    """Row -> instructions per turn."""
    turns = int(subprocess.run([program, "--turns"], check=True, capture_output=True, text=True).stdout)
    with tempfile.TemporaryDirectory() as folder:
        # Without debug information: Valgrind 3.19 cannot read that of clang 14.
        subprocess.run(["objcopy", "--strip-debug", program, f"{folder}/program"], check=True)
        run = subprocess.run(["valgrind", "--tool=callgrind", "--combine-dumps=yes",
                              f"--callgrind-out-file={folder}/out", f"{folder}/program"],
                             capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{program} under callgrind: status {run.returncode}\n{run.stderr}")
        text = open(f"{folder}/out").read()
    dumps = re.findall(r"^desc: Trigger: Client Request: (\w+)$.*?^(?:totals|summary): (\d+)", text, re.M | re.S)
    rows = {}
    for name, total in dumps:
        rows.setdefault(name, []).append(int(total))
    if not rows or any(len(two) != 2 for two in rows.values()):
        sys.exit(f"{program}: callgrind counted {dumps}, and not each row twice")
    return {name: (many - few) / turns for name, (few, many) in rows.items()}


def how_built(program, flags):
    compiler = subprocess.run([program, "--compiler"], check=True, capture_output=True, text=True).stdout.strip()
    return f"{compiler}, {platform.machine()}, {' '.join(flags.split())}"


def read(path):
    """Returns column -> how it was built, and column -> row -> instructions."""
    built, counts, columns = {}, {}, []
    try:
        lines = open(path).read().splitlines()
    except FileNotFoundError:
        return built, counts
    for line in lines:
        if found := re.match(r"# (\S+): (.*)", line):
            built[found[1]] = found[2]
        elif line and not line.startswith("#"):
            name, *words = line.split()
            if not columns:
                columns = words
                continue
            for column, word in zip(columns, words):
                counts.setdefault(column, {})[name] = float(word)
    return built, counts


def write(path, built, counts):
    columns = list(counts)
    rows = list(dict.fromkeys(name for column in columns for name in counts[column]))
    with open(path, "w") as file:
        file.write(HEAD)
        for column in columns:
            file.write(f"# {column}: {built[column]}\n")
        file.write("row".ljust(20) + "".join(column.rjust(14) for column in columns) + "\n")
        for name in rows:
            file.write(name.ljust(20) + "".join(f"{counts[column][name]:.0f}".rjust(14) for column in columns) + "\n")


arguments = argparse.ArgumentParser(allow_abbrev=False)
arguments.add_argument("file")
arguments.add_argument("programs", nargs="+", metavar="COLUMN=PROGRAM")
arguments.add_argument("--write", action="store_true", help="keep the counts in FILE")
arguments.add_argument("--flags", default="", help="what the library was compiled with")
given = arguments.parse_args()
built, kept = read(given.file)
failures, compared, other = 0, 0, 0
for word in given.programs:
    column, program = word.split("=", 1)
    here, counts = how_built(program, given.flags), count(program)
    comparable = built.get(column) == here
    print(f"{column}: {here}" + ("" if comparable else f"\n  cannot be compared: {given.file} keeps {built.get(column)}"))
    for name, now in counts.items():
        before = kept.get(column, {}).get(name)
        change = "" if before is None else f"{(now / before - 1) * 100:+7.1f} %"
        wrong = comparable and (before is None or abs(now / before - 1) > TOLERANCE)
        print(f"  {name:20}{now:9.1f}{'-' if before is None else format(before, '.0f'):>9}{change:>11}"
              + ("   <-- kept otherwise" if wrong else ""))
        failures += wrong and not given.write
    for name in kept.get(column, {}).keys() - counts.keys():
        print(f"  {name}: is kept, but no row has this name")
        failures += comparable and not given.write
    compared += comparable
    other += not comparable
    built[column], kept[column] = here, counts
if given.write:
    write(given.file, built, kept)
elif failures:
    print(f"{failures} counts are more than {TOLERANCE:.0%} from those kept. Where the change is meant, say why in the "
          "commit and keep the new ones with: scripts/instructions --write")
    sys.exit(1)
elif other:
    print(f"{compared} of {compared + other} builds were compared; the others are of another compiler, machine or "
          "flags than the file's, whose counts say nothing about the code: skipped")
    sys.exit(SKIPPED)
