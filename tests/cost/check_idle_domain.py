"""A second, idle domain adds at most 2 % to the instructions of the first one's work. Empty turns of the loop
are shown, too. Usage: check_idle_domain.py PROGRAM"""
import os
import re
import subprocess
import sys
import tempfile

LIMIT = 1.02


def instructions(program, function, beside):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        subprocess.run(["valgrind", "--tool=callgrind", f"--toggle-collect={function}",
                        f"--callgrind-out-file={out}", program, beside],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return int(re.search(r"^(?:summary|totals): (\d+)", open(out).read(), re.M).group(1))


failures = 0
for function, limit in (("work_promises", LIMIT), ("work_pauses", LIMIT), ("work_turns", None)):
    alone, beside = (instructions(sys.argv[1], function, word) for word in "01")
    ratio = beside / alone
    print(f"{function}: {alone} alone, {beside} with an idle domain beside it, {ratio:.4f}")
    if limit is not None and ratio > limit:
        print(f"{function}: more than {limit}")
        failures += 1
sys.exit(failures != 0)
