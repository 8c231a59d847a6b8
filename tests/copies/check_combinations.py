#!/usr/bin/env python3
"""Copies of the library in one process: a program with libsley.so loads a plugin, in each of 24 combinations. The plugin is linked
with libsley.so, with libsley.a, or holds the amalgamation as a private copy; it is link-time optimized or not; it is loaded with
RTLD_LOCAL or RTLD_GLOBAL; and its library has the program's version or another one. host.c says what is tried in each.

What becomes of each combination must be what the table in docs/decisions/copies.md says. Any other end than those of `outcome` fails:
a hang, a signal without a sentence, a sentence that does not name both copies.

Usage: check_combinations.py [--write] SOURCE LIBSLEY.so LIBSLEY.a COMPILER WORK
    --write  writes the table into the page
"""
import argparse
import concurrent.futures
import itertools
import os
import re
import resource
import shutil
import subprocess
import sys

BEGIN, END = "<!-- copies: begin -->\n", "<!-- copies: end -->\n"
SECONDS = 60
OTHER = "0.9.0"
FLAGS = ["-std=c17", "-g", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"]


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(" ".join(words) + "\n" + done.stdout)
    return done.stdout


class Build:
    """What is compiled once and shared by the combinations."""

    def __init__(self, a):
        self.a, self.here = a, os.path.dirname(os.path.abspath(__file__))
        self.include = os.path.join(a.source, "include")
        self.version = re.search(r'SLEY_VERSION_TEXT "(.*)"', open(os.path.join(self.include, "sley/version.h")).read()).group(1)
        self.soname = re.search(r"SONAME.*\[(.*)\]", run("readelf", "-d", a.shared)).group(1)

    def path(self, *names):
        return os.path.join(self.a.work, *names)

    def cc(self, *words):
        run(self.a.compiler, *words)

    def other_tree(self):
        """The headers of another version of the library."""
        shutil.copytree(self.include, self.path("other/include"))
        name = self.path("other/include/sley/version.h")
        text = open(name).read().replace(self.version, OTHER)
        text = re.sub(r"(#define SLEY_VERSION_MINOR) \d+", r"\1 9", text)
        open(name, "w").write(text)

    def amalgamation(self):
        run(sys.executable, os.path.join(self.a.source, "scripts/amalgamate"), "--form=promise", self.path("amalgam/same"))
        shutil.copytree(self.path("amalgam/same"), self.path("amalgam/other"))
        for name in ("sley.c", "sley.h"):
            text = open(self.path("amalgam/other", name)).read().replace('"%s"' % self.version, '"%s"' % OTHER)
            text = re.sub(r"(#define SLEY_VERSION_MINOR) \d+", r"\1 9", text)
            open(self.path("amalgam/other", name), "w").write(text)

    def other_shared(self):
        """libsley.so.0.9, of promises alone: with its own name and its own version of the symbols."""
        with open(self.path("other/map"), "w") as out:
            out.write("SLEY_0.9 { global: sley_*; sley__too_many_given; local: *; };\n")
        self.cc(*FLAGS, "-I" + self.path("amalgam/other"), self.path("amalgam/other/sley.c"), "-shared", "-o",
                self.path("libsley.so.0.9"), "-Wl,-soname,libsley.so.0.9", "-Wl,-Bsymbolic-functions", "-Wl,-z,nodelete",
                "-Wl,--version-script=" + self.path("other/map"))

    def other_static(self):
        """libsley.a with the two files that know the version compiled anew."""
        shutil.copy(self.a.static, self.path("other/libsley.a"))
        lto = ["-flto=auto", "-ffat-lto-objects"] if self.has_lto() else []
        for name in ("copy", "version"):
            self.cc("-std=c17", "-O1", "-g", "-fPIC", "-fvisibility=hidden", "-DSLEY_STATIC", "-D_DEFAULT_SOURCE", *lto,
                    "-I" + self.path("other/include"), "-I" + os.path.join(self.a.source, "src"), "-c",
                    os.path.join(self.a.source, "src/promise/base", name + ".c"), "-o", self.path("other", name + ".c.o"))
        if len(re.findall(r"^(?:copy|version)\.c\.o$", run("ar", "t", self.a.static), re.M)) != 2:
            sys.exit("libsley.a does not have one copy.c.o and one version.c.o")
        run("ar", "r", self.path("other/libsley.a"), self.path("other/copy.c.o"), self.path("other/version.c.o"))

    def has_lto(self):
        return ".gnu.lto_" in run("readelf", "-S", "--wide", self.a.static)

    def host(self):
        self.cc("-std=c11", "-O1", "-g", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", os.path.join(self.here, "host.c"),
                "-I" + self.include, self.a.shared, "-Wl,-rpath," + os.path.dirname(os.path.abspath(self.a.shared)), "-ldl", "-o",
                self.path("host"))

    def plugin(self, kind, lto, version):
        same = version == "same"
        words = [*FLAGS, *(["-O1", "-flto=2"] if lto == "lto" else ["-fno-lto"]), "-shared", os.path.join(self.here, "plugin.c"), "-o",
                 self.path("%s-%s-%s.so" % (kind, lto, version))]
        include = self.include if same else self.path("other/include")
        if kind == "shared":
            folder = os.path.dirname(os.path.abspath(self.a.shared)) if same else self.a.work
            words += ["-I" + include, self.a.shared if same else self.path("libsley.so.0.9"), "-Wl,-rpath," + folder]
        elif kind == "static":
            words += ["-I" + include, "-DSLEY_STATIC", self.a.static if same else self.path("other/libsley.a"), "-lev", "-lm"]
        else:
            # The optimizer does not see the assembly by which fibers switch (docs/embedding.md).
            words += ["-DAMALGAMATED", "-I" + self.path("amalgam", version)] + (["-DSLEY_UCONTEXT"] if lto == "lto" else [])
        self.cc(*words, "-pthread")

    def all(self):
        shutil.rmtree(self.a.work, ignore_errors=True)
        os.makedirs(self.a.work)
        self.other_tree()
        self.amalgamation()
        kinds = [(self.plugin, "private", lto, version) for lto in ("lto", "plain") for version in ("same", "other")]
        kinds += [(self.plugin, "static", "lto", "same"), (self.chain, self.other_static, ("static", "lto"), ("static", "plain"))]
        kinds += [(self.chain, self.other_shared, ("shared", "lto"), ("shared", "plain")), (self.host,)]
        kinds += [(self.plugin, "static", "plain", "same"), (self.plugin, "shared", "lto", "same")]
        kinds += [(self.plugin, "shared", "plain", "same")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(*k) for k in kinds]:
                done.result()

    def chain(self, library, *plugins):
        library()
        for kind, lto in plugins:
            self.plugin(kind, lto, "other")


def exports(b, name):
    """How many names of the library the plugin exports, and nothing else but its own."""
    names = [line.split()[2] for line in run("nm", "-D", "--defined-only", name).splitlines()]
    own = [n for n in names if n.startswith("plugin_")]
    if len(own) != 8 or any(not n.startswith(("plugin_", "sley")) for n in names):
        sys.exit("%s exports %s" % (name, names))
    return len(names) - len(own)


def try_one(b, name, how, what):
    def without_core():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        done = subprocess.run([b.path("host"), name, how, what], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=SECONDS, preexec_fn=without_core)
    except subprocess.TimeoutExpired:
        return "HANGS", ""
    return done.returncode, done.stdout


def outcome(b, kind, version, name, how, what):
    """In the words of the table; whatever else happens begins with "?"."""
    code, text = try_one(b, name, how, what)
    of_plugin = OTHER if version == "other" else b.version
    unknown = "? %s: %s" % (code, text.strip())
    if what == "own":
        return "run" if code == 0 and text == "both run, the plugin with sley %s\n" % of_plugin else unknown
    if what in ("give", "take"):
        if code == 0 and text == "accepted\n":
            return "accepted"
        found = re.search(r" was given .* of another copy of the library: this copy is sley (\S+) in (\S+), that one is sley (\S+) in "
                          r"(\S+), and copies share nothing; ", text)
        if code != -6 or not found:
            return unknown
        copies = [(b.version, os.path.basename(b.soname)), (of_plugin, "libsley.so.0.9" if kind == "shared" else os.path.basename(name))]
        if what == "take":
            copies.reverse()
        files = [(found[1], os.path.basename(found[2])), (found[3], os.path.basename(found[4]))]
        return "refused" if files == copies else unknown
    found = re.fullmatch(r"(stays|goes)\n(.*)", text, re.S)
    if not found:
        return unknown
    rest = {"after": "", "during": "the host goes on\n", "inside": "the fiber goes on\n"}[what]
    if code == 0 and found[2] == rest:
        return found[1]
    if code == -6 and found[1] == "goes" and re.match(r"sley: no code is loaded at 0x[0-9a-f]+, which domain main was to run: ", found[2]):
        return "told"
    return unknown


def rows(b):
    cells, problems = [], []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for kind, lto, how, version in itertools.product(("shared", "static", "private"), ("plain", "lto"), ("local", "global"),
                                                         ("same", "other")):
            name = b.path("%s-%s-%s.so" % (kind, lto, version))
            tries = ("own", "give", "take", "after", "during", "inside")
            got = list(pool.map(lambda what: outcome(b, kind, version, name, how, what), tries))
            problems += ["%s %s %s %s, %s: %s" % (kind, lto, how, version, what, g) for what, g in zip(tries, got) if g[0] == "?"]
            cells.append([kind, "yes" if lto == "lto" else "no", "RTLD_" + how.upper(), version, *got, str(exports(b, name))])
    return cells, problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    for word in ("source", "shared", "static", "compiler", "work"):
        parser.add_argument(word)
    a = parser.parse_args()
    b = Build(a)
    b.all()
    cells, problems = rows(b)
    if problems:
        sys.exit("\n".join(problems))
    head = ["plugin", "optimized at link", "loaded with", "version", "own promises", "its to the program", "the program's to it",
            "dlclose after", "dlclose during", "dlclose inside", "exports"]
    lines = ["| " + " | ".join(line) + " |\n" for line in [head] + cells]
    lines.insert(1, "|" + "---|" * len(head) + "\n")
    table = "".join(lines)
    page = os.path.join(a.source, "docs/decisions/copies.md")
    text = open(page).read()
    before, rest = text.split(BEGIN)
    old, behind = rest.split(END)
    if a.write:
        open(page, "w").write(before + BEGIN + table + END + behind)
    elif old != table:
        sys.exit("the table in docs/decisions/copies.md is not what happens:\n" + table)
    print("%d combinations of copies end as the page says" % len(cells))


main()
