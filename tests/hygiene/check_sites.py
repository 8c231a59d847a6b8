"""Headers have each declaration once; the generated parts equal the output of scripts/generate; and a function that
keeps the ctx of a callback takes drop."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
failures = 0


def fail(what):
    global failures
    print(what)
    failures += 1


generate = subprocess.run([sys.executable, root / "scripts/generate", "--check"], text=True, capture_output=True)
if generate.returncode != 0:
    fail(generate.stdout + generate.stderr)

# Their callback runs only during the call, so nothing keeps its ctx.
DURING_THE_CALL = {"sley_engine_each", "sley_apply", "sley_wrap", "sley_async", "sley_with_switch", "sley_with_value", "sley_without_value",
                   "sley_domain_dump", "sley_domain_peers", "sley_dump", "sley_write_file", "sley_fiber_report",
                   "sley_report", "sley_workers_report"} | {
    f"sley_sequence_{what}_{side}" for what in ("iter", "iter_node", "find_node") for side in "lr"}
# They return the previous f and ctx, so that several parts of a program can chain and restore their hooks: a
# registration has no defined end, and the caller owns its ctx.
CHAINED = {"sley_set_async_hook", "sley_set_unhandled_hook", "sley_set_slow_hook", "sley_set_trace",
           "sley_set_pause_notifier"}

where, without = {}, set()
for header in sorted((root / "include/sley").glob("*.h")):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    for match in re.finditer(r"^SLEY_API\b[^;{]*?\b(sley_\w+)\s*\(((?:[^()]|\([^()]*\))*)\)[^;]*;", text, re.M):
        name, parameters = match[1], " ".join(match[2].split())
        if name in where:
            fail(f"{header.name}: {name} stands in {where[name]} already: a declaration is shown once")
        where[name] = header.name
        if "const char *site" in parameters and name != "sley_error_new_text":
            fail(f"{header.name}: {name} is made by scripts/generate from the declaration with SLEY_SITE")
        if name.endswith("_own") and name[:-4] in where:
            fail(f"{header.name}: {name}: the form with drop is {name[:-4]} with sley_drop_fn *SLEY_OPTIONAL(drop)")
        if re.search(r"void \*ctx\b", parameters) and name not in DURING_THE_CALL:
            if "sley_drop_fn *" not in parameters:
                without.add(name)
    for macro in re.findall(r"^#define (sley_\w+)\([^)]*\)[\s\\]*(?:sley_\w+_at)\(SLEY_HERE", text, re.M):
        fail(f"{header.name}: {macro} is made by scripts/generate from the declaration with SLEY_SITE")
for header in sorted((root / "include/sley/sites").glob("*.h")):
    if header.name == "promise_only.h":
        continue  # it declares nothing
    for line in header.read_text().splitlines():
        if line.startswith(("SLEY_API", "SLEY__FORWARD", "#define sley_")):
            if not line.endswith(f" /* contract: {header.name} */"):
                fail(f"sites/{header.name}: a line does not say where its contract is: {line}")
for name in sorted(without - CHAINED - {"sley_io_new"}):  # its type's abort frees the ctx
    fail(f"{where[name]}: {name} keeps ctx: declare sley_drop_fn *SLEY_OPTIONAL(drop) last")
for name in sorted(CHAINED - without):
    fail(f"check_sites.py: {name} needs no exception")
print(f"{len(where)} functions, {failures} failures")
sys.exit(failures != 0)
