"""What is measured. A subject is started, measured in slices, and stopped. A slice gives figures by row."""
import csv
import io
import json
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time

from . import machine


class SliceFailed(Exception):
    """This slice is worth nothing; the next one may be. The reason is counted: steal, errors, limit."""

    def __init__(self, reason, sentence=""):
        super().__init__(sentence or reason)
        self.reason = reason


class Broken(Exception):
    """The subject cannot be measured at all."""


def pinned(words, processor):
    """Ends with its parent, however that ends."""
    where = [] if processor is None else ["taskset", "-c", str(processor)]
    return ["setpriv", "--pdeathsig", "KILL", *where, *words]


class Program:
    """Runs to its end in each slice. rows(text, usage) makes figures of what it printed and used."""

    def __init__(self, name, words, rows, processor=None, environment=None, seconds=60, urgent=False):
        self.name, self.rows, self.seconds = name, rows, seconds
        self.words = pinned(words, processor)
        # Two threads that wait for each other measure nothing if one of them has no processor: as root
        # they may run ahead of everything else, for some tenths of a second.
        if urgent and os.geteuid() == 0:
            self.words = ["chrt", "-f", "10", *self.words]
        self.environment = {**os.environ, **(environment or {})}

    def start(self):
        pass

    def stop(self):
        pass

    def slice(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.monotonic()
        try:
            run = subprocess.run(self.words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env=self.environment, timeout=self.seconds)
        except subprocess.TimeoutExpired as late:
            raise SliceFailed("errors", f"{self.name}: not over after {self.seconds} s") from late
        except OSError as error:
            raise Broken(f"{self.name}: {error}") from error
        wall = time.monotonic() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if run.returncode != 0:
            raise SliceFailed("errors", f"{self.name}: ended with {run.returncode}: {run.stderr[-400:].strip()}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return self.rows(run.stdout, {"cpu": cpu * 1e9, "wall": wall * 1e9})


def lines(text, _=None):
    """Rows of "NAME NUMBER" lines."""
    return {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if len(line.split()) == 2}


def google(clock="cpu_time"):
    """Rows of a Google Benchmark program run with --benchmark_format=csv: nanoseconds."""
    def rows(text, _):
        if "name,iterations" not in text:
            raise Broken("a Google Benchmark program printed no row: does its filter match one?")
        table = csv.DictReader(io.StringIO(text[text.index("name,iterations"):]))
        return {row["name"].removesuffix("/real_time"): float(row[clock]) for row in table}
    return rows


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for_port(port, seconds):
    until = time.monotonic() + seconds
    while not listens(port):
        if time.monotonic() > until:
            raise Broken(f"nothing listens on port {port} after {seconds} s")
        time.sleep(0.05)


def cpu_ns(pid):
    """Processor time, user and system, that a process has used. The number of its clock is Linux's own:
    clock_getcpuclockid of another process is not in Python."""
    return time.clock_gettime_ns((~pid << 3) | 2)


class Server:
    """A server under scripts/load. In words, {port} stands for its port. count processes share the port.
    size: what a slice is, "requests N" or "seconds S"; changed by slices.py when it finds the right one."""

    def __init__(self, name, words, load, generator, processor=None, load_processor=None, count=1):
        self.name, self.words, self.load, self.generator = name, words, load, generator
        self.processor, self.load_processor, self.count = processor, load_processor, count
        self.size = None
        self.processes, self.driver, self.outputs = [], None, []

    def start_processes(self):
        """Returns the port on which they listen."""
        port = free_port()
        self.outputs = [tempfile.TemporaryFile("w+") for _ in range(self.count)]
        words = [word.replace("{port}", str(port)) for word in self.words]
        for out in self.outputs:
            try:
                # A group of its own: what a shell started ends with it.
                self.processes.append(subprocess.Popen(pinned(words, self.processor), stdout=out, stderr=out,
                                                       start_new_session=True))
            except OSError as error:
                raise Broken(f"{self.name}: {error}") from error
        self.wait_until_it_listens(port)
        return port

    def start(self):
        port = self.start_processes()
        pids = [word for process in self.processes for word in ("--pid", str(process.pid))]
        self.driver = subprocess.Popen(
            pinned([self.generator, "--port", str(port), "--slices", "--warm-up", "0.15", *self.load, *pids],
                   self.load_processor), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def wait_until_it_listens(self, port):
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for process in self.processes:
                if process.poll() is not None:
                    raise Broken(f"{' '.join(self.words)}: ended with {process.returncode} before it listened: "
                                 + self.printed())
            # What two processes say, not a connection: one of them may listen before the other.
            said = all("listening" in text for text in self.texts())
            if (said or self.count == 1) and listens(port):
                return
            time.sleep(0.01)
        raise Broken(f"{' '.join(self.words)}: does not listen on port {port} after 10 s: {self.printed()}")

    def texts(self):
        found = []
        for out in self.outputs:
            with open(f"/proc/self/fd/{out.fileno()}") as file:
                found.append(file.read())
        return found

    def printed(self):
        return " ".join(self.texts())[-400:].strip() or "it printed nothing"

    def answer(self):
        line = self.driver.stdout.readline()
        if not line:
            raise SliceFailed("errors", f"{self.name}: the generator ended")
        told = json.loads(line)
        if "error" in told:
            raise SliceFailed("errors", f"{self.name}: {told['error']}")
        return told

    def slice(self):
        self.driver.stdin.write(self.size + "\n")
        self.driver.stdin.flush()
        told = self.answer()
        if told["at_limit"]:
            raise SliceFailed("limit", f"{self.name}: the generator was {told['lag_p99_us']:.0f} us behind at p99")
        if told["requests"] == 0:
            raise SliceFailed("errors", f"{self.name}: no answer in this slice")
        if told["cpu_ns"] == 0:
            raise Broken(f"{self.name}: its process used no time: does a shell or another program start it?")
        told["cpu"] = told["cpu_ns"] / told["requests"]
        told["wall"] = told["wall_ns"] / told["requests"]
        for name in ("p50", "p99", "p99.9", "p99.99", "max"):
            told[name] = told[name + "_us"] * 1e3
        return told

    def stop(self):
        """Returns what its processes printed."""
        if self.driver is not None:
            self.driver.stdin.close()
            end(self.driver)
            self.driver.stdout.close()
        for process in self.processes:
            signal_group(process, signal.SIGTERM)
        for process in self.processes:
            end(process)
            signal_group(process, signal.SIGKILL)
        printed = self.texts()
        for out in self.outputs:
            out.close()
        self.processes, self.driver, self.outputs = [], None, []
        return printed


def signal_group(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def end(process):
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def two_processors():
    """One for servers and one for the load; the same one twice where there is no other."""
    usable = machine.processors()
    return usable[0], usable[1] if len(usable) > 1 else usable[0]
