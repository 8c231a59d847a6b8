"""Ratios of paired slices: their median, its 95 % interval, and what may be said of it.

Slices of one start of the subjects are alike (memory laid out once, neighbours of that moment), so the
bootstrap draws whole starts, not slices: a start is one group. Where every slice is a start of its own,
groups are runs of consecutive slices, as long as neighbours in time may be alike."""
import dataclasses
import math
import random
import statistics

RESAMPLES = 1000


@dataclasses.dataclass(frozen=True)
class Interval:
    median: float
    low: float
    high: float
    slices: int

    @property
    def width(self):
        return self.high - self.low

    def __str__(self):
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f})"


def student(freedom):
    """The 97.5 % point of Student's t, to three digits from 4 degrees of freedom on."""
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def blocks(groups):
    """Groups as they are if they hold several slices; else consecutive ones together, n ** (1/3) each."""
    if any(len(group) > 1 for group in groups):
        return [group for group in groups if group]
    values = [value for group in groups for value in group]
    size = max(1, round(len(values) ** (1 / 3)))
    whole = [values[at:at + size] for at in range(0, len(values), size)]
    if len(whole) > 1 and len(whole[-1]) < size:
        whole[-2:] = [whole[-2] + whole[-1]]
    return whole


def interval(groups, seed=1, resamples=RESAMPLES):
    """The median over all slices, and its 95 % bootstrap interval over groups. With few groups the
    bootstrap's spread is too small: it is stretched as Student's t stretches the normal one."""
    drawn = blocks(groups)
    values = [value for group in drawn for value in group]
    if not values:
        raise ValueError("no slice is left")
    middle = statistics.median(values)
    count = len(drawn)
    if count < 3:
        return Interval(middle, 0.0, math.inf, len(values))
    chance = random.Random(seed)
    medians = sorted(statistics.median([value for group in chance.choices(drawn, k=count) for value in group])
                     for _ in range(resamples))
    stretch = student(count - 1) / 1.959964 * math.sqrt(count / (count - 1))
    low, high = medians[int(0.025 * resamples)], medians[min(resamples - 1, int(0.975 * resamples))]
    middle_of_log = math.log(middle)
    return Interval(middle, math.exp(middle_of_log + (math.log(low) - middle_of_log) * stretch),
                    math.exp(middle_of_log + (math.log(high) - middle_of_log) * stretch), len(values))


def band(null):
    """Ratios that identical programs had: no difference within them can be told from none."""
    return min(null.low, 1.0), max(null.high, 1.0)


def smallest(found, null):
    """The difference, as a share, that slices like these would have told in four cases of five: what the
    null run covers, half the interval, and 0.84 of its standard error."""
    half = found.width / 2
    low, high = band(null)
    return max(high - 1, 1 - low) + half * (1 + 0.84 / 1.96)


def verdict(found, null, same_within=0.02):
    """What may be said of the ratio of the second subject to the first, if a higher figure is slower.
    A difference is told only if its whole interval lies outside of what identical programs showed."""
    low, high = band(null)
    if found.low > high:
        return "slower"
    if found.high < low:
        return "faster"
    farthest = max(abs(found.low - 1), abs(found.high - 1))
    if farthest <= same_within:
        return f"the same within {100 * farthest:.1f} %"
    return "cannot say"


def told(said):
    """A verdict as a sentence about A and B."""
    if said == "cannot say":
        return "Cannot say whether they differ"
    return f"B is {said}{' than A' if said in ('faster', 'slower') else ' as A' if said.startswith('the same') else ''}"
