"""The manual of this tree: every exported name has a page that says something, all that the headers say is shown as it stands there,
and mandoc and groff have nothing to remark. Usage: check_pages.py ROOT"""
import concurrent.futures
import html.parser
import os
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1]).resolve()
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "scripts/support"))
from manual import headers, tree  # noqa: E402

# The functions that matter most: each has an example, which the tests run.
FIFTY = """sley_return sley_fail sley_pending sley_fulfill sley_reject sley_bind sley_map sley_catch sley_try_bind sley_finalize
sley_on_termination sley_all sley_join sley_pick sley_choose sley_cancel sley_on_cancel sley_run sley_sleep sley_with_timeout
sley_every sley_finish sley_spawn sley_await sley_with_scope sley_scope_start sley_with_lock sley_mvar_take sley_pool_use
sley_stream_new sley_stream_get sley_stream_map sley_values_map_p sley_own sley_take sley_error_new sley_error_wrap sley_error_is
sley_catch_if sley_retry_sleeping sley_listen sley_accept sley_connect sley_channels sley_input_line sley_output_write sley_server_start
sley_detach sley_domain_spawn sley_call sley_port_put sley_dump sley_wait_signal sley_with_value""".split()
failures = 0


def fail(what):
    global failures
    failures += 1
    if failures < 40 or os.environ.get("ALL"):
        print(what)


def shown(text):
    """Rendered text without what a terminal makes of it."""
    return re.sub(".\b", "", text)


def bare(text):
    """Text without what the manual may change: spaces, quotes of names, and the sections behind names."""
    return re.sub(r"<(?=sley)|(?<=\.h)>|\s|`|\(\)|\(\d\)", "", text)


