"""HTTP and cache servers: processor time a request in closed load, and tails in open load."""
import os
import re
import signal
import statistics
import subprocess

from . import build, slices, subjects, tables
from .tables import Line, Table

CONNECTIONS = "64"
MEMORY_MB, VALUE_BYTES, GETS = 256, 100, 0.9
HELLO = [os.path.join(build.EXAMPLES, "hello"), "--port", "{port}", "--domains"]
EPOLL = [build.bench("bench-epoll"), "--port", "{port}"]


def under_load(name, words, load=(), pinned=True, count=1):
    first, second = subjects.two_processors() if pinned else (None, None)
    return subjects.Server(name, words, ["--connections", CONNECTIONS, *load], build.LOAD, first, second, count)


def server(plan, kept):
    table = Table("server", f"HTTP on one processor, load on another, {CONNECTIONS} connections, closed load", "us",
                  ["hello", "by hand"], [("hello", "by hand")],
                  [Line("processor time a request", {"hello": ("hello", "cpu"), "by hand": ("by hand", "cpu")},
                        {("hello", "by hand"): "1.10"}),
                   Line("time a request, both busy", {"hello": ("hello", "wall"), "by hand": ("by hand", "wall")})],
                  scale=1e3, digits=2)
    outcome = slices.compare([under_load("hello", HELLO + ["1"]), under_load("by hand", EPOLL)],
                             tables.wanted(table)[:1], plan(programs=False, width=0.015),
                             under_load("hello" + slices.AGAIN, HELLO + ["1"]))
    tables.show(table, outcome, kept)


SERVERS = {"hello": HELLO + ["1"], "by hand": EPOLL, "libuv": [build.bench("bench-http-uv"), "--port", "{port}"]}


def capacity():
    """Requests a second that the slowest of the servers answers in closed load."""
    found = []
    for name, words in SERVERS.items():
        one = under_load(name, words)
        try:
            one.start()
            one.size = "seconds 1"
            one.slice()
            found.append(statistics.median(one.slice()["per_second"] for _ in range(3)))
        finally:
            one.stop()
    return min(found)


def tail(plan, kept):
    """Open load at a share of the capacity: what a user waits who does not wait for others."""
    most = capacity()
    for share in (0.5, 0.8):
        rate = int(most * share)
        load = ["--rate", str(rate), "--poisson"]
        lines = [Line(f"{row}, open load", {name: (name, row) for name in SERVERS}) for row in ("p50", "p99", "p99.9")]
        lines.append(Line("processor time a request", {name: (name, "cpu") for name in SERVERS}))
        table = Table(f"tail, {100 * share:.0f} %", f"HTTP latency in open load at {100 * share:.0f} % of the capacity: "
                      f"{rate:,} requests a second of {most:,.0f}, Poisson", "us", list(SERVERS),
                      [("hello", "by hand"), ("hello", "libuv")], lines, scale=1e3)
        made = plan(programs=False, width=0.1)
        made.rounds, made.least_starts = 3, min(8, made.most_starts)
        outcome = slices.compare([under_load(name, words, load) for name, words in SERVERS.items()],
                                 tables.wanted(table)[2:3], made, under_load("hello" + slices.AGAIN, SERVERS["hello"], load),
                                 "seconds 0.8")
        tables.show(table, outcome, kept)


def fewest(printed):
    """The share of connections that the domain with fewest got, of each start."""
    shares = []
    for texts in printed:
        counts = [int(number) for text in texts for number in re.findall(r"domain=\d+ connections=(\d+)", text)]
        if len(counts) > 1 and sum(counts) > 0:
            shares.append(100 * min(counts) / sum(counts))
    return shares


def sharded(plan, kept):
    two, one = HELLO + ["2"], HELLO + ["1"]
    table = Table("sharded", f"HTTP on two domains or in two processes, load beside them, {CONNECTIONS} connections", "us",
                  ["two domains", "two processes"], [("two domains", "two processes")],
                  [Line("processor time a request", {"two domains": ("two domains", "cpu"),
                                                     "two processes": ("two processes", "cpu")},
                        {("two domains", "two processes"): "1.05"})], scale=1e3, digits=2)
    outcome = slices.compare([under_load("two domains", two, pinned=False),
                              under_load("two processes", one, pinned=False, count=2)], tables.wanted(table),
                             plan(programs=False), under_load("two domains" + slices.AGAIN, two, pinned=False))
    tables.show(table, outcome, kept)
    shares = fewest(outcome.printed.get("two domains", []))
    if shares:
        print(f"The domain with fewer connections has {min(shares):.0f} to {max(shares):.0f} % of them.\n")


