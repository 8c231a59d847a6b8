"""Tables in Markdown: ratios of the same rounds first, absolute figures behind them."""
import dataclasses
import math

from . import interval, slices

NOISY = 0.03


@dataclasses.dataclass
class Line:
    """A row of a table: its title, and the key of each column: (subject, row), or None where there is none."""
    title: str
    keys: dict
    goals: dict = dataclasses.field(default_factory=dict)  # (above, below) columns -> a word such as "1.10"


@dataclasses.dataclass
class Table:
    suite: str
    title: str
    unit: str
    columns: list                # names of the absolute columns, which are names in Line.keys
    ratios: list                 # (column above, column below)
    lines: list
    scale: float = 1.0           # figures are divided by it
    digits: int = 1


def span(found):
    if math.isinf(found.high):
        return f"{found.median:.2f} (too few)"
    digits = 3 if found.width < 0.02 else 2
    return f"{found.median:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def spread(null):
    return "" if null is None else f"{null.low:.3f} to {null.high:.3f}"


def null_of(outcome, line):
    """The null run of this line: of whichever of its keys belongs to the subject that is measured twice."""
    for key in line.keys.values():
        if key is not None and key[0] == outcome.subjects[0] and outcome.has((key[0] + slices.AGAIN, key[1])):
            return outcome.null(key[1])
    return None


def is_noisy(null):
    return null is not None and null.width > NOISY


def share(width):
    return f"{100 * width:.0f} %" if width < 10 else "more than tenfold"


def head(outcome, nulls):
    text = f"{outcome.told()}, {outcome.seconds:.0f} s."
    if not nulls:
        return text
    if any(math.isinf(null.high) for null in nulls):
        return text + " **Too few slices for a null run: this table says nothing.**"
    wide = max(nulls, key=lambda null: null.width)
    text += f" Null run, {outcome.subjects[0]} against itself: {spread(wide)} (widest of {len(nulls)})."
    noisy = sum(is_noisy(null) for null in nulls)
    if noisy > 0:
        text += (f" **The machine is too noisy for {'this table' if noisy == len(nulls) else f'{noisy} of {len(nulls)} rows'}"
                 f": programs that are the same differ by {share(wide.width)}.**")
    return text


def ratio_of(outcome, line, pair):
    above, below = (line.keys.get(name) for name in pair)
    if above is None or below is None or not outcome.has(above) or not outcome.has(below):
        return None
    try:
        return outcome.ratio(above, below)
    except ValueError:
        return None


def keep_rows(table, outcome, line, null, rows):
    for column in table.columns:
        key = line.keys.get(column)
        if key is None or not outcome.has(key):
            continue
        value = outcome.figure(key)
        scaled = interval.Interval(value.median / table.scale, value.low / table.scale, value.high / table.scale,
                                   value.slices)
        pairs = [pair for pair in table.ratios if pair[0] == column and ratio_of(outcome, line, pair) is not None]
        for pair in pairs or [None]:
            ratio = ratio_of(outcome, line, pair) if pair else None
            found = interval.verdict(ratio, null) if ratio is not None and null is not None else None
            rows.add(table.suite, line.title, column, table.unit, scaled, ratio, pair[1] if pair else None, null, found)


def show(table, outcome, rows=None):
    nulls = [null for null in (null_of(outcome, line) for line in table.lines) if null is not None]
    tail = ["null run"] if nulls else []
    print(f"\n### {table.title}\n\n{head(outcome, nulls)}\n")
    titles = [f"{above} : {below}" for above, below in table.ratios]
    has_goals = any(line.goals for line in table.lines)
    names = ["", *titles, *(["goal"] if has_goals else []), *tail, *(f"{name}, {table.unit}" for name in table.columns)]
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|")
    for line in table.lines:
        null = null_of(outcome, line)
        cells = [line.title]
        for pair in table.ratios:
            found = ratio_of(outcome, line, pair)
            cells.append("" if found is None else span(found))
        if has_goals:
            cells.append(", ".join(goal if goal.startswith("at ") else f"at most {goal}" for goal in line.goals.values()))
        if nulls:
            cells.append(f"**{spread(null)}**" if is_noisy(null) else spread(null))
        for name in table.columns:
            key = line.keys.get(name)
            there = key is not None and outcome.has(key)
            cells.append(f"{outcome.figure(key).median / table.scale:,.{table.digits}f}" if there else "")
        print("| " + " | ".join(cells) + " |")
        if rows is not None:
            keep_rows(table, outcome, line, null, rows)
    print(flush=True)


def wanted(table):
    """The ratios that a comparison must make narrow for this table."""
    return [(line.keys[above], line.keys[below]) for line in table.lines for above, below in table.ratios
            if line.keys.get(above) is not None and line.keys.get(below) is not None]
