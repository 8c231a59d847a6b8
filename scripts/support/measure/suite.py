"""All figures of docs/benchmarks.md, by parts; each part is one table and more, made of slices of one go."""
import os
import sys
import time

from . import build, machine, rows, slices, subjects, suite_io, suite_messages, suite_pools, suite_promises, suite_proxy, suite_servers

PARTS = {"promise": suite_promises.promise, "modules": suite_promises.modules, "fiber": suite_promises.fiber,
         "timer": suite_promises.timer,
         "queue": suite_messages.queue, "domain": suite_messages.domain, "preempt": suite_pools.preempt,
         "compute": suite_pools.compute, "server": suite_servers.server, "tail": suite_servers.tail,
         "work": suite_io.work, "styles": suite_io.styles, "echo": suite_io.echo, "foreign": suite_io.foreign,
         "udp": suite_io.udp, "proxy": suite_proxy.proxy,
         "sharded": suite_servers.sharded, "kv": suite_servers.kv, "memory": suite_servers.memory,
         "parallel": suite_pools.parallel}


def setting(name):
    word = os.environ.get(name)
    if word is None:
        return None
    try:
        value = float(word)
    except ValueError:
        value = 0
    if value <= 0:
        sys.exit(f"bench: {name}={word}: a number above 0 is wanted")
    return value


def plan(programs=True, seconds=60, width=0.02):
    """programs: a slice is a run of a program, and so a start of its own. Widths at which a table ends are
    those of its widest interval, so that most are much narrower."""
    most, limit = setting("SLEY_BENCH_ROUNDS"), setting("SLEY_BENCH_SECONDS")
    made = slices.Plan(width=width, seconds=min(seconds, limit) if limit else seconds)
    if programs:
        made.rounds, made.least_starts, made.most_starts = 1, 15, 200
    if most:
        made.most_starts = int(most)
        made.least_starts = min(made.least_starts, made.most_starts)
    return made


def head(here, version):
    print(f"{here['processors']} processors ({here['processor']}), kernel {here['kernel']}, {here['compiler']}, "
          f"sley {version}, {time.strftime('%Y-%m-%d')}; machine {here['name']}.", flush=True)


def main(names):
    names = names or list(PARTS)
    wrong = [name for name in names if name not in PARTS]
    if wrong:
        sys.exit(f"bench: no part {wrong[0]}; there are " + ", ".join(PARTS)
                 + "; and --pair, --null, --help")
    if len(machine.processors()) < 2:
        print("bench: one processor only: servers share it with their load, and nothing is said of two",
              file=sys.stderr)
    build.own()
    here, version = machine.describe(build.BUILD), machine.version(build.TOP)
    kept = rows.Rows(build.BUILD, here, version)
    head(here, version)
    missing = []
    for name in names:
        begun = time.monotonic()
        try:
            PARTS[name](plan, kept)
        except (subjects.Broken, subjects.SliceFailed) as reason:
            missing.append(name)
            print(f"\n### {name}\n\nNot measured: {reason}.", flush=True)
        print(f"  {name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(f"rows: {kept.path}", file=sys.stderr)
    if missing:
        sys.exit("bench: not measured: " + ", ".join(missing))
