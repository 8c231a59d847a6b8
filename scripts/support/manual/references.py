"""What a contract says by "as NAME", found in the contract of that name."""
import re

from . import prose

KINDS = ("struct", "enum", "handle", "callback", "alias")
REFERENCE = re.compile(r"\b(?:[Aa]s|like|those of|that of) (?:the functions of )?(sley_\w+)((?:(?:, | and | or |, and )sley_\w+)*)")


class References:
    """The part of a Manual that follows references; uses its contracts, faults and marker."""

    def quoted(self, c, key, text):
        """The texts that a text refers to by "as NAME", each under its name. Of a description only what it begins with."""
        blocks, done, left = [], {id(c)}, [(c, text)]
        while left:
            inside, here = left.pop(0)
            if not key:
                here = self.opening(inside, here)
            for found in REFERENCE.finditer(here):
                for name in re.findall(r"sley_\w+", found[0]):
                    for other, spoken in self.meant(c, name):
                        if id(other) in done:
                            continue
                        done.add(id(other))
                        said = other.keys.get(key) if key else other.text
                        if not said:
                            rest = REFERENCE.sub("", text).strip(" .;:,")
                            if not rest and not blocks and here == c.keys.get(key, c.text):
                                self.fault(c, f"{key or 'the text'} says only \"{found[0]}\", which says nothing of it")
                            continue
                        label = self.marker.words(spoken + "()")
                        body = self.marker.blocks(prose.sentence(said), {p.name for d in other.declarations for p in d.parameters})
                        blocks.append(("tags", [(label, body)]))
                        left.append((other, said))
        return [("tags", [item for b in blocks for item in b[1]])] if blocks else []

    def opening(self, c, text):
        """The references with which a description begins, as "as NAME"."""
        first = (prose.sentences(text) or [""])[0]
        found = re.match(r"(?:As )?(?:the functions of )?(sley_\w+)(?= with| for| without| in| and|,|;|\.|$)", first)
        return f"as {found[1]}" if found and found[1] not in c.names() else ""

    def meant(self, c, name):
        """The contracts that a name in "as NAME" stands for: of a type, those of its functions with the same endings."""
        declared = self.declared.get(name)
        if not declared:
            return []
        if declared.kind not in KINDS:
            return [(self.of[name], name)]
        own = [f.name for f in c.functions()]
        alike = [n for n in self.declared if n.startswith(name + "_") and any(o.endswith(n[len(name):]) for o in own)]
        return [(self.of[n], n) for n in alike] or [(self.of[name], name)]
