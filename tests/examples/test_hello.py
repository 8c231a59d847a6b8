"""hello as a server: keep-alive, pipelining, bad input, resets, no descriptors, clean shutdown."""
import atexit
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

hello, style = os.path.join(sys.argv[1], "hello"), sys.argv[2:]  # --direct, or nothing


def check(what, condition, *shown):
    if not condition:
        print("FAILED:", what, *shown)
        sys.exit(1)
    print("ok:", what)


def start(*arguments, **options):
    server = subprocess.Popen([hello, "--port", "0", *style, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, **options)
    atexit.register(server.kill)  # no effect after the process has been waited for
    line = server.stdout.readline()
    found = re.match(r"listening on port (\d+), (\d+) domains", line)
    check("prints a line when it listens", found, line)
    return server, int(found.group(1))


def stop(server, number):
    server.send_signal(number)
    out, err = server.communicate(timeout=20)
    return server.returncode, out, err


def connect(port):
    peer = socket.create_connection(("127.0.0.1", port), timeout=40)
    return peer


def read_until(peer, enough):
    data = b""
    while not enough(data):
        more = peer.recv(65536)
        if not more:
            break
        data += more
    return data


GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"

server, port = start("--domains", "1")
peer = connect(port)
for _ in range(3):
    peer.sendall(GET)
    data = read_until(peer, lambda d: d.endswith(b"Hello, World!"))
    check("keep-alive", data.startswith(b"HTTP/1.1 200 OK\r\n"), data)
peer.sendall(GET * 1000)
data = read_until(peer, lambda d: d.count(b"Hello, World!") == 1000)
check("1000 pipelined requests", data.count(b"HTTP/1.1 200 OK") == 1000, len(data))
for byte in GET:
    peer.sendall(bytes([byte]))
data = read_until(peer, lambda d: d.endswith(b"Hello, World!"))
check("a request byte by byte", b"200 OK" in data, data)
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for request, status in ((GET, b"200 OK"), (b"GET // HTTP/1.1\r\nHost: here\r\n\r\n", b"404"),
                        (b"GET /a/ HTTP/1.1\r\nHost: here\r\n\r\n", b"404")):
    for split in range(1, len(request)):
        peer.sendall(request[:split])
        time.sleep(0.002)
        peer.sendall(request[split:])
        data = read_until(peer, lambda d: d.endswith(b"Hello, World!" if b"200" in d[:12] else b"\r\n\r\n"))
        if status not in data:
            check(f"a request in two pieces, of {split} bytes and the rest", False, request, data)
print("ok: a request in two pieces, split anywhere")
peer.sendall(b"GET /other HTTP/1.1\r\nHost: here\r\n\r\n")
check("404", b"404" in read_until(peer, lambda d: d.endswith(b"\r\n\r\n")))
peer.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\nabc")
check("405", b"405" in read_until(peer, lambda d: d.endswith(b"\r\n\r\n")))
peer.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
data = read_until(peer, lambda d: False)
check("connection: close", data.endswith(b"Hello, World!"), data)
peer.close()

peer = connect(port)
for _ in range(2):  # HTTP/1.0 keeps a connection only if the response says so: ab -k otherwise waits for its end
    peer.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    data = read_until(peer, lambda d: d.endswith(b"World!"))
    check("HTTP/1.0 keep-alive is announced", b"\r\nConnection: keep-alive\r\n" in data, data)
peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
data = read_until(peer, lambda d: False)
check("HTTP/1.0 closes", b"\r\nConnection: close\r\n" in data, data)
peer.close()
peer = connect(port)
peer.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n" + b"b" * 100000 + GET)
data = read_until(peer, lambda d: d.endswith(b"World!"))
check("a body is not a header", data.startswith(b"HTTP/1.1 405 ") and b" 200 OK" in data, data)
peer.close()

upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"  # where the parser stops, though this server goes on
for first, statuses in ((b"GET / HTTP/1.1\r\n" + upgrade + b"\r\n", b"200 200 200"),
                        (b"POST / HTTP/1.1\r\n" + upgrade + b"Content-Length: 3\r\n\r\nabc", b"405 200 200"),
                        ((b"GET /a HTTP/1.1\r\n" + upgrade + b"\r\n") * 2, b"404 404 200 200"),
                        (b"CONNECT here:1 HTTP/1.1\r\n\r\n", b"405")):  # what follows is not for a server of HTTP: it ends
    peer = connect(port)
    peer.sendall(first + GET + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    data = read_until(peer, lambda d: False)
    check("requests behind an Upgrade, and CONNECT", b" ".join(re.findall(rb"HTTP/1.1 (\d+)", data)) == statuses
          and b"\r\nConnection: close\r\n" in data, first, data)
    peer.close()

peer = connect(port)
peer.sendall(b"nonsense\r\n\r\n" + b"y" * 200000)  # closing with all that unread would lose the response
time.sleep(0.3)
data = read_until(peer, lambda d: False)
check("an answer arrives though input is unread", data.startswith(b"HTTP/1.1 400 "), data)
peer.close()
peer = connect(port)
peer.sendall(b"GET /" + b"x" * 65536 + b" HTTP/1.1\r\nHost: here\r\n\r\n")
data = read_until(peer, lambda d: b"\r\n\r\n" in d)
check("a request line of 64 KiB", b" 431 " in data, data[:100])
peer.close()
peer = connect(port)
peer.sendall(b"nonsense\r\n\r\n")
data = read_until(peer, lambda d: False)
check("nonsense", b" 400 " in data, data[:100])
peer.close()

for _ in range(50):
    peer = connect(port)
    peer.sendall(GET[:10])
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
peer = connect(port)
peer.sendall(GET * 200)
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
peer.close()
peer = connect(port)
peer.sendall(GET)
check("goes on after resets", b"Hello" in read_until(peer, lambda d: d.endswith(b"World!")))
code, out, err = stop(server, signal.SIGTERM)
check("SIGTERM ends it with totals", code == 0 and "total: " in out and err == "", code, out, err)

try:
    taken = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
except OSError:  # no IPv6 here
    taken = socket.create_server(("0.0.0.0", 0))
port = taken.getsockname()[1]
busy = subprocess.run([hello, "--port", str(port), "--domains", "2"], capture_output=True, text=True,
                      timeout=20)
check("a port in use", busy.returncode == 1 and "in use" in busy.stderr and str(port) in busy.stderr,
      busy)
taken.close()

server, port = start("--domains", "2")
peers = [connect(port) for _ in range(200)]
for peer in peers:
    peer.sendall(GET)
for peer in peers:
    read_until(peer, lambda d: d.endswith(b"World!"))
code, out, err = stop(server, signal.SIGINT)
shares = [int(n) for n in re.findall(r"domain=\d connections=(\d+)", out)]
check("both domains serve", code == 0 and len(shares) == 2 and sum(shares) == 200
      and min(shares) >= 30, code, out, err)


server, port = start("--domains", "1", "--idle", "0.5")


def descriptors():
    return len(os.listdir(f"/proc/{server.pid}/fd"))


time.sleep(0.2)
before = descriptors()
busy, slow, silent, deaf = connect(port), connect(port), connect(port), connect(port)
slow.sendall(GET[:10])
deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
deaf.setblocking(False)
begin = time.monotonic()
try:
    while time.monotonic() < begin + 20:  # sends requests and never reads
        deaf.send(GET * 100)
except BlockingIOError:
    pass
asked = begin
while time.monotonic() < begin + 2:
    before_it, asked = asked, time.monotonic()
    try:
        busy.sendall(GET)
        data = read_until(busy, lambda d: d.endswith(b"World!"))
    except ConnectionError:
        data = b""
    if data:
        print("ok: one who asks is kept")
    else:
        check("one who asks is kept", time.monotonic() - before_it > 0.45)  # or this test was held up
        busy.close()
        busy = connect(port)
    time.sleep(0.1)
check("one who asks is kept, at the end", data)
for name, peer in ("half a request", slow), ("no request", silent):
    check(f"one with {name} is let go", read_until(peer, lambda d: False) == b"")
for _ in range(100):
    if (held := descriptors()) == before + 1:
        break
    time.sleep(0.1)
check("one who never reads is let go", held == before + 1, before, held)
for peer in busy, slow, silent, deaf:
    peer.close()
code, out, err = stop(server, signal.SIGTERM)
check("ends", code == 0 and err == "", code, out, err)


server, port = start("--domains", "2", "--engine", "poll")
peer = connect(port)
peer.sendall(GET * 3)
data = read_until(peer, lambda d: d.count(b"Hello, World!") == 3)
check("answers on another engine", data.count(b" 200 OK") == 3, data)
peer.close()
code, out, err = stop(server, signal.SIGTERM)
check("ends there", code == 0 and err == "", code, out, err)
refused = subprocess.run([hello, "--engine", "none"], capture_output=True, text=True, timeout=20)
check("an engine that is not there is refused", refused.returncode == 1 and "none" in refused.stderr, refused)


if not style:
    for words in (["--port"], ["--port", "65536"], ["--port", "1e3"], ["--domains", "257"], ["--domains", "-1"], ["--idle", "0"],
                  ["--port", " 42"], ["--port", "+42"], ["--port", "-18446744073709543425"], ["--port", "8191.7"],
                  ["--port", "0x1fff"], ["--port", ""], ["--port", "18446744073709559807"], ["--domains", "1.0"],
                  ["--idle", "nan"], ["--idle", "inf"], ["--idle", " 5"], ["--idle", "+5"], ["--idle", "1e3"], ["--idle", "0x10"],
                  ["--idle", "5."], ["--idle", ".5"], ["--idle", "1.5.5"], ["--idle", ""], ["--idle", "0.0"], ["--idle", "9" * 400],
                  ["--idle", "5s"], ["--stats", "x"], ["--direct", "1"], ["--what"], [""]):
        refused = subprocess.run([hello, *words], capture_output=True, text=True, timeout=20)
        check(f"{words} is refused", refused.returncode == 2 and re.match(r"hello: .*\nusage: hello .*\n$", refused.stderr),
              refused)
    helped = subprocess.run([hello, "--help"], capture_output=True, text=True, timeout=20)
    check("helps", helped.returncode == 0 and helped.stdout.startswith("usage: hello [--port N] ") and helped.stderr == "",
          helped)


def descriptors_for(number):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


for number in range(8, 40):  # a domain that cannot serve ends the program immediately
    server = subprocess.Popen([hello, *style, "--port", "0", "--domains", "3"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, preexec_fn=descriptors_for(number))
    atexit.register(server.kill)
    line = server.stdout.readline()
    if line.startswith("listening"):
        code, out, err = stop(server, signal.SIGTERM)
        check(f"with {number} descriptors all domains serve", code == 0, code, out, err)
        break
    out, err = server.communicate(timeout=20)
    if server.returncode != 1 or err == "":
        check(f"with {number} descriptors it says so and ends", False, server.returncode, line, out, err)
else:
    check("enough descriptors", False)


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


server, port = start("--domains", "1", preexec_fn=few_descriptors)
peers = [connect(port) for _ in range(60)]
time.sleep(0.3)


def cpu_seconds():
    fields = open(f"/proc/{server.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


before = cpu_seconds()
time.sleep(1)
check("does not spin without descriptors", cpu_seconds() - before < 0.3, cpu_seconds() - before)
peers[0].sendall(GET)
check("serves who is in", b"Hello" in read_until(peers[0], lambda d: d.endswith(b"World!")))
for peer in peers:
    peer.close()
data = b""
for _ in range(30):  # refused until the server has noticed that they are gone, after a pause of at most a second
    time.sleep(0.4)
    try:
        peer = connect(port)
        peer.sendall(GET)
        data = read_until(peer, lambda d: d.endswith(b"World!"))
        if data:
            break
    except ConnectionError:
        pass
check("serves again", b"Hello" in data, data)
code, out, err = stop(server, signal.SIGTERM)
check("ends", code == 0, code, out, err)
