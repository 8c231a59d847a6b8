"""echo and proxy: much data both ways, ends handed on, a side that does not read, resets, a server that is not there,
Unix sockets, engines by name, wrong options, and shutdown by a signal."""
import atexit
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time


def check(what, condition, *shown):
    if not condition:
        print("FAILED:", what, *shown)
        sys.exit(1)
    print("ok:", what)


def start(name, *arguments):
    server = subprocess.Popen([os.path.join(sys.argv[1], name), *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    atexit.register(server.kill)  # no effect after the process has been waited for
    line = server.stdout.readline()
    found = re.match(r"listening on (?:port (\d+)|unix:)", line)
    check(f"{name} listens", found, line)
    return server, int(found.group(1) or 0)


def stop(server, said=""):
    server.send_signal(signal.SIGTERM)
    _, text = server.communicate(timeout=40)
    check("stops with status 0", server.returncode == 0, server.returncode, text)
    check("and says so much", re.fullmatch(said, text), text)


def to_port(port):
    return socket.create_connection(("127.0.0.1", port), timeout=40)


def round_trip(peer, size):
    """Sends size bytes and an end; gets them back."""
    data = bytes((i * 7 + i // 251) & 255 for i in range(65536)) * (size // 65536 + 1)
    data = data[:size]

    def send():
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    got = bytearray()
    while True:
        part = peer.recv(1 << 16)
        if not part:
            break
        got += part
    sender.join()
    peer.close()
    check(f"{size} bytes come back, then the end", bytes(got) == data, len(got))


def does_not_read(port, most):
    """A peer that only sends is held up; then everything comes back."""
    peer = to_port(port)
    peer.setblocking(False)
    sent, idle = 0, 0
    block = b"x" * 65536
    while idle < 20 and sent < most:
        try:
            sent += peer.send(block)
            idle = 0
        except BlockingIOError:
            idle += 1
            time.sleep(0.02)
    check("who does not read is held up", sent < most, sent)
    peer.settimeout(40)
    peer.shutdown(socket.SHUT_WR)
    got = 0
    while True:
        part = peer.recv(1 << 20)
        if not part:
            break
        got += len(part)
    check("and then gets everything", got == sent, got, sent)
    peer.close()


def resets(port):
    peer = to_port(port)
    peer.sendall(b"y")
    check("is served", peer.recv(1) == b"y")
    peer.sendall(b"y" * 100000)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


folder = tempfile.mkdtemp()
path = os.path.join(folder, "socket")
for engine in ([], ["--engine", "poll"]):
    echo, echo_port = start("echo", "--port", "0", *engine)
    proxy, port = start("proxy", "--port", "0", "--to", f"127.0.0.1:{echo_port}", *engine)
    for size in (0, 1, 100, 16384, 3000000):
        round_trip(to_port(echo_port), size)
        round_trip(to_port(port), size)
    does_not_read(echo_port, 200 << 20)
    does_not_read(port, 200 << 20)
    peers = [to_port(port) for _ in range(50)]
    for i, peer in enumerate(peers):
        peer.sendall(b"%d" % i)
    for i, peer in enumerate(peers):
        check(f"client {i} gets its own", peer.recv(100) == b"%d" % i)
        peer.close()
    resets(port)
    resets(echo_port)
    round_trip(to_port(port), 1000)
    left = to_port(port)  # open as it stops
    stop(proxy)  # that a client has reset its connection is no news
    left.close()
    stop(echo)

echo, _ = start("echo", "--unix", path)
peer = socket.socket(socket.AF_UNIX)
peer.settimeout(40)
peer.connect(path)
round_trip(peer, 100000)
proxy, port = start("proxy", "--port", "0", "--to", "unix:" + path)
round_trip(to_port(port), 100000)
stop(echo)
check("the file of the socket is gone", not os.path.exists(path))
peer = to_port(port)
try:
    answer = peer.recv(10)
except ConnectionResetError:
    answer = b""
check("without a server the client is let go", answer == b"")
stop(proxy, r"(proxy: .*\n)+")

def ends(what, peer, begun):
    try:
        while peer.recv(65536):
            pass
    except ConnectionResetError:
        pass
    check(f"{what} is let go", time.monotonic() - begun > 0.4, time.monotonic() - begun)
    peer.close()


# A server that accepts, and then neither sends nor reads; one that does not accept.
silent = socket.create_server(("127.0.0.1", 0))
proxy, port = start("proxy", "--port", "0", "--idle", "0.5", "--to", f"127.0.0.1:{silent.getsockname()[1]}")
begun = time.monotonic()
peers = [to_port(port) for _ in range(3)]
sides = [silent.accept()[0] for _ in peers]
try:
    peers[1].shutdown(socket.SHUT_WR)
except OSError:  # this test was held up
    pass
peers[2].setblocking(False)
try:
    while time.monotonic() < begun + 20:
        peers[2].send(b"x" * 65536)
except BlockingIOError:
    peers[2].settimeout(40)
except ConnectionError:  # likewise
    peers[2].settimeout(40)
for what, peer in zip(("one who is silent", "one who has ended its half", "one whose server reads nothing"), peers):
    ends(what, peer, begun)
stop(proxy, r"(proxy: .* for 0\.5 seconds\n){3}")
for side in (silent, *sides):
    side.close()
full = socket.socket(socket.AF_UNIX)
full.bind(path)
full.listen(0)
waits = socket.socket(socket.AF_UNIX)
waits.connect(path)
proxy, port = start("proxy", "--port", "0", "--idle", "0.5", "--to", "unix:" + path)
begun = time.monotonic()
ends("one whose server does not accept", to_port(port), begun)
stop(proxy, r"(proxy: .*\n)+")
full.close()
waits.close()
os.unlink(path)
os.rmdir(folder)

for engine in ([], ["--engine", "poll"]):
    echo, port = start("echo", "--udp", "--port", "0", *engine)
    peers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
    for peer in peers:
        peer.settimeout(40)
        peer.connect(("127.0.0.1", port))  # refuses what comes from another address
    for size in (0, 1, 2000, 60000):
        for i, peer in enumerate(peers):  # one after the other: a socket's buffer holds few large ones
            peer.send(bytes([i]) * size)
            check(f"a packet of {size} bytes comes back", peer.recv(65536) == bytes([i]) * size)
    for i in range(50):  # many with one call, in order
        for k in range(20):
            peers[0].send(b"%d" % (20 * i + k))
        got = [peers[0].recv(100) for _ in range(20)]
        if got != [b"%d" % (20 * i + k) for k in range(20)]:
            check("packets come back in order", False, got)
    try:
        six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        six.settimeout(40)
        six.connect(("::1", port))
        six.send(b"six")
        check("over IPv6", six.recv(100) == b"six")
    except OSError as e:
        print("no IPv6 here:", e)
    stop(echo)

for quick in range(5):  # a signal that comes as soon as it listens is heard
    echo, _ = start("echo", "--port", "0")
    stop(echo)
for wrong in (["echo", "--udp", "--unix", "x"], ["echo", "--udp", "--port"], ["echo", "--port"], ["echo", "--port", "70000"], ["echo", "--what", "1"], ["proxy"],
              ["proxy", "--to", "host"], ["proxy", "--to", "host:"], ["proxy", "--to", ":1"], ["proxy", "--to", "host:65536"],
              ["proxy", "--to", "host:0"], ["proxy", "--to", "[::1]:" + "9" * 30], ["proxy", "--to", "host:1", "--idle", "0"]):
    done = subprocess.run([os.path.join(sys.argv[1], wrong[0]), *wrong[1:]], capture_output=True, text=True, timeout=40)
    check(f"{wrong} is refused", done.returncode == 2 and re.match(rf"{wrong[0]}: .*\nusage: {wrong[0]} .*\n$", done.stderr), done)
for name in "echo", "proxy":
    done = subprocess.run([os.path.join(sys.argv[1], name), "--help"], capture_output=True, text=True, timeout=40)
    check(f"{name} helps", done.returncode == 0 and re.match(rf"usage: {name} .*--engine NAME.*\n$", done.stdout), done)
done = subprocess.run([os.path.join(sys.argv[1], "echo"), "--port", "0", "--engine", "none"], capture_output=True,
                      text=True, timeout=40)
check("an engine that is not there is refused", done.returncode == 1 and "none" in done.stderr, done)