class Cache:
    """A cache server under memaslap: 64 connections, one command at a time each, single gets and sets. Each
    slice is a start."""

    def __init__(self, name, words, seconds=1):
        self.name, self.words, self.seconds = name, words, seconds

    def start(self):
        pass

    def stop(self):
        pass

    def slice(self):
        port = subjects.free_port()
        words = [word.replace("{port}", str(port)) for word in self.words]
        process = subprocess.Popen(subjects.pinned(words, None), stdout=subprocess.DEVNULL)
        try:
            subjects.wait_for_port(port, 10)
            before = subjects.cpu_ns(process.pid)
            requests = self.load(port)
            used = subjects.cpu_ns(process.pid) - before
        finally:
            process.send_signal(signal.SIGTERM)
            subjects.end(process)
        return {"cpu": used / requests, "wall": self.seconds * 1e9 / requests}

    def load(self, port):
        config = os.path.join(build.BUILD, "memaslap.conf")
        with open(config, "w") as file:
            file.write(f"key\n16 32 1\nvalue\n{VALUE_BYTES} {VALUE_BYTES} 1\ncmd\n0 {1 - GETS:.1f}\n1 {GETS}\n")
        run = subprocess.run(["memcaslap", "-s", f"127.0.0.1:{port}", "-T", "2", "-c", CONNECTIONS, "-w", "2k", "-t",
                              f"{self.seconds:g}s", "-F", config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True)
        found = re.search(r"Ops: (\d+)", run.stdout)
        if found is None or int(found.group(1)) == 0:
            raise subjects.SliceFailed("errors", f"{self.name}: memaslap did nothing")
        return int(found.group(1))


def kv(plan, kept):
    def ours(name, domains):
        return Cache(name, [os.path.join(build.EXAMPLES, "kv"), "--port", "{port}", "--domains", str(domains), "--memory",
                            str(MEMORY_MB)])

    peer = Cache("memcached -t 2", ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", "{port}", "-t", "2", "-m",
                                    str(MEMORY_MB)])
    names = ["two domains", "one domain", "memcached -t 2"]
    table = Table("kv", f"Cache servers, memaslap beside them, {CONNECTIONS} connections, {GETS:.0%} gets, values of "
                  f"{VALUE_BYTES} bytes", "us", names, [("two domains", "one domain"), ("two domains", "memcached -t 2")],
                  [Line("processor time a request", {name: (name, "cpu") for name in names},
                        {("two domains", "one domain"): "1.25 of one domain"}),
                   Line("time a request", {name: (name, "wall") for name in names})], scale=1e3, digits=2)
    outcome = slices.compare([ours("two domains", 2), ours("one domain", 1), peer], tables.wanted(table)[:2],
                             plan(seconds=80), ours("two domains" + slices.AGAIN, 2))
    tables.show(table, outcome, kept)


def memory(plan, kept):
    """bench-idle prints a way to serve, bytes by malloc and by the resident set, and the bar for the former or "-"."""
    ways = {"echo_burst": ("echo, burst", "512"), "echo_each": ("echo, an each of the server's user", None),
            "http_burst": ("HTTP, burst", "512"), "http_each": ("HTTP, an each of the server's user", None),
            "http_burst_fiber": ("HTTP, a fiber for a burst", "544"),
            "http_fiber": ("HTTP, a fiber for a connection", None)}

    def rows_of(text, _):
        words = [line.split() for line in text.splitlines()]
        return {f"{word[0]} {kind}": float(word[at]) for word in words if word[0] in ways
                for kind, at in (("malloc", 1), ("resident", 2))}

    table = Table("memory", "Memory of an idle connection that has been served a request, bytes, of 5,000", "bytes",
                  ["malloc", "resident"], [],
                  [Line(title, {kind: ("sley", f"{way} {kind}") for kind in ("malloc", "resident")},
                        {("malloc",): bar} if bar else {}) for way, (title, bar) in ways.items()], digits=0)
    made = plan()
    made.most_starts = made.least_starts = 3
    tables.show(table, slices.compare([subjects.Program("sley", [build.bench("bench-idle")], rows_of)], [], made), kept)
