"""sley-gdb.py lists the fibers of a program and walks their stacks. Usage: test_gdb.py ROOT PROGRAM"""
import subprocess
import sys

root, program = sys.argv[1], sys.argv[2]
commands = ["set debuginfod enabled off", f"source {root}/scripts/gdb/sley-gdb.py", "run", "sley fibers",
            "sley fiber 0", "backtrace", "sley fiber 1", "backtrace", "sley fiber off", "backtrace",
            "signal 0"]
arguments = [part for command in commands for part in ("-ex", command)]
out = subprocess.run(["gdb", "-batch", "-nx", *arguments, program], capture_output=True, text=True).stdout
print(out)
parts = out.split("backtraces show fiber")
wanted = [
    ("both fibers are listed", parts[0].count(" waits  ") == 2 and "patient one" in parts[0]),
    ("with the place of the await", "parked.c:7" in parts[0]),
    ("a fiber's stack is walked", len(parts) == 3 and all(
        "wait_deep_inside" in p and "patient (" in p and "context_start (" in p for p in parts[1:])),
    ("and the thread's again", "main (" in parts[-1].rsplit("wait_deep_inside", 1)[1]),
    ("the program goes on", "exited normally" in out),
]
for what, good in wanted:
    print("ok:" if good else "FAILED:", what)
sys.exit(not all(good for _, good in wanted))
