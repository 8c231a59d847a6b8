"""Programs of others, and the examples, as processes for the tests of this folder: started, waited for and ended."""
import atexit
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

EXAMPLES, RESOLVE, CHECKERS = sys.argv[1:4]  # the folder of the built examples, resolve.c, checkers that are built in
PATIENCE = 40           # seconds, for what takes a moment on an idle machine
work = tempfile.mkdtemp(prefix="sley-peers-")
atexit.register(shutil.rmtree, work, ignore_errors=True)


def check(what, condition, *shown):
    if not condition:
        print("FAILED:", what, *shown)
        sys.exit(1)
    print("ok:", what, flush=True)


def tool(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    check(f"{name} is installed (scripts/install-packages test)", path)
    return path


def run(*words, **options):
    """Standard output and error, and the status, of a program that ends by itself."""
    options.setdefault("timeout", PATIENCE)
    return subprocess.run(words, capture_output=True, **options)


def process(*words, **options):
    """A program that is ended at the latest with this test."""
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    atexit.register(end, started)
    return started


def end(started):
    if started.poll() is None:
        started.terminate()
        try:
            started.wait(5)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def example(name, *arguments):
    """An example that serves, and its port (0: it has none)."""
    started = process(os.path.join(EXAMPLES, name), *arguments)
    line = started.stdout.readline().decode()
    found = re.match(r"listening on (?:port (\d+)|unix:)", line)
    check(f"{name} listens", found, line, started.stderr.read().decode() if not found else "")
    return started, int(found.group(1) or 0)


def stop(started, said=""):
    """Ends an example by a signal: it ends well, and has written to standard error what is said."""
    started.send_signal(signal.SIGTERM)
    _, errors = started.communicate(timeout=PATIENCE)
    text = errors.decode()
    check("it stops with status 0", started.returncode == 0, started.returncode, text)
    check("and has told nothing unexpected", re.fullmatch(said, text), text)


def free_port():
    """Not one of those that a kernel gives to whoever asks for any: nobody gets it before the program that is told."""
    while True:
        port = random.randrange(10000, 32000)
        try:
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue


def answers(port, host="127.0.0.1"):
    """Waits until somebody accepts connections there."""
    for _ in range(PATIENCE * 50):
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    check(f"somebody listens on port {port}", False)


def connect(port, **options):
    peer = socket.socket()
    for name, value in options.items():
        peer.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    peer.settimeout(PATIENCE)
    peer.connect(("127.0.0.1", port))
    return peer


def read_until(peer, enough):
    data = bytearray()
    while not enough(data):
        more = peer.recv(65536)
        if not more:
            break
        data += more
    return bytes(data)


def pattern(size):
    """Bytes that do not repeat in the same place of two blocks."""
    block = bytes((i * 7 + i // 251) & 255 for i in range(65521))
    return (block * (size // len(block) + 1))[:size]
