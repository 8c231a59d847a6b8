"""Clients that are slow, rude or greedy, against hello, echo and proxy: slowloris, a reader of a byte a second, resets,
half-closes, fragments of a byte, much unread input behind a request. Others are served meanwhile, nothing is lost, and
memory stays bounded."""
import socket
import struct
import threading
import time

from peers import CHECKERS, check, connect, example, pattern, read_until, stop

GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
ANSWER = b"Hello, World!"
MEMORY = (256 if CHECKERS else 16) << 20  # checkers keep what has been freed
LAST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def quick(port, what):
    """Twenty clients, one after the other, are served while others behave badly."""
    longest = 0
    for _ in range(20):
        begun = time.monotonic()
        with connect(port) as peer:
            peer.sendall(LAST)
            data = read_until(peer, lambda d: False)
        longest = max(longest, time.monotonic() - begun)
        if not data.endswith(ANSWER):
            check(f"quick clients beside {what}", False, data)
    check(f"quick clients beside {what}", longest < 15, longest)


def memory(process):
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024


def pours(peer, data, seconds=0.15):
    """Sends until nobody has taken anything for a while; returns how much went."""
    peer.setblocking(False)
    sent, last = 0, time.monotonic()
    while time.monotonic() - last < seconds:
        try:
            sent += peer.send(data[sent % len(data):])
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    return sent


# ---- slowloris ----

hello, port = example("hello", "--port", "0", "--domains", "1", "--idle", "1")
slow = [connect(port) for _ in range(100)]
begun = time.monotonic()
ended = 0
for i in range(1000):
    for peer in slow[:]:
        try:
            peer.send(GET[i % 20:i % 20 + 1] if i < 20 else b"x")  # never the end of a header
            time.sleep(0)
        except OSError:
            slow.remove(peer)
            ended += 1
    if not slow:
        break
    if i == 5:
        quick(port, "100 slow writers")
    time.sleep(0.05)
check("all slow writers are closed", ended == 100, ended)
check("after the limit, and soon after it", 0.9 < time.monotonic() - begun < 15, time.monotonic() - begun)
stop(hello)

# ---- a reader of a byte a second, and those that read nothing ----

hello, port = example("hello", "--port", "0", "--domains", "1")
quick(port, "nobody")
before = memory(hello)
greedy = [connect(port, SO_RCVBUF=4096) for _ in range(4)]
sent = [pours(peer, GET * 2000) for peer in greedy]
check("it stops reading what it cannot answer", max(sent) < 32 << 20, sent)
check("and its memory is bounded", memory(hello) - before < MEMORY, memory(hello) - before)
quick(port, "four that do not read")
greedy[0].settimeout(10)
begun = time.monotonic()
got = b""
for _ in range(2):
    time.sleep(1)
    got += greedy[0].recv(1)
check("a byte a second", len(got) == 2 and time.monotonic() - begun >= 2, got)
for peer in greedy:
    reset(peer)

# ---- resets, before anything, in a header, behind a request, and ends before a server looks ----

for i in range(300):
    peer = connect(port)
    peer.send((b"", GET[:7], GET, GET * 500)[i % 4])
    if i % 3 == 0:
        peer.close()
    else:
        reset(peer)
quick(port, "300 that went")

# ---- half-closes ----

for n in (1, 100, 20000):
    with connect(port) as peer:
        sender = threading.Thread(target=lambda: (peer.sendall(GET * n), peer.shutdown(socket.SHUT_WR)))
        sender.start()
        data = read_until(peer, lambda d: False)
        sender.join()
    check(f"{n} answers to one that has ended its half", data.count(ANSWER) == n and data.endswith(ANSWER), len(data))
with connect(port) as peer:
    peer.sendall(GET[:10])
    peer.shutdown(socket.SHUT_WR)
    check("half a request and an end", b"200" not in read_until(peer, lambda d: False))

# ---- an answer, and a close, with much that was not read: it arrives whole ----

def in_time(attempt):
    """What attempt returns, the second part if it is good. A server waits two seconds for what is under way: what a busy
    machine held up for longer does not count."""
    for _ in range(20):
        begun = time.monotonic()
        result, is_good = attempt()
        if is_good or time.monotonic() - begun < 1.5:
            break
    return result


