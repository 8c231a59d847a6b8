"""A name server (dnsmasq) on the loopback: asked by a source of names over datagrams, and, where this process may have a
network and mounts of its own, by the system's resolver, through which fetch and proxy then reach hello."""
import fcntl
import os
import re
import socket
import struct
import sys
import time

from peers import EXAMPLES, PATIENCE, RESOLVE, check, end, example, free_port, process, run, stop, tool, work

dnsmasq = tool("dnsmasq")
os.chmod(work, 0o755)
alone = "--alone" in sys.argv  # in a network of its own, see below
many = [f"2001:db8::{i:x}" for i in range(1, 41)]
hosts = [("192.0.2.1", "both.test"), ("2001:db8::1", "both.test"), ("192.0.2.4", "four.test"), ("2001:db8::6", "six.test"),
         ("127.0.0.1", "web.test"), ("192.0.2.9", "a.very.long." + "label." * 30 + "test")] + [(a, "many.test") for a in many]
with open(os.path.join(work, "hosts"), "w") as file:
    file.writelines(f"{address} {name}\n" for address, name in hosts)
port = 53 if alone else free_port()
log = os.path.join(work, "queries")


def server_start():
    return process(dnsmasq, "-k", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", f"--addn-hosts={work}/hosts",
                   "--local=/test/", "--cname=alias.test,both.test", "--host-record=both.test,192.0.2.1,2001:db8::1",
                   f"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=",
                   "--user=root" if os.geteuid() == 0 else "--user=", "--log-queries", f"--log-facility={log}")


def resolve(*arguments):
    """The lines that the program of this folder prints."""
    done = run(RESOLVE, *arguments)
    check(f"resolve {' '.join(arguments)[:70]}", done.returncode == 0, done.returncode, done.stderr)
    return done.stdout.decode().split("\n")[:-1]


def asked(name):
    with open(log) as file:
        return len(re.findall(rf"query\[(?:A|AAAA)\] {re.escape(name)} ", file.read()))


def all_names(*how):
    both = resolve(*how, "both.test")
    check("both families", sorted(both) == ["192.0.2.1:7", "[2001:db8::1]:7"], both)
    check("IPv4 only", resolve(*how, "four.test") == ["192.0.2.4:7"])
    check("IPv6 only", resolve(*how, "six.test") == ["[2001:db8::6]:7"])
    check("another name of a host", sorted(resolve(*how, "alias.test")) == sorted(both))
    check("a name of 195 bytes", resolve(*how, hosts[5][1]) == ["192.0.2.9:7"])
    check("upper case", sorted(resolve(*how, "BOTH.Test")) == sorted(both))
    check("a name that is not there", re.fullmatch(r"error: .*nowhere\.test.*", resolve(*how, "nowhere.test")[0]))
    check("what the server does not know", re.fullmatch(r"error: .*", resolve(*how, "example.org")[0]))
    before = asked("four.test")
    check("50 equal questions at once", resolve(*how, "--times", "50", "four.test") == ["192.0.2.4:7"] * 50)
    check("reach the server once", asked("four.test") - before == 2, asked("four.test") - before)


def wait_for_server():
    query = b"\0\0\1\0\0\1\0\0\0\0\0\0\3web\4test\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.1)
        for _ in range(PATIENCE * 10):
            try:
                s.sendto(query, ("127.0.0.1", port))
                s.recv(512)
                return
            except OSError:
                if server.poll() is not None:
                    check("dnsmasq runs", False, server.stderr.read())
                time.sleep(0.01)
    check("dnsmasq answers", False)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        up = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(s, 0x8914, up)  # SIOCSIFFLAGS


if alone:
    loopback_up()
    server = server_start()
    wait_for_server()
    # The system's resolver, with the files that the shell has put in place of those of /etc.
    all_names()
    found = resolve("many.test")
    check("40 addresses, for which the resolver has to ask by TCP", sorted(found) == sorted(f"[{a}]:7" for a in many), found)
    check("the name of an address", resolve("--name", "192.0.2.4") == ["four.test"])
    check("of one of IPv6", resolve("--name", "2001:db8::6") == ["six.test"])
    check("of one that has none", re.fullmatch(r"error: .*192\.0\.2\.77.*", resolve("--name", "192.0.2.77")[0]))
    hello, at = example("hello", "--port", "0", "--domains", "1")
    fetched = run(os.path.join(EXAMPLES, "fetch"), "web.test", str(at))
    check("fetch by name", fetched.stdout.endswith(b"Hello, World!"), fetched.stdout, fetched.stderr)
    proxy, front = example("proxy", "--to", f"web.test:{at}", "--port", "0")
    fetched = run(os.path.join(EXAMPLES, "fetch"), "127.0.0.1", str(front))
    check("proxy by name", fetched.stdout.endswith(b"Hello, World!"), fetched.stdout, fetched.stderr)
    stop(proxy)
    stop(hello)
    end(server)
    begun = time.monotonic()
    check("no server at all", resolve("both.test")[0].startswith("error: "))
    check("is told soon", time.monotonic() - begun < 15)
    sys.exit(0)

server = server_start()
wait_for_server()
all_names("--server", f"127.0.0.1:{port}")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
    silent.bind(("127.0.0.1", 0))
    found = resolve("--server", f"127.0.0.1:{silent.getsockname()[1]}", "both.test")
    check("a server that is silent is asked three times", "does not answer" in found[0], found)
    silent.setblocking(False)
    questions = []
    try:
        while True:
            questions.append(silent.recv(512))
    except BlockingIOError:
        pass
    check("for both families", len(questions) == 6, len(questions))
end(server)

for name, text in (("resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n"),
                   ("nsswitch.conf", "hosts: files dns\n")):
    with open(os.path.join(work, name), "w") as file:
        file.write(text)
own = [tool("unshare"), "--mount", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
if run(*own, "true").returncode != 0:
    print("not here: the system's resolver, since this process may have no network of its own")
    sys.exit(0)
inside = run(*own, "sh", "-c", 'mount --bind "$1/resolv.conf" /etc/resolv.conf && '
             'mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && shift && exec "$@"', "sh", work, sys.executable,
             os.path.abspath(__file__), *sys.argv[1:], "--alone", timeout=100)
print(inside.stdout.decode(), inside.stderr.decode(), end="")
check("with the system's resolver", inside.returncode == 0)
