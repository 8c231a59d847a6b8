"""scripts/measure-proof's second half."""
import os
import re
import statistics
import subprocess
import sys
import time

from measure import build, interval, slices, subjects

SERVER = build.bench("measure-server")
FIRST, SECOND = subjects.two_processors()
failed = []


def say(good, what):
    print(("PASS: " if good else "FAIL: ") + what, flush=True)
    if not good:
        failed.append(what)


def server(name, *words):
    return subjects.Server(name, [SERVER, "--port", "{port}", *words], ["--connections", "64"], build.LOAD, FIRST, SECOND)


RUN_SECONDS = 22  # of a comparison of which there are sixty; scripts/bench --pair itself takes up to 150


def compare(seed, first, second, plan=None):
    """As scripts/bench --pair does it, but for the time after which it ends although intervals are wide."""
    a, b, again = server("A", *first), server("B", *second), server("A" + slices.AGAIN, *first)
    outcome = slices.compare([a, b], [(("B", "cpu"), ("A", "cpu"))], plan or slices.Plan(seed=seed, quiet=True, seconds=RUN_SECONDS), again)
    return outcome, outcome.ratio(("B", "cpu"), ("A", "cpu")), outcome.null("cpu")


CALIBRATION = 600  # turns: near what is planted, since a turn costs less where the processor overlaps it with the rest


def turns_for_share():
    """Turns of the handler's loop that take a hundredth of a request."""
    outcome, ratio, _ = compare(1, [], ["--spin", str(CALIBRATION)], slices.Plan(quiet=True, most_starts=30, least_starts=30))
    plain = outcome.figure(("A", "cpu")).median
    print(f"  a request takes {plain / 1e3:.2f} us, with {CALIBRATION} turns of the loop {ratio} times as long", flush=True)
    return 0.01 * CALIBRATION / (ratio.median - 1)


def planted(runs):
    one = turns_for_share()
    for share in (5, 10):
        right, times, found = 0, [], []
        for seed in range(runs):
            spin = ["--spin", str(round(one * share))]
            slower = seed % 2 == 0
            outcome, ratio, null = compare(seed, *(([], spin) if slower else (spin, [])))
            said = interval.verdict(ratio, null)
            right += said == ("slower" if slower else "faster")
            times.append(outcome.seconds)
            found.append(ratio.median if slower else 1 / ratio.median)
            print(f"  planted {share} %, seed {seed}: {ratio}, null {null}: {said}, {outcome.seconds:.0f} s", flush=True)
        say(right == runs, f"a planted difference of {share} % is told with its sign in {right} of {runs}; "
            f"median {statistics.median(found):.3f}")
        print(f"  a comparison took {statistics.median(times):.0f} s, at most {max(times):.0f}", flush=True)


def pair():
    """With the settings that scripts/bench --pair has if nothing is said."""
    outcome, ratio, null = compare(1, [], [], slices.Plan(quiet=True))
    say(outcome.seconds < 200, f"one pair takes {outcome.seconds:.0f} s at the default width: {outcome.told()}; {ratio}, "
        f"null run {null}, a difference of {100 * interval.smallest(ratio, null):.1f} % would have been told")


def identical(runs):
    wrong = 0
    for seed in range(runs):
        outcome, ratio, null = compare(1000 + seed, [], [])
        said = interval.verdict(ratio, null)
        wrong += said in ("faster", "slower")
        print(f"  identical, seed {seed}: {ratio}, null {null}: {said}, {outcome.seconds:.0f} s", flush=True)
    say(wrong <= runs / 20, f"identical programs are told apart in {wrong} of {runs}")


