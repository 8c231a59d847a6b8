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

MODULES = {"mutex_free": "a free mutex, locked and unlocked", "mutex_hand_over": "mutex handed to one that waits",
           "with_lock_free": "with_lock, free", "condition_signal": "condition, signalled",
           "mvar_ping_pong": "mvar: take that waits, put, put, take", "pool_use_free": "pool: use of a free member",
           "stream_push_get": "stream: push, get", "stream_push_get_bind": "stream: push, get, bind",
           "stream_push_get_1000": "stream: 1,000 pushes, 1,000 gets, each",
           "stream_get_push": "stream: get that waits, push", "stream_get_bind_push": "stream: get that waits, bind, push",
           "stream_iter_push": "stream: push to an iter that waits", "stream_map_get": "stream: push, get of a map",
           "stream_bounded": "bounded stream: 2 pushes, one waits, 2 gets",
           "map_p1000": "list: an element of map_p of 1,000 that wait",
           "iter_p1000": "list: an element of iter_p of 1,000 that wait",
           "map_s1000": "list: an element of map_s of 1,000, fulfilled",
           "map_p_fulfilled1000": "list: an element of map_p of 1,000, fulfilled"}


def program(name, binary, *options, clock="cpu_time", change=lambda rows: rows):
    rows = subjects.google(clock)
    words = [build.bench(binary), "--benchmark_format=csv", "--benchmark_min_time=0.01", *options]
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
                            {"SLEY_BENCH_ROW_SECONDS": "0.01"})


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
               plan(seconds=90), kept)


def modules(plan, kept):
    def each_of_1000(rows):
        """An iteration of bench-list is a list of 1,000; Lwt's rows are an element's."""
        return {row: value / 1000 for row, value in rows.items()}

    def ours(name, suffix=""):
        return Several(name, [program(name, "bench-sync" + suffix), program(name, "bench-stream" + suffix),
                              program(name, "bench-list" + suffix, change=each_of_1000)])

    beside_lwt("modules", "Mutexes, streams, lists, nanoseconds of processor time", MODULES,
               [ours("sley"), ours("sley, shared", "-shared"), lwt()], ours("sley" + slices.AGAIN), plan(seconds=90), kept)


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
    outcome = slices.compare(everyone, tables.wanted(table), plan(seconds=45),
                             program("sley" + slices.AGAIN, "bench-fiber"))
    tables.show(table, outcome, kept)


def timer(plan, kept):
    """Rows of bench-timer: OPERATION/KIND, and alarms, which only sley has."""
    names = {"pair": "start and stop one beside 100,000 others", "restart": "restart a random one of 100,000",
             "fire": "one of a million within 100 s runs"}
    kinds = {"sley": "wheel", "libev": "libev", "pairing heap": "pairing_heap"}
    lines = []
    for row, title in names.items():
        end = "/iterations:1000000" if row == "fire" else ""
        lines.append(Line(title, {name: ("timers", f"{row}/{kind}{end}") for name, kind in kinds.items()}))
    lines += [Line("start an alarm again in a turn, always the same", {"sley": ("timers", "alarm_one")}),
              Line("start an alarm again in a turn, a random one of 100,000", {"sley": ("timers", "alarm")}),
              Line("read and write a random one of 100,000 objects of 64 bytes", {"by hand": ("timers", "alarm_floor")})]
    table = Table("timer", "Timers, nanoseconds of processor time", "ns", [*kinds, "by hand"],
                  [("sley", "libev"), ("sley", "pairing heap")], lines)

    def program_of(name):
        return program(name, "bench-timer")

    outcome = slices.compare([program_of("timers")], tables.wanted(table), plan(seconds=60),
                             program_of("timers" + slices.AGAIN))
    tables.show(table, outcome, kept)
