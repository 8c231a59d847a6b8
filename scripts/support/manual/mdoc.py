"""Pages as mdoc(7), which mandoc and groff read."""
import re

from . import prose
from .page import wrapped

# Words that a macro's line would take for macros.
MACROS = set("""Ac Ad An Ao Ap Aq Ar At Bc Bd Bf Bk Bl Bo Bq Brc Bro Brq Bsx Bt Bx Cd Cm D1 Db Dc Dd Dl Do Dq Dt Dv Dx Ec Ed Ef Ek El
Em En Eo Er Es Ev Ex Fa Fc Fd Fl Fn Fo Fr Ft Fx Hf Ic In It Lb Li Lk Lp Me Ms Mt Nd Nm No Ns Nx Oc Oo Op Os Ot Ox Pa Pc Pf Po Pp
Pq Qc Ql Qo Qq Re Rs Rv Sc Sh Sm So Sq Ss St Sx Sy Ta Tg Tn Ud Ux Va Vt Xc Xo Xr br ll sp Brace""".split())
CLOSING = set(".,;:)?!]|")
WIDTH = 78


def ascii_only(text):
    """Text whose backslashes are shown as they are, and whose other signs are named where they are not ASCII."""
    text = text.replace("\\", "\\e")
    return text if text.isascii() else "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)


