"""How the files of src use each other. A file uses another where a function with a body in the first names a function
that the second defines; what an inline function or a macro of a header names counts for the file that uses it.
A function named in a table counts for the file that has the table, not for one that calls through it.

The text is read after the C preprocessor, which knows macros better than a pattern does."""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

# Floor -> folder -> the folders that it uses; those use what their own lines name, and so on.
FOLDERS = {
    "queue": {"": []},
    "promise": {
        "base": [],
        "memory": ["base"],
        "core": ["memory"],
        "combine": ["core"],
        "scheduler": ["combine"],
        "sync": ["combine"],
        "stream": ["sync", "fiber"],  # generators are fibers
        "fiber": ["scheduler"],
        "scope": ["sync", "fiber"],
        "collection": ["combine"],
        "react": ["stream", "collection"],
        "dump": ["scope", "react"],
        "": ["dump"],  # kinds.c
        "sites": [""],  # generated
    },
    "reactor": {"": [], "sites": [""]},
    "domain": {
        "link": [],
        "life": ["link"],
        "shared": ["link"],
        "over": ["life", "shared"],
        "figures": ["life"],
        "": ["over", "figures"],  # tables.c
        "sites": [""],  # generated
    },
    "preempt": {"": [], "sites": [""]},
    "io": {
        "bytes": [],
        "object": ["bytes"],
        "channel": ["object"],
        "socket": ["object"],
        "server": ["socket", "channel"],
        "datagram": ["socket"],
        "": ["server", "datagram"],
        "sites": [""],  # generated
    },
}
FLOORS = list(FOLDERS)
# Functions that may be named against this order, and why.
DOORS = {
    "sley__self_slow": "a thread's first call makes its domain, which the scheduler knows how to do",
    "sley__element_counts": "a join counts its inputs by an inlined call; through the table of kinds it took 4.5 % more",
}
# A thread's first call closes no circle: the domain that it makes is there for all that follow.
UNCOUNTED = {"sley__self_slow"}

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[A-Za-z_]\w*|->|\d[\w.]*|[^\s\w]')
NAME = re.compile(r"[A-Za-z_]")


class Function:
    def __init__(self, name, static, names):
        self.name, self.static, self.names = name, static, names


def called(tokens):
    """The names in a body that may be functions."""
    names = set()
    for i, token in enumerate(tokens):
        if NAME.match(token) and (i == 0 or tokens[i - 1] not in (".", "->", "struct", "union", "enum")):
            if token.startswith("sley_") or (i + 1 < len(tokens) and tokens[i + 1] == "("):
                names.add(token)
    return names


def matching(tokens, i):
    """Where the parenthesis that opens at i closes."""
    depth = 0
    while i < len(tokens):
        depth += {"(": 1, ")": -1}.get(tokens[i], 0)
        if depth == 0:
            return i
        i += 1
    return len(tokens) - 1


def declarator(head):
    """The name of the function that head, the tokens in front of a body, declares; None if it is none."""
    i, name = 0, None
    while i < len(head):
        if head[i] in ("__attribute__", "__asm__", "_Alignas") and i + 1 < len(head):
            i = matching(head, i + 1) + 1
        elif head[i] == "=":
            return None
        elif head[i] == "(" and name is None:
            end = matching(head, i)
            if end == i + 2 and head[end + 1:end + 2] == ["("]:
                name = head[i + 1]  # (sley_drop)(...), where sley_drop is a macro, too
            elif i > 0 and NAME.match(head[i - 1]):
                name = head[i - 1]
            i = end + 1
        else:
            i += 1
    return name


def parse(text):
    """The functions with a body in text, and what its tables name."""
    functions, tables, head, body, depth = [], set(), [], [], 0
    for token in TOKEN.findall(text):
        if token == "{":
            depth += 1
        if depth == 0:
            if token != ";":
                head.append(token)
                continue
        elif token != "}" or depth > 1:
            body.append(token)
            depth -= token == "}"
            continue
        else:
            depth = 0
            name = declarator(head)
            if name is not None:
                functions.append(Function(name, "static" in head, called(body)))
                head, body = [], []
            else:
                head += body  # a table, an enum or a struct: up to its semicolon
                body = []
            continue
        if "=" in head:
            tables |= called(head[head.index("="):])
        head = []
    return functions, tables


