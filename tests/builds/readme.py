"""Runs what README, docs/first-server.md and docs/install.md tell a newcomer to type, verbatim: build and install the library from a
copy of the tree; its program by pkg-config, by CMake and static; the line server, which must answer; removal, which must leave
nothing. Only apt-get is not run: its packages must be those of scripts/install-packages. The machine stays unchanged: /usr/local and /etc are overlaid in a separate mount namespace; if
root cannot create one (in a chroot), everything runs in a copy of the system made of hard links. (faults 19 and 20)
Usage: readme.py SOURCE"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

source = pathlib.Path(sys.argv[1])
work = pathlib.Path(tempfile.mkdtemp())
README, SERVER, INSTALL = ((source / name).read_text() for name in ("README.md", "docs/first-server.md", "docs/install.md"))


def block(page, after):
    """The indented lines after a sentence."""
    found = re.search(re.escape(after) + r"[^\n]*\n(?:[^\n ][^\n]*\n|```.*?```\n|\n(?=```|<!--))*\n((?:    [^\n]+\n)+)", page, re.S)
    if found is None:
        sys.exit(f"no commands after: {after}")
    return [line.strip() for line in found[1].splitlines()]


def file(page, name):
    return re.search(rf"<!-- \w+: {re.escape(name)} -->\n```\w+\n(.*?)```", page, re.S)[1]


install = block(README, "tests and examples, to `/usr/local`")
apt, install = install[0].split(), install[1:]
programs = block(README, "A program is then built by pkg-config")
by_cmake = block(README, "Or by CMake")
static = [line.replace("program", "thirty") for line in block(INSTALL, "share `libsley.so`. By pkg-config")]
first = block(SERVER, "Each command is typed as it stands here")
serve = block(SERVER, "Compile it and start it")
ask = block(SERVER, "bash can talk to it")
stop = block(SERVER, "have five seconds")
remove = block(INSTALL, "To remove it again")
with socket.socket() as probe:  # that of the page may be another's on this machine
    probe.bind(("127.0.0.1", 0))
    port = str(probe.getsockname()[1])
ask = [line.replace("7000", port) for line in ask]
user = work / "user"
user.mkdir()
(user / "thirty.c").write_text(file(README, "thirty.c"))
(user / "CMakeLists.txt").write_text(file(README, "CMakeLists.txt"))
(user / "lines.c").write_text(file(SERVER, "lines.c").replace("7000", port))
tree = work / "tree"
for name in ("CMakeLists.txt", "CMakePresets.json", "README.md", "CHANGELOG.md", "LICENSE", "cmake", "include", "src", "docs",
             "examples", "scripts"):
    from_ = source / name
    if from_.is_dir():
        shutil.copytree(from_, tree / name)
    else:
        tree.mkdir(exist_ok=True)
        shutil.copy(from_, tree / name)

# The copy has no tests, so a preset that builds them fails. There is always a sudo.
(work / "bin").mkdir()
(work / "bin/sudo").write_text('#!/bin/sh\nexec "$@"\n')
(work / "bin/sudo").chmod(0o755)
LAID_OVER = """set -eu
mount -t tmpfs none /mnt
mkdir -p /mnt/etc /mnt/etc.work /mnt/local /mnt/local.work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/etc.work /etc
mount -t overlay overlay -o lowerdir=/usr/local,upperdir=/mnt/local,workdir=/mnt/local.work /usr/local
"""
COMMANDS = f"""set -eu
rm -rf /usr/local/include/sley* /usr/local/lib/libsley* /usr/local/lib/pkgconfig/sley.pc
cd {tree}
unset LD_LIBRARY_PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH
PATH={work}/bin:/usr/local/sbin:/usr/sbin:/sbin:$PATH
set -x
""" + "\n".join(install) + f"""
cc() {{ command cc -Wall -Wextra -Werror -O2 "$@"; }} # what users have: -O2 also finds what only the linker's optimizer sees
cd {user}
""" + "\n".join(programs + by_cmake + static) + """
./thirty
""" + "\n".join(first) + f"""
mv {user}/lines.c .
""" + "\n".join(serve) + f"""
for i in $(seq 300); do bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>/dev/null && break; sleep 0.1; done
""" + "\n".join(ask + stop) + f"""
cd {tree}
""" + "\n".join(remove) + """
find /usr/local /etc/ld.so.conf.d -name '*sley*' | sed 's/^/left: /'
"""
# Folders that the commands write to are copied; the rest of the system is hard links.
COPIED = f"""set -eu
mkdir {work}/root {work}/root/dev
cd {work}/root
for name in bin sbin lib lib32 lib64 libx32 usr; do
  [ ! -e /$name ] || cp -al /$name . 2>/dev/null || cp -a /$name .
done
rm -rf usr/local
cp -a /usr/local usr
cp -a /etc .
mkdir tmp
mknod dev/null c 1 3
mknod dev/urandom c 1 9
mkdir -p .{work}
mv {work}/bin {work}/tree {work}/user {work}/script .{work}
exec chroot . sh {work}/script
"""
script = work / "script"
built = tree / "build/install"
namespace = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
if subprocess.run(namespace + ["true"], capture_output=True).returncode == 0:
    script.write_text(LAID_OVER + COMMANDS)
    words = namespace + ["sh", str(script)]
elif os.geteuid() == 0:
    script.write_text(COMMANDS)
    words = ["sh", "-c", COPIED]
    built = work / "root" / built.relative_to("/")
else:
    shutil.rmtree(work)
    sys.exit("this test needs a mount namespace: run it as root, or allow users namespaces of their own")
done = subprocess.run(words, text=True, capture_output=True)
failures = 0


def expect(good, what):
    global failures
    if not good:
        print("failed:", what)
        failures += 1


expect(done.returncode == 0, "the commands")
expect(done.stdout.count("2 are done") == 3, "the program runs, by pkg-config, by CMake, and static")
expect(f"lines: port {port}" in done.stdout and "\nHELLO\n" in done.stdout, "the line server answers")
expect("left: " not in done.stdout and " files removed" in done.stdout, "nothing is left")
needed = set(apt[apt.index("-y") + 1:])
known = set(re.search(r'build\) packages="\$packages ([^"]*)"', (source / "scripts/install-packages").read_text())[1].split())
expect(apt[:2] == ["apt-get", "install"] and needed <= known, f"packages {needed - known} are not in scripts/install-packages")
names = [path.name for path in built.rglob("*.o")]
sources = [path for path in (source / "src").rglob("*.c")]
expect(len(names) == 2 * len(sources), f"{len(names)} objects of {len(sources)} sources, each shared and static")
if failures:
    print(done.stdout[-4000:], done.stderr[-4000:])
shutil.rmtree(work)
print(f"{' && '.join(install)}: {failures} failures")
sys.exit(failures != 0)
