"""Pages of section 7: one for each header, and that of the library."""
import re

from . import prose
from .page import Page


class Overviews:
    """The part of a Manual that makes these pages; uses its headers, contracts and marker."""

    def header_page(self, h):
        text = self.title(h.name)
        paragraphs = text.split("\n\n")
        page = Page(h.page, 7, [h.page], prose.brief(paragraphs[0]))
        page.header = "sley/" + h.name
        page.add("DESCRIPTION", self.marker.blocks(prose.sentence(text[:1].upper() + text[1:]) if text else ""))
        if not text:
            self.faults.append(f"include/sley/{h.name}:1: says nothing of what it is about")
        groups = []
        for c in h.contracts:
            if not groups or groups[-1][0] != c.section:
                groups.append((c.section, []))
            groups[-1][1].append(c)
        blocks = []
        for section, contracts in groups:
            if section:
                blocks.append(("heading", prose.sentence(section).rstrip(".:")))
            items = []
            for c in contracts:
                own = self.description(c)
                names = [d.names[0] for d in [c.first()] + [d for d in c.declarations if d is not c.first()]]
                names += [n for d in c.of_kind("data") for n in d.names[1:]]
                tag = [("page", f"{n}(3)", "", "," if i < len(names) - 1 else "") for i, n in enumerate(names)]
                items.append((tag, [("text", self.marker.words(prose.sentence(self.brief(c, own))))]))
            blocks.append(("tags", items))
        page.add("DECLARATIONS", blocks)
        also = {x for x in re.findall(r"\bsley/(\w+\.h)", text) if x in self.header_pages} - {h.name}
        names = {self.of[n].first().name for n in re.findall(r"\bsley_[a-z0-9_]+", text) if n in self.of}
        names -= {c.first().name for c in h.contracts}
        page.also = [(n, 3) for n in sorted(names)] + [("sley", 7)] + [(self.header_pages[x], 7) for x in sorted(also)]
        return page

    def overview(self, text):
        """sley(7): the sections of a file, whose titles stand between equal signs, and the list of headers."""
        page = Page("sley", 7, ["sley"], "")
        for title, body in re.findall(r"(?ms)^== (.*?) ==\n(.*?)(?=^== |\Z)", text):
            if title == "NAME":
                page.brief = body.strip()
                continue
            blocks = self.marker.blocks(body.strip("\n"))
            if title == "HEADERS":
                blocks.append(("tags", [([("page", f"{h.page}(7)", "", "")], [("text", self.marker.words(
                    prose.sentence(prose.brief(self.title(h.name).split("\n\n")[0], 100))))]) for h in self.headers]))
            if title == "EXAMPLES":
                for example in [e for e in self.examples if "sley" in e.names]:
                    blocks += [("text", self.marker.words(prose.sentence(example.text))), ("code", example.code)]
            page.add(title, blocks)
        page.header = "sley.h"
        page.also = [("pkg-config", 1)]
        return page
