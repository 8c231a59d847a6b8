#!/usr/bin/env python3
"""SLEY_TLS=dynamic: a library that can be loaded late, and with musl (docs/decisions/thread-local.md).

 - glibc: after other modules have used up the room of static thread-local variables, a plugin with a copy of the library as usual
   is refused by the loader, and one with a copy that is compiled with SLEY_TLS_DYNAMIC runs
 - musl: the same two plugins, by musl's own loader, which has no such room at all
 - CMake: SLEY_TLS=dynamic gives a libsley-promise.so that is not marked STATIC_TLS and can be loaded late, and the usual libsley.so
   cannot; another word than static and dynamic is refused

Exit status 77: musl-gcc is not there; the rest has passed. Usage: check_late.py SOURCE COMPILER WORK LIBSLEY.so
"""
import os
import re
import shutil
import subprocess
import sys

source, compiler, work, library = sys.argv[1:5]
here = os.path.dirname(os.path.abspath(__file__))
REFUSAL = "cannot allocate memory in static TLS block"  # of glibc's loader
# Bytes of one filler, and how many there are: together more than the room that glibc has, 2 to 4 KiB if its tunables are not used; then
# what is left of it.
FILLERS = ((64, 80), (8, 16))


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, **more)
    if done.returncode != 0:
        sys.exit("%s: %d\n%s" % (" ".join(words), done.returncode, done.stdout))
    return done.stdout


def at(*names):
    return os.path.join(work, *names)


def fillers():
    """Modules with one variable each."""
    names = []
    for size, count in FILLERS:
        with open(at("filler.c"), "w") as out:
            out.write('static _Thread_local char room[%d] __attribute__((tls_model("initial-exec")));\n' % size +
                      "char *filler(void);\nchar *filler(void) { return room; }\n")
        run(compiler, "-fPIC", "-shared", at("filler.c"), "-o", at("filler.so"))
        for i in range(count):
            names.append(at("filler%d-%d.so" % (size, i)))
            shutil.copy(at("filler.so"), names[-1])
    return names


def plugin(cc, name, *flags):
    run(cc, "-std=c17", "-O1", "-fPIC", "-fvisibility=hidden", "-shared", "-fno-lto", "-DAMALGAMATED", *flags, "-I" + at("promise"),
        os.path.join(here, "plugin.c"), "-o", at(name), "-pthread")
    return at(name)


def expect(what, got, pattern):
    if not re.search(pattern, got):
        sys.exit("%s: %s" % (what, got))
    print("%s: %s" % (what, got.strip()))


def on(libc, cc, refusal, *words):
    host = at(libc)
    run(cc, "-std=c17", "-O1", os.path.join(here, "late.c"), "-o", host, "-ldl", "-pthread")
    usual = plugin(cc, libc + "-static.so")
    dynamic = plugin(cc, libc + "-dynamic.so", "-DSLEY_TLS_DYNAMIC")
    expect(libc + ", static", run(host, usual, *words), refusal)
    expect(libc + ", dynamic", run(host, dynamic, *words), r"\Aruns\n\Z")
    return host, usual


def cmake(host, words_of_fillers):
    """The option, on the smaller library."""
    words = ["cmake", "-G", "Ninja", "-S", source, "-DSLEY_PROMISE_ONLY=ON", "-DSLEY_TESTS=OFF", "-DSLEY_INSTALL=OFF", "-DCMAKE_BUILD_TYPE=Debug",
             "-DCMAKE_C_FLAGS=-O0 -g0", "-DCMAKE_C_COMPILER=" + compiler]
    bad = subprocess.run([*words, "-B", at("bad"), "-DSLEY_TLS=sometimes"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if bad.returncode == 0:
        sys.exit("SLEY_TLS=sometimes is accepted")
    expect("another word", re.sub(r"\s+", " ", bad.stdout).split("Error at ")[1], "SLEY_TLS is static or dynamic, not 'sometimes'")
    run(*words, "-B", at("tree"), "-DSLEY_TLS=dynamic")
    run("cmake", "--build", at("tree"), "--target", "sley_promise", "-j2")
    if "STATIC_TLS" in run("readelf", "-dW", at("tree", "libsley-promise.so")):
        sys.exit("libsley-promise.so of SLEY_TLS=dynamic is marked STATIC_TLS")
    run(compiler, "-std=c17", "-fPIC", "-shared", "-I" + os.path.join(source, "include"), os.path.join(here, "plugin.c"),
        at("tree", "libsley-promise.so"), "-Wl,-rpath," + at("tree"), "-o", at("shared.so"))
    expect("libsley.so, static", run(host, library, *words_of_fillers), REFUSAL)
    expect("libsley-promise.so, dynamic", run(host, at("shared.so"), *words_of_fillers), r"\Aruns\n\Z")


def main():
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    run(sys.executable, os.path.join(source, "scripts/amalgamate"), "--form=promise", at("promise"))
    full = fillers()
    host, usual = on("glibc", compiler, REFUSAL, *full)
    expect("glibc, static, with room", run(host, usual), r"\Aruns\n\Z")
    cmake(host, full)
    if shutil.which("musl-gcc") is None:
        print("skipped: musl-gcc is not there")
        sys.exit(77)
    on("musl", "musl-gcc", "initial-exec TLS")


main()
