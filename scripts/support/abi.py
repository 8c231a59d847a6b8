"""The library's binary interface as libabigail describes it (abidw, abidiff), taken from the amalgamation without optimization: its
header is the whole public one, so what only the sources know is left out, and it is compiled in seconds."""
import gzip
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BASELINE = ROOT / "tests/abi/0.1.xml.gz"
HEADER = ROOT / "tests/abi/0.1.h.gz"
SONAME = "libsley.so.0.1"


class Failure(Exception):
    pass


def run(*command, wanted=(0,)):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode not in wanted:
        raise Failure(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


def amalgamate(out):
    run(sys.executable, ROOT / "scripts/amalgamate", "--no-lines", out)


def library(folder, version_map=ROOT / "src/sley.map"):
    """Compiles sley.c of the folder there. Returns the shared library."""
    made = folder / SONAME
    run("gcc", "-std=c17", "-O0", "-g", "-w", "-fexceptions", "-fvisibility=hidden", "-fPIC", "-shared", "-I", folder, folder / "sley.c", "-o",
        made, f"-Wl,--version-script={version_map}", f"-Wl,-soname,{SONAME}", "-lev", "-lm", "-pthread")
    return made


def description(made):
    """The interface as text: types and functions of sley.h beside it, without places and names of folders."""
    return run("abidw", "--headers-dir", made.parent, "--drop-private-types", "--no-show-locs", "--no-comp-dir-path", "--no-corpus-path",
               "--no-architecture", "--type-id-style", "hash", made).stdout


# Those of exported data: the linker copies such data into a program that is not position-independent, in the size that it had then.
DATA = {"sley_type", "sley_error_kind"}


def sized(header):
    """The structs that begin with their size."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    return sorted(set(re.findall(r"struct (\w+) \{\s*size_t size;", text)))


def grown(header):
    """The header in which all that can grow has grown at its end."""
    def more(match):
        return match[0] if match[1] in DATA else f"{match[0][:match.start(2) - match.start()]}\n  uint64_t planted[3];{match[2]}"
    return re.sub(r"struct (\w+) \{\s*size_t size;(?:.(?!\n\}))*.(\n\} ?\w*;)", more, header, flags=re.S)


def suppressions(header):
    return "".join(f"[suppress_type]\n  type_kind = struct\n  name = {name}\n  has_data_member_inserted_at = end\n\n" for name in sized(header) if name not in DATA)


def difference(before, after, header, work):
    """What a program that was compiled against before finds changed in after (both descriptions); empty: nothing."""
    (work / "before.xml").write_text(before)
    (work / "after.xml").write_text(after)
    (work / "allowed.ini").write_text(suppressions(header))
    done = run("abidiff", "--no-added-syms", "--suppressions", work / "allowed.ini", work / "before.xml", work / "after.xml",
               wanted=range(0, 16))
    return done.stdout if done.returncode != 0 else ""


def baseline():
    return gzip.decompress(BASELINE.read_bytes()).decode(), gzip.decompress(HEADER.read_bytes()).decode()


def write(text, header):
    pathlib.Path(BASELINE).write_bytes(gzip.compress(text.encode(), mtime=0))
    pathlib.Path(HEADER).write_bytes(gzip.compress(header.encode(), mtime=0))