class Running:
    """A server on the first processor, for generators other than ours too."""

    def __init__(self, *words):
        self.port = subjects.free_port()
        self.words = [word.replace("{port}", str(self.port)) for word in words]

    def __enter__(self):
        self.process = subprocess.Popen(subjects.pinned(self.words, FIRST), stdout=subprocess.DEVNULL)
        subjects.wait_for_port(self.port, 10)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def output(self, *words):
        words = [word.replace("{port}", str(self.port)) for word in words]
        run = subprocess.run(subjects.pinned(words, SECOND), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return run.stdout, run.stderr, run.returncode


def percentile(text, name):
    found = re.search(rf"{re.escape(name)}\s+([0-9.]+) us", text)
    return float(found.group(1)) if found else float("nan")


def stall(seconds):
    with Running(SERVER, "--port", "{port}", "--stall", "100") as running:
        load = [build.LOAD, "--port", "{port}", "--seconds", str(seconds), "--connections", "8", "--warm-up", "2"]
        opened, wrong, _ = running.output(*load, "--rate", "20000")
        closed, closed_wrong, _ = running.output(*load)
    p99 = percentile(opened, "p99")
    say(p99 >= 90000, f"open load tells a stall of 100 ms each second: p99 {p99 / 1000:.1f} ms {wrong.strip()}")
    p99 = percentile(closed, "p99")
    say(p99 < 1000, f"closed load does not: p99 {p99 / 1000:.3f} ms {closed_wrong.strip()}")


def limit():
    """Far beyond what it can do, and well below."""
    with Running(SERVER, "--port", "{port}") as running:
        load = [build.LOAD, "--port", "{port}", "--seconds", "2", "--connections", "64", "--depth", "4096"]
        _, wrong, code = running.output(*load, "--rate", "3000000", "--warm-up", "0.05")
        found = re.search(r"about (\d+) a second", wrong)
        say(code == 3 and found is not None, "beyond its limit the generator refuses: " + wrong.strip())
        _, wrong, code = running.output(*load, "--rate", "30000")
        say(code == 0, "at 30,000 requests a second it does not " + wrong.strip())


def build_epoll():
    return build.bench("bench-epoll"), "--port", "{port}"


def throughput(running, seconds):
    url = "http://127.0.0.1:{port}/"
    ours = running.output(build.LOAD, "--port", "{port}", "--seconds", str(seconds), "--warm-up", "0.5")[0]
    wrk = running.output("wrk", "-t", "1", "-c", "64", "-d", f"{seconds}s", url)[0]
    h2 = running.output("h2load", "--h1", "-t", "1", "-c", "64", "-D", str(seconds), "--warm-up-time", "1", url)[0]
    return {"sley-load": float(re.search(r", ([0-9.]+) a second", ours).group(1)),
            "wrk": float(re.search(r"Requests/sec:\s+([0-9.]+)", wrk).group(1)),
            "h2load": float(re.search(r"finished in .*?, ([0-9.]+) req/s", h2).group(1))}


def agree(rounds, seconds):
    """Where the server sets the pace: a handler that takes longer than any generator."""
    for title, words, counts in (("a handler of some 20 us", (SERVER, "--port", "{port}", "--spin", "20000"), True),
                                 ("bench-epoll, where generators take as long as the server", build_epoll(), False)):
        with Running(*words) as running:
            found = [throughput(running, seconds) for _ in range(rounds)]
        medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
        told = ", ".join(f"{name} {value:,.0f}" for name, value in medians.items())
        if not counts:
            print(f"  requests a second with {title}: {told}")
            continue
        for name in ("wrk", "h2load"):
            ratios = [one["sley-load"] / one[name] for one in found]
            say(abs(statistics.median(ratios) - 1) <= 0.03, f"closed load agrees with {name} on throughput, {title}: "
                f"{statistics.median(ratios):.3f} ({told})")


def fuzz(seconds):
    target = os.path.join(build.BUILD, "fuzz-answers")
    corpus = os.path.join(build.BUILD, "fuzz-corpus")
    os.makedirs(corpus, exist_ok=True)
    top = build.TOP
    subprocess.run(["clang", "-g", "-O1", "-std=c17", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all",
                    f"-I{top}/bench/load", f"{top}/tests/measure/answers_target.c", f"{top}/bench/load/answers.c",
                    "-lhttp_parser", "-o", target], check=True)
    run = subprocess.run([target, f"-max_total_time={seconds}", "-max_len=600", corpus, f"{top}/tests/measure/corpus"],
                         stderr=subprocess.PIPE, text=True, cwd=build.BUILD)
    done = re.search(r"Done (\d+) runs", run.stderr)
    say(run.returncode == 0 and done is not None, f"parsing of answers, fuzzed {seconds} s: "
        + (f"{int(done.group(1)):,} inputs" if done else run.stderr[-600:]))


def main(words):
    short = "--short" in words
    names = [word for word in words if word != "--short"]
    parts = {"planted": lambda: planted(2 if short else 20), "identical": lambda: identical(3 if short else 20),
             "pair": pair, "stall": lambda: stall(4 if short else 10), "limit": limit,
             "agree": lambda: agree(1 if short else 5, 2 if short else 3), "fuzz": lambda: fuzz(5 if short else 60)}
    wrong = [name for name in names if name not in parts]
    if wrong:
        sys.exit(f"measure-proof: no part {wrong[0]}; there are " + ", ".join(parts))
    build.own(["sley-load", "measure-server", "bench-epoll"])
    for name in names or parts:
        begun = time.monotonic()
        parts[name]()
        print(f"  {name}: {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{len(failed)} FAILED" if failed else "all PASSED")
    sys.exit(1 if failed else 0)


main(sys.argv[1:])
