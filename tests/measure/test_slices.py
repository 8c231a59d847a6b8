"""The order of measuring, with synthetic subjects: every round measures all of them, in an order set by the seed;
unusable slices are dropped and counted; rows and tables show the results.
Usage: test_slices.py ROOT"""
import contextlib
import io
import json
import math
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.join(sys.argv[1], "scripts", "support"))
from measure import machine, pair, rows, slices, subjects, tables  # noqa: E402


def check(what, condition, *shown):
    print("ok:" if condition else "FAILED:", what, *shown)
    if not condition:
        sys.exit(1)


log = []


class Made:
    """Every fourth slice of it fails as `fails` defines."""

    def __init__(self, name, value, fails=None, noise=0.01):
        self.name, self.value, self.fails, self.noise = name, value, fails, noise
        self.count, self.running, self.starts = 0, False, 0
        self.chance = random.Random(name)

    def start(self):
        assert not self.running
        self.running = True
        self.starts += 1

    def stop(self):
        self.running = False
        return self.name + " says"

    def slice(self):
        assert self.running
        log.append(self.name)
        self.count += 1
        if self.fails is not None and self.count % 4 == 0:
            raise self.fails
        return {"cpu": self.value * math.exp(self.chance.gauss(0, self.noise)), "words": "no figure"}


steals = iter(())
machine.stolen = lambda: next(steals, (0, 1000))


def compare(seed=1, fails=None, value=110, **more):
    log.clear()
    everyone = [Made("A", 100), Made("B", value, fails)]
    plan = slices.Plan(seed=seed, quiet=True, **more)
    outcome = slices.compare(everyone, [(("B", "cpu"), ("A", "cpu"))], plan, Made("A" + slices.AGAIN, 100))
    return outcome, everyone, list(log)


outcome, everyone, first = compare()
check("all are measured in each round", all(sorted(first[at:at + 3]) == ["A", "A (again)", "B"]
                                            for at in range(0, len(first), 3)))
check("in every order", len({tuple(first[at:at + 3]) for at in range(0, len(first), 3)}) == 6)
check("a seed makes the order", compare()[2] == first and compare(seed=2)[2] != first)
check("it ends when the intervals are narrow, not before the least number of starts", outcome.starts == 10)
check("all have been stopped as often as started", not any(one.running for one in everyone)
      and all(one.starts == 10 for one in everyone) and len(outcome.printed["B"]) == 10)
found = outcome.ratio(("B", "cpu"), ("A", "cpu"))
check("the ratio is that of the subjects", found.low < 1.1 < found.high and found.slices == 80, found)
null = outcome.null("cpu")
check("the null run has none", null.low < 1 < null.high, null)
check("words are no figures", ("A", "words") not in outcome.values)
check("a narrower width takes longer", compare(width=0.004)[0].starts > 10)
check("there is a last start", compare(width=1e-9, most_starts=13)[0].starts == 13)

outcome, everyone, _ = compare(fails=subjects.SliceFailed("limit", "behind"))
check("slices at the generator's limit are dropped and counted, the start goes on",
      outcome.dropped["limit"] == 20 and outcome.kept == 60, dict(outcome.dropped), outcome.kept)
outcome, everyone, _ = compare(fails=subjects.SliceFailed("errors", "closed"))
check("an error ends its start", outcome.dropped["errors"] == 10 and outcome.kept == 30 and everyone[1].starts == 10)
check("and is told", "dropped: 10 for errors" in outcome.told(), outcome.told())

steals = iter([(0, 1000), (3, 1100)] + [(3, 1100), (4, 1200)] * 300)
outcome, _, _ = compare()
check("steal above 2 % drops a round, below it does not", outcome.dropped["steal"] == 1 and outcome.kept == 79)
steals = iter(())


class Dead(Made):
    def slice(self):
        raise subjects.SliceFailed("errors", "it is dead")


try:
    slices.compare([Dead("A", 1)], [(("A (again)", "cpu"), ("A", "cpu"))], slices.Plan(quiet=True), Dead("A (again)", 1))
    check("a subject of which no slice is good is an error", False)
except subjects.Broken as broken:
    check("a subject of which no slice is good is an error", "it is dead" in str(broken))

outcome, _, _ = compare()
with tempfile.TemporaryDirectory() as folder:
    kept = rows.Rows(folder, machine.describe(folder), "v1")
    table = tables.Table("suite", "A title", "ns", ["B", "A"], [("B", "A")],
                         [tables.Line("a row", {"A": ("A", "cpu"), "B": ("B", "cpu")}, {("B", "A"): "1.2"})])
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        tables.show(table, outcome, kept)
    text = shown.getvalue()
    with open(os.path.join(folder, "rows.jsonl")) as file:
        lines = [json.loads(line) for line in file]
    with open(os.path.join(folder, "machine.json")) as file:
        told = json.load(file)
check("a table has ratio, goal, null run, figures", "| a row | 1." in text and "at most 1.2" in text
      and "Null run, A against itself" in text and "80 slices" in text, text)
check("a quiet machine is not called noisy", "noisy" not in text)
wanted = {"suite", "case", "subject", "version", "unit", "value", "low", "high", "slices", "ratio", "null_low", "null_high",
          "machine"}
check("rows have their fields", len(lines) == 2 and all(wanted <= set(line) for line in lines), lines[0])
check("a row names ratio, verdict and machine", lines[0]["subject"] == "B" and 1.09 < lines[0]["ratio"] < 1.11
      and lines[0]["verdict"] == "slower" and lines[0]["machine"] == told["name"] and lines[0]["version"] == "v1")
for name in ("processor", "microcode", "kernel", "mitigations", "governor", "smt", "numa_nodes", "steal_since_boot",
             "compiler", "flags", "packages"):
    check(f"machine.json has {name}", name in told)

noisy = slices.compare([Made("A", 100, noise=0.3), Made("B", 100, noise=0.3)], [(("B", "cpu"), ("A", "cpu"))],
                       slices.Plan(quiet=True, most_starts=10), Made("A" + slices.AGAIN, 100, noise=0.3))
shown = io.StringIO()
with contextlib.redirect_stdout(shown):
    tables.show(table, noisy)
check("a noisy machine is called so", "too noisy" in shown.getvalue(), shown.getvalue())

check("Google Benchmark's rows", subjects.google()("x\nname,iterations,real_time,cpu_time\n\"a/real_time\",1,3.5,2.5\n", None)
      == {"a": 2.5})
check("rows of programs", subjects.lines("a 1.5\nwhat is this\nb 2\n") == {"a": 1.5, "b": 2.0})
try:
    subjects.Program("false", ["false"], subjects.lines).slice()
    check("a program that fails", False)
except subjects.SliceFailed as failed:
    check("a program that fails", failed.reason == "errors")
usage = subjects.Program("true", ["true"], lambda _, used: used).slice()
check("a program's processor time", 0 < usage["cpu"] < 1e9 and usage["wall"] > 0, usage)
check("a process's own clock", subjects.cpu_ns(os.getpid()) > 1e6)
options = pair.options(["--pair", "a", "b"])
check("the default width takes less than 200 s", options.seconds < 180 and options.width == 2)
