"""Each floor of src uses only earlier floors, through their floor header; each folder of a floor uses only the folders
that scripts/support/structure.py allows, through the header FOLDER/FOLDER.h of each.
Usage: check_floors.py ROOT LIBRARY CC CXX"""
import os
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
os.environ["CC"] = sys.argv[3]
sys.path.insert(0, str(root / "scripts/support"))
import structure  # noqa: E402

# The process's default runtime and the list of a runtime's domains need locks and pthread_atfork. Fibers need stacks,
# and a message when one overflows. Pointers into a plugin keep it loaded.
ALLOWED = {("promise/base/lock.c", "pthread.h"), ("promise/base/pin.c", "sys/auxv.h"),
           ("promise/fiber/fiber_stack.c", "sys/mman.h"), ("promise/fiber/fiber_stack.c", "unistd.h"),
           ("promise/fiber/fiber_fault.c", "sys/mman.h"), ("promise/fiber/fiber_fault.c", "unistd.h")}
SYSTEM = {"promise": ["unistd.h", "sys/", "pthread.h", "netdb.h", "fcntl.h", "poll.h"]}
# Headers that other folders include although they are not the folder's own header, and why.
HEADERS = {"promise/core/domain_state.h": "what a folder shows to the floors above needs domains, and no cells"}
# In these floors violations of structure.FOLDERS are shown but not yet failures.
LENIENT = set()
failures, warnings = 0, 0


def fail(path, what):
    global failures
    print(f"{path}: {what}")
    failures += 1


def fail_include(path, what):
    global warnings
    if structure.place(path)[0] not in LENIENT:
        fail(path, what)
    else:
        print(f"{path}: {what} (not yet a failure)")
        warnings += 1


def check_include(here, include):
    floor, folder = structure.place(here)
    if include.startswith("ck_") and floor != "queue":
        fail(here, f"ConcurrencyKit belongs in src/queue: {include}")
    if include == "ev.h" and floor != "reactor":
        fail(here, f"libev belongs in src/reactor: {include}")
    if any(include.startswith(s) for s in SYSTEM.get(floor, [])) and (here, include) not in ALLOWED:
        fail(here, f"the {floor} floor knows nothing of {include}")
    other, other_folder = structure.place(include)
    if other not in structure.FLOORS:
        return
    if other != floor:
        if structure.FLOORS.index(other) > structure.FLOORS.index(floor):
            fail(here, f"uses a floor above it: {include}")
        elif include != f"{other}/{other}_floor.h":
            fail(here, f"uses another floor's private header: {include}")
    elif other_folder != folder and include != f"{floor}/{floor}_floor.h" and folder != "":
        if other_folder not in structure.seen_by(floor, folder):
            fail_include(here, f"{folder} does not see {other_folder}: {include}")
        elif include != f"{floor}/{other_folder}/{other_folder}.h" and include not in HEADERS:
            fail_include(here, f"uses another folder's private header: {include}")


for floor, folders in structure.FOLDERS.items():
    for folder, used in folders.items():
        for other in used:
            if folder in structure.seen_by(floor, other):
                fail("scripts/support/structure.py", f"in {floor}, {folder} and {other} see each other")
paths = sorted(path for floor in structure.FLOORS for path in (root / "src" / floor).rglob("*.[ch]"))
for path in paths:
    here = str(path.relative_to(root / "src"))
    if structure.place(here)[1] not in structure.FOLDERS[structure.place(here)[0]]:
        fail(here, "stands in a folder that structure.FOLDERS does not name")
        continue
    for include in re.findall(r'#include\s*[<"]([^>"]+)[>"]', path.read_text()):
        check_include(here, include)
included = "".join(path.read_text() for path in paths)
for header in HEADERS:
    if f'"{header}"' not in included:
        fail(header, "is excepted in this test, and nobody includes it")
tree = structure.Structure(root)
for user in tree.files:
    for used, names in sorted(tree.uses[user].items()):
        names = names - structure.DOORS.keys()
        if names and structure.is_upwards(user, used):
            folders = [structure.place(path)[1] or structure.place(path)[0] for path in (user, used)]
            fail(user, f"{folders[0]} does not see {folders[1]}: {', '.join(sorted(names))} of {used}")
print(f"{len(paths)} files, {failures} failures" + (f", {warnings} that are not yet" if warnings else ""))
sys.exit(failures != 0)
