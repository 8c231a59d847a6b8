"""Pages as HTML: a file for each header with its contracts, one for the overview, and an index of all names. No file of others is
asked for, so that the folder can be read from a disk."""
import html
import re

from . import mdoc
from .page import wrapped

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color:#222;background:#fff}
pre,code,var{font-family:ui-monospace,monospace;font-size:.92em}pre{background:#f4f4f2;padding:.7em 1em;overflow-x:auto}
var{font-style:normal;color:#7a3e00}h2{border-top:1px solid #bbb;margin-top:2.5em;padding-top:.6em;font-size:1.15em}
h3{font-size:.85em;letter-spacing:.06em;margin:1.3em 0 .2em;color:#555}dt{font-weight:600}dd{margin:0 0 .5em 1.5em}p{margin:.4em 0}
a{color:#0b5394;text-decoration:none}a:hover{text-decoration:underline}nav{margin-bottom:2em}.names{columns:16em;padding:0;list-style:none}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#242424}a{color:#8ab8ee}var{color:#e0b080}
h3{color:#aaa}h2{border-color:#444}}
"""


class Writer:
    def __init__(self, manual):
        self.manual = manual
        self.where = {}
        for page in manual.pages:
            for name in [page.name] + page.names + page.links:
                if page.section == 3:
                    self.where[name] = f"{self.file(page.header)}#{page.name}"
                else:
                    self.where[name] = self.file(page.header)

    @staticmethod
    def file(header):
        return "index.html" if header == "sley.h" else header.removeprefix("sley/").replace(".h", ".html")

    def link(self, name, text):
        text = html.escape(text)
        return f'<a href="{self.where[name]}">{text}</a>' if name in self.where else text

    def code(self, text):
        """Code, whose names lead to their pages."""
        return "".join(self.link(part, part) if part in self.where else html.escape(part)
                       for part in re.split(r"(\bsley_[a-z0-9_]+\b|\bSLEY_[A-Z0-9_]+\b)", text))

    def words(self, words):
        out = []
        for kind, text, before, behind in words:
            shown = html.escape(text)
            if kind in ("function", "literal", "type", "data", "constant", "error"):
                name = text.split("(")[0].lstrip("-")
                shown = f"<code>{self.link(name, text)}</code>"
            elif kind == "argument":
                shown = f"<var>{shown}</var>"
            elif kind == "page":
                shown = self.link(text[:-3], text)
            elif kind == "header":
                page = self.manual.header_pages.get(text.removeprefix("sley/"))
                shown = f"<code>{self.link(page or 'sley', text)}</code>"
            out.append(html.escape(before) + shown + html.escape(behind))
        return " ".join(out)

    def blocks(self, blocks):
        out = []
        for kind, body in blocks:
            if kind == "heading":
                out.append(f"<h3>{html.escape(body)}</h3>")
            elif kind == "text":
                out.append(f"<p>{self.words(body)}</p>")
            elif kind == "code":
                out.append(f"<pre>{self.code(body)}</pre>")
            elif kind == "bullets":
                out.append("<ul>" + "".join(f"<li>{self.blocks(item)}</li>" for item in body) + "</ul>")
            elif kind == "tags":
                out.append("<dl>" + "".join(f"<dt>{self.words(tag)}</dt><dd>{self.blocks(item)}</dd>" for tag, item in body) + "</dl>")
        return "\n".join(out)

    def synopsis(self, page):
        lines = []
        for d in page.synopsis:
            if d.kind == "function":
                lines.append(wrapped(f"{d.result} {d.name}", [f"[{p.text}]" if p.optional else p.text
                                                              for p in d.parameters if p.text != "void"]))
            elif d.kind == "data":
                lines += [f"extern {d.result} {name};" for name in d.names]
            elif d.kind == "macro":
                lines.append(f"#define {d.text} {d.result}".rstrip())
            else:
                lines.append(mdoc.declaration(d))
        return f"<pre>{self.code(chr(10).join(lines))}</pre>"

    def contract(self, page):
        anchors = "".join(f'<a id="{n}"></a>' for n in page.names if n != page.name)
        out = [f'<section id="{page.name}">{anchors}<h2>{html.escape(", ".join(page.names[:6]))}'
               f'{", ..." if len(page.names) > 6 else ""}</h2>', f"<p>{html.escape(page.brief)}</p>", self.synopsis(page)]
        title = None
        for heading, blocks in page.sections:
            out.append((f"<h3>{heading}</h3>" if heading != title and heading != "DESCRIPTION" else "") + self.blocks(blocks))
            title = heading
        also = ", ".join(self.link(name, f"{name}({section})") for name, section in page.also)
        return "\n".join(out + [f"<h3>SEE ALSO</h3><p>{also}</p></section>"])

    def document(self, title, body):
        return ("<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
                f"<title>{html.escape(title)}</title><link rel=stylesheet href=style.css>\n"
                f"<nav><a href=index.html>sley</a> | <a href=names.html>names</a></nav>\n{body}\n</html>\n")


def files(manual, version):
    """Name and text of every file."""
    writer = Writer(manual)
    out = {"style.css": STYLE}
    for header in manual.headers:
        top = next(p for p in manual.pages if p.name == header.page)
        pages = [p for p in manual.pages if p.section == 3 and p.header == top.header]
        body = [f"<h1>{top.header}</h1>"] + [writer.blocks(blocks) for _, blocks in top.sections] + [writer.contract(p) for p in pages]
        out[writer.file(top.header)] = writer.document(top.header, "\n".join(body))
    top = next(p for p in manual.pages if p.name == "sley")
    body = [f"<h1>sley {version}</h1>", f"<p>{html.escape(top.brief)}</p>"]
    body += [f"<h2>{heading.capitalize()}</h2>\n{writer.blocks(blocks)}" for heading, blocks in top.sections]
    out["index.html"] = writer.document("sley", "\n".join(body))
    names = sorted(n for p in manual.pages if p.section == 3 for n in p.names)
    out["names.html"] = writer.document("names", "<h1>Names</h1><ul class=names>" + "\n".join(
        f"<li>{writer.link(n, n)}</li>" for n in names) + "</ul>")
    return out
