"""Process-wide locks are in src/promise/base/lock.c, which frees them in the child of a fork; and nothing uses
pthread_once, which cannot be freed there. Usage: check_locks.py SOURCE ..."""
import os
import re
import sys

src = os.path.join(sys.argv[1], "src")
allowed = {("promise/base/lock.c", "PTHREAD_MUTEX_INITIALIZER"), ("promise/base/lock.c", "PTHREAD_COND_INITIALIZER")}
bad = 0
for folder, _, files in os.walk(src):
    for name in files:
        if not name.endswith((".c", ".h")):
            continue
        path = os.path.join(folder, name)
        place = os.path.relpath(path, src)
        with open(path) as file:
            for number, line in enumerate(file, 1):
                for word in re.findall(r"PTHREAD_\w+_INITIALIZER|PTHREAD_ONCE_INIT|pthread_once\(", line):
                    if (place, word) not in allowed:
                        print(f"src/{place}:{number}: {word}: a lock of the process belongs into src/promise/base/lock.c")
                        bad += 1
sys.exit(bad != 0)
