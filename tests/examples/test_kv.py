"""examples/kv: the text protocol through this test's client and through libmemcached's, keys on every domain,
hostile input, many clients, shutdown on SIGTERM."""
import atexit
import concurrent.futures
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

KV = os.path.join(sys.argv[1], "kv")


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.file = self.socket.makefile("rb")

    def line(self):
        return self.file.readline().rstrip(b"\r\n").decode()

    def command(self, text, body=None):
        self.socket.sendall(text.encode() + b"\r\n" + (body + b"\r\n" if body is not None else b""))
        return self.line()

    def get(self, *keys, word="get"):
        found = {}
        line = self.command(f"{word} {' '.join(keys)}")
        while line.startswith("VALUE "):
            _, key, flags, size, *cas = line.split()
            found[key] = (self.file.read(int(size)), int(flags), *map(int, cas))
            assert self.file.read(2) == b"\r\n"
            line = self.line()
        assert line == "END", line
        return found

    def ended(self):
        return self.socket.recv(1) == b""


def same(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def figures(client):
    line, found = client.command("stats"), {}
    assert line.startswith("STAT pid "), line
    while line != "END":
        name, number = re.fullmatch(r"STAT (\w+) (\d+)", line).groups()
        found[name] = int(number)
        line = client.line()
    return found


def check_commands(port):
    c = Client(port)
    keys = [f"key-{i}" for i in range(100)]  # on all domains
    for i, key in enumerate(keys):
        same(c.command(f"set {key} {i} 0 {len(key)}", key.encode()), "STORED")
    same(c.get(*keys), {key: (key.encode(), i) for i, key in enumerate(keys)})
    for key in keys[:10]:
        same(c.command(f"add {key} 0 0 1", b"x"), "NOT_STORED")
        same(c.command(f"append {key} 0 0 1", b">"), "STORED")
        same(c.command(f"prepend {key} 0 0 1", b"<"), "STORED")
        same(c.get(key)[key][0], b"<" + key.encode() + b">")
        value, flags, cas = c.get(key, word="gets")[key]
        same(c.command(f"cas {key} 7 0 1 {cas + 1000}", b"1"), "EXISTS")
        same(c.command(f"cas {key} 7 0 1 {cas}", b"1"), "STORED")
        same(c.command(f"incr {key} 41"), "42")
        same(c.command(f"decr {key} 50"), "0")
        same(c.command(f"touch {key} 100"), "TOUCHED")
        same(c.command(f"replace {key} 0 -1 1", b"x"), "STORED")
        same(c.get(key), {})  # expired
        same(c.command(f"replace {key} 0 0 1", b"x"), "NOT_STORED")
        same(c.command(f"delete {key}"), "NOT_FOUND")
        same(c.command(f"incr {key} 1"), "NOT_FOUND")
    same(c.command("incr key-50 1"), "CLIENT_ERROR cannot increment or decrement non-numeric value")
    same(c.command("bogus"), "ERROR")
    same(c.command("get"), "ERROR")
    same(c.command("get " + "k" * 251), "CLIENT_ERROR bad command line format")
    same(c.command("set a b c d"), "CLIENT_ERROR bad command line format")
    for key in "big", "large", "huge":  # local and remote; the value that was to be replaced is invalid
        same(c.command(f"set {key} 0 0 1", b"o"), "STORED")
        same(c.command(f"set {key} 0 0 {(1 << 20) + 1}", b"x" * ((1 << 20) + 1)),
             "SERVER_ERROR object too large for cache")
        same(c.get(key), {})
        same(c.command(f"set {key} 0 0 1", b"o"), "STORED")
        c.socket.sendall(f"set {key} 0 0 {(1 << 20) + 1} noreply\r\n".encode() + b"x" * ((1 << 20) + 1) + b"\r\n")
        same(c.get(key), {})
        same(c.command(f"add {key} 0 0 1", b"o"), "STORED")
        same(c.command(f"append {key} 0 0 {1 << 21}", b"x" * (1 << 21)), "SERVER_ERROR object too large for cache")
        same(c.get(key), {key: (b"o", 0)})
    big = random.randbytes(1 << 20)
    for key in "big-1", "big-2", "big-3":  # larger than any buffer; local and remote
        same(c.command(f"set {key} 0 0 {len(big)}", big), "STORED")
        assert c.get(key)[key][0] == big
    c.socket.sendall(b"set quiet 0 0 2 noreply\r\nok\r\ndelete key-60 noreply\r\nget quiet key-60\r\n")
    same(c.line(), "VALUE quiet 0 2")
    same((c.line(), c.line()), ("ok", "END"))
    assert figures(c)["uptime"] < 10000
    for number in str(1 << 64), "99999999999999999999999", "12345678901234567890 x":
        same(c.command(f"set number 0 0 {len(number)}", number.encode()), "STORED")
        for word in "incr", "decr":
            if " " not in number:
                same(c.command(f"{word} number 1"), "CLIENT_ERROR cannot increment or decrement non-numeric value")
        same(c.get("number")["number"][0], number.encode())  # not lost
    same(c.command("set number 0 0 20", str((1 << 64) - 1).encode()), "STORED")
    same(c.command("incr number 3"), "2")
    same(c.command(f"incr number {1 << 64}"), "CLIENT_ERROR invalid numeric delta argument")
    for size in str(1 << 31), str(1 << 63), str(1 << 64), "9" * 30, "-1":
        same(c.command(f"set number 0 0 {size}"), "CLIENT_ERROR bad command line format")
    same(c.command(f"set number 0 {'9' * 30} 1"), "CLIENT_ERROR bad command line format")
    same(c.get("number"), {"number": (b"2", 0)})
    for line in "get a\0b", "get a\0", "set a\0b 0 0 1", "\0", "version\0", "get a b\0 c":
        same(c.command(line), "CLIENT_ERROR bad command line format")
    many = [f"many-{i:05}" for i in range(5000)]  # a line of 60 KB
    for key in many[::1000]:
        same(c.command(f"set {key} 0 0 1", b"m"), "STORED")
    same(list(c.get(*many)), many[::1000])
    same(c.command("  get  many-00000  "), "VALUE many-00000 0 1")
    same((c.line(), c.line()), ("m", "END"))
    for line in "flush_all abc", "flush_all 1 2", "flush_all noreply 1", "flush_all 99999999999999999999":
        same(c.command(line), "CLIENT_ERROR bad command line format")
    same(c.command("flush_all 1000"), "OK")
    same(len(c.get(*keys)), 89)
    same(c.command("flush_all 100000"), "OK")  # another time: that one counts
    same(c.command("flush_all 2"), "OK")
    time.sleep(3.1)
    same(c.command("set after 0 0 1", b"a"), "STORED")
    same(c.get(*keys, "after"), {"after": (b"a", 0)})
    time.sleep(1)
    same(c.get("after"), {"after": (b"a", 0)})  # flushed once
    same(c.command("flush_all -1"), "OK")
    same(c.get("after"), {})
    same(c.command("set after 0 0 1", b"a"), "STORED")
    c.socket.sendall(b"flush_all 0 noreply\r\nget after\r\n")
    same(c.line(), "END")
    version = c.command("version")
    assert re.fullmatch(r"VERSION \d+\.\d+\.\d+", version), version
    c.socket.sendall(b"quit\r\n")
    assert c.ended()


def check_pipelining(port):
    c = Client(port)
    count = 2000  # answers come in order although every other key is remote
    c.socket.sendall(b"".join(b"set p%d 0 0 4\r\n%04d\r\n" % (i, i) for i in range(count)))
    for _ in range(count):
        same(c.line(), "STORED")
    commands = b"".join(b"get p%d\r\n" % i for i in range(count))
    sender = threading.Thread(target=c.socket.sendall, args=(commands,))
    sender.start()
    for i in range(count):
        same((c.line(), c.line(), c.line()), (f"VALUE p{i} 0 4", f"{i:04}", "END"))
    sender.join()
    for byte in b"set slow 0 0 3\r\nabc\r\nget slow\r\n":  # a byte at a time
        c.socket.sendall(bytes([byte]))
    same([c.line() for _ in range(4)], ["STORED", "VALUE slow 0 3", "abc", "END"])


def check_hostile_input(port):
    c = Client(port)
    same(c.command("set x 0 0 3", b"toolong"), "CLIENT_ERROR bad data chunk")
    assert c.ended()
    c = Client(port)
    c.socket.sendall(b"get " + b"k" * 20000 + b"\r\n")
    same(c.line(), "CLIENT_ERROR bad command line format")
    same(c.command("get p1"), "VALUE p1 0 4")
    c.socket.sendall(b"k" * 300000)
    c = Client(port)
    c.socket.sendall(b"k" * 300000)
    same(c.line(), "CLIENT_ERROR line too long")
    generator = random.Random(1)
    for _ in range(30):
        c = Client(port)
        try:
            c.socket.sendall(generator.randbytes(3000).replace(b"\x00", b"\n"))
        except OSError:
            pass
        c.socket.close()
    for text in b"set half 0 0 100\r\nabc", b"get p1", b"":  # gone in the middle
        c = Client(port)
        c.socket.sendall(text)
        c.socket.close()


def check_many_clients(port):
    failures = []

    def work(number):
        try:
            c, generator, mine = Client(port), random.Random(number), {}
            for _ in range(150):
                key = f"c{number}-{generator.randrange(20)}"
                if generator.random() < 0.5:
                    mine[key] = generator.randbytes(generator.randrange(2000))
                    same(c.command(f"set {key} 0 0 {len(mine[key])}", mine[key]), "STORED")
                else:
                    same({k: v[0] for k, v in c.get(key).items()}, {key: mine[key]} if key in mine else {})
        except Exception as e:  # reported by the main thread
            failures.append(e)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


def check_libmemcached(port):
    if shutil.which("memccapable") is None:
        sys.exit("memccapable is missing: scripts/install-packages test")
    for words in ["memcping"], ["memcstat", "--verbose"]:  # they parse the version as numbers
        subprocess.run([words[0], f"--servers=127.0.0.1:{port}", *words[1:]], check=True, timeout=60,
                       stdout=subprocess.DEVNULL)
    text = subprocess.run(["memccapable", "-h", "127.0.0.1", "-p", str(port), "-a"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout
    assert "All tests passed" in text, text


def check_eviction():
    kv, port = begin("--domains", "2", "--memory", "2")
    c = Client(port)
    for i in range(400):
        same(c.command(f"set e{i} 0 0 10000", b"x" * 10000), "STORED")
    same(len(c.get("e399", "e398")), 2)
    assert 50 < len(c.get(*[f"e{i}" for i in range(400)])) < 230
    end(kv)


def check_slow_clients():
    kv, port = begin("--domains", "2", "--idle", "1")
    before = len(os.listdir(f"/proc/{kv.pid}/fd"))
    silent, deaf, busy = Client(port), Client(port), Client(port)
    deaf.socket.settimeout(0.5)
    same(busy.command("set deaf 0 0 1000000", b"d" * 1000000), "STORED")
    begun = time.monotonic()
    try:
        while time.monotonic() < begun + 20:  # sends requests and never reads
            deaf.socket.sendall(b"get deaf\r\n" * 100)
    except (TimeoutError, ConnectionError):
        pass
    asked = begun
    for _ in range(100):
        if time.monotonic() - asked > 0.9 and busy.ended():  # this test was held up
            busy = Client(port)
        asked = time.monotonic()
        same(len(busy.get("deaf")), 1)
        held = len(os.listdir(f"/proc/{kv.pid}/fd"))
        if held == before + 1:
            break
        time.sleep(0.2)
    same(held, before + 1)
    assert silent.ended()
    end(kv)


def check_trickling_clients():
    """Half a command, and then a byte now and then: a line without an end, data of a set. No more than so many at once."""
    kv, port = begin("--domains", "2", "--idle", "1", "--connections", "2")
    slow = [Client(port), Client(port)]
    slow[0].socket.sendall(b"get ")
    slow[1].socket.sendall(b"set slow 0 0 1000000\r\n")
    next_one = Client(port)
    next_one.socket.sendall(b"get slow\r\n")  # waits for a place
    begun = time.monotonic()
    while slow and time.monotonic() < begun + 60:
        has_answer = select.select([next_one.socket], [], [], 0)[0]
        for c in list(slow):
            try:
                c.socket.sendall(b"k")
                c.socket.settimeout(0.05)
                if c.ended():
                    slow.remove(c)
            except TimeoutError:
                pass
            except ConnectionError:
                slow.remove(c)
        assert not has_answer or len(slow) < 2, "more than 2 connections are served"
    assert not slow, "one who trickles is kept"
    assert time.monotonic() - begun > 0.9, "and is let go too early"
    same(next_one.line(), "END")
    end(kv)


def begin(*options):
    kv = subprocess.Popen([KV, "--port", "0", *options], stdout=subprocess.PIPE, text=True)
    atexit.register(kv.kill)  # no effect after the process has been waited for
    return kv, int(re.match(r"listening on port (\d+)", kv.stdout.readline()).group(1))


def end(kv):
    kv.send_signal(signal.SIGTERM)
    kv.communicate(timeout=20)
    assert kv.returncode == 0, kv.returncode


def check_with_domains(domains):
    kv, port = begin("--domains", domains)
    check_commands(port)
    check_pipelining(port)
    check_hostile_input(port)
    check_many_clients(port)
    check_libmemcached(port)
    open_connection = Client(port)  # does not prevent the shutdown
    stats = figures(open_connection)
    assert stats["threads"] == int(domains) and 1 <= stats["curr_connections"] < stats["total_connections"], stats
    assert stats["limit_maxbytes"] > 60 << 20 and stats["get_misses"] == stats["cmd_get"] - stats["get_hits"] > 0, stats
    end(kv)
    open_connection.socket.close()


def check_engines():
    for engine in "poll", "select":
        kv, port = begin("--domains", "2", "--engine", engine)
        c = Client(port)
        for i in range(20):
            same(c.command(f"set {engine}{i} 0 0 1", b"x"), "STORED")
        same(len(c.get(*[f"{engine}{i}" for i in range(20)])), 20)
        end(kv)
    for words in (["--port", "65536"], ["--port"], ["--memory", "0"], ["--memory", "99999999999999999999"], ["--domains", "x"], ["--connections", "0"],
                  ["--idle", "0"], ["--what", "1"]):
        done = subprocess.run([KV, *words], capture_output=True, text=True, timeout=20)
        assert done.returncode == 2 and re.match(r"kv: .*\nusage: kv .*\n$", done.stderr), done
    done = subprocess.run([KV, "--help"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stdout.startswith("usage: kv [--port N] "), done
    done = subprocess.run([KV, "--engine", "none"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and 'engine "none"' in done.stderr, done


# Most of their time is waited, so they run at the same time.
with concurrent.futures.ThreadPoolExecutor() as pool:
    checks = [pool.submit(check_with_domains, "1"), pool.submit(check_with_domains, "3"), pool.submit(check_engines),
              pool.submit(check_eviction), pool.submit(check_slow_clients), pool.submit(check_trickling_clients)]
    for check in checks:
        check.result()
print("ok")
