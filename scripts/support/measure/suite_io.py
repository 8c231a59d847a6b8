"""Servers through channels beside servers by hand: each style of writing one, echo, and what a request takes in
instructions and system calls."""
import collections
import re
import signal
import subprocess

from . import build, slices, subjects, tables
from .pair import instructions_of_server
from .tables import Line, Table

EPOLL = [build.bench("bench-epoll"), "--port", "{port}"]
EDGE = [build.bench("bench-edge"), "--port", "{port}"]
SERVE = [build.bench("bench-serve"), "--port", "{port}"]
STYLES = {"each": "1.03", "bind": "1.05", "burst": "1.05", "fiber": "1.10"}
LOADS = {"64 connections": ["--connections", "64"], "512 connections": ["--connections", "512"],
         "64 connections, pipelined by 16": ["--connections", "64", "--depth", "16"]}
ECHO_BYTES = (64, 16384)


def style(name):
    return [*SERVE, "--style", name]


def under(name, words, load):
    first, second = subjects.two_processors()
    return subjects.Server(name, words, load, build.LOAD, first, second)


def counted(words, load):
    """Instructions of the program and its libraries, and system calls, for a request."""
    return instructions_of_server(words, build.LOAD, load), calls_of_server(words, load)


def calls_of_server(words, load, requests=20000):
    """By strace, which counts from a running server, so that starting it does not count."""
    port = subjects.free_port()
    server = subprocess.Popen(subjects.pinned([word.replace("{port}", str(port)) for word in words], None),
                              stdout=subprocess.DEVNULL)
    try:
        subjects.wait_for_port(port, 10)
        counter = subprocess.Popen(["strace", "-f", "-c", "-U", "name,calls", "-p", str(server.pid)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        line = counter.stderr.readline()
        if "attached" not in line:
            raise subjects.Broken(f"strace: {line.strip()}")
        driver = [build.LOAD, "--port", str(port), "--slices", "--warm-up", "0", *load]
        subprocess.run(driver, input=f"requests {requests}\n", stdout=subprocess.DEVNULL, text=True, check=True)
        counter.send_signal(signal.SIGINT)
        text = counter.communicate()[1]
    finally:
        server.terminate()
        subjects.end(server)
    calls = collections.Counter({name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", text, re.M)
                                 if name != "total"})
    if not calls:
        raise subjects.Broken(f"strace counted nothing: {text[-400:]}")
    return sum(calls.values()) / requests


def work(plan, kept):
    """Without noise, so without intervals."""
    del plan, kept
    print("\n### HTTP through channels: work for a request\n\nInstructions in user mode by callgrind, system calls by strace.\n")
    print("|  | load | instructions | to by hand | system calls | to by hand |\n|---|---|---|---|---|---|")
    programs = {"by hand": EPOLL, "by hand, edges": EDGE, **{name: style(name) for name in STYLES}}
    for title, load in LOADS.items():
        floor = None
        for name, words in programs.items():
            found = counted(words, load)
            floor = floor or found
            print(f"| {name} | {title} | {found[0]:,.0f} | {found[0] / floor[0]:.2f} | {found[1]:.3f} | "
                  f"{found[1] / floor[1]:.2f} |", flush=True)
    print(flush=True)


def styles(plan, kept):
    names = list(STYLES)
    columns = [*names, "edges", "by hand"]
    pairs = [(name, "by hand") for name in [*names, "edges"]]
    for title, load in LOADS.items():
        keys = {name: (name, "cpu") for name in columns}
        table = Table(f"styles, {title}", f"HTTP through channels, {title}, processor time a request", "us", columns, pairs,
                      [Line("each style", keys, {(name, "by hand"): f"at most {goal} ({name})"
                                                 for name, goal in STYLES.items()})], scale=1e3, digits=2)
        everyone = [under(name, style(name), load) for name in names]
        everyone += [under("edges", EDGE, load), under("by hand", EPOLL, load)]
        again = under(names[0] + slices.AGAIN, style(names[0]), load)
        tables.show(table, slices.compare(everyone, tables.wanted(table), plan(programs=False), again), kept)


def echo(plan, kept):
    for size in ECHO_BYTES:
        load = ["--connections", "64", "--echo", str(size)]
        table = Table(f"echo, {size} bytes", f"Echo of {size:,} bytes on 64 connections, processor time a message", "us",
                      ["each", "by hand"], [("each", "by hand")],
                      [Line("echo", {"each": ("each", "cpu"), "by hand": ("by hand", "cpu")},
                            {("each", "by hand"): "1.05"})], scale=1e3, digits=2)
        ours = [*SERVE, "--echo", "1"]
        outcome = slices.compare([under("each", ours, load), under("by hand", [*EPOLL, "--echo"], load)],
                                 tables.wanted(table), plan(programs=False), under("each" + slices.AGAIN, ours, load))
        tables.show(table, outcome, kept)


def foreign(plan, kept):
    """A ping driven by an epoll loop of the program's, and by sley_run: the program compares them itself, in turns."""
    del plan, kept
    run = subprocess.run(subjects.pinned([build.bench("bench-foreign")], subjects.two_processors()[0]),
                         stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    print("\n### A loop of the program's that drives the library\n\nSeconds of processor time for a ping; goal: at most 1.3 "
          f"of `sley_run`.\n\n{run.stdout}", flush=True)


def udp(plan, kept):
    """Packets for a second of processor time, beside recvmmsg(2) and sendmmsg(2) by hand: the program compares them itself."""
    del plan, kept
    print("\n### UDP echo beside one by hand\n\nPackets for a second of the server's processor time; goal: at least 0.95.\n")
    for window in ("32", "128"):
        run = subprocess.run([build.bench("bench-udp"), build.bench("bench-udp-raw"), "--window", window],
                             stdout=subprocess.PIPE, text=True, timeout=300, check=True)
        print(f"{window} packets under way:\n\n{run.stdout}", flush=True)