def preprocess(root, path):
    flags = ["-E", "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-D_DEFAULT_SOURCE", "-Iinclude", "-Isrc"]
    run = subprocess.run([os.environ.get("CC", "cc"), *flags, path], cwd=root, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{path}: the preprocessor failed\n{run.stderr}")
    texts = {}
    for region in re.split(r"(?m)^# \d+ ", run.stdout):
        if found := re.match(r'"((?:src|include)/[^"]*)".*\n', region):
            texts.setdefault(found[1], []).append(region[found.end():])
    return {name: "\n".join(parts) for name, parts in texts.items()}


class Structure:
    """files: paths below src, without "src/". uses[a][b]: the functions of b that a names."""

    def __init__(self, root, without=()):
        root = pathlib.Path(root)
        paths = sorted(str(path.relative_to(root)) for path in (root / "src").rglob("*.c"))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            texts = list(pool.map(lambda path: preprocess(root, path), paths))
        inlines, own, defined, seen = {}, {}, {}, set()
        for path, by_file in zip(paths, texts):
            for header, text in by_file.items():
                if header != path and header not in seen:
                    seen.add(header)
                    for function in parse(text)[0]:
                        inlines[function.name] = function.names
            functions, tables = parse(by_file.get(path, ""))
            own[path] = (functions, tables)
            for function in functions:
                if not function.static:
                    defined.setdefault(function.name, set()).add(path)
        self.files = [path.removeprefix("src/") for path in paths]
        self.defined = {name: {path.removeprefix("src/") for path in where} for name, where in defined.items()}
        self.uses = {}
        for path, (functions, tables) in own.items():
            static = {function.name for function in functions if function.static}
            names = set(tables).union(*(function.names for function in functions))
            reached, todo = set(), [name for name in names if name not in static]
            while todo:
                name = todo.pop()
                if name not in reached:
                    reached.add(name)
                    todo += inlines.get(name, ())
            uses = self.uses[path.removeprefix("src/")] = {}
            for name in reached:
                for other in self.defined.get(name, ()):
                    if other != path.removeprefix("src/") and name not in without:
                        uses.setdefault(other, set()).add(name)

    def circles(self, files=None):
        """The strongly connected sets of more than one file, largest first."""
        files = set(self.files if files is None else files)
        uses = {user: sorted(used for used, names in edges.items() if used in files and names - UNCOUNTED)
                for user, edges in self.uses.items()}
        index, low, stack, on, sets = {}, {}, [], set(), []

        def visit(start):
            work = [(start, iter(uses[start]))]
            index[start] = low[start] = len(index)
            stack.append(start)
            on.add(start)
            while work:
                node, others = work[-1]
                for other in others:
                    if other not in index:
                        index[other] = low[other] = len(index)
                        stack.append(other)
                        on.add(other)
                        work.append((other, iter(uses[other])))
                        break
                    if other in on:
                        low[node] = min(low[node], index[other])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == index[node]:
                        found = stack[stack.index(node):]
                        del stack[stack.index(node):]
                        on.difference_update(found)
                        if len(found) > 1:
                            sets.append(sorted(found))

        for name in sorted(files):
            if name not in index:
                visit(name)
        return sorted(sets, key=lambda found: (-len(found), found))


def place(path):
    """(floor, folder) of a file of src."""
    words = path.split("/")
    return words[0], words[1] if len(words) > 2 else ""


def seen_by(floor, folder):
    """The folders of its floor that a folder may use, itself among them."""
    seen, todo = set(), [folder]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += FOLDERS.get(floor, {}).get(name, ())
    return seen


def is_upwards(user, used):
    """Whether user stands below used, or beside it, in the order of FOLDERS."""
    (floor, folder), (other_floor, other_folder) = place(user), place(used)
    if floor != other_floor:
        return FLOORS.index(other_floor) > FLOORS.index(floor)
    return other_folder not in seen_by(floor, folder)
