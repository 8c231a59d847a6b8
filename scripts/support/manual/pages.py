"""Pages made of contracts: what each section says. How a page is written down is the business of mdoc.py and web.py."""
import re

from . import prose
from .overviews import Overviews
from .page import Page, wrapped
from .references import KINDS, References


class Manual(References, Overviews):
    """All pages of these headers."""

    def __init__(self, headers, examples, overview):
        self.headers, self.faults = headers, [f for h in headers for f in h.faults]
        self.contracts = [c for h in headers for c in h.contracts]
        self.of, self.declared = {}, {}
        self.join_macros()
        for contract in self.contracts:
            for declared in contract.declarations:
                for name in declared.names:
                    if name in self.of:
                        self.fault(contract, f"{name} is declared twice")
                    self.of[name], self.declared[name] = contract, declared
            for name in contract.at_forms():
                self.of[name] = contract
        self.marker = prose.Marker(self.declared)
        self.examples = examples
        for example in examples:
            for name in example.names:
                if name not in self.of and name != "sley":
                    self.faults.append(f"{example.place}: an example of {name}, which no header declares")
        self.users = {}  # type -> names of functions and types that name it
        for declared in self.declared.values():
            for used in declared.types():
                self.users.setdefault(used, [])
                if declared.name not in self.users[used]:
                    self.users[used].append(declared.name)
        self.header_pages = {h.name: h.page for h in headers}
        self.pages = [self.page(c) for c in self.contracts if c.declarations]
        self.pages += [self.header_page(h) for h in headers]
        self.pages.append(self.overview(overview))
        self.check_names()

    def join_macros(self):
        """A macro or constant whose name in small letters is a function or type goes to the page of that: the two would be
        one file where capital letters are not told apart."""
        lower = {n: c for c in self.contracts for n in c.names() if n.islower()}
        for c in self.contracts:
            for d in [d for d in c.declarations if d.kind in ("macro", "constants") and d.name.lower() in lower]:
                other = lower[d.name.lower()]
                if other is not c:
                    d.comment = " ".join((d.comment + " " + c.text).split())
                    other.declarations.append(d)
                    c.declarations.remove(d)
        self.contracts = [c for c in self.contracts if c.declarations]
        for h in self.headers:
            h.contracts = [c for c in h.contracts if c.declarations]

    def fault(self, contract, what):
        told = f"include/sley/{contract.header}:{contract.line}: {what}"
        if told not in self.faults:
            self.faults.append(told)

    # ---- one contract ----

    def page(self, c):
        functions = c.functions()
        arguments = {p.name for d in c.declarations for p in d.parameters if p.name}
        arguments |= {m[0] for d in c.of_kind("struct") for m in d.members if m[0] and m[0] not in prose.ENGLISH}
        text = self.description(c)
        page = Page(c.first().name, 3, c.names(), self.brief(c, text))
        page.links = [n for n in page.names + c.at_forms()
                      if n != page.name and (n.islower() or n.lower() not in page.names)]
        page.header = "sley/" + c.header
        page.synopsis = c.declarations
        blocks = self.marker.blocks(text, arguments)
        blocks += self.quoted(c, None, text)
        blocks += self.listed(c, arguments)
        for f in functions:
            if f.formats:
                blocks.append(("text", self.marker.words("The arguments behind `format` are those of printf(3).")))
        with_drop = [f for f in functions if f.drop_is_optional()]
        if with_drop:
            blocks.append(("text", self.marker.words(
                "The argument `drop` can be left out. If it is given, it is called with `ctx` exactly once: after the last call "
                "of the callback, or as soon as the callback is certain not to run. Without it, `ctx` must stay valid until "
                "then.", {"drop", "ctx"})))
        page.add("DESCRIPTION", blocks)
        self.key(page, c, "Owns", "OWNERSHIP", arguments)
        if functions:
            page.add("RETURN VALUES", self.returns(functions))
        for example in [e for e in self.examples if c.first().name in e.names or set(page.names) & set(e.names)]:
            blocks = [("text", self.marker.words(prose.sentence(example.text)))] if example.text else []
            page.add("EXAMPLES", blocks + [("code", example.code)])
        self.key(page, c, "Fails", "ERRORS", arguments)
        self.key(page, c, "Thread", "THREADS", arguments)
        if functions and not page.has("THREADS"):
            page.add("THREADS", [("text", self.marker.words("The thread of the current domain, to which the arguments belong; see sley(7)."))])
        self.key(page, c, "Cost", "COST", arguments)
        self.key(page, c, "Lwt", "LWT", arguments)
        if c.at_forms():
            page.add("BINDINGS", self.bindings([f for f in functions if f.has_site()]))
        page.also = self.also(page, c, text)
        page.add("HISTORY", [("text", self.marker.words(f"Appeared in sley {self.since(c)}."))])
        self.complete(page, c)
        return page

    def description(self, c):
        if c.text:
            return c.text
        if len(c.declarations) == 1 and c.first().comment:
            first = c.first()
            if first.kind == "handle":
                home = self.home(first)
                about = prose.sentences(self.title(home))[0].rstrip(".")
                return f"{prose.sentence(first.comment)} Its functions are declared in sley/{home}: {about}."
            return prose.sentence(first.comment)
        used = [n for n in self.users.get(c.first().name, []) if self.declared[n].kind == "function"]
        if c.first().kind == "struct" and used and re.search(r"_(?:options|counters)$", c.first().name):
            text = " and ".join(", ".join(n + "()" for n in used).rsplit(", ", 1))
            if c.first().name.endswith("_counters"):
                return f"What {text} fill in." if len(used) > 1 else f"What {text} fills in."
            return f"The options of {text}."
        self.fault(c, f"{c.first().name} has no contract: write above it what it is or does, and since when, or, of a type, "
                      "behind it on its line")
        return ""

    def home(self, handle):
        """The header of a handle's functions: that of its name, or that which declares it."""
        name = handle.name[5:] + ".h"
        return name if name in self.header_pages else self.of[handle.name].header

    def brief(self, c, text):
        first = c.first()
        if not c.text and first.kind == "handle":
            name = first.name[5:].replace("_", " ")
            if re.match(r"(?:counted|belongs)\b", first.comment):
                return f"handle of {'an' if name[0] in 'aeiou' else 'a'} {name}"
            return prose.brief(first.comment)
        return prose.brief(text)

    def title(self, header):
        """What a header says it is about, without its name."""
        title = next(h.title for h in self.headers if h.name == header)
        return re.sub(r"^sley/\w+\.h: *", "", title)

    def listed(self, c, arguments):
        """What stands behind declarations on their lines, and the members of structs and enumerations."""
        blocks = []
        if c.text:
            commented = [d for d in c.declarations if d.comment]
            if commented:
                blocks.append(("tags", [(self.marker.words(d.name), [("text", self.marker.words(prose.sentence(d.comment), arguments))])
                                        for d in commented]))
        for d in c.declarations:
            told = [m for m in d.members if m[2] and m[0]]
            if told:
                what = {"struct": "The members are:", "enum": "The values are:"}.get(d.kind, "The constants are:")
                if d.kind in ("struct", "enum") and len(c.declarations) > 1:
                    what = f"The {'members' if d.kind == 'struct' else 'values'} of {d.name} are:"
                blocks.append(("text", self.marker.words(what)))
                blocks.append(("tags", [
                    (self.member(m[0], d.kind),
                     [("text", self.marker.words(prose.sentence(m[2]), arguments))]) for m in told]))
        return blocks

    @staticmethod
    def member(names, kind):
        names = names.split(", ")
        return [("argument" if kind == "struct" else "constant", n, "", "," if n != names[-1] else "") for n in names]

    def key(self, page, c, key, title, arguments):
        text = c.keys.get(key)
        if not text:  # a contract that begins with "as NAME" says here what that one says
            if key != "Lwt":
                page.add(title, self.quoted(c, key, self.opening(c, c.text)))
            return
        if key == "Lwt":
            text = re.sub(r"^none\b", "no counterpart", text)
            text = text if text.startswith("no counterpart") else f"the counterpart in Lwt: {text}"
        if key == "Thread" and re.match(r"any\b(?! thread)", text):
            text = "any thread" + text[3:]
        blocks = [("text", self.marker.words(prose.sentence(text), arguments))]
        page.add(title, blocks + (self.quoted(c, key, text) if key != "Lwt" else []))

    # ---- made sections ----

    def returns(self, functions):
        """What the rules of the interface say of results (docs/interface.md)."""
        groups = {}
        for f in functions:
            result, kind = f.result.replace(" *", "*"), None
            if result == "sley_promise*" and "SLEY_NODISCARD" in f.words:
                kind = "a promise, never NULL, which the caller owns; a failure is a rejected promise."
            elif result == "sley_error*" and "SLEY_NODISCARD" in f.words and "SLEY_RETURNS_NONNULL" not in f.words:
                kind = "NULL on success; otherwise an error, which the caller owns and gives to sley_error_drop()."
            elif result == "bool":
                kind = "true if it is so, otherwise false."
            elif re.match(r"sley_(?:stream|seq|event|signal)\*$", result) and not re.search(r"_(?:in|take|keep)$", f.name):
                kind = "a handle, never NULL, which the caller owns."
            elif result in ("int", "int64_t") and re.search(r"-SLEY_E", " ".join(self.of[f.name].keys.values())):
                kind = "a negative code on failure; after `-SLEY_ESYSTEM`, errno(3) has the reason."
            if kind:
                groups.setdefault(kind, []).append(f.name)
        blocks = []
        for kind, names in groups.items():
            text = " and ".join(", ".join(n + "()" for n in names).rsplit(", ", 1)) if len(names) > 1 else names[0] + "()"
            if len(groups) == 1 and len(names) == len(functions) > 1:
                text = "Each function"
            verb = "return" if len(names) > 1 and text != "Each function" else "returns"
            blocks.append(("text", self.marker.words(f"{text} {verb} {kind.replace('`', '')}")))
        return blocks

    def bindings(self, functions):
        text = ("Each is also a macro" if len(functions) > 1 else f"{functions[0].name}() is also a macro") + \
            ", which passes the place of the call on for reports and error messages. Bindings for other languages call the " \
            "function, or the form that takes the place as a string literal:"
        code = "\n".join(wrapped(f"{f.result} {f.name}_at", ["const char *site"] + [p.text for p in f.parameters if p.text != "void"])
                         for f in functions)
        return [("text", self.marker.words(text)), ("code", code)]

    def since(self, c):
        if "Since" in c.keys:
            return c.keys["Since"].rstrip(".")
        names = [n for d in c.declarations for n in self.users.get(d.name, [])]
        ages = [self.of[n].keys["Since"] for n in names if "Since" in self.of[n].keys]
        ages = ages or [o.keys["Since"] for o in self.contracts if o.header == c.header and "Since" in o.keys] or ["0.1"]
        return min(ages, key=lambda v: [int(n) for n in re.findall(r"\d+", v)])

    def also(self, page, c, text):
        texts = text + " " + " ".join(c.keys.values())
        names = set(re.findall(r"\bsley_[a-z0-9_]+|\bSLEY_[A-Z0-9_]+", texts))
        for d in c.declarations:
            names |= {t for t in d.types() if t in self.declared and self.declared[t].kind in ("callback", "struct", "enum")
                      and t not in ("sley_value", "sley_drop_fn")}
            if d.kind in KINDS:
                home = self.home(d) if d.kind == "handle" else None
                names |= set([n for n in self.users.get(d.name, []) if home in (None, self.of[n].header)][:24])
        firsts = {self.of[n].first().name for n in names if n in self.of and not (n.startswith("SLEY_E") and self.declared[n].kind == "constants")}
        headers = {h for h in re.findall(r"\bsley/(\w+\.h)", texts) if h in self.header_pages} | {c.header}
        headers |= {self.home(d) for d in c.of_kind("handle")}
        return [(n, 3) for n in sorted(firsts - set(page.names))] + [("sley", 7)] + [(self.header_pages[h], 7) for h in sorted(headers)]

    # ---- what must hold ----

    def complete(self, page, c):
        for f in c.functions():
            if not c.text:
                self.fault(c, f"{f.name}: its contract has no sentence that says what it does")
            if "Since" not in c.keys:
                self.fault(c, f"{f.name}: its contract does not say since when")
        if re.match(r"The same\b(?! (?:event|time|as))|It |They |Those |These ", c.text):
            self.fault(c, f"the contract of {page.name} begins with \"{c.text.split(chr(10))[0][:40]}...\", which means nothing on "
                          "a page of its own: name what it refers to")

    def check_names(self):
        """Every file has one name, also where capital letters are not told apart."""
        taken = {}
        for page in self.pages:
            for name in [page.name] + page.links:
                other = taken.setdefault((name.lower(), page.section), name)
                if other != name or list(taken.values()).count(name) > 1:
                    self.faults.append(f"{name}({page.section}) and {other}({page.section}) would be one file where capital letters "
                                       "are not told apart")
