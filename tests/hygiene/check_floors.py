"""Each folder of src uses only floors before it, through their one floor header."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
floors = ["queue", "promise", "reactor", "domain", "preempt", "io"]
# A process has one default runtime, which needs a lock, as the list of a runtime's domains does; and pthread_atfork.
# Fibers need stacks, and a sentence where one overflows. What leads into a plugin keeps it loaded.
allowed = {("promise/scheduler/lock.c", "pthread.h"), ("promise/base/pin.c", "sys/auxv.h"),
           ("promise/fiber/fiber_stack.c", "sys/mman.h"), ("promise/fiber/fiber_stack.c", "unistd.h"),
           ("promise/fiber/fiber_fault.c", "sys/mman.h"), ("promise/fiber/fiber_fault.c", "unistd.h")}
system = {"promise": ["unistd.h", "sys/", "pthread.h", "netdb.h", "fcntl.h", "poll.h"]}
failures = 0


def fail(path, what):
    global failures
    print(f"{path}: {what}")
    failures += 1


count = 0
for floor in floors:
    for path in sorted((root / "src" / floor).rglob("*.[ch]")):
        count += 1
        here = str(path.relative_to(root / "src"))
        for include in re.findall(r'#include\s*[<"]([^>"]+)[>"]', path.read_text()):
            if include.startswith("ck_") and floor != "queue":
                fail(here, f"ConcurrencyKit belongs in src/queue: {include}")
            if include == "ev.h" and floor != "reactor":
                fail(here, f"libev belongs in src/reactor: {include}")
            if any(include.startswith(s) for s in system.get(floor, [])):
                if (here, include) not in allowed:
                    fail(here, f"the {floor} floor knows nothing of {include}")
            other = include.split("/")[0]
            if other in floors and other != floor:
                if floors.index(other) > floors.index(floor):
                    fail(here, f"uses a floor above it: {include}")
                elif include != f"{other}/{other}_floor.h":
                    fail(here, f"uses another floor's private header: {include}")
print(f"{count} files, {failures} failures")
sys.exit(failures != 0)
