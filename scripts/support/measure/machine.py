"""The machine on which figures are made: what it is, and what others take of it meanwhile."""
import glob
import hashlib
import json
import os
import platform
import subprocess


def read(path, otherwise=None):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return otherwise


def output(*words):
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def processors():
    return sorted(os.sched_getaffinity(0))


def cpu_info(name):
    for line in read("/proc/cpuinfo", "").splitlines():
        if line.split(":")[0].strip() == name:
            return line.split(":", 1)[1].strip()
    return None


def stolen():
    """Ticks of all processors since boot: those that the hypervisor gave to others, and all."""
    fields = [int(word) for word in read("/proc/stat").splitlines()[0].split()[1:9]]
    return (fields[7] if len(fields) > 7 else 0), sum(fields)


def share_stolen(before, after):
    """Of the time between two readings of stolen(). A tick is 10 ms: a tick in a short slice counts."""
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def packages():
    wanted = ("gcc", "clang", "libev-dev", "libck-dev", "libhttp-parser-dev", "libbenchmark-dev", "liblwt-ocaml-dev",
              "libuv1-dev", "golang-go", "librust-tokio-dev", "libasio-dev", "memcached", "wrk", "valgrind")
    text = output("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *wanted)
    if text is None:  # dpkg-query fails if one is missing
        lines = [output("dpkg-query", "-W", "-f", "${Package} ${Version}", name) for name in wanted]
        text = "\n".join(line for line in lines if line)
    return dict(line.split(" ", 1) for line in text.splitlines() if " " in line)


def flags(build):
    wanted = ("CMAKE_BUILD_TYPE", "CMAKE_C_FLAGS", "CMAKE_C_FLAGS_RELWITHDEBINFO", "SLEY_LTO")
    found = {}
    for line in read(os.path.join(build, "CMakeCache.txt"), "").splitlines():
        name = line.split(":")[0]
        if name in wanted:
            found[name] = line.split("=", 1)[1]
    return found


def describe(build):
    steal, ticks = stolen()
    known = {
        "processor": cpu_info("model name") or platform.machine(),
        "processors": os.cpu_count(),
        "used": processors(),
        "microcode": cpu_info("microcode"),
        "hypervisor": "hypervisor" in (cpu_info("flags") or "").split(),
        "kernel": platform.release(),
        "mitigations": {os.path.basename(path): read(path)
                        for path in sorted(glob.glob("/sys/devices/system/cpu/vulnerabilities/*"))},
        "governor": read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "idle": read("/sys/devices/system/cpu/cpuidle/current_driver"),
        "turbo_off": read("/sys/devices/system/cpu/intel_pstate/no_turbo"),
        "smt": read("/sys/devices/system/cpu/smt/active"),
        "numa_nodes": len(glob.glob("/sys/devices/system/node/node[0-9]*")),
        "memory_kb": int(read("/proc/meminfo", "MemTotal: 0 kB").split()[1]),
        "steal_since_boot": round(steal / max(1, ticks), 5),
        "load": os.getloadavg(),
        "compiler": (output("cc", "--version") or "").split("\n")[0],
        "flags": flags(build),
        "packages": packages(),
    }
    lasting = {key: value for key, value in known.items() if key not in ("load", "steal_since_boot")}
    known["name"] = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:12]
    return known


def version(top):
    return output("git", "-C", top, "describe", "--always", "--dirty") or "unknown"
