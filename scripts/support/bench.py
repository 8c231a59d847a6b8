"""scripts/bench's second half. Everything that is compared runs in one go, one after the other, round by
round; medians are of the rounds. Server rows are CPU time of the server per request of wrk's."""
import csv
import io
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build", "bench")
BENCH = os.path.join(BUILD, "bench")
HELLO = os.path.join(BUILD, "examples", "hello")
KV = os.path.join(BUILD, "examples", "kv")
ROUNDS = int(os.environ.get("SLEY_BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("SLEY_BENCH_SECONDS", "4"))
PORT = 18080
CONNECTIONS = 64


def command(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def prepare():
    log = os.path.join(BUILD, "build.log")
    os.makedirs(BUILD, exist_ok=True)
    with open(log, "w") as out:
        for step in (["cmake", "--preset", "bench"], ["cmake", "--build", "--preset", "bench"],
                     ["cp", os.path.join(TOP, "bench", "peers", "with_lwt.ml"), BENCH],
                     ["ocamlfind", "ocamlopt", "-thread", "-package", "threads.posix,lwt.unix", "-linkpkg",
                      os.path.join(BENCH, "with_lwt.ml"), "-o", os.path.join(BENCH, "bench-lwt")]):
            if subprocess.run(step, cwd=TOP, stdout=out, stderr=out).returncode != 0:
                sys.exit(f"bench: {' '.join(step)} failed; see {log}")


def google(program, *options, clock="real_time"):
    """Row -> nanoseconds, of one run of a Google Benchmark program."""
    text = subprocess.run([os.path.join(BENCH, program), "--benchmark_format=csv", *options],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    lines = text[text.index("name,iterations"):]
    return {row["name"].removesuffix("/real_time"): float(row[clock])
            for row in csv.DictReader(io.StringIO(lines))}


def rounds(*runs):
    """Row -> list of values; every run in every round."""
    values = {}
    for number in range(ROUNDS):
        print(f"  round {number + 1} of {ROUNDS}", file=sys.stderr)
        for run in runs:
            for row, value in run().items():
                values.setdefault(row, []).append(value)
    return values


def median(values):
    return {row: statistics.median(v) for row, v in values.items()}


def spread(values):
    return f"{min(values):.4g} to {max(values):.4g}"


def lwt():
    lines = command(os.path.join(BENCH, "bench-lwt")).split("\n")
    return {"lwt/" + line.split()[0]: float(line.split()[1]) for line in lines if line}


def shared(program, *options, per=1):
    """The same program on the shared library."""
    rows = google(program + "-shared", *options, clock="cpu_time")
    return {"shared/" + row: value / per for row, value in rows.items()}


def beside_lwt(title, values):
    m = median(values)
    print(f"\n{title}: nanoseconds of processor time, medians of {ROUNDS}: the static library with the link-time\n"
          "optimizer, the shared library, OCaml Lwt, a minimal future in C\n")
    print(f"{'operation':22}{'static':>8}{'shared':>8}{'Lwt':>8}{'static/Lwt':>12}{'shared/static':>15}"
          f"{'future':>8}{'static/future':>15}")
    for row in [r for r in m if "/" not in r]:
        lwt_value, floor, other = m.get("lwt/" + row), m.get("future/" + row), m["shared/" + row]
        line = f"{row:22}{m[row]:8.1f}{other:8.1f}"
        line += f"{lwt_value:8.1f}{m[row] / lwt_value:12.2f}" if lwt_value else " " * 20
        line += f"{other / m[row]:15.2f}"
        line += f"{floor:8.1f}{m[row] / floor:15.2f}" if floor else ""
        print(line)


def promise():
    beside_lwt("Promise operations", rounds(
        lambda: google("bench-promise", clock="cpu_time"),
        lambda: shared("bench-promise", "--benchmark_filter=-future/.*"), lwt))


def modules():
    def lists():
        """An iteration of bench-list is a list of 1,000; Lwt's rows are an element's."""
        return {row: value / 1000 for row, value in google("bench-list", clock="cpu_time").items()}

    beside_lwt("Mutexes, streams, lists", rounds(
        lambda: google("bench-sync", clock="cpu_time"), lambda: google("bench-stream", clock="cpu_time"), lists,
        lambda: shared("bench-sync"), lambda: shared("bench-stream"), lambda: shared("bench-list", per=1000), lwt))


def table(title, values):
    print(f"\n{title}, medians of {ROUNDS}\n")
    for row, v in values.items():
        print(f"{row:44}{statistics.median(v):12.1f}   ({spread(v)})")


def fiber():
    def go():
        lines = command(os.path.join(BENCH, "bench-go")).split("\n")
        return {"go/" + line.split()[0]: float(line.split()[1]) for line in lines if line}

    step = ["go", "build", "-o", os.path.join(BENCH, "bench-go"), os.path.join(TOP, "bench/peers/goroutine.go")]
    subprocess.run(step, check=True)
    values = rounds(lambda: google("bench-fiber", clock="cpu_time"), go)
    table("Fibers, nanoseconds of processor time (thousand_wait: a thousand of them; go/: goroutines)", values)


def queue():
    values = rounds(lambda: google("bench-queue", "--benchmark_min_time=0.2"))
    table("Queues between threads, nanoseconds per message", values)


PEERS = os.path.join(TOP, "bench", "peers")
REGISTRY = "/usr/share/cargo/registry"  # Debian's librust-*-dev


def run_logged(words, log, **more):
    with open(log, "a") as out:
        if subprocess.run(words, stdout=out, stderr=out, **more).returncode != 0:
            sys.exit(f"bench: {' '.join(words)} failed; see {log}")


def build_tokio(log):
    folder = os.path.join(BUILD, "tokio")
    shutil.copytree(os.path.join(PEERS, "domain_tokio"), folder, dirs_exist_ok=True)
    os.makedirs(os.path.join(folder, ".cargo"), exist_ok=True)
    with open(os.path.join(folder, ".cargo", "config.toml"), "w") as file:
        file.write('[source.crates-io]\nreplace-with = "debian"\n'
                   f'[source.debian]\ndirectory = "{REGISTRY}"\n')
    run_logged(["cargo", "build", "--release", "--offline"], log, cwd=folder)
    return os.path.join(folder, "target", "release", "bench-domain-tokio")


def build_peers():
    log = os.path.join(BUILD, "peers.log")
    uv, asio, go = (os.path.join(BENCH, "domain-" + name) for name in ("uv", "asio", "go"))
    run_logged(["cc", "-O2", os.path.join(PEERS, "domain_uv.c"), "-o", uv, "-luv", "-lpthread"], log)
    run_logged(["c++", "-O2", "-std=c++17", "-DASIO_STANDALONE", os.path.join(PEERS, "domain_asio.cc"),
                "-o", asio, "-lpthread"], log)
    run_logged(["go", "build", "-o", go, os.path.join(PEERS, "domain.go")], log,
               env={**os.environ, "GO111MODULE": "off"})
    return [uv, asio, go, build_tokio(log)]


def undisturbed(program):
    """Row -> nanoseconds. As root it runs ahead of everything else, for some tenths of a second: two
    threads that wait for each other measure nothing if one of them has no processor."""
    words = ["timeout", "-s", "KILL", "30", program]
    if os.geteuid() == 0:
        words = ["chrt", "-f", "10"] + words
    return {line.split()[0]: float(line.split()[1]) for line in command(*words).splitlines()}


def domain():
    programs = [os.path.join(BENCH, "bench-domain")] + build_peers()
    values = rounds(*[lambda program=program: undisturbed(program) for program in programs])
    table("Messages between two threads on two processors, nanoseconds", values)
    m = median(values)
    for row, other, limit in (("sley/stream_flushed", "ck/stream", 1.0), ("sley/awake", "ck/awake", 1.3),
                              ("sley/asleep", "ck/asleep", 1.05),
                              ("sley/asleep_watching", "ck/asleep_watching", 1.05)):
        print(f"{row} : {other} = {m[row] / m[other]:.2f} (wanted: at most {limit})")
    for row, limit in (("sley/stream", 10), ("sley/calls_64", 100)):
        print(f"{row}: {m[row]:.1f} (wanted: at most {limit})")


# ---- servers ----

def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, words, processor=None, count=1):
        pinned = ["taskset", "-c", str(processor)] if processor is not None else []
        self.processes = [subprocess.Popen(pinned + words, stdout=subprocess.PIPE, text=True)
                          for _ in range(count)]
        for process in self.processes:
            if not process.stdout.readline().startswith("listening"):
                sys.exit(f"bench: {words[0]} did not start")

    def cpu(self):
        return sum(cpu_seconds(process.pid) for process in self.processes)

    def end(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        return [process.communicate()[0] for process in self.processes]


def load(processor, threads):
    pinned = ["taskset", "-c", str(processor)] if processor is not None else []
    text = command(*pinned, "wrk", "-t", str(threads), "-c", str(CONNECTIONS), "-d", f"{SECONDS:g}s",
                   f"http://127.0.0.1:{PORT}/")
    if re.search(r"Socket errors|Non-2xx", text):
        sys.exit("bench: wrk saw errors:\n" + text)
    return int(re.search(r"(\d+) requests in", text).group(1))


def serve(row, words, processor=None, load_on=None, threads=1, count=1):
    """One round: microseconds of CPU per request, requests per second, share of the fewest."""
    server = Server(words, processor, count)
    before = server.cpu()
    requests = load(load_on, threads)
    time.sleep(0.05)
    used = server.cpu() - before
    outputs = server.end()
    result = {row + ", CPU us/request": used * 1e6 / requests, row + ", requests/s": requests / SECONDS}
    counts = [int(n) for text in outputs for n in re.findall(r"domain \d+: (\d+) connections", text)]
    if len(counts) > 1:
        result[row + ", fewest connections %"] = 100 * min(counts) / sum(counts)
    return result


def ratio(values, above, below, limit):
    m = median(values)
    quotient = m[above + ", CPU us/request"] / m[below + ", CPU us/request"]
    print(f"\n{above} : {below} = {quotient:.3f} (wanted: at most {limit})")


def server():
    hello = [HELLO, "--port", str(PORT), "--domains", "1"]
    epoll = [os.path.join(BENCH, "bench-epoll"), "--port", str(PORT)]
    values = rounds(lambda: serve("hello", hello, 0, 1), lambda: serve("epoll", epoll, 0, 1))
    table(f"HTTP, one processor, wrk on another, {CONNECTIONS} connections", values)
    ratio(values, "hello", "epoll", "1.10")


def sharded():
    two = [HELLO, "--port", str(PORT), "--domains", "2"]
    one = [HELLO, "--port", str(PORT), "--domains", "1"]
    values = rounds(lambda: serve("two domains", two, threads=2),
                    lambda: serve("two processes", one, threads=2, count=2))
    table(f"HTTP, two domains or two processes, wrk beside them, {CONNECTIONS} connections", values)
    ratio(values, "two domains", "two processes", "1.05")


# ---- pools ----

def outside_peers():
    """Those that CMake does not build; a directory of Debian's crates stands in for the registry."""
    peers = os.path.join(TOP, "bench", "peers")
    tokio = os.path.join(BUILD, "tokio")
    os.makedirs(os.path.join(tokio, ".cargo"), exist_ok=True)
    with open(os.path.join(tokio, ".cargo", "config.toml"), "w") as config:
        config.write('[source.crates-io]\nreplace-with = "debian"\n'
                     '[source.debian]\ndirectory = "/usr/share/cargo/registry"\n')
    with open(os.path.join(BUILD, "peers.log"), "w") as out:
        for words, folder in (
            (["cp", "-r", os.path.join(peers, "tokio") + "/.", tokio], TOP),
            (["cp", os.path.join(peers, "pool_lwt.ml"), BENCH], TOP),
            (["ocamlfind", "ocamlopt", "-thread", "-package", "threads.posix,lwt.unix", "-linkpkg",
              os.path.join(BENCH, "pool_lwt.ml"), "-o", os.path.join(BENCH, "bench-pool-lwt")], TOP),
            (["go", "build", "-o", os.path.join(BENCH, "bench-pool-go"), os.path.join(peers, "pool.go")], TOP),
            (["cargo", "build", "--release", "--offline"], tokio)):
            environment = dict(os.environ, GO111MODULE="off")
            if subprocess.run(words, cwd=folder, env=environment, stdout=out, stderr=out).returncode != 0:
                sys.exit(f"bench: {' '.join(words)} failed; see {out.name}")
    return os.path.join(tokio, "target", "release", "bench-pool-tokio")


def preempt():
    tokio = outside_peers()
    peers = {"sley": ["bench-preempt", "4", "400000"], "raw": ["bench-pool-raw", "4", "400000"],
             "libuv": ["bench-pool-libuv", "400000"], "Go": ["bench-pool-go", "400000"],
             "tokio": [tokio, "4", "200000"], "Lwt": ["bench-pool-lwt", "4", "40000"]}

    def once(name, words, pinned):
        def run():
            prefix = ["taskset", "-c", "0"] if pinned else []
            program = os.path.join(BENCH, words[0])
            environment = dict(os.environ, UV_THREADPOOL_SIZE="4")
            lines = command(*prefix, program, *words[1:], env=environment).split("\n")
            where = "one processor" if pinned else "all"
            return {f"{line.split()[0]}, {where}: {name}": float(line.split()[1]) for line in lines if line}
        return run

    values = rounds(*[once(name, words, pinned) for pinned in (True, False)
                      for name, words in peers.items()])
    table("A job that does nothing, nanoseconds, 4 threads; throughput: 1,000 in flight; raw: by hand, with what a loop\n"
          "needs of a pool; bare: its hand-over alone", dict(sorted(values.items())))
    m = median(values)
    for row, limit in (("latency", "1.3"), ("throughput", "1.2")):
        for where in ("one processor", "all"):
            quotient = m[f"{row}, {where}: sley"] / m[f"{row}, {where}: raw"]
            print(f"{row}, {where}: sley / raw = {quotient:.2f} (wanted: at most {limit})")


def compute():
    """One thread and two by turns, so that who else uses the machine disturbs both."""
    def calculate(threads):
        def run():
            text = command(os.path.join(BENCH, "bench-preempt"), "calculate", str(threads))
            return {f"{threads} threads": float(text.split()[1])}
        return run

    values = rounds(*[calculate(threads) for threads in (1, 2)])
    table("64 jobs that calculate, milliseconds", values)
    best = {row: min(v) for row, v in values.items()}
    m = median(values)
    print(f"one thread / two threads = {m['1 threads'] / m['2 threads']:.2f} (wanted: at least 1.9); "
          f"of the fastest rounds {best['1 threads'] / best['2 threads']:.2f}")


# ---- cache servers ----

MEMORY_MB, VALUE_BYTES, GETS = 256, 100, 0.9


def cache_load():
    """memaslap: 64 connections, one command at a time each, single gets and sets."""
    config = os.path.join(BUILD, "memaslap.conf")
    with open(config, "w") as file:
        file.write(f"key\n16 32 1\nvalue\n{VALUE_BYTES} {VALUE_BYTES} 1\ncmd\n0 {1 - GETS:.1f}\n1 {GETS}\n")
    text = command("memcaslap", "-s", f"127.0.0.1:{PORT}", "-T", "2", "-c", str(CONNECTIONS), "-w", "2k",
                   "-t", f"{SECONDS:g}s", "-F", config, stderr=subprocess.DEVNULL)
    return int(re.search(r"Ops: (\d+)", text).group(1))


def cache(row, words):
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                break
        time.sleep(0.02)
    before = cpu_seconds(process.pid)
    requests = cache_load()
    used = cpu_seconds(process.pid) - before
    process.send_signal(signal.SIGTERM)
    process.wait()
    return {row + ", CPU us/request": used * 1e6 / requests, row + ", requests/s": requests / SECONDS}


def kv():
    def ours(domains):
        return [KV, "--port", str(PORT), "--domains", str(domains), "--memory", str(MEMORY_MB)]

    peer = ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(PORT), "-t", "2", "-m", str(MEMORY_MB)]
    values = rounds(lambda: cache("kv, one domain", ours(1)), lambda: cache("kv, two domains", ours(2)),
                    lambda: cache("memcached -t 2", peer))
    table(f"Cache servers, memaslap beside them, {CONNECTIONS} connections, {GETS:.0%} gets, values of "
          f"{VALUE_BYTES} bytes", values)
    ratio(values, "kv, two domains", "kv, one domain", "1.25")
    ratio(values, "kv, two domains", "memcached -t 2", "-")


def parallel():
    def once():
        lines = command(os.path.join(BENCH, "bench-parallel")).split("\n")
        return {line.split()[0]: float(line.split()[1]) for line in lines if line}

    values = rounds(once)
    table("Parallel map on one and two domains, ms; 64 idle domains, % of a processor; a port, a value", values)
    m = median(values)
    print(f"\ntwo domains are {m['map_1'] / m['map_2']:.3f} times as fast as one (wanted: at least 1.9), "
          f"and {2 * m['map_1_cpu'] / m['map_2_cpu']:.3f} times where both have a processor for themselves")


PARTS = {"promise": promise, "modules": modules, "fiber": fiber, "queue": queue, "domain": domain, "preempt": preempt, "compute": compute, "server": server,
         "sharded": sharded, "kv": kv, "parallel": parallel}


def main():
    names = sys.argv[1:] or list(PARTS)
    if any(name not in PARTS for name in names):
        sys.exit("bench: there are " + ", ".join(PARTS))
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            sys.exit(f"bench: port {PORT} is in use")
    prepare()
    print(f"{os.cpu_count()} processors, {time.strftime('%Y-%m-%d')}, "
          f"{command('cc', '--version').splitlines()[0]}")
    for name in names:
        PARTS[name]()


main()
