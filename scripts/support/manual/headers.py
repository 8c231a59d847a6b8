"""The public headers, taken apart: contracts, and the declarations that stand under each.

A contract is a comment at the beginning of a line; what follows it belongs to it up to a blank line or the next comment.
A declaration under no comment is a contract of its own, with the comment that stands behind it on its line."""
import re

KEYS = ("Owns", "Fails", "Thread", "Cost", "Lwt", "Since")
KEY = re.compile(r"((?:%s)(?:, (?:%s))*) {2,}(\S.*)" % ("|".join(KEYS), "|".join(KEYS)))
# Macros that are words of declarations: sley/base.h tells what they are for, and no program uses them by name.
ATTRIBUTES = {"SLEY_API", "SLEY_NODISCARD", "SLEY_PRINTF", "SLEY_RETURNS_NONNULL", "SLEY_EXTERN_C_BEGIN",
              "SLEY_EXTERN_C_END", "SLEY_SITE", "SLEY_STRING_1", "SLEY_STRING"}


class Parameter:
    def __init__(self, text):
        self.optional = "SLEY_OPTIONAL(" in text
        self.text = re.sub(r"SLEY_OPTIONAL\((\w+)\)", r"\1", " ".join(text.split()))
        named = re.search(r"(\w+)(\[\w*\])?$", self.text)
        self.name = named[1] if named and self.text not in ("void", "...") else None
        self.types = re.findall(r"\bsley_\w+", self.text)


class Declaration:
    """kind: function, callback, struct, enum, constants, handle, alias, data or macro."""

    def __init__(self, kind, name, text, comment="", line=0):
        self.kind, self.name, self.text, self.comment, self.line = kind, name, text, comment, line
        self.names = [name]
        self.members = []  # of a struct or enum: (name, text, comment)
        self.parameters = []
        self.result = ""
        self.words = set()
        self.formats = False

    def has_site(self):
        return "SLEY_SITE" in self.words

    def drop_is_optional(self):
        return any(p.optional for p in self.parameters)

    def types(self):
        """The types of the library that the declaration names."""
        return [t for t in re.findall(r"\bsley_[a-z0-9_]+", self.text) if t not in self.names]


class Contract:
    def __init__(self, header, line, comment, section):
        self.header, self.line, self.section = header, line, section
        self.text, self.keys = parse_comment(comment)
        self.declarations = []

    def of_kind(self, *kinds):
        return [d for d in self.declarations if d.kind in kinds]

    def functions(self):
        return self.of_kind("function")

    def first(self):
        return (self.functions() or self.of_kind("data") or self.declarations)[0]

    def names(self):
        """Every name that leads to this contract, its own first."""
        ordered = [self.first()] + [d for d in self.declarations if d is not self.first()]
        return [n for d in ordered for n in d.names]

    def at_forms(self):
        return [f.name + "_at" for f in self.functions() if f.has_site()]


class Header:
    def __init__(self, name, title, contracts, faults):
        self.name, self.title, self.contracts, self.faults = name, title, contracts, faults
        self.page = "sley-" + name[:-2].replace("_", "-")


def stripped(comment):
    """The lines of a comment without its marks."""
    body = re.sub(r"\s*\*/\s*$", "", re.sub(r"^/\*[ \t]?", "", comment.expandtabs().strip()))
    first, *rest = body.split("\n")
    return [first.rstrip()] + [re.sub(r"^ *\* ?", "", line).rstrip() for line in rest]


def parse_comment(comment):
    """The text of a contract, and what each of its keys says."""
    text, keys, current = [], {}, []
    for line in stripped(comment) if comment else []:
        found = KEY.match(line)
        if found:
            current = found[1].split(", ")
            for key in current:
                keys[key] = found[2]
        elif current and line.startswith("   "):
            for key in current:
                keys[key] += " " + line.strip()
        else:
            current = []
            text.append(line)
    return "\n".join(text).strip("\n"), keys


