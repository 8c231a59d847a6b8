"""The files of a form in the order in which they come, what each includes, and which public headers the form has."""
import collections
import re

from amalgam.c_text import Text

FLOORS = {"promise": ["promise"], "whole": ["queue", "promise", "reactor", "domain", "preempt", "io"]}
INCLUDE = re.compile(r'[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"].*')
GUARD = re.compile(r"(?m)^#ifndef (\w+)\n#define \1$")


class File:
    """A file of src. path: below src; tag: what is put behind its names; closure: itself and the headers it includes."""

    def __init__(self, path, content):
        self.path, self.content, self.text = path, content, Text(content)
        self.is_header = path.endswith(".h")
        self.tag, self.closure = "", {self}

    def __lt__(self, other):
        return self.path < other.path


class Tree:
    def __init__(self, root, form):
        self.root, self.faults = root, []
        self.files = {}
        for floor in FLOORS[form]:
            for path in sorted((root / "src" / floor).rglob("*.c")):
                self.read(path.relative_to(root / "src").as_posix())
        self.name_files()
        self.exported = set(re.findall(r"(?m)^\s+(sley_\w+);", (root / "src/sley.map").read_text()))
        macros = {m: 1 for f in self.files.values() for m, (p, _) in f.text.macros().items() if p is not None}
        self.defined = {name for f in self.files.values() for item in f.text.items(macros)
                        if "extern" not in [t for t, _ in f.text.flat(item)] for name, _ in f.text.declared(item)}
        self.headers = self.public_headers(form)
        self.absent = self.defined_elsewhere(form)

    def read(self, path):
        if path in self.files:
            return self.files[path]
        file = self.files[path] = File(path, (self.root / "src" / path).read_text())
        if file.is_header and not GUARD.search(file.content):
            self.faults.append(f"{path}: a header without #ifndef and #define of its name cannot be read once")
        for match in map(INCLUDE.fullmatch, file.content.split("\n")):
            if match and match[1] == '"':
                if not (self.root / "src" / match[2]).exists():
                    self.faults.append(f'{path}: #include "{match[2]}" is no file of src')
                else:
                    file.closure |= self.read(match[2]).closure
        return file

    def name_files(self):
        """bind for src/promise/combine/bind.c; with its folder if another folder has a file of that name."""
        def short(file, n):
            return re.sub(r"\W", "_", "_".join(file.path.rsplit(".", 1)[0].split("/")[-n:]))
        for n in (1, 2, 9):
            folders = collections.defaultdict(set)
            for file in self.files.values():
                folders[short(file, n)].add(file.path.rsplit(".", 1)[0])
            for file in self.files.values():
                if not file.tag and len(folders[short(file, n)]) == 1:
                    file.tag = short(file, n)

    def public_includes(self, name):
        return re.findall(r"(?m)^#include <(sley/[^>]+)>", (self.root / "include" / name).read_text())

    def public_headers(self, form):
        """In the order of sley.h, all headers that declare something which these sources define, and what those include."""
        order = [h for h in self.public_includes("sley.h") if "/sites/" not in h]
        if form == "whole":
            return order
        needed = {n for f in self.files.values() for n in re.findall(r"(?m)^#include <(sley/[^>]+)>", f.content)}
        for header in order:
            if self.declared(header) & self.defined:
                needed.add(header)
        waiting = sorted(needed)
        while waiting:
            for header in self.public_includes(waiting.pop()):
                if header not in needed:
                    needed.add(header)
                    waiting.append(header)
        return [h for h in order if h in needed]

    def declared(self, header):
        """The exported names that a public header declares."""
        text = re.sub(r"/\*.*?\*/", "", (self.root / "include" / header).read_text(), flags=re.S)
        return set(re.findall(r"\bsley_\w+", " ".join(re.findall(r"SLEY_API\b[^;{]*;", text)))) & self.exported

    def defined_elsewhere(self, form):
        """What the form's headers declare and only files of other floors define."""
        names = set().union(*map(self.declared, self.headers)) - self.defined
        others = [floor for floor in FLOORS["whole"] if floor not in FLOORS[form]]
        text = "\n".join(p.read_text() for floor in others for p in sorted((self.root / "src" / floor).rglob("*.c")))
        found = set(re.findall(r"(?m)^[a-z][\w *]*?\b\(?(sley_\w+?)(?:_at)?\)?(?:\(| = \{)", text))
        return sorted(names & found)
