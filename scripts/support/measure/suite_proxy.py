"""Bulk data through examples/proxy: what a GiB takes of its processor time, with splice(2) and where that refuses."""
import os
import socket
import threading

from . import build, slices, subjects, tables
from .tables import Line, Table

PART = 1 << 20
SLICE = 64 * PART
SECONDS = 20  # for a slice; one takes some hundredths


def swallow(peer):
    """Reads all that comes, and answers a byte for each slice."""
    room, left = memoryview(bytearray(PART)), SLICE
    with peer:
        while (size := peer.recv_into(room[:min(PART, left)])) > 0:
            left -= size
            if left == 0:
                peer.sendall(b"!")
                left = SLICE


def accept_all(listener):
    try:
        while True:
            threading.Thread(target=swallow, args=(listener.accept()[0],), daemon=True).start()
    except OSError:  # it has been closed
        pass


class Bulk(subjects.Server):
    """A slice sends so much through the proxy, and waits until all of it has arrived."""

    def __init__(self, name, refuses=False):
        words = [os.path.join(build.EXAMPLES, "proxy"), "--port", "{port}", "--to", "127.0.0.1:{sink}"]
        if refuses:
            words = ["env", "LD_PRELOAD=" + build.bench("no_splice.so"), *words]
        super().__init__(name, words, [], None, subjects.two_processors()[0])
        self.template, self.sink, self.peer, self.data = words, None, None, bytes(PART)

    def start(self):
        self.sink = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=accept_all, args=(self.sink,), daemon=True).start()
        self.words = [word.replace("{sink}", str(self.sink.getsockname()[1])) for word in self.template]
        self.peer = socket.create_connection(("127.0.0.1", self.start_processes()), timeout=SECONDS)
        self.slice()

    def slice(self):
        before = subjects.cpu_ns(self.processes[0].pid)
        try:
            for _ in range(SLICE // PART):
                self.peer.sendall(self.data)
            if self.peer.recv(1) != b"!":
                raise subjects.SliceFailed("errors", f"{self.name}: the proxy has closed")
        except OSError as error:
            raise subjects.SliceFailed("errors", f"{self.name}: {error}") from error
        return {"cpu": (subjects.cpu_ns(self.processes[0].pid) - before) * (1 << 30) / SLICE}

    def stop(self):
        for end in self.peer, self.sink:
            if end is not None:
                end.close()
        self.peer = self.sink = None
        return super().stop()


def proxy(plan, kept):
    columns = ["splice", "copies"]
    table = Table("proxy", "Bulk through a proxy, processor time a GiB", "ms", columns, [("splice", "copies")],
                  [Line("a GiB", {name: (name, "cpu") for name in columns})], scale=1e6, digits=0)
    outcome = slices.compare([Bulk("splice"), Bulk("copies", refuses=True)], tables.wanted(table), plan(programs=False),
                             Bulk("splice" + slices.AGAIN), "one")
    tables.show(table, outcome, kept)
