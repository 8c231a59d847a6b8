"""Writes sley.c and sley.h."""
import re

from amalgam import names
from amalgam.c_text import Text
from amalgam.tree import GUARD, INCLUDE

SWITCH = "promise/fiber/fiber_switch.h"
# What sley/version.h asks for.
ALONE = {"whole": "", "promise": "#ifndef SLEY_PROMISE_ONLY\n#define SLEY_PROMISE_ONLY 1\n#endif\n\n"}
BEGIN_HEADER = """\
/* SLEY_API may be defined as static before this is included: then everything of the library is private to the one file that
 * includes sley.c, and its object exports nothing. */
#if defined(SLEY_API)
#define SLEY__IS_static 1
#define SLEY__JOIN_1(a, b) a##b
#define SLEY__JOIN(a, b) SLEY__JOIN_1(a, b)
#if SLEY__JOIN(SLEY__IS_, SLEY_API)
#define SLEY__ONE_FILE 1
#endif
#endif
#if defined(SLEY__ONE_FILE)
#define SLEY__EXTERN
#define SLEY__FORWARDED static
#define SLEY__DATA static
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"
#else
#define SLEY__EXTERN extern
#define SLEY__FORWARDED extern
#define SLEY__DATA
#endif

"""
END_HEADER = """
#if defined(SLEY__ONE_FILE)
#pragma GCC diagnostic pop
#endif
"""
BEGIN_SOURCE = """\
#if defined(__GLIBC__) && !defined(__USE_GNU)
#error "include sley.c before any header of the system, or define _GNU_SOURCE before those"
#endif
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
%s
%s#include "sley.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"
#if defined(__clang__) /* of a struct whose members come with its definition */
#pragma GCC diagnostic ignored "-Wtentative-definition-incomplete-type"
#endif
/* The switch between fibers, which assembly defines where there is some. */
%s#if defined(SLEY_UCONTEXT)
#define SLEY__SWITCH static
#else
#define SLEY__SWITCH extern
#endif

"""


def head(tree, form, what):
    version = re.search(r'SLEY_VERSION_TEXT "([^"]+)"', (tree.root / "include/sley/version.h").read_text())[1]
    text = {"whole": "the whole library: needs libev and ConcurrencyKit", "promise": "promises alone: needs only the C library"}[form]
    licence = (tree.root / "LICENSE").read_text().rstrip()
    lines = [f"sley {version}, {text}.", f"This is {what}; scripts/amalgamate of the sources made it. Do not edit it.",
             "SPDX-License-" "Identifier: MIT", ""] + licence.split("\n")
    return "/* " + "\n".join(f" * {line}".rstrip() for line in lines)[3:] + "\n */\n"


def without(text, names):
    """A public header without the declarations of some names, and without the forms that call them."""
    for name in names:
        plain = name.removeprefix("sley_")
        text = re.sub(r"(?:/\*(?:(?!\*/).)*\*/\n)?SLEY_API (?:(?!SLEY_API)[^;{])*\b%s\b[^;{]*;[^\n]*\n" % name, "", text, flags=re.S)
        text = re.sub(r"(?m)^[^\n]*\b(?:sley_%s_at|sley__%s_here)\b[^\n]*\n" % (plain, plain), "", text)
    return text


def header(tree, form):
    done, out = set(), []

    def add(name):
        if name in done:
            return
        done.add(name)
        for line in without((tree.root / "include" / name).read_text(), tree.absent).split("\n"):
            match = re.match(r"#include <(sley/[^>]+)>", line)
            if match:
                add(match[1])
            elif re.match(r"#define SLEY_API\b", line):
                out.extend(["#ifndef SLEY_API", line, "#endif"])
            else:
                line = re.sub(r"^( *)extern __inline__", r"\1SLEY__FORWARDED __inline__", line)
                out.append(re.sub(r"^SLEY_API extern ", "SLEY_API SLEY__EXTERN ", line))
    for name in tree.headers:
        add(name)
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(out))
    return (head(tree, form, "sley.h") + "#ifndef SLEY_ONE_HEADER\n#define SLEY_ONE_HEADER\n\n" + ALONE[form] + BEGIN_HEADER + body + END_HEADER +
            "\n#endif\n")


