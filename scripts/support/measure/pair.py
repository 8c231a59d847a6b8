"""scripts/bench --pair 'A' 'B', and --null 'A'."""
import argparse
import os
import re
import shlex
import subprocess
import sys

from . import build, interval, machine, rows, slices, subjects, tables

UNITS = {"cpu": "ns of processor time", "wall": "ns", "p50": "ns", "p99": "ns", "p99.9": "ns", "p99.99": "ns",
         "max": "ns"}


USAGE = """scripts/bench [PART...]
       scripts/bench --pair A B [option...]
       scripts/bench --null A [option...]"""


def options(words, parts=()):
    parser = argparse.ArgumentParser(
        prog="scripts/bench", formatter_class=argparse.RawDescriptionHelpFormatter, usage=USAGE,
        description="Makes the tables of docs/benchmarks.md, all or those of the parts that are named: "
                    + " ".join(parts) + ".\n"
                    "With --pair or --null: compares two programs in short slices, both running, in an order drawn anew.",
        epilog="The options are for --pair and --null. A and B are command lines. One with {port} in it is a server and is put under load; one with\n"
               "--benchmark_filter= is a Google Benchmark program of which one row is compared; of any other the\n"
               "processor time from start to end is, or the figure that it prints behind the word --row.\n"
               "Ratios are of B to A: above 1, B takes more.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--pair", nargs=2, metavar=("A", "B"))
    what.add_argument("--null", metavar="A", help="A against A: what differences the machine makes up")
    parser.add_argument("--load", default="", metavar="OPTIONS", help="of scripts/load, for servers; with --rate it is "
                        "open, and a slice half a second")
    parser.add_argument("--measure", default="cpu", choices=list(UNITS), help="(cpu) p50 and on: servers only")
    parser.add_argument("--row", help="of a program that prints \"ROW NUMBER\" lines")
    parser.add_argument("--instructions", action="store_true", help="counts them too, by callgrind")
    parser.add_argument("--slice", metavar="SIZE", help="\"requests N\" or \"seconds S\" (about 30 ms of requests)")
    parser.add_argument("--width", type=float, default=2.0, help="of the intervals, in %%, at which it ends (2)")
    parser.add_argument("--seconds", type=float, default=150, help="and at the latest (150)")
    parser.add_argument("--starts", type=int, default=60, help="most starts of the programs (60)")
    parser.add_argument("--seed", type=int, default=1, help="of the order (1)")
    parser.add_argument("--unpinned", action="store_true", help="servers and load run on all processors")
    parser.add_argument("--out", default=os.path.join(build.BUILD, "pair"), help="folder for rows.jsonl and machine.json")
    parser.add_argument("--generator", default=build.LOAD, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def is_server(words):
    return any("{port}" in word for word in words)


def is_google(words):
    return any(word.startswith("--benchmark_filter=") for word in words)


def words_of(text):
    try:
        return shlex.split(text)
    except ValueError as wrong:
        sys.exit(f"bench: {text}: {wrong}")


def subject(name, command, o):
    """The subject, and the row that is compared."""
    words = words_of(command)
    if not words:
        sys.exit("bench: an empty command")
    first, second = (None, None) if o.unpinned else subjects.two_processors()
    if is_server(words):
        return subjects.Server(name, words, words_of(o.load), o.generator, first, second), o.measure
    if o.measure not in ("cpu", "wall"):
        sys.exit(f"bench: --measure {o.measure} is for servers, whose command has {{port}} in it")
    if is_google(words):
        def only(text, usage):
            found = subjects.google("cpu_time" if o.measure == "cpu" else "real_time")(text, usage)
            if len(found) != 1:
                raise subjects.Broken(f"{command}: the filter matches {len(found)} rows; it must match one")
            return {o.measure: next(iter(found.values()))}
        if not any(word.startswith("--benchmark_min_time") for word in words):
            words.append("--benchmark_min_time=0.02")
        return subjects.Program(name, [*words, "--benchmark_format=csv"], only, first), o.measure
    if o.row is not None:
        def row(text, _):
            found = subjects.lines(text)
            if o.row not in found:
                raise subjects.Broken(f"{command}: prints no line \"{o.row} NUMBER\"")
            return {o.measure: found[o.row]}
        return subjects.Program(name, words, row, first), o.measure
    return subjects.Program(name, words, lambda _, usage: usage, first), o.measure


def plan(o, servers):
    base = slices.Plan(seed=o.seed, width=o.width / 100, seconds=o.seconds, most_starts=o.starts)
    base.least_starts = min(10, o.starts)
    if not servers:  # each slice is a start
        base.rounds, base.least_starts, base.most_starts = 1, min(20, o.starts * 8), o.starts * 8
    return base


def size(o, servers):
    if not servers:
        return None
    if o.slice is not None:
        if not re.fullmatch(r"(requests|seconds) [0-9.]+", o.slice):
            sys.exit("bench: --slice is \"requests N\" or \"seconds S\"")
        return o.slice
    return "seconds 0.5" if "--rate" in o.load else None


def count_instructions(words, during=None):
    run = subprocess.Popen(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if during is not None:
        during()
        run.terminate()
    text = run.communicate()[1]
    found = re.search(r"Collected : (\d+)", text)
    if found is None:
        sys.exit(f"bench: callgrind counted nothing in {' '.join(words)}: {text[-400:]}")
    return int(found.group(1))


def instructions_of_server(words, generator, load):
    """For a request: the difference between 1,000 requests and 200; with more connections, five and one for each."""
    connections = int(load[load.index("--connections") + 1]) if "--connections" in load else 64
    few = max(200, connections)

    def requests(number):
        port = subjects.free_port()

        def during():
            subjects.wait_for_port(port, 60)
            driver = [generator, "--port", str(port), "--slices", "--warm-up", "0", "--timeout", "60", *load]
            told = subprocess.run(driver, input=f"requests {number}\n", stdout=subprocess.PIPE, text=True).stdout
            if "error" in told or str(number) not in told:
                sys.exit(f"bench: under callgrind: {told.strip()}")
        return count_instructions([word.replace("{port}", str(port)) for word in words], during)

    return (requests(5 * few) - requests(few)) / (4 * few)


def instructions(command, o):
    words = words_of(command)
    if is_google(words):
        sys.exit("bench: --instructions is for servers and programs: a Google Benchmark row runs as often as time permits")
    return instructions_of_server(words, o.generator, words_of(o.load)) if is_server(words) else count_instructions(words)


def sentence(found, null, said):
    least = interval.smallest(found, null)
    return (f"B : A = {found} over {found.slices} slices; the null run, A : A = {null}.\n"
            f"{interval.told(said)}."
            f" A difference of {100 * least:.1f} % would have been told in four cases of five.")


def main(words, parts):
    o = options(words, parts)
    commands = o.pair or [o.null, o.null]
    first, row = subject("A", commands[0], o)
    second, _ = subject("B", commands[1], o)
    again, _ = subject("A" + slices.AGAIN, commands[0], o)
    servers = [isinstance(one, subjects.Server) for one in (first, second)]
    if servers[0] != servers[1]:
        sys.exit("bench: one is a server (its command has {port} in it) and the other is none")
    if servers[0] and not os.path.exists(o.generator):
        build.own(["sley-load"])
    compared, key = ([first, second], ("B", row)) if o.pair else ([first], ("A" + slices.AGAIN, row))
    try:
        outcome = slices.compare(compared, [(key, ("A", row))], plan(o, servers[0]), again, size(o, servers[0]))
        found, null = outcome.ratio(key, ("A", row)), outcome.null(row)
    except (subjects.Broken, ValueError) as wrong:
        sys.exit(f"bench: {wrong}")
    said = interval.verdict(found, null)
    print(f"A: {commands[0]}\nB: {commands[1]}\n{outcome.told()}, {outcome.seconds:.0f} s")
    if o.pair:
        print(sentence(found, null, said))
    else:
        print(f"null run, A : A = {null} over {null.slices} slices"
              + ("; the machine is too noisy" if null.width > tables.NOISY else ""))
    kept = rows.Rows(o.out, machine.describe(build.BUILD), machine.version(build.TOP))
    if row == "cpu" and outcome.has((key[0], "wall")) and outcome.has(("A", "wall")):
        wall = outcome.ratio((key[0], "wall"), ("A", "wall"))
        print(f"time, not processor time: {'B' if o.pair else 'A'} : A = {wall}; the null run, {outcome.null('wall')}")
    for name, command in zip(("A", "B") if o.pair else ("A",), commands):
        value = outcome.figure((name, row))
        print(f"{name}: {value.median:,.1f} {UNITS[o.measure]}")
        kept.add("pair", o.load or "-", command, UNITS[o.measure], value, found if name == "B" else None, "A", null, said)
    if o.instructions:
        counts = [instructions(command, o) for command in commands[:2 if o.pair else 1]]
        for command, count in zip(commands, counts):
            exact = interval.Interval(count, count, count, 1)
            ratio = count / counts[0]
            kept.add("pair", o.load or "-", command, "instructions", exact, interval.Interval(ratio, ratio, ratio, 1), "A")
        print("instructions: " + ", ".join(f"{count:,.0f}" for count in counts)
              + (f"; B : A = {counts[1] / counts[0]:.4f}" if o.pair else ""))
    for reason in sorted(set(outcome.reasons))[:3]:
        print("dropped: " + reason)
