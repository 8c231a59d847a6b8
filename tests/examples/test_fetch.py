"""fetch against a real server, one that never answers, an unknown host and a closed port."""
import errno
import http.server
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

fetch = os.path.join(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "fetch")


def run(*arguments):
    start = time.monotonic()
    done = subprocess.run([fetch, *arguments], capture_output=True, timeout=30)
    return done.returncode, done.stdout, done.stderr.decode(), time.monotonic() - start


def check(what, condition, *shown):
    if not condition:
        print("FAILED:", what, *shown)
        sys.exit(1)
    print("ok:", what)


with tempfile.TemporaryDirectory() as folder:
    body = b"a line of text\n" * 10000
    with open(os.path.join(folder, "page"), "wb") as file:
        file.write(body)

    def handler(*arguments):
        return http.server.SimpleHTTPRequestHandler(*arguments, directory=folder)

    http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # that fetch has gone
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = str(server.server_address[1])
    code, out, err, _ = run("localhost", port, "/page")
    check("a page is fetched whole", code == 0 and out.endswith(body) and b"200 OK" in out, code, err)
    code, out, err, _ = run("127.0.0.1", port, "/nothing")
    check("a missing page too", code == 0 and b"404" in out, code, err)
    if os.path.exists("/dev/full"):
        for path in "/page", "/nothing":  # more than the C library's buffer, and less
            with open("/dev/full", "wb") as full:
                done = subprocess.run([fetch, "127.0.0.1", port, path], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
            check("a full disk is told", done.returncode == 1
                  and os.strerror(errno.ENOSPC) in done.stderr, done)
    server.shutdown()

silent = socket.create_server(("127.0.0.1", 0))
code, out, err, seconds = run("127.0.0.1", str(silent.getsockname()[1]))
check("a silent server", code == 1 and "request timed out" in err and 4.9 < seconds < 25, code, err, seconds)
silent.close()
held = socket.socket()  # bound, not listening: no other program gets the port
held.bind(("127.0.0.1", 0))
port = held.getsockname()[1]
code, out, err, _ = run("127.0.0.1", str(port))
check("a closed port", code == 1 and "efused" in err and str(port) in err, code, err)
host = "no-such-host" * 7  # longer than a DNS label: no server is queried, which could be missing or slow
code, out, err, _ = run(host)
check("an unknown host", code == 1 and host in err, code, err)