def split_at(text, separator):
    """Splits outside parentheses, braces and comments."""
    parts, depth, at = [""], 0, 0
    while at < len(text):
        if text.startswith("/*", at):
            end = text.index("*/", at) + 2
            parts[-1] += text[at:end]
            at = end
            continue
        c = text[at]
        depth += (c in "({") - (c in ")}")
        if c == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
        at += 1
    return parts


def plain(code):
    return re.sub(r"/\*.*?\*/", "", code, flags=re.S)


def flat(code):
    return " ".join(plain(code).split())


def said(comments):
    return " ".join(" ".join(" ".join(stripped(c)).split()) for c in comments)


def members(body, separator):
    """Name, text and comment of each member; a comment stands before it, or behind it on its line."""
    found = []
    parts = split_at(body, separator)
    for i, part in enumerate(parts):
        behind = re.match(r"[ \t]*(/\*.*?\*/)", part, re.S)
        if behind and found:
            name, text, comment = found.pop()
            found.append((name, text, (comment + " " + said([behind[1]])).strip()))
            part = part[behind.end():]
        if not flat(part):
            continue
        before = said(re.findall(r"/\*.*?\*/", part, re.S))
        text = flat(part)
        pointer = re.match(r".*?\(\*(\w+)\)\(", text)
        if separator == "," or pointer:
            name = pointer[1] if pointer else text.split()[0]
        elif "{" in text:
            name = ""
        else:
            name = ", ".join(re.search(r"(\w+)(\[\w*\])?$", n.strip())[1] for n in text.split(","))
        found.append((name, text, before))
    return found


def declarations(code, comment, line):
    """What one statement declares. ValueError: nothing that the manual can read."""
    text = flat(code)
    if re.match(r"(extern|static|void) ", text) or re.match(r"SLEY_API [^(]*\bsley__\w+\(", text) or not text:
        return []
    made = None
    if text.startswith("typedef struct") and "{" in text or text.startswith("typedef enum") or text.startswith("enum"):
        separator = ";" if "struct" in text.split("{")[0] else ","
        body = code[code.index("{") + 1:code.rindex("}")]
        listed = members(body, separator)
        if text.startswith("enum"):
            made = Declaration("constants", listed[0][0], text, comment, line)
            made.names = [m[0] for m in listed]
        else:
            made = Declaration("struct" if separator == ";" else "enum", re.search(r"(\w+)$", text)[1], text, comment,
                               line)
            if separator == ",":
                made.names += [m[0] for m in listed]
        made.members = listed
    elif text.startswith("typedef struct"):
        made = Declaration("handle", re.search(r"(\w+)$", text)[1], text, comment, line)
    elif text.startswith("typedef") and "(" in text:
        found = re.match(r"typedef (.*?)\b(sley_\w+)\((.*)\)$", text)
        made = Declaration("callback", found[2], text, comment, line)
        made.result = found[1].strip()
        made.parameters = [Parameter(p) for p in split_at(found[3], ",")]
    elif text.startswith("typedef") and "{" not in text:
        made = Declaration("alias", re.search(r"(\w+)$", text)[1], text, comment, line)
    elif text.startswith("SLEY_API extern"):
        first, *more = re.sub(r"^SLEY_API extern ", "", text).split(",")
        made = Declaration("data", re.search(r"(\w+)$", first)[1], "extern " + first, comment, line)
        made.result = re.sub(r"\w+$", "", first).strip()
        made.names += [m.strip() for m in more]
    elif text.startswith("SLEY_API"):
        found = re.match(r"SLEY_API((?: SLEY_\w+)*) (.*?)\b(sley_\w+)\((.*?)\)( SLEY_PRINTF\(.*\))?$", text)
        if not found:
            raise ValueError(text)
        made = Declaration("function", found[3], text, comment, line)
        made.words, made.result = set(found[1].split()), found[2].strip()
        made.formats = bool(found[5])
        made.parameters = [Parameter(p) for p in split_at(found[4], ",")]
    if not made:
        raise ValueError(text)
    return [made]


