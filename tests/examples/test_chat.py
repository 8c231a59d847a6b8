"""chat: names, lines, leaving, idling, a client that never reads, crowds that leave together, wrong options, and
shutdown by a signal."""
import atexit
import os
import re
import signal
import socket
import subprocess
import sys
import time

chat = os.path.join(sys.argv[1], "chat")


def check(what, condition, *shown):
    if not condition:
        print("FAILED:", what, *shown)
        sys.exit(1)
    print("ok:", what)


def start(*arguments):
    server = subprocess.Popen([chat, "--port", "0", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    atexit.register(server.kill)  # no effect after the process has been waited for
    found = re.match(r"listening on port (\d+)", server.stdout.readline())
    check("listens", found)
    return server, int(found.group(1))


class Client:
    def __init__(self, port, name):
        self.peer = socket.create_connection(("127.0.0.1", port), timeout=40)
        self.lines = self.peer.makefile("r")
        check("is asked for a name", self.lines.readline() == "your name?\n")
        self.say(name)

    def say(self, text):
        self.peer.sendall(text.encode() + b"\n")

    def hears(self, text):
        line = self.lines.readline()
        check(f"hears {text!r}", line == text + "\n", line)


server, port = start("--idle", "60")
ann = Client(port, "ann")
bob = Client(port, "bob")
ann.hears("* bob is here")
cat = Client(port, "cat\r")
ann.hears("* cat is here")
bob.hears("* cat is here")
ann.say("hello")
bob.hears("ann: hello")
cat.hears("ann: hello")
for i in range(100):
    bob.say(f"line {i}")
for i in range(100):
    ann.hears(f"bob: line {i}")
bob.peer.close()
bob.lines.close()
ann.hears("* bob has left")
for i in range(100):
    cat.hears(f"bob: line {i}")
cat.hears("* bob has left")

lazy = Client(port, "lazy")  # never reads
ann.hears("* lazy is here")
cat.hears("* lazy is here")
gone = False
for i in range(2000):
    ann.say("\n".join(["x" * 400] * 100))  # less than an outbox; cat has read all of it before more comes
    heard = 0
    while heard < 100:
        line = cat.lines.readline()
        if line == "* lazy has left\n":
            gone = True
        elif line == f"ann: {'x' * 400}\n":
            heard += 1
        else:
            check("cat hears all of it", False, line)
    if gone:
        break
check("one who never reads is let go", gone, i)
server.send_signal(signal.SIGTERM)
out, err = server.communicate(timeout=20)
check("ends by a signal, with nothing left", server.returncode == 0 and err == "", server.returncode, err)

server, port = start()
for crowd in range(20):  # fault 38: a client leaves while a line is being distributed
    peers = [socket.create_connection(("127.0.0.1", port), timeout=40) for _ in range(40)]
    for number, peer in enumerate(peers):
        peer.sendall(f"name {number}\nhello\n".encode() * (1 + crowd % 3))
    for peer in peers:
        peer.close()
    if server.poll() is not None:
        check("lives when a crowd leaves", False, crowd, server.returncode, server.stderr.read())
eve = Client(port, "e\033[2Jve\t")
fay = Client(port, "fay")
line = eve.lines.readline()
while line.startswith("* name ") or line.startswith("name "):
    line = eve.lines.readline()
check("hears who came after the crowd", line == "* fay is here\n", line)
eve.say("\007ding")
fay.hears("e?[2Jve?: ?ding")
server.send_signal(signal.SIGTERM)
out, err = server.communicate(timeout=20)
check("ends after crowds", server.returncode == 0 and err == "", server.returncode, err)

for engine in "poll", "select":
    server, port = start("--engine", engine)
    ann, bob = Client(port, "ann"), Client(port, "bob")
    ann.hears("* bob is here")
    bob.say(engine)
    ann.hears(f"bob: {engine}")
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=20)
    check(f"ends on {engine}", server.returncode == 0 and err == "", server.returncode, err)
refused = subprocess.run([chat, "--port", "0", "--engine", "none"], capture_output=True, text=True, timeout=20)
check("an engine that is not there is refused", refused.returncode == 1 and "none" in refused.stderr, refused)
for words in ["--port"], ["--port", "x"], ["--port", "65536"], ["--idle", "0"], ["--colour", "1"], ["1", "--idle"], ["--idle", "-1"], \
        ["--port", "80x"], ["--port", "-1"], ["--port", ""]:
    refused = subprocess.run([chat, *words], capture_output=True, text=True, timeout=20)
    check(f"refuses {words}", refused.returncode == 2 and re.match(r"chat: .*\nusage: chat \[--port N\] .*\n$", refused.stderr),
          refused)
helped = subprocess.run([chat, "--help"], capture_output=True, text=True, timeout=20)
check("helps", helped.returncode == 0 and helped.stdout == "usage: chat [--port N] [--idle SECONDS] [--engine NAME]\n", helped)

server, port = start("--idle", "0.4")
begin = time.monotonic()
ann = Client(port, "ann")
line = ann.lines.readline()
check("one who says nothing is let go", line == "" and 0.4 < time.monotonic() - begin < 30, line)
trickles = socket.create_connection(("127.0.0.1", port), timeout=0.1)
begin = time.monotonic()
heard, gone = b"", False
while not gone and time.monotonic() < begin + 40:  # a line without an end, a byte now and then
    try:
        trickles.sendall(b"n")
        more = trickles.recv(100)
        heard, gone = heard + more, more == b""
    except TimeoutError:
        pass
    except ConnectionError:
        gone = True
check("one who sends a byte now and then is let go", gone and heard == b"your name?\n" and time.monotonic() - begin > 0.4, heard)
server.send_signal(signal.SIGINT)
out, err = server.communicate(timeout=20)
check("ends", server.returncode == 0 and err == "", server.returncode, err)
