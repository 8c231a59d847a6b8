"""The statistics of scripts/bench on synthetic slices, with fixed seeds: how often the interval contains the true
ratio, how often identical programs are reported as different, whether planted differences are found, and that the
end of measuring does not depend on the result. Usage: test_interval.py ROOT"""
import math
import os
import random
import sys

sys.path.insert(0, os.path.join(sys.argv[1], "scripts", "support"))
from measure import interval  # noqa: E402


def check(what, condition, *shown):
    print("ok:" if condition else "FAILED:", what, *shown)
    if not condition:
        sys.exit(1)


def starts(chance, count, rounds, ratio, between, within):
    """Ratios of slices: each start of two processes has its own deviation, and so has each slice; some slices are
    strongly disturbed."""
    made = []
    for _ in range(count):
        own = chance.gauss(0, between)
        made.append([ratio * math.exp(own + chance.gauss(0, within) + (chance.random() < 0.05) * chance.gauss(0, 0.3))
                     for _ in range(rounds)])
    return made


def coverage(count, rounds, between, within, runs=200):
    chance = random.Random(11)
    held = 0
    for _ in range(runs):
        found = interval.interval(starts(chance, count, rounds, 1.07, between, within), resamples=200)
        held += found.low <= 1.07 <= found.high
    return held / runs


check("the interval holds the ratio, ten starts that differ", coverage(10, 8, 0.02, 0.01) >= 0.92)
check("the interval holds the ratio, slices that differ", coverage(16, 6, 0.001, 0.03) >= 0.92)


def drifting(chance, count):
    """Slices that are separate starts, correlated with the one before: a disturbance lasts."""
    made, level = [], 0.0
    for _ in range(count):
        level = 0.6 * level + chance.gauss(0, 0.02)
        made.append([math.exp(level)])
    return made


chance = random.Random(5)
held = sum(found.low <= 1 <= found.high for found in
           (interval.interval(drifting(chance, 64), resamples=200) for _ in range(150)))
check("neighbours in time are not taken for independent", held / 150 >= 0.85, held / 150)
plain = sum(found.low <= 1 <= found.high for found in
            (interval.interval([[a[0], a[0]] for a in drifting(chance, 64)], resamples=200) for _ in range(150)))
check("where they are, the interval is too narrow", plain < held, plain / 150)


def told(ratio, seed, between=0.006, within=0.03):
    """A whole comparison like slices.compare: ends when both intervals are narrow."""
    chance = random.Random(seed)
    pairs, nulls = [], []
    while len(pairs) < 60:
        pairs += starts(chance, 1, 8, ratio, between, within)
        nulls += starts(chance, 1, 8, 1.0, between, within)
        if len(pairs) < 10 or len(pairs) % 5 != 0:
            continue
        found, null = interval.interval(pairs, resamples=150), interval.interval(nulls, resamples=150)
        if max(found.width, null.width) <= 0.02:
            break
    return interval.verdict(interval.interval(pairs, resamples=300), interval.interval(nulls, resamples=300))


answers = [told(1.0, seed) for seed in range(40)]
wrong = [answer for answer in answers if answer in ("faster", "slower")]
check("identical programs are told apart in at most 1 of 20", len(wrong) <= 2, len(wrong), "of 40")
check("of identical programs it is said that they are the same", sum("same" in answer for answer in answers) >= 30)
for ratio, word in ((1.05, "slower"), (1 / 1.05, "faster"), (1.10, "slower"), (1 / 1.10, "faster")):
    found = [told(ratio, seed) for seed in range(100, 120)]
    check(f"a ratio of {ratio:.3f} is {word}", found.count(word) == 20, found.count(word), "of 20")

narrow = interval.Interval(1.0, 0.995, 1.005, 100)
for found, null, word in (((1.02, 1.01, 1.03), (1.0, 0.99, 1.02), "cannot say"),
                          ((1.05, 1.03, 1.07), (1.0, 0.99, 1.02), "slower"),
                          ((0.95, 0.94, 0.985), (1.0, 0.99, 1.02), "faster"),
                          ((1.01, 1.005, 1.015), (1.0, 0.98, 1.02), "the same within 1.5 %"),
                          ((1.2, 0.0, math.inf), (1.0, 0.98, 1.02), "cannot say")):
    said = interval.verdict(interval.Interval(*found, 10), interval.Interval(*null, 10))
    check(f"{found} with null {null}: {word}", said == word, said)
check("what could have been seen grows with the null run", interval.smallest(narrow, narrow)
      < interval.smallest(narrow, interval.Interval(1.0, 0.97, 1.03, 100)))
few = interval.interval([[1.1], [1.2]])
check("two slices say nothing", few.low == 0 and math.isinf(few.high) and interval.verdict(few, narrow) == "cannot say")
try:
    interval.interval([[], []])
    check("no slice is an error", False)
except ValueError:
    check("no slice is an error", True)
