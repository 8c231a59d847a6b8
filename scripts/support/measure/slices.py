"""The order of measuring. All subjects are started, each is measured once in a round, in an order drawn
anew, and after some rounds all are started anew: two processes of one program may differ by a per cent for
as long as they live. The first subject is measured under a second name as well: the null run."""
import collections
import contextlib
import dataclasses
import random
import sys
import time

from . import interval, machine
from .subjects import Broken, Server, SliceFailed

MOST_STEAL = 0.02
SLICE_SECONDS = 0.03


@dataclasses.dataclass
class Plan:
    seed: int = 1
    width: float = 0.02       # of the widest interval at which measuring ends
    least_starts: int = 10    # nothing is looked at before
    most_starts: int = 60
    rounds: int = 8           # of a start
    seconds: float = 150      # no start begins after that
    quiet: bool = False


@dataclasses.dataclass
class Outcome:
    subjects: list
    values: dict = dataclasses.field(default_factory=dict)   # (subject, row) -> start -> figures by round
    dropped: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    starts: int = 0
    kept: int = 0
    seconds: float = 0.0
    reasons: list = dataclasses.field(default_factory=list)
    printed: dict = dataclasses.field(default_factory=dict)  # subject -> what it printed in its starts

    def groups(self, above, below):
        """Ratios of two (subject, row) in the same rounds, by start."""
        pairs = ((self.values.get(above, {}).get(start, {}), self.values.get(below, {}).get(start, {}))
                 for start in range(self.starts))
        return [[a[number] / b[number] for number in sorted(a) if number in b and b[number] > 0 and a[number] > 0]
                for a, b in pairs]

    def ratio(self, above, below, resamples=interval.RESAMPLES):
        return interval.interval(self.groups(above, below), resamples=resamples)

    def figures(self, key):
        return [[figure for _, figure in sorted(rounds.items())] for _, rounds in sorted(self.values[key].items())]

    def figure(self, key):
        """The median of an absolute figure, with its interval."""
        return interval.interval(self.figures(key))

    def null(self, row, resamples=interval.RESAMPLES):
        """Of the first subject against itself, in this row."""
        first = self.subjects[0]
        return self.ratio((first + AGAIN, row), (first, row), resamples)

    def has(self, key):
        return key in self.values

    def told(self):
        counts = ", ".join(f"{count} for {reason}" for reason, count in sorted(self.dropped.items()))
        return f"{self.kept} slices of {self.starts} starts" + (f"; dropped: {counts}" if counts else "")


AGAIN = " (again)"


def size_of_slices(subject):
    """Requests that take SLICE_SECONDS, by one of 200."""
    subject.size = "requests 200"
    told = subject.slice()
    each = told["wall_ns"] / told["requests"]
    return f"requests {max(50, min(200000, round(SLICE_SECONDS * 1e9 / each)))}"


def one_round(subjects, chance):
    order = list(subjects)
    chance.shuffle(order)
    before = machine.stolen()
    rows = {subject.name: subject.slice() for subject in order}
    share = machine.share_stolen(before, machine.stolen())
    if share > MOST_STEAL:
        raise SliceFailed("steal", f"{100 * share:.0f} % of the time was stolen")
    return rows


def keep(outcome, start, number, rows):
    outcome.kept += 1
    for subject, figures in rows.items():
        for row, figure in figures.items():
            if isinstance(figure, (int, float)):
                outcome.values.setdefault((subject, row), {}).setdefault(start, {})[number] = figure


def one_start(outcome, subjects, plan, chance, size):
    """Rounds of one start. A subject that goes wrong ends the start: its connections may be lost."""
    start = outcome.starts
    outcome.starts += 1
    with contextlib.ExitStack() as cleanup:
        order = list(subjects)
        chance.shuffle(order)
        for subject in order:
            cleanup.callback(lambda subject=subject: outcome.printed.setdefault(subject.name, []).append(subject.stop()))
            subject.start()
        for number in range(plan.rounds):
            try:
                for subject in subjects:
                    if isinstance(subject, Server):
                        size = size or size_of_slices(subjects[0])
                        subject.size = size
                keep(outcome, start, number, one_round(subjects, chance))
            except SliceFailed as failure:
                outcome.dropped[failure.reason] += 1
                outcome.reasons.append(str(failure))
                if failure.reason == "errors":
                    break
    return size


def narrow(outcome, wanted, plan):
    try:
        widths = [outcome.ratio(above, below, 300).width for above, below in wanted]
        first = outcome.subjects[0]
        measured_twice = {row for pair in wanted for subject, row in pair if subject == first}
        widths += [outcome.null(row, 300).width for row in measured_twice if outcome.has((first + AGAIN, row))]
    except ValueError:
        return False
    return max(widths, default=0.0) <= plan.width


def compare(subjects, wanted, plan, again=None, size=None):
    """Measures until the intervals of the wanted ratios, pairs of (subject, row), and those of the null run
    are narrower than the plan's width. Looks at nothing else to end: who ends when a difference appears finds
    one sooner or later. again: the first subject under its second name."""
    outcome = Outcome([subject.name for subject in subjects])
    everyone = subjects + ([again] if again is not None else [])
    chance = random.Random(plan.seed)
    begun = time.monotonic()
    while outcome.starts < plan.most_starts and time.monotonic() - begun < plan.seconds:
        try:
            size = one_start(outcome, everyone, plan, chance, size)
        except SliceFailed as failure:  # at the start itself
            outcome.dropped[failure.reason] += 1
            outcome.reasons.append(str(failure))
        if not plan.quiet and sys.stderr.isatty():
            print(f"\r  start {outcome.starts}, {outcome.kept} slices kept ", end="", file=sys.stderr)
        if outcome.kept == 0 and outcome.starts >= 3:
            raise Broken("no slice could be kept: " + outcome.reasons[-1])
        if outcome.starts >= plan.least_starts and narrow(outcome, wanted, plan):
            break
    if not plan.quiet and sys.stderr.isatty():
        print(file=sys.stderr)
    outcome.seconds = time.monotonic() - begun
    return outcome
