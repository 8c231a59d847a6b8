"""scripts/demo's second half: runs the server, loads it second by second, shows a table."""
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

SECONDS = max(1, int(float(os.environ.get("SLEY_DEMO_SECONDS", "10"))))
PORT = int(os.environ.get("SLEY_DEMO_PORT", "8080"))
CONNECTIONS = 64
FIELDS = ("connections", "open", "requests", "sent", "received", "wakeups")


def fail(text):
    sys.exit("demo: " + text)


def start(hello, log):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            fail(f"port {PORT} is in use; set SLEY_DEMO_PORT to another")
    with open(log, "w") as out:
        server = subprocess.Popen([hello, "--port", str(PORT), "--stats", "0.2"], stdout=out,
                                  stderr=subprocess.STDOUT, start_new_session=True)
    for _ in range(100):
        match = re.search(r"listening on port \d+, (\d+) domains", open(log).read())
        if match:
            return server, int(match.group(1))
        if server.poll() is not None:
            break
        time.sleep(0.05)
    fail("the server did not start:\n" + open(log).read())


def newest_counts(log, domains):
    """The last counters each domain printed."""
    counts = [dict.fromkeys(FIELDS, 0) for _ in range(domains)]
    for line in open(log):
        if line.startswith("stats ") and line.endswith("\n"):
            found = dict(word.split("=") for word in line.split()[1:])
            counts[int(found["domain"])] = {field: int(found[field]) for field in FIELDS}
    return counts


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) / 1024


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def load(threads):
    """One second of wrk."""
    wrk = subprocess.run(["wrk", "-t", str(threads), "-c", str(CONNECTIONS), "-d", "1s", "--latency",
                          f"http://127.0.0.1:{PORT}/"], stdout=subprocess.PIPE, text=True)
    if wrk.returncode != 0 or re.search(r"Socket errors|Non-2xx", wrk.stdout):
        fail("wrk saw errors:\n" + wrk.stdout)
    latency = {p: milliseconds(re.search(rf"\s{p}%\s+(\S+)", wrk.stdout).group(1)) for p in (50, 99)}
    return float(re.search(r"Requests/sec:\s+([\d.]+)", wrk.stdout).group(1)), latency[50], latency[99]


def show(second, rate, p50, p99, memory, before, now):
    print(f"{second:3d} s {rate:10.0f} requests/s   p50 {p50:7.3f} ms   p99 {p99:7.3f} ms   "
          f"{memory:6.1f} MiB resident")
    for number, (old, new) in enumerate(zip(before, now)):
        change = {field: new[field] - old[field] for field in FIELDS}
        print(f"      domain {number:<3d}{change['connections']:6d} connections "
              f"{change['requests']:9d} requests   messages {change['sent']:4d} sent "
              f"{change['received']:4d} received   wake-ups sent {change['wakeups']:4d}", flush=True)


def summary(rows, counts, memory):
    requests = sum(count["requests"] for count in counts)
    print(f"\n{requests} requests in {len(rows)} seconds of load on {len(counts)} domains: "
          f"{statistics.mean(row[0] for row in rows):.0f} requests/s, "
          f"p50 {statistics.median(row[1] for row in rows):.3f} ms, "
          f"p99 {statistics.median(row[2] for row in rows):.3f} ms, {memory:.1f} MiB resident")
    for number, count in enumerate(counts):
        share = 100 * count["requests"] / max(1, requests)
        print(f"domain {number}: {count['connections']} connections, {count['requests']} requests "
              f"({share:.0f} %), {count['sent']} messages sent, {count['received']} received, "
              f"{count['wakeups']} wake-ups sent")


def run(server, log, domains):
    threads = max(1, (os.cpu_count() or 1) // 2)
    counts, rows = newest_counts(log, domains), []
    print(f"hello on {domains} domains, port {PORT}; wrk with {threads} threads, {CONNECTIONS} "
          "connections on the same machine\n")
    for second in range(1, SECONDS + 1):
        row = load(threads)
        time.sleep(0.25)  # until the counters have been printed
        before, counts = counts, newest_counts(log, domains)
        memory = resident_mib(server.pid)
        rows.append(row)
        show(second, *row, memory, before, counts)
    summary(rows, counts, memory)


def main():
    words = sys.argv[2:]
    if words not in ([], ["--serve"]):
        fail("usage: scripts/demo [--serve]")
    log = os.path.join(os.path.dirname(sys.argv[1]), "hello.log")
    server, domains = start(sys.argv[1], log)
    leave = False
    try:
        run(server, log, domains)
        leave = bool(words)
    finally:
        if not leave:
            server.send_signal(signal.SIGTERM)
            code = server.wait(timeout=30)
    if leave:
        print(f"\nthe server goes on: http://127.0.0.1:{PORT}/ ; end it with: kill {server.pid}")
    elif code != 0:
        fail("the server ended badly:\n" + open(log).read()[-2000:])
    else:
        print("the server ended cleanly")


main()