class Links(html.parser.HTMLParser):
    """Names and targets of a file, and whether its elements are closed in order."""

    VOID = {"meta", "link", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.targets, self.wrong = [], set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            if given["id"] in self.ids:
                self.wrong.append(f"id {given['id']} twice")
            self.ids.add(given["id"])
        self.targets += [given[a] for a in ("href", "src") if a in given]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")


def check_names(man):
    """Pages of what the linker exports, and of the types, constants and macros that a look at the headers finds."""
    wanted = set(re.findall(r"\b(sley_(?!_)\w+);", (root / "src/sley.map").read_text()))
    for path in (root / "include/sley").glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        wanted |= set(re.findall(r"^(?:typedef .*?|\} )(sley_[a-z0-9_]+);", text, re.M))
        wanted |= set(re.findall(r"^typedef .*?\b(sley_\w+_fn)\(", text, re.M))
        wanted |= set(re.findall(r"^\s*(SLEY_[A-Z0-9_]+)(?: = [^,}]+)?,?$", text, re.M))
        wanted |= set(re.findall(r"#define (SLEY_[A-Z]\w*)", text))
        wanted -= {n for n in wanted if n.endswith("_H")}
    wanted -= headers.ATTRIBUTES
    files = {p.stem for p in man.glob("man3/*.3")}
    for name in sorted(wanted):
        if name not in files and name.lower() not in files:
            fail(f"{name} has no page")
    lower = [str(p.relative_to(man)).lower() for p in man.glob("man?/*")]
    for name in {n for n in lower if lower.count(n) > 1}:
        fail(f"{name}: two files where capital letters are not told apart")
    return len(wanted)


def check_texts(manual, man):
    """Each page has a sentence, and no section that only points elsewhere; what it refers to exists."""
    files = {p.name for p in man.glob("man?/*")}
    references = 0
    for path in sorted(p for p in man.glob("man?/*") if not p.is_symlink()):
        text = path.read_text()
        sections = dict(re.findall(r"(?ms)^\.Sh ([A-Z ]+)\n(.*?)(?=^\.Sh |\Z)", text))
        words = " ".join(l for l in sections.get("DESCRIPTION", "").split("\n"))
        if len(re.findall(r"\b[A-Za-z_]+\b", words)) < 3 or not re.search(r"[.:]", words):
            fail(f"{path.name}: DESCRIPTION has no sentence")
        for title, body in sections.items():
            said = re.sub(r"(?m)^\.(?:Xr|Fn|Pp)\b|\b\d\b|[ .]", " ", body).split()
            if title != "SEE ALSO" and said and said[0].lower() in ("as", "see") and len(said) < 3:
                fail(f"{path.name}: {title} says only \"{' '.join(said)}\"")
        for name, section in re.findall(r"\bXr (\S+) (\d)", text):
            references += 1
            if name.lower().startswith("sley") and f"{name}.{section}" not in files and f"{name.lower()}.{section}" not in files:
                fail(f"{path.name}: refers to {name}({section}), which does not exist")
    for path in man.glob("man?/*"):
        if path.is_symlink() and not path.exists():
            fail(f"{path.name}: leads to {os.readlink(path)}, which does not exist")
    for example in manual.examples:
        for name in example.names:
            if name != "sley" and not name.endswith("_fn") and not re.search(rf"\b{name}\b", example.code):
                fail(f"{example.place}: does not use {name}")
    with_example = {n for e in manual.examples for n in e.names}
    for name in FIFTY:
        if name not in with_example:
            fail(f"{name} has no example in tests/manual")
    return references


def lines_of(comment):
    """The lines of a contract whose text is shown as it is."""
    shows = True
    for line in comment.split("\n"):
        line = re.sub(r"^ \* ?", "", line)
        key = re.match(r"((?:Owns|Fails|Thread|Cost|Lwt|Since)(?:, \w+)*) {2,}", line)
        shows = not key and (shows or not line.startswith("   ")) or key and not re.match("Thread|Lwt|Since", line)
        if shows:
            yield re.sub(r"^ *(?:- )?", "", line[key.end() if key else 0:])


def check_shown(manual, man):
    """Readers see every line of the contracts, sign for sign."""
    count = 0
    names = sorted(p.name for p in manual.pages if p.section == 3)
    text = shown(subprocess.run(["mandoc", "-T", "ascii", "-O", "width=100"] + [str(man / f"man3/{n}.3") for n in names],
                                capture_output=True, text=True, check=True).stdout)
    parts = re.split(r"(?m)^([A-Z0-9_]+)\(3\) +Library Functions Manual +\1\(3\)$", text)
    found = {name.lower(): bare(body) for name, body in zip(parts[1::2], parts[2::2])}

    def expect(name, line):
        nonlocal count
        for piece in re.split(r"(?<=\S) {2,}", line):
            count += 1
            if bare(piece).rstrip(".")[1:] not in found[(man / f"man3/{name}.3").resolve().stem.lower()]:
                fail(f"{name}.3 does not show: {piece}")

    for path in sorted((root / "include/sley").glob("*.h")):
        for comment, name in re.findall(r"(?ms)^/\* ((?:(?!\*/).)*?) ?\*/\nSLEY_API\b[^;{]*?\b(sley_(?!_)\w+)\(", path.read_text()):
            for line in lines_of(comment):
                expect(name, line)
    for contract in manual.contracts:
        for member in (m for d in contract.declarations for m in d.members):
            expect(contract.first().name, member[2])
    return count


def check_readers(man):
    """What mandoc and groff remark, down to style; what lies below that are customs of two systems' own manuals. References
    to manuals of the system are not looked up."""
    files = sorted(str(p.relative_to(man)) for p in man.glob("man?/*") if not p.is_symlink())
    subprocess.run(["makewhatis", str(man)], check=True)
    half = len(files) // 2
    with concurrent.futures.ThreadPoolExecutor() as pool:
        lint = pool.submit(subprocess.run, ["mandoc", "-T", "lint", "-W", "style"] + files, capture_output=True, text=True,
                           cwd=man,
                           env=os.environ | {"MANPATH": str(man)})
        groff = [pool.submit(subprocess.run, ["groff", "-ww", "-mandoc", "-Tutf8", "-z"] + part, capture_output=True, text=True,
                             cwd=man)
                 for part in (files[:half], files[half:])]
        remarks = (lint.result().stdout + lint.result().stderr).split("\n")
        remarks = [r for r in remarks if not re.search(r"referenced manual not found: Xr (?!sley)|outdated mandoc.db", r)]
        for r in groff:
            remarks += (r.result().stdout + r.result().stderr).split("\n")
    for remark in filter(None, remarks):
        fail(remark)
    return len(files)


def check_web(folder):
    """Links of the HTML lead somewhere, and nowhere outside."""
    files = {p.name: Links(p.read_text()) for p in folder.glob("*.html")}
    for name, file in files.items():
        for wrong in file.wrong + (["<%s> is not closed" % file.open[-1]] if file.open else []):
            fail(f"html/{name}: {wrong}")
        for target in file.targets:
            page, _, anchor = target.partition("#")
            if page == "style.css":
                continue
            if page not in files or anchor and anchor not in files[page].ids:
                fail(f"html/{name}: a link to {target}, which does not exist")
    return sum(len(f.targets) for f in files.values())


with tempfile.TemporaryDirectory() as folder:
    out = pathlib.Path(folder)
    manual = tree.read(root)
    for fault in manual.faults:
        fail(fault)
    tree.write(manual, root, out)
    names = check_names(out / "man")
    references = check_texts(manual, out / "man")
    texts = check_shown(manual, out / "man")
    files = check_readers(out / "man")
    links = check_web(out / "html")
print(f"{names} names, {files} pages, {references} references, {texts} lines, {links} links of HTML, {failures} failures")
sys.exit(failures != 0 or names < 1000 or texts < 2000)
