"""Loops of others drive the library: host_epoll, and host_glib and host_uv where their libraries are installed. A read
that the host's own callback starts between two steps is seen.
Usage: test_hosts.py FOLDER NAME..."""
import os
import socket
import subprocess
import sys
import threading
import time

ran = 0
for name in sys.argv[2:]:
    program = os.path.join(sys.argv[1], name)
    if not os.path.exists(program):
        print(name, "was not built: its library is not installed")
        continue
    server = socket.create_server(("127.0.0.1", 0))

    def answer():
        connection, _ = server.accept()
        time.sleep(0.3)  # after the read has begun
        connection.sendall(b"hello\n")
        connection.recv(1)
        connection.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    run = subprocess.run([program, "127.0.0.1", str(server.getsockname()[1])], capture_output=True, text=True, timeout=60)
    if run.returncode != 0 or run.stdout != "the server says: hello\n" or run.stderr:
        print("FAILED:", name, run)
        sys.exit(1)
    thread.join()
    server.close()
    held = socket.socket()  # bound, not listening: no other program gets the port
    held.bind(("127.0.0.1", 0))
    port = str(held.getsockname()[1])
    run = subprocess.run([program, "127.0.0.1", port], capture_output=True, text=True, timeout=60)
    if "connecting to 127.0.0.1 port " + port not in run.stderr:
        print("FAILED: nobody listens:", name, run)
        sys.exit(1)
    held.close()
    print("ok:", name)
    ran += 1
sys.exit(ran == 0)
