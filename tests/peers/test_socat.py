"""socat: as a client of echo over TCP, Unix sockets and UDP, and as a server behind proxy that answers only after it has read
the end of what the client sends."""
import hashlib
import os

from peers import answers, check, end, example, free_port, pattern, process, run, stop, tool, work

socat = tool("socat")


def through(address, data):
    """What comes back of data, whose end socat hands on; it waits for the other end."""
    done = run(socat, "-b", "65536", "-t", "30", "-", address, input=data)
    check(f"socat {address}", done.returncode == 0, done.returncode, done.stderr)
    return done.stdout


data = pattern(3 << 20)
echo, port = example("echo", "--port", "0")
check("a line", through(f"TCP:127.0.0.1:{port}", b"hello\n") == b"hello\n")
check("nothing", through(f"TCP:127.0.0.1:{port}", b"") == b"")
check("3 MiB", through(f"TCP:127.0.0.1:{port}", data) == data)
check("3 MiB in segments of 88 bytes", through(f"TCP:127.0.0.1:{port},mss=88,nodelay", data) == data)
check("with buffers of the least size", through(f"TCP:127.0.0.1:{port},sndbuf=1,rcvbuf=1", data[:200000]) == data[:200000])
clients = [process(socat, "-t", "30", "-", f"TCP:127.0.0.1:{port}", stdin=-1) for _ in range(20)]
for i, client in enumerate(clients):
    client.stdin.write(b"%d" % i * 1000)
    client.stdin.close()
    client.stdin = None
for i, client in enumerate(clients):
    check(f"client {i} of 20 gets its own", client.communicate(timeout=40)[0] == b"%d" % i * 1000)
stop(echo)

for name, address in ((f"{work}/echo", f"UNIX-CONNECT:{work}/echo"),
                      (f"@sley-peers-{os.getpid()}", f"ABSTRACT-CONNECT:sley-peers-{os.getpid()}")):
    echo, _ = example("echo", "--unix", name)
    check(f"over {name[0]}...", through(address, data) == data)
    stop(echo)
check("the file of the socket is gone", not os.path.exists(f"{work}/echo"))

echo, port = example("echo", "--udp", "--port", "0")
packets = process(socat, "-b", "60000", "-", f"UDP:127.0.0.1:{port}", stdin=-1)
for i, size in enumerate([1, 1472, 60000] + [1000] * 100):  # each write is a packet, each packet a write
    packet = data[i:i + size]
    packets.stdin.write(packet)
    packets.stdin.flush()
    got = packets.stdout.read(size)
    if got != packet:
        check(f"packet {i}, of {size} bytes", False, len(got))
print("ok: 103 packets")
end(packets)
stop(echo)

port = free_port()
digests = process(socat, f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork", "EXEC:sha256sum")
answers(port)
proxy, front = example("proxy", "--to", f"127.0.0.1:{port}", "--port", "0")
for size in (0, 1, 3 << 20):
    wanted = hashlib.sha256(data[:size]).hexdigest().encode() + b"  -\n"
    check(f"the end of {size} bytes reaches the server, whose answer comes back",
          through(f"TCP:127.0.0.1:{front}", data[:size]) == wanted)
stop(proxy)
end(digests)

with open(f"{work}/data", "wb") as file:
    file.write(data)
port = free_port()
source = process(socat, "-b", "65536", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork", f"EXEC:cat {work}/data")
answers(port)
proxy, front = example("proxy", "--to", f"127.0.0.1:{port}", "--port", "0")
check("a server that sends without being asked", through(f"TCP:127.0.0.1:{front}", b"") == data)
slow = process(socat, "-u", "-b", "512", f"TCP:127.0.0.1:{front},rcvbuf=4096", "-", stdin=-3)
check("a reader with small buffers gets all of it", slow.communicate(timeout=40)[0] == data)
stop(proxy, r"(proxy: .*(Connection reset by peer|Broken pipe).*\n)*")
end(source)