much = b"y" * (4 << 20)
for what, head, wanted in (("a last request", LAST, b"200 OK"), ("no HTTP", b"\0\1\2\r\n\r\n", b"400"),
                           ("an endless header", b"GET / HTTP/1.1\r\nX: ", b"431")):
    for i in range(5):
        errors = []

        def answered():
            with connect(port) as peer:
                def send():
                    try:
                        peer.sendall(head + much[:(48 << 10) << i])
                    except OSError as e:
                        errors.append(e)

                sender = threading.Thread(target=send)
                sender.start()
                try:
                    data = read_until(peer, lambda d: False)
                except OSError as e:
                    data = repr(e).encode()
                sender.join()
            return data, wanted in data[:40]

        data = in_time(answered)
        if wanted not in data[:40]:
            check(f"{what} and {(48 << 10) << i} more bytes: the answer", False, data[:200], errors)
    check(f"the answer to {what} arrives although much was not read", True)

def answers_of_pipeline(port, what):
    """Many answers that the kernel still has when the server closes: the reset that unread input causes would lose them. The
    server reads 256 KiB of it away."""
    def send(peer):
        try:
            peer.sendall(GET * 5000 + LAST + much[:200000])
        except OSError as e:
            print("sending:", e)  # also seen where it reads

    def answered():
        with connect(port, SO_RCVBUF=4096) as peer:
            sender = threading.Thread(target=send, args=(peer,))
            sender.start()
            time.sleep(0.3)  # they fill the buffers of both sides
            try:
                data = read_until(peer, lambda d: False)
            except OSError as e:
                data = repr(e).encode()
            sender.join()
        return data, data.count(ANSWER) == 5001 and data.endswith(ANSWER)

    data = in_time(answered)
    check(f"5,001 answers and an end, {what}", data.count(ANSWER) == 5001 and data.endswith(ANSWER), len(data), data[-60:])


answers_of_pipeline(port, "with much unread input")

# ---- through proxy, in fragments of a byte ----

proxy, front = example("proxy", "--to", f"127.0.0.1:{port}", "--port", "0")
with connect(front) as peer:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(10):
        for i in range(len(GET)):
            peer.send(GET[i:i + 1])
    check("fragments of a byte", read_until(peer, lambda d: d.count(ANSWER) == 10).count(ANSWER) == 10)
for i in range(60):
    peer = connect(front)
    peer.send(GET * (i % 5 * 100))
    reset(peer)
quick(front, "60 that reset a proxy")
with connect(front) as peer:
    peer.sendall(LAST + much[:200000])
    check("an answer with unread input, through proxy", read_until(peer, lambda d: False).endswith(ANSWER))
answers_of_pipeline(front, "through proxy")
stop(proxy, r"(proxy: .*(Connection reset by peer|Broken pipe).*\n)*")

# A server that answers, and then closes without having read what it was sent: proxy is reset, the client is not.
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def answer_and_close():
        peer, _ = listener.accept()
        peer.recv(7)
        peer.sendall(much[:50000])
        peer.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        peer.close()

    server = threading.Thread(target=answer_and_close)
    server.start()
    proxy, front = example("proxy", "--to", f"127.0.0.1:{listener.getsockname()[1]}", "--port", "0")
    with connect(front) as peer:
        peer.sendall(much[:100000])
        time.sleep(0.4)
        peer.sendall(b"more")
        data = read_until(peer, lambda d: False)
        check("the answer of a server that resets what it did not read", data == much[:50000], len(data))
    server.join()
stop(proxy, r"(proxy: .*(Connection reset by peer|Broken pipe).*\n)*")
stop(hello)

# ---- echo ----

echo, port = example("echo", "--port", "0")
before = memory(echo)
greedy = [connect(port, SO_RCVBUF=65536) for _ in range(4)]
sent = [pours(peer, pattern(1 << 20)) for peer in greedy]
check("echo stops reading from those that do not read", max(sent) < 32 << 20, sent)
check("and its memory is bounded", memory(echo) - before < MEMORY, memory(echo) - before)
with connect(port) as peer:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = pattern(3000)
    for i in range(len(data)):
        peer.send(data[i:i + 1])
    peer.shutdown(socket.SHUT_WR)
    check("3,000 fragments of a byte beside them", read_until(peer, lambda d: False) == data)
greedy[1].setblocking(True)
greedy[1].settimeout(20)
greedy[1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
whole = read_until(greedy[1], lambda d: len(d) >= sent[1])
check("one that reads at last gets all of it", whole == pattern(1 << 20) * (sent[1] >> 20) + pattern(1 << 20)[:sent[1] % (1 << 20)])
for peer in greedy:
    reset(peer)
stop(echo)
