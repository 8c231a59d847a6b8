"""Promise operations, modules and fibers: nanoseconds of processor time."""
from . import build, slices, subjects, tables
from .tables import Line, Table

# The names that people read, by those of the programs.
PROMISE = {"return": "return, drop", "bind_fulfilled": "bind on a fulfilled promise",
           "map_fulfilled": "map on a fulfilled promise", "wait_fulfill": "wait, fulfill",
           "wait_bind_fulfill": "wait, bind, fulfill", "wait_map_fulfill": "wait, map, fulfill",
           "task_bind_cancel": "task, bind, cancel", "chain1000": "a link of a chain of 1,000 binds",
           "join1000": "an element of a join of 1,000", "all1000": "an element of an all of 1,000",
           "pick10": "pick of ten, losers cancelled", "choose_long_lived": "choose of a long-lived and a short promise",
           "pause_loop": "a pause, in a loop", "run_pause": "run of one pause"}


def program(name, binary, *options, clock="cpu_time", change=lambda rows: rows):
    rows = subjects.google(clock)
    words = [build.bench(binary), "--benchmark_format=csv", "--benchmark_min_time=0.02", *options]
    return subjects.Program(name, words, lambda text, used: change(rows(text, used)), subjects.two_processors()[0])


class Several:
    """Programs that are one subject: their rows together."""

    def __init__(self, name, programs):
        self.name, self.programs = name, programs

    def start(self):
        pass

    def stop(self):
        pass

    def slice(self):
        return {row: value for program in self.programs for row, value in program.slice().items()}


def lwt():
    return subjects.Program("Lwt", [build.ocaml("with_lwt.ml", "bench-lwt")], subjects.lines, subjects.two_processors()[0],
                            {"SLEY_BENCH_ROW_SECONDS": "0.02"})


def beside_lwt(suite, title, names, everyone, again, plan, kept):
    """Lines for whatever rows the first subject has: they are known once it has run."""
    first = everyone[0].slice()
    lines = []
    for row in first:
        if "/" in row:
            continue
        keys = {"sley": ("sley", row), "shared": ("sley, shared", row), "Lwt": ("Lwt", row)}
        if "future/" + row in first:
            keys["future"] = ("sley", "future/" + row)
        lines.append(Line(names.get(row, row), keys))
    has_floor = any("future" in line.keys for line in lines)
    table = Table(suite, title, "ns", ["sley", "shared", "Lwt"] + (["future"] if has_floor else []),
                  ([("sley", "future")] if has_floor else []) + [("sley", "Lwt"), ("shared", "sley")], lines)
    outcome = slices.compare(everyone, tables.wanted(table), plan, again)
    tables.show(table, outcome, kept)


def promise(plan, kept):
    everyone = [program("sley", "bench-promise"),
                program("sley, shared", "bench-promise-shared", "--benchmark_filter=-future/.*"), lwt()]
    again = program("sley" + slices.AGAIN, "bench-promise", "--benchmark_filter=-future/.*")
    beside_lwt("promise", "Promise operations, nanoseconds of processor time", PROMISE, everyone, again,
               plan(seconds=120), kept)


def modules(plan, kept):
    def each_of_1000(rows):
        """An iteration of bench-list is a list of 1,000; Lwt's rows are an element's."""
        return {row: value / 1000 for row, value in rows.items()}

    def ours(name, suffix=""):
        return Several(name, [program(name, "bench-sync" + suffix), program(name, "bench-stream" + suffix),
                              program(name, "bench-list" + suffix, change=each_of_1000)])

    beside_lwt("modules", "Mutexes, streams, lists, nanoseconds of processor time", {},
               [ours("sley"), ours("sley, shared", "-shared"), lwt()], ours("sley" + slices.AGAIN), plan(seconds=120), kept)


def fiber(plan, kept):
    go = subjects.Program("Go", [build.go("goroutine.go", "bench-go")], subjects.lines, subjects.two_processors()[0])
    names = {"bind_wait_end": ("a bind that waits, end", "promise_alone"),
             "spawn_wait_end": ("spawn, one await that waits, end", "bind_wait_end"),
             "spawn_end": ("spawn, end", "promise_alone"), "await_wait": ("an await that waits", "promise_alone"),
             "thousand_wait": ("a thousand fibers that wait", None),
             "stream_generate_get": ("an element of a generator", "stream_from_get")}
    lines = []
    for row, (title, floor) in names.items():
        keys = {"sley": ("sley", row), "Go": ("Go", row)}
        if floor is not None:
            keys["without a fiber"] = ("sley", floor)
        lines.append(Line(title, keys))
    table = Table("fiber", "Fibers, nanoseconds of processor time", "ns", ["sley", "without a fiber", "Go"],
                  [("sley", "without a fiber"), ("sley", "Go")], lines)
    everyone = [program("sley", "bench-fiber"), go]
    outcome = slices.compare(everyone, tables.wanted(table), plan(seconds=60),
                             program("sley" + slices.AGAIN, "bench-fiber"))
    tables.show(table, outcome, kept)
