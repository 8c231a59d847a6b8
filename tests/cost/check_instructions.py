"""A promise operation in a program that starts no domain runs no atomic read-modify-write, no fence and no
lock: checks every instruction of the promise floor. Usage: check_instructions.py LIBRARY.a SOURCES"""
import pathlib
import platform
import re
import subprocess
import sys

SHARED = {
    "x86_64": r"\block\b|\bxchg\b[^#]*\(|\b[mls]fence\b",
    "aarch64": r"\b(ld[a-z]*xr|st[a-z]*xr|dmb|dsb|isb|cas\w*|swp\w*|ld(add|clr|eor|set)\w*)\b",
}
# Not promise operations: domains and runtimes begin and end (sley__self_slow: a thread's first call makes
# the default one), a domain makes its first fiber, and its handles are dropped; a
# slot gets its index, and state in a domain, and loses both. Errors that were sent to another domain
# (marked by a flag) are counted atomically.
ALLOWED = {"sley__domain_make", "sley__domain_over", "sley__domain_release", "memory_free", "runtime_remove",
           "runtime_count_down", "is_last_handle", "sley_domain_enter", "sley_domain_end",
           "sley_finish", "sley_runtime_new", "sley_runtime_drop", "sley__runtime_end", "sley_error_keep",
           "sley_error_drop", "sley__self_slow", "sley__id_new", "sley__runtime_hold", "sley__runtime_release",
           "slot_make", "entry_drop", "slots_end", "states_add", "sley_domain_slot_drop", "sley_domain_slot_try_release"}
LOCKING = re.compile(r"<?(sley__process_(?:un)?lock|pthread_\w+|__pthread_\w+|__atomic_\w+|__aarch64_\w+|sem_\w+|syscall)\b")
ALLOWED_LOCKING = ALLOWED | {"sley_configure", "sley_domain_new", "sley__default_runtime", "sley__process_lock",
                             "sley__process_unlock", "sley__process_wait", "sley__process_tell", "sley__fork_child_calls",
                             "sley__forks_expect", "domains_say", "sley__page_keep", "sley__finish_note", "sley__finish_says", "user_leaves",
                             "sley__fault_begin", "sley__fault_end", "sley__pin"}

machine = platform.machine()
if machine not in SHARED:
    sys.exit(f"the shared-memory instructions of {machine} are not known here; add them to this test")
floor = {f"{path.name}.o" for path in pathlib.Path(sys.argv[2]).rglob("*.c")}
text = subprocess.run(["objdump", "-d", "-r", "--no-show-raw-insn", sys.argv[1]], check=True,
                      capture_output=True, text=True).stdout
member, function, functions, instructions, failures = "", "", set(), 0, 0
guarded = set()
for line in text.splitlines():
    if found := re.match(r"(\S+\.o):\s+file format", line):
        member = found[1]
    elif found := re.match(r"[0-9a-f]+ <([^>]+)>:", line):
        function = re.sub(r"\.(part|cold|constprop|isra).*", "", found[1])
    elif member in floor and re.match(r"\s+[0-9a-f]+:", line):
        functions.add(function)
        instructions += 1
        if re.search(SHARED[machine], line.split("#")[0]):
            guarded.add(function)
            if function not in ALLOWED:
                print(f"{member} {function}: {line.strip()}")
                failures += 1
        if "R_" in line and (found := LOCKING.search(line.split("R_", 1)[1])):
            if function not in ALLOWED_LOCKING:
                print(f"{member} {function}: calls {found[1]}")
                failures += 1
for needed in ("sley_bind_at", "sley_fulfill", "sley_cancel", "sley_drop", "sley_join_at"):
    if needed not in functions:
        print(f"{needed} was not found: the test looks at the wrong library")
        failures += 1
print(f"{instructions} instructions of {len(functions)} functions, {failures} failures; shared-memory "
      f"instructions only in: {', '.join(sorted(guarded))}")
sys.exit(failures != 0)