def code(text):
    """Text that is shown as it is, every sign the one of the keyboard."""
    text = ascii_only(text)
    for sign, name in (("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("^", "\\(ha"), ("~", "\\(ti")):
        text = text.replace(sign, name)
    return "\\&" + text if text.startswith(".") else text


def run(text):
    """A piece of running text: hyphens between letters stay hyphens, the others are minus signs."""
    text = ascii_only(text)
    text = re.sub(r"(?<![A-Za-z0-9])-|-(?![A-Za-z0-9])", r"\\-", text)
    return text.replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")


def argument(text, literal=True):
    """One argument of a macro."""
    text = (code if literal else run)(text).replace('"', "\\(dq")
    if not literal and text.startswith("'"):
        text = "\\(cq" + text[1:]
    text = text.removeprefix("\\&") if text.startswith("\\&.") and len(text) > 3 else text
    if text in MACROS or text in CLOSING or text in ("(", "[") or not text:
        return "\\&" + text
    return f'"{text}"' if " " in text else text


class Lines:
    """Lines of a paragraph: text, and a line for each macro."""

    def __init__(self):
        self.lines, self.text = [], ""

    def word(self, text, ends):
        text = run(text)
        if self.text and len(self.text) + 1 + len(text) > WIDTH:
            self.flush()
        self.text += (" " if self.text else "") + text
        if ends:
            self.flush()
        elif re.search(r"[.?!][)\"']*$", self.text):
            self.text += "\\&"

    def flush(self):
        if self.text:
            self.lines.append("\\&" + self.text if self.text[0] in ".'" else self.text)
            self.text = ""

    def macro(self, line):
        self.flush()
        self.lines.append(line)


def behind(text):
    """What sticks to a macro's end: signs that close as arguments of their own, other text without a space."""
    if not text:
        return ""
    found = re.match(r"^(.*?)([.,;:)?!\]]*)$", text)
    parts = [" Ns " + argument(found[1], False)] if found[1] else []
    return "".join(parts + [" " + c for c in found[2]])


def marked(kind, text, own):
    """The macro for a marked word."""
    if kind in ("function", "literal"):
        name, call, rest = text.partition("(")
        if kind == "function" and name not in own and rest in ("", ")"):
            return f"Xr {name} 3"
        if not call:
            return f"Fn {argument(name)}"
        arguments = [a.strip() for a in split(rest[:-1])] if rest[:-1] else []
        return " ".join([f"Fn {argument(name)}"] + [argument(a) for a in arguments])
    if kind == "page":
        name, section = re.match(r"(.*)\((\d)\)", text).groups()
        return f"Xr {name} {section}"
    macro = {"type": "Vt", "data": "Va", "constant": "Dv", "error": "Er", "argument": "Fa", "header": "In"}[kind]
    return f"{macro} {argument(text)}"


def split(text):
    parts, depth = [""], 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def paragraph(words, own):
    lines = Lines()
    for kind, text, before, after in words:
        ends = prose.ends_sentence(text if kind == "text" else after)
        system = kind == "text" and re.match(r"(FreeBSD|NetBSD|OpenBSD)(.*)$", text)
        if system:
            lines.macro("." + {"F": "Fx", "N": "Nx", "O": "Ox"}[text[0]] + behind(system[2]))
            continue
        if kind == "text":
            lines.word(text, ends)
            continue
        line = "." + (f"Pf {argument(before, False)} " if before else "") + marked(kind, text, own) + behind(after)
        lines.macro(line)
    lines.flush()
    return lines.lines


def inline(words, own):
    """Words as the arguments of a list's item."""
    parts = []
    for kind, text, before, after in words:
        if kind == "text":
            parts.append("No " + argument(text, False))
        else:
            parts.append((f"Pf {argument(before, False)} " if before else "") + marked(kind, text, own) + behind(after))
    return " ".join(parts)


def literal(text, indent):
    return [".Bd -literal" + (" -offset indent" if indent else "")] + \
        [code(line) if not line.startswith("'") else code(line) for line in text.split("\n")] + [".Ed"]


def blocks(content, own, nested=False):
    out = []
    for kind, body in content:
        if kind == "heading":
            out.append(".Ss " + argument(body, False).strip('"'))
            continue
        if kind == "text":
            if out and not out[-1].startswith((".Ss", ".Sh")):
                out.append(".Pp")
            out += paragraph(body, own)
        elif kind == "code":
            wide = max(map(len, body.split("\n"))) > 66 or nested
            out += literal(body, not wide)
        elif kind == "bullets":
            out.append(".Bl -bullet -compact")
            for item in body:
                out += [".It"] + blocks(item, own, True)
            out.append(".El")
        elif kind == "tags":
            out.append(".Bl -tag -width Ds")
            for tag, item in body:
                out += [".It " + inline(tag, own)] + blocks(item, own, True)
            out.append(".El")
    return out


def synopsis(page):
    out = [f".In {page.header}"]
    for d in page.synopsis:
        if out[-1] == ".Ed" and d.kind in ("function", "data", "macro"):
            out.append(".Pp")
        if d.kind == "function":
            out += [f".Ft {argument(d.result).strip(chr(34))}", f".Fo {d.name}"]
            out += [".Fa " + quoted(f"[{p.text}]" if p.optional else p.text) for p in d.parameters] + [".Fc"]
        elif d.kind == "data":
            out += [f".Vt {argument('extern ' + d.result).strip(chr(34))} {name} ;" for name in d.names]
        elif d.kind == "macro":
            out.append(f'.Fd "#define {argument(d.text).strip(chr(34))}"')
        else:
            out += literal(declaration(d), False)
    return out


def quoted(text):
    return '"' + argument(text).strip('"') + '"'


def declaration(d):
    """A type in lines, without comments."""
    if d.kind == "callback":
        return wrapped(f"typedef {d.result} {d.name}", [p.text for p in d.parameters])
    if not d.members:
        return d.text + ";"
    head, tail = d.text.split("{")[0].strip(), d.text.rsplit("}")[-1].strip()
    end = ";" if d.kind == "struct" else ","
    lines = [f"    {m[1]}{end}" for m in d.members]
    lines[-1] = lines[-1].rstrip(",")
    return "\n".join([head + " {"] + lines + [("} " + tail).strip() + ";"])


def write(page, date):
    """The text of a page's file."""
    own = set(page.names) | set(page.links)
    out = [f'.\\" Made by scripts/manual from {page.header}.', f".Dd {date}", f".Dt {page.name.upper()} {page.section}",
           ".Os", ".Sh NAME"]
    out += [f".Nm {n} ," for n in page.names[:-1]] + [f".Nm {page.names[-1]}"]
    out += [".Nd " + " ".join(argument(w, False) for w in page.brief.split())]
    if page.section == 3:
        out += [".Sh LIBRARY", "sley (libsley, \\-lsley)"]
    out += [".Sh SYNOPSIS"] + synopsis(page)
    title = None
    for heading, content in page.sections:
        if heading == "HISTORY":
            out += see_also(page)
        out += ([f".Sh {heading}"] if heading != title else [".Pp"] if content[0][0] == "text" else []) + blocks(content, own)
        title = heading
    if title != "HISTORY":
        out += see_also(page)
    return "\n".join(line for line in out if line or True).replace("\n.Pp\n.Pp\n", "\n.Pp\n") + "\n"


def see_also(page):
    ordered = sorted(page.also, key=lambda x: (x[1], x[0]))
    return [".Sh SEE ALSO"] + [f".Xr {n} {s}" + (" ," if i < len(ordered) - 1 else "") for i, (n, s) in enumerate(ordered)]
