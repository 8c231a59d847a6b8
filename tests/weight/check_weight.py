"""What the library weighs, each with a limit that may not be exceeded: see LIMITS.
Usage: check_weight.py static COMPILER SOURCE ARCHIVE the size of a program with the static library, stripped
       check_weight.py plain COMPILER SOURCE ARCHIVE  the same without gcc's link-time optimizer
       check_weight.py header COMPILER INCLUDE       processor time to compile #include <sley.h>
       check_weight.py answer FIRST SERVER           from the start of a server to its first answer
       check_weight.py idle SERVER                   wake-ups of servers that nobody asks, with one domain and with two"""
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

LIMITS = {"static": (300, "KB"), "plain": (350, "KB"), "header": (40, "ms"), "answer": (2.5, "ms"), "idle": (0, "wake-ups in 5 s")}
PROGRAM = "examples/thirty.c"


def static(compiler, source, archive, *flags):
    """As one links by hand: gcc's optimizer takes its part of the archive. libev and the C library are shared."""
    with tempfile.TemporaryDirectory() as work:
        program = pathlib.Path(work) / "program"
        subprocess.run([compiler, "-O2", "-DSLEY_STATIC", *flags, f"-I{source}/include", f"{source}/{PROGRAM}", archive, "-lev", "-lm",
                        "-pthread", "-s", "-o", program], check=True)
        if not subprocess.run([program], text=True, capture_output=True, check=True).stdout.endswith("2 are done\n"):
            sys.exit("it does not run")
        return program.stat().st_size / 1000


def plain(*arguments):
    """The same from the machine code in the archive, as clang and other linkers take it."""
    return static(*arguments, "-fno-lto")


def header(compiler, include):
    """Processor time of the compiler and what it starts, without that of an empty file; the least of many."""
    with tempfile.TemporaryDirectory() as work:
        least = {}
        for text in ("", "#include <sley.h>\n") * 25:
            file = pathlib.Path(work) / "file.c"
            file.write_text(text + "typedef int nothing;\n")
            child = subprocess.Popen([compiler, "-std=c11", f"-I{include}", "-c", file, "-o", os.devnull])
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = status
            if status != 0:
                sys.exit("it does not compile")
            least[text] = min(least.get(text, 1e9), usage.ru_utime + usage.ru_stime)
        return (least["#include <sley.h>\n"] - least[""]) * 1000


def answer(first, server):
    return int(subprocess.run([first, "60", server, "1"], text=True, capture_output=True, check=True).stdout) / 1000


def wake_ups(pid):
    """How often threads of the process have gone to sleep."""
    count = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        status = pathlib.Path(f"/proc/{pid}/task/{task}/status").read_text()
        count += int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return count


def idle(server):
    """Each has answered once; its client has gone. (A connection that is held is looked at every eighth of its idle limit.) What
    it still does of its own then has half a minute to end."""
    running, woken = [], 0
    try:
        for domains in ("1", "2"):
            running.append(subprocess.Popen([server, domains], stdout=subprocess.PIPE, text=True))
            port = int(running[-1].stdout.readline())
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.sendall(b"ask\n")
                if client.recv(100) != b"hello\n":
                    sys.exit("no answer")
        before, end = None, time.monotonic() + 30
        while time.monotonic() < end:
            now = [wake_ups(child.pid) for child in running]
            if now == before:
                break
            before = now
            time.sleep(3)
        before = [wake_ups(child.pid) for child in running]
        time.sleep(5)
        counts = [wake_ups(child.pid) - b for child, b in zip(running, before)]
        print(f"with one domain {counts[0]}, with two {counts[1]}")
        woken = max(counts)
    finally:
        for child in running:
            child.terminate()
    for child in running:
        if child.wait(60) != 0:
            sys.exit(f"a server ended with {child.returncode}")
    return woken


what = sys.argv[1]
limit, unit = LIMITS[what]
measured = globals()[what](*sys.argv[2:])
print(f"{what}: {measured:.4g} {unit}, at most {limit}")
sys.exit(measured > limit)