def assembly(tree):
    """Internal functions that assembly defines, and those that it calls."""
    defined, called = set(), set()
    for file in tree.files.values():
        if "\n__asm__(" in file.content:
            defined |= set(re.findall(r'FUNCTION\("(\w+)"\)', file.content))
            for token in file.text.tokens:
                if token.startswith('"'):
                    called |= set(re.findall(r"\bsley__\w+", token))
    return defined, called - defined


def storage(tree, file, macros, of_assembly):
    """Whatever is not exported becomes static; what is exported does so if SLEY_API is static. Returns the words that change: their
    places, and what stands there or before them."""
    text, result = file.text, []
    for item in text.items(macros):
        flat = text.flat(item)
        tokens = [t for t, _ in flat]
        declared = text.declared(item)
        if not declared or "static" in tokens or "typedef" in tokens or not declared[0][0].startswith("sley_"):
            continue
        name, sort = declared[0]
        if name in tree.exported:
            word = "SLEY__DATA" if sort == "datum" else ""
        elif name in of_assembly[0]:
            word = "SLEY__SWITCH"
        else:
            word = "static __attribute__((used))" if name in of_assembly[1] else "static"
        if "extern" in tokens:
            result.append((flat[tokens.index("extern")][1], word, False))
        elif word:
            result.append((item[0], word, True))
    return result


def source(tree, form, with_lines):
    files = sorted(tree.files.values())
    public = [Text((tree.root / "include" / h).read_text()) for h in
              sorted(p.relative_to(tree.root / "include").as_posix() for p in (tree.root / "include").rglob("*.h"))]
    words = set().union(*(text.words() for text in public))
    macros = names.macros_of(files)
    found = names.Names(files, words, macros)
    tree.faults += found.faults
    of_assembly = assembly(tree)
    system = sorted({m for f in files for m in f.text.macros() if m.startswith("_") and m != "_GNU_SOURCE"})
    for file in files:
        words_of_storage = storage(tree, file, macros, of_assembly)
        found.change(file)
        for at, word, stays in words_of_storage:
            file.text.tokens[at] = f"{word} {file.text.tokens[at]}" if stays else word
    out, done = [], set()

    def line(file, number):
        if with_lines:
            out.append(f'#line {number} "sley/{file.path}"')

    def add(file):
        done.add(file.path)
        if not with_lines:
            out.append(f"/* ---- {file.path} */")
        line(file, 1)
        guard = 1 if file.is_header else 0
        depth = 0
        moved = False
        for number, text in enumerate("".join(file.text.tokens).split("\n"), 1):
            match = INCLUDE.fullmatch(text)
            if re.match(r"[ \t]*#[ \t]*if", text):
                depth += 1
            elif re.match(r"[ \t]*#[ \t]*endif", text):
                depth -= 1
            if match and match[1] == '"':
                if depth > guard:
                    tree.faults.append(f"{file.path}:{number}: a header of src under #if may be missing for other files")
                if match[2] not in done:
                    add(tree.files[match[2]])
                moved = True
            elif match and match[2].split("/")[0] in ("sley", "sley.h") or re.match(r"#define _\w+", text) and not file.is_header:
                moved = True
            else:
                if moved:
                    line(file, number)
                    moved = False
                out.append(text)
        if not file.is_header:
            out.extend(f"#undef {m}" for m in file.text.macros() if not m.startswith("_"))

    for file in tree.files.values():
        if not file.is_header:
            add(file)
    chosen = re.search(r"(?ms)^#if !defined\(SLEY_UCONTEXT\).*?^#endif\n", tree.files[SWITCH].content)
    if not chosen:
        tree.faults.append(f"{SWITCH}: which processors have no assembly is not found")
    defines = "\n".join(f"#ifndef {m}\n#define {m} 1\n#endif" for m in system)
    first = "#include <ev.h> /* before elf.h, which has a macro of the name of one of its constants */\n" if form == "whole" else ""
    return (head(tree, form, "sley.c") + BEGIN_SOURCE % (defines, first, chosen[0] if chosen else "") + "\n".join(out) + "\n#pragma GCC diagnostic pop\n"), found.changed
