"""Messages between two threads on two processors: nanoseconds of time."""
from . import build, slices, subjects, tables
from .tables import Line, Table


def urgent(name, path, *words):
    return subjects.Program(name, [path, *words], subjects.lines, seconds=30, urgent=True)


def queue(plan, kept):
    def program(name):
        return subjects.Program(name, [build.bench("bench-queue"), "--benchmark_format=csv", "--benchmark_min_time=0.05"],
                                subjects.google("real_time"), seconds=60)

    names = {"sley_ring/producers:1/batch:64": ("sley's ring, published once per 64", "floor/ring_64"),
             "sley_ring/producers:1/batch:1": ("sley's ring, published each time", "ck_ring_spsc/producers:1"),
             "ck_ring_spsc/producers:1": ("ck_ring, one producer", None),
             "ck_fifo_spsc/producers:1": ("ck_fifo, one producer", "ck_ring_spsc/producers:1"),
             "sley_ring/producers:4/batch:64": ("four of sley's rings, published once per 64", "floor/ring_64"),
             "ck_ring_mpsc/producers:4": ("ck_ring, four producers", None),
             "ck_fifo_mpmc/producers:4": ("ck_fifo, four producers", None),
             "sley_inbox/producers:4": ("sley's inbox, four producers", None)}
    lines = []
    for row, (title, floor) in names.items():
        keys = {"queue": ("queues", row)}
        if floor is not None:
            keys["floor"] = ("floors" if floor.startswith("floor/") else "queues", floor)
        lines.append(Line(title, keys))
    table = Table("queue", "Queues between threads, nanoseconds a message", "ns", ["queue", "floor"],
                  [("queue", "floor")], lines)
    floors = urgent("floors", build.bench("bench-floors"), "floor/ring_64")
    outcome = slices.compare([program("queues"), floors], tables.wanted(table), plan(),
                             program("queues" + slices.AGAIN))
    tables.show(table, outcome, kept)


# Row of bench-domain -> title, row of bench-floors, row of the ring alone, goals against both.
ROWS = {
    "stream_flushed": ("one way, flushed after each", None, "ck/stream", None, "1.0"),
    "stream": ("one way, under load", "floor/ring_64", None, "4", None),
    "calls_64": ("a call and its answer, 64 in flight", "floor/echo_64", None, "4", None),
    "bound_calls_64": ("the same, with a bind on the answer", "floor/echo_64", None, None, None),
    "awake": ("a call and its answer, one at a time, awake", "floor/line", "ck/awake", "2", "1.3"),
    "asleep": ("the same, both asleep in between", "floor/futex", "ck/asleep", "1.2", "1.05"),
    "asleep_watching": ("the same, both watching a descriptor", "floor/eventfd", "ck/asleep_watching", None, "1.05")}


def domain(plan, kept):
    peers = {"libuv": build.c("domain_uv.c", "domain-uv", "-luv"),
             "Asio": build.cxx("domain_asio.cc", "domain-asio", "-DASIO_STANDALONE"),
             "Go": build.go("domain.go", "domain-go"), "tokio": build.rust("domain_tokio", "bench-domain-tokio")}
    own = build.bench("bench-domain")
    everyone = [urgent("sley", own), urgent("floors", build.bench("bench-floors")),
                *(urgent(name, path) for name, path in peers.items())]
    lines = []
    for row, (title, floor, ring, floor_goal, ring_goal) in ROWS.items():
        keys, goals = {"sley": ("sley", "sley/" + row)}, {}
        if floor is not None:
            keys["floor"] = ("floors", floor)
        if ring is not None:
            keys["raw ring"] = ("sley", ring)
        for name, goal in (("floor", floor_goal), ("raw ring", ring_goal)):
            if goal is not None:
                goals["sley", name] = f"at most {goal} of the {name}"
        # Peers publish each message on its own.
        theirs = "stream" if row == "stream_flushed" else row
        if row in ("stream_flushed", "calls_64", "asleep"):
            keys.update({name: (name, f"{name.lower()}/{theirs}") for name in peers})
        lines.append(Line(title, keys, goals))
    ours = ["sley", "floor", "raw ring"]
    table = Table("domain", "Messages between two threads on two processors, nanoseconds", "ns", ours + list(peers),
                  [("sley", "floor"), ("sley", "raw ring")], lines)
    outcome = slices.compare(everyone, tables.wanted(table), plan(seconds=90), urgent("sley" + slices.AGAIN, own))
    tables.show(table, outcome, kept)