def statement(text, at):
    """The end of the statement that begins at, and of the comment behind it; braces and comments are passed over."""
    depth = 0
    while at < len(text):
        if text.startswith("/*", at):
            at = text.index("*/", at) + 2
            continue
        depth += (text[at] in "({") - (text[at] in ")}")
        at += 1
        if text[at - 1] == ";" and depth == 0:
            break
    behind = re.compile(r"[ \t]*(/\*.*?\*/)[ \t]*(?=\n)", re.S).match(text, at)
    return at, (behind.end(), behind[1]) if behind else (at, "")


def parse(path):
    """The header in a file."""
    source = path.read_text().expandtabs()
    title = re.match(r"/\*.*?\*/", source, re.S)
    contracts, group, section, seen, faults = [], None, "", set(), []
    at = title.end() if title else 0
    # What only C++ sees says nothing new: null directives keep the numbers of lines.
    source = re.sub(r"(?ms)^#ifdef __cplusplus\n.*?(?=^#(?:else|endif))", lambda m: "#\n" * m[0].count("\n"), source)

    def line():
        return source.count("\n", 0, at) + 1

    def add(declared):
        nonlocal group
        if group is None or group.comment is None:
            group = Contract(path.name, declared.line, "", section)
            group.comment = None
        if not group.declarations:
            contracts.append(group)
        group.declarations.append(declared)

    while at < len(source):
        rest = re.compile(r"(?P<blank>[ \t]*\n(?:[ \t]*\n)*)|(?P<comment>/\*.*?\*/)[ \t]*\n|"
                          r"(?P<directive>[ \t]*#(?:[^\n]*\\\n)*[^\n]*)\n|(?P<c>SLEY_EXTERN_C_\w+)\n", re.S).match(source, at)
        if rest and rest["blank"] is not None:
            if rest["blank"].count("\n") > (source[at - 1] != "\n"):
                group = None
        elif rest and rest["comment"]:
            heading = re.match(r"/\*\s*-{3,} (.*?)(?: -{3,})?\s*\*/$", rest["comment"])
            if heading:
                section, group = heading[1], None
            elif "clang-format" not in rest["comment"]:
                group = Contract(path.name, line(), rest["comment"], section)
                group.comment = rest["comment"]
        elif rest and rest["directive"]:
            macro = re.match(r"\s*#\s*define (SLEY_[A-Z0-9]\w*)(\([^)]*\))?(.*)", rest["directive"], re.S)
            if macro and not macro[1].endswith("_H") and macro[1] not in ATTRIBUTES | seen:
                seen.add(macro[1])
                value = " ".join(macro[3].replace("\\\n", " ").split())
                declared = Declaration("macro", macro[1], macro[1] + (macro[2] or ""), "", line())
                behind = re.search(r"\s*/\*(.*?)\*/$", value)
                declared.comment = behind[1].strip() if behind else ""
                declared.result = "" if macro[2] else re.sub(r"\s*/\*.*$", "", value)
                add(declared)
        elif not (rest and rest["c"]):
            end, (after, comment) = statement(source, at)
            start = at + len(source[at:end]) - len(source[at:end].lstrip())
            try:
                for declared in declarations(source[start:end].rstrip(";"), said([comment]) if comment else "", line()):
                    add(declared)
            except ValueError as text:
                faults.append(f"include/sley/{path.name}:{line()}: a declaration that the manual cannot read: {text}")
                group = None
            at = after
            continue
        at = rest.end()
    return Header(path.name, "\n".join(stripped(title[0])) if title else "", contracts, faults)


def parse_all(include):
    """All headers of a folder include/sley, in the order in which sley.h includes them."""
    order = re.findall(r"#include <sley/(\w+\.h)>", (include / "sley.h").read_text())
    files = {p.name: p for p in sorted((include / "sley").glob("*.h"))}
    for name in order:
        if name not in files:
            raise ValueError(f"sley.h includes sley/{name}, which is not there")
    return [parse(files[n]) for n in order + [n for n in files if n not in order]]
