"""Builds what is measured: sley's own programs by CMake, those of others by their compilers."""
import os
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.join(TOP, "build", "bench")
BENCH = os.path.join(BUILD, "bench")
EXAMPLES = os.path.join(BUILD, "examples")
PEERS = os.path.join(TOP, "bench", "peers")
LOAD = os.path.join(BENCH, "sley-load")
REGISTRY = "/usr/share/cargo/registry"  # Debian's librust-*-dev


def bench(name):
    return os.path.join(BENCH, name)


def run_logged(words, log, **more):
    with open(os.path.join(BUILD, log), "a") as out:
        if subprocess.run(words, stdout=out, stderr=out, **more).returncode != 0:
            sys.exit(f"bench: {' '.join(words)} failed; see {os.path.join(BUILD, log)}")


def own(targets=()):
    os.makedirs(BUILD, exist_ok=True)
    run_logged(["cmake", "--preset", "bench"], "build.log", cwd=TOP)
    run_logged(["cmake", "--build", "--preset", "bench", *(["--target", *targets] if targets else [])], "build.log",
               cwd=TOP)


def ocaml(source, program):
    """The compiler writes beside the source: a copy is compiled."""
    copy = shutil.copy(os.path.join(PEERS, source), BENCH)
    run_logged(["ocamlfind", "ocamlopt", "-thread", "-package", "threads.posix,lwt.unix", "-linkpkg", copy, "-o",
                bench(program)], "peers.log")
    return bench(program)


def go(source, program):
    run_logged(["go", "build", "-o", bench(program), os.path.join(PEERS, source)], "peers.log",
               env={**os.environ, "GO111MODULE": "off"})
    return bench(program)


def rust(folder, program):
    """A directory of Debian's crates stands in for the registry."""
    copy = os.path.join(BUILD, folder)
    shutil.copytree(os.path.join(PEERS, folder), copy, dirs_exist_ok=True)
    os.makedirs(os.path.join(copy, ".cargo"), exist_ok=True)
    with open(os.path.join(copy, ".cargo", "config.toml"), "w") as file:
        file.write(f'[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "{REGISTRY}"\n')
    run_logged(["cargo", "build", "--release", "--offline"], "peers.log", cwd=copy)
    return os.path.join(copy, "target", "release", program)


def c(source, program, *libraries):
    run_logged(["cc", "-O2", os.path.join(PEERS, source), "-o", bench(program), *libraries, "-lpthread"], "peers.log")
    return bench(program)


def cxx(source, program, *flags):
    run_logged(["c++", "-O2", "-std=c++17", *flags, os.path.join(PEERS, source), "-o", bench(program), "-lpthread"],
               "peers.log")
    return bench(program)
