"""Worker pools, calculation on two processors, parallel maps."""
from . import build, slices, subjects, tables
from .tables import Line, Table

IN_FLIGHT = {"latency": "one at a time", "throughput": "1,000 in flight", "throughput/bind": "1,000 in flight, with binds"}


def pools(one_processor, plan, kept):
    """latency one at a time is two wake-ups (there and back) and what a pool adds to them."""
    where = subjects.two_processors()[0] if one_processor else None
    few = {"UV_THREADPOOL_SIZE": "4"}

    def pool(name, *words):
        return subjects.Program(name, words, subjects.lines, where, few)

    own = (build.bench("bench-preempt"), "4", "100000")
    peers = {"libuv": (build.bench("bench-pool-libuv"), "100000"),
             "Go": (build.go("pool.go", "bench-pool-go"), "100000"),
             "tokio": (build.rust("tokio", "bench-pool-tokio"), "4", "40000"),
             "Lwt": (build.ocaml("pool_lwt.ml", "bench-pool-lwt"), "4", "4000")}
    wake = "floor/futex_one" if one_processor else "floor/futex"
    everyone = [pool("sley", *own), pool("raw", build.bench("bench-pool-raw"), "4", "100000"),
                subjects.Program("floors", [build.bench("bench-floors"), wake], subjects.lines),
                *(pool(name, *words) for name, words in peers.items())]
    lines = []
    for row, title in IN_FLIGHT.items():
        plain = row.removesuffix("/bind")
        keys = {"sley": ("sley", row), "by hand": ("raw", plain),
                "floor": ("floors", wake) if row == "latency" else ("raw", "throughput/bare")}
        if row == plain:
            keys.update({name: (name, row) for name in peers})
        goals = {"latency": {("sley", "by hand"): "1.3 of by hand"}, "throughput": {("sley", "by hand"): "1.2 of by hand"}}
        lines.append(Line(title, keys, goals.get(row, {})))
    lines.append(Line("by hand, one at a time", {"by hand": ("raw", "latency"), "floor": ("floors", wake)}))
    place = "one processor" if one_processor else "all processors"
    table = Table(f"preempt, {place}", f"A job that does nothing, 4 threads, {place}, nanoseconds", "ns",
                  ["sley", "by hand", "floor", *peers], [("sley", "by hand"), ("sley", "floor"), ("by hand", "floor")], lines)
    outcome = slices.compare(everyone, tables.wanted(table), plan(), pool("sley" + slices.AGAIN, *own))
    tables.show(table, outcome, kept)


def preempt(plan, kept):
    """On all processors the loop's thread and a job's are woken across processors."""
    pools(True, plan, kept)
    pools(False, plan, kept)


def compute(plan, kept):
    def calculate(threads, name):
        return subjects.Program(name, [build.bench("bench-preempt"), "calculate", str(threads)],
                                lambda text, _: {"calculate": float(text.split()[1])})

    table = Table("compute", "64 jobs that calculate, milliseconds", "ms", ["one thread", "two threads"],
                  [("one thread", "two threads")],
                  [Line("64 jobs", {"one thread": ("one thread", "calculate"), "two threads": ("two threads", "calculate")},
                        {("one thread", "two threads"): "at least 1.9"})], digits=0)
    outcome = slices.compare([calculate(1, "one thread"), calculate(2, "two threads")], tables.wanted(table),
                             plan(seconds=60), calculate(1, "one thread" + slices.AGAIN))
    tables.show(table, outcome, kept)


def run_of(part, name, rows=subjects.lines):
    return subjects.Program(name, [build.bench("bench-parallel"), part], rows, seconds=120)


def maps(plan, kept):
    def rows(text, _):
        """Processor time of a map in two domains, as if each had a processor for itself."""
        found = subjects.lines(text)
        return {**found, "map_2_alone": found["map_2_cpu"] / 2}

    lines = [Line("time", {"one domain": ("sley", "map_1"), "two domains": ("sley", "map_2")},
                  {("one domain", "two domains"): "at least 1.9"}),
             Line("processor time, each domain's", {"one domain": ("sley", "map_1_cpu"), "two domains": ("sley", "map_2_alone")})]
    table = Table("parallel", "A parallel map on one and two domains, milliseconds", "ms", ["one domain", "two domains"],
                  [("one domain", "two domains")], lines)
    outcome = slices.compare([run_of("map", "sley", rows)], tables.wanted(table), plan(seconds=40),
                             run_of("map", "sley" + slices.AGAIN, rows))
    tables.show(table, outcome, kept)


def ports(plan, kept):
    floors = subjects.Program("floors", [build.bench("bench-floors"), "floor/ring_64"], subjects.lines, urgent=True)
    lines = [Line(title, {"port": ("sley", row), "floor": ("floors", "floor/ring_64")})
             for row, title in (("port_63_ns", "a port of 63"), ("port_1023_ns", "a port of 1,023"),
                                ("stream_1023_ns", "a stream of a port of 1,023"))]
    table = Table("parallel", "A value through a port between two domains, nanoseconds", "ns", ["port", "floor"],
                  [("port", "floor")], lines)
    outcome = slices.compare([run_of("port", "sley"), floors], tables.wanted(table), plan(seconds=40),
                             run_of("port", "sley" + slices.AGAIN))
    tables.show(table, outcome, kept)


def parallel(plan, kept):
    maps(plan, kept)
    ports(plan, kept)
    table = Table("parallel", "64 idle domains, per cent of a processor", "%", ["idle domains"], [],
                  [Line("64 domains", {"idle domains": ("sley", "idle_64")})], digits=4)
    made = plan()
    made.most_starts = made.least_starts = 3
    tables.show(table, slices.compare([run_of("idle", "sley")], [], made), kept)
