"""docs/lwt.md has the counterpart of every public value of Lwt's modules and of its sister libraries: each value of lwt-values.txt
has a row `Module.value`, there are no other rows, and the names in a row exist: every `sley_...` or `SLEY_...` is an exported
symbol of the library or of an optional one (any symbol map below src), a macro, or a type or constant of a header. A row without a name
says "none" and why, or "*not yet*" and which of CAPABILITIES it waits for."""
import collections
import pathlib
import re
import sys

CAPABILITIES = ["files", "directories", "processes", "signals as a stream", "users", "databases", "terminals",
                "bounds of a pool that runs", "TLS", "log", "many connections in one call",
                "descriptors through streams", "a body with a connection"]
# Values of Lwt's modules, without exceptions, methods and constructors: a line that is lost from the list of values
# is noticed.
COUNTS = {"Lwt_unix": 183, "Lwt_io": 128, "Lwt_process": 24, "Lwt_preemptive": 12, "Lwt_engine": 24, "Lwt_main": 16,
          "Lwt_bytes": 38, "Lwt_throttle": 2, "Lwt_timeout": 5, "Lwt_gc": 2, "Lwt_fmt": 15, "Lwt_sys": 3,
          "Lwt_domain": 6, "Mwt": 6, "Lwt_parallel": 3, "Lwt_ssl": 27, "Lwt_log_core": 48, "Lwt_log": 4,
          "Lwt_daemon": 1, "Lwt_log_rules": 1, "Lwt_runtime_events": 12, "Lwt_rte": 6}
NOT_VALUES = {"Lwt_unix.Timeout", "Lwt_unix.Retry", "Lwt_unix.Retry_read", "Lwt_unix.Retry_write",
              "Lwt_io.Channel_closed", "Lwt_sys.Not_available", "Lwt_log_core.Logger_closed", "Lwt_process.Keep",
              "Lwt_process.Dev_null", "Lwt_process.Close", "Lwt_process.FD_copy", "Lwt_process.FD_move"}

root = pathlib.Path(sys.argv[1])
wanted = []
for line in (root / "tests/hygiene/lwt-values.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        module, names = line.split(": ")
        wanted += [f"{module}.{name}" for name in names.split()]
text = re.sub(r"/\*.*?\*/", "", "\n".join(h.read_text() for h in (root / "include").rglob("*.h")), flags=re.S)
maps = sorted((root / "src").rglob("*.map"))
known = set()
for symbols in maps:
    known |= set(re.findall(r"^\s+(sley_\w+);", symbols.read_text(), re.M))
known |= set(re.findall(r"#define (\w+)", text))
known |= set(re.findall(r"\btypedef\b[^;{]*?\b(sley_\w+)\s*(?:;|\()", text))
known |= set(re.findall(r"}\s*(sley_\w+);", text)) | set(re.findall(r"\b(SLEY_\w+)\b", text))
failures, rows = 0, {}
waiting = collections.Counter()


def fail(what):
    global failures
    failures += 1
    print(what)


table = (root / "docs/lwt.md").read_text().split("\n## Every value")[1]
for line in table.splitlines():
    row = re.match(r"\| `((?:Lwt\w*|Mwt|ppx)\..*?)` \| (.+?) \|$", line)
    if row is None:
        if line.startswith("|") and line not in ("| Lwt | sley |", "|---|---|"):
            fail(f"not a row of a value: {line}")
        continue
    value, here = row.group(1).replace("\\|", "|"), row.group(2)
    if value in rows:
        fail(f"{value} has two rows")
    rows[value] = here
    names = re.findall(r"\b((?:sley|SLEY)_\w+)", here)
    for name in names:
        if name not in known:
            fail(f"{value}: {name} does not exist")
    later = re.search(r"\*not yet\*: (.+)", here)
    if "*not yet*" in here:
        capability = later and next((c for c in CAPABILITIES if later.group(1).startswith(c)), None)
        if not capability:
            fail(f"{value}: says not which capability it waits for")
        else:
            waiting[capability] += 1
    if not names and later is None and not re.match(r"none: .", here):
        fail(f"{value}: neither a name nor a reason")
missing = [value for value in wanted if value not in rows]
for value in missing:
    fail(f"{value} has no row")
for value in set(rows) - set(wanted):
    fail(f"{value} is no value of Lwt's")
if len(wanted) != len(set(wanted)):
    fail("lwt-values.txt names a value twice")
found = collections.Counter(value.split(".")[0] for value in wanted if value not in NOT_VALUES and "#" not in value)
for module, count in COUNTS.items():
    if found[module] != count:
        fail(f"{module} has {count} values, lwt-values.txt {found[module]}")
print(f"{len(wanted)} values, {len(rows)} rows, {len(maps)} symbol maps, {failures} failures; not yet: " +
      ", ".join(f"{capability} {count}" for capability, count in waiting.most_common()))
sys.exit(failures != 0)
