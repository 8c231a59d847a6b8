"""Which names of the sources mean different things in different files, and what each is called where all files are one.

A name belongs to the file that declares it and may be seen by the files that include it. If any other file has the same word,
the name gets the name of its file behind it, settled__bind: so a stack trace tells more, not less. Members keep their
names. So do words that a macro pastes together or reads as members; two of those that meet are a fault of the sources."""
import re

from amalgam.c_text import WORD

OWN = re.compile(r"sley_(?!_)", re.I)  # public names mean one thing everywhere; the compiler sees to that


class Macro:
    """A macro with parameters. frozen: places of those that are pasted or read as members."""

    def __init__(self, parameters, body):
        self.parameters, self.body, self.frozen = parameters, body, set()
        for k, token in enumerate(body):
            if token in parameters and ("##" in body[max(k - 1, 0):k + 2:1] and
                                        (body[k - 1:k] == ["##"] or body[k + 1:k + 2] == ["##"]) or
                                        body[k - 1:k] in (["."], ["->"]) or self.is_member_of_offset(body, k)):
                self.frozen.add(parameters.index(token))

    @staticmethod
    def is_member_of_offset(body, k):
        return body[k - 1:k] == [","] and "offsetof" in body[max(0, k - 6):k]

    def patterns(self):
        """Of the words that it pastes together: regular expressions."""
        result, k = [], 0
        while k < len(self.body):
            if self.body[k + 1:k + 2] == ["##"]:
                parts = [self.body[k]]
                while self.body[k + 1:k + 2] == ["##"]:
                    k += 2
                    parts.append(self.body[k])
                text = "".join(r"\w+" if p in self.parameters else re.escape(p) for p in parts)
                if re.search(r"[A-Za-z]", text.replace(r"\w+", "")) and not OWN.match(text):
                    result.append(text)
            k += 1
        return result


def arguments(text, places, k):
    """Of the call whose opening bracket is at places[k]: the arguments, each a list of places."""
    depth, result = 0, [[]]
    for at in places[k:]:
        token = text.tokens[at]
        if token in "({[":
            depth += 1
            if depth == 1:
                continue
        elif token in ")}]":
            depth -= 1
            if depth == 0:
                break
        if token == "," and depth == 1:
            result.append([])
        else:
            result[-1].append(at)
    return result


def macros_of(files):
    """All macros with parameters, by name; of those that several files define, all parameters that any freezes."""
    result = {}
    for file in files:
        for name, (parameters, body) in file.text.macros().items():
            if parameters is not None:
                result.setdefault(name, []).append(Macro(parameters, body))
    changed = True
    while changed:  # parameters that are passed on to frozen ones
        changed = False
        for name, forms in result.items():
            for form in forms:
                for k, token in enumerate(form.body[:-1]):
                    if token not in result or form.body[k + 1] != "(":
                        continue
                    depth, place = 0, 0
                    for inner in form.body[k + 1:]:
                        if inner in "({[":
                            depth += 1
                        elif inner in ")}]":
                            depth -= 1
                            if depth == 0:
                                break
                        elif inner == "," and depth == 1:
                            place += 1
                        elif depth == 1 and inner in form.parameters:
                            at = form.parameters.index(inner)
                            if at not in form.frozen and any(place in f.frozen for f in result[token]):
                                form.frozen.add(at)
                                changed = True
    return result


class Names:
    """The names of all files. of[file]: what each name that must change becomes there. faults: sentences."""

    def __init__(self, files, public_words, macros):
        self.files, self.macros, self.faults = files, macros, []
        self.of = {file: {} for file in files}
        self.tags = set().union(*(file.text.tags()[1] for file in files))
        words = {file: file.text.words() for file in files}
        users = {file: {f for f in files if file in f.closure} for file in files}
        homes = {}
        for file in files:
            for name in sorted(self.declared(file)):
                homes.setdefault(name, []).append(file)
        patterns = sorted({p for forms in macros.values() for form in forms for p in form.patterns()})
        pasted = re.compile("|".join(f"(?:{p})" for p in patterns) + r"|\Z.")
        self.changed = 0
        for name in sorted(homes):
            if name.lower().startswith("sley__") and name in public_words:
                continue  # of a public header's, which all files see
            groups = self.groups(homes[name], users)
            clashing = [g for g in groups if name in public_words or
                        any(name in words[f] for f in files if f not in g[1])]
            if pasted.fullmatch(name):
                if len(groups) > 1 or name in public_words:
                    self.faults.append(f"{name}: a macro pastes this name together, so it cannot be changed, and it means different "
                                       f"things in {', '.join(sorted(g[0].path for g in groups))}: rename it in the sources")
                continue
            for home, seen in clashing:
                self.changed += 1
                for file in seen:
                    self.of[file][name] = f"{name}__{home.tag}"

    def declared(self, file):
        """Names without the library's prefix that a file gives a meaning to at file scope."""
        text = file.text
        result = set(text.enumerators()) | (text.tags()[0] & self.tags)
        for item in text.items(self.macros):
            tokens = [t for t, _ in text.flat(item)]
            for name, sort in text.declared(item):
                if "static" in tokens or sort == "type":
                    result.add(name)
                elif not name.startswith("sley_") and "extern" not in tokens and not name.startswith("_"):
                    if not file.is_header or sort == "datum":
                        self.faults.append(f"{file.path}: {name} is neither static nor named sley_")
        if file.is_header:
            result |= {m for m in text.macros() if not m.startswith("_")}
        return {n for n in result if not OWN.match(n)}

    @staticmethod
    def groups(homes, users):
        """Declarations that one file can see are one thing: pairs of the file that is named and all that see it."""
        result = []
        for home in homes:
            seen, first = set(users[home]), home
            for other in [g for g in result if g[1] & seen]:
                result.remove(other)
                seen |= other[1]
                first = min(first, other[0], key=lambda f: (not f.is_header, f.path))
            result.append((first, seen))
        return result

    def change(self, file):
        """Changes the names of a file's text in place."""
        text, new = file.text, self.of[file]
        for places in [text.solid] + text.directives:
            frozen = set()
            for k, at in enumerate(places[:-1]):
                forms = self.macros.get(text.tokens[at])
                if forms and text.tokens[places[k + 1]] == "(":
                    given = arguments(text, places, k + 1)
                    for form in forms:
                        for place in form.frozen:
                            if form.parameters[place] == "...":
                                continue
                            if place < len(given):
                                frozen.update(given[place])
                elif text.tokens[at] == "offsetof":
                    frozen.update((arguments(text, places, k + 1) + [[]])[1])
            self.change_places(text, places, frozen, new)

    def change_places(self, text, places, frozen, new):
        braces, is_directive = [], places is not text.solid
        original = [text.tokens[at] for at in places]
        for k, at in enumerate(places):
            token = original[k]
            before = original[k - 1] if k else ""
            after = original[k + 1] if k + 1 < len(places) else ""
            if token == "{":
                braces.append(before in ("struct", "union") or k > 1 and original[k - 2] in ("struct", "union"))
            elif token == "}" and braces:
                braces.pop()
            if token not in new or at in frozen or before in (".", "->") or is_directive and original[1] == "include":
                continue
            if braces and braces[-1] and (after in (";", ",", "[", ":") or before == "*" and after == ")") and (
                    before in ("*", ",") or WORD.match(before) and before not in ("struct", "union", "enum")):
                continue  # the declaration of a member
            text.tokens[at] = new[token]
