"""A page, before it is written as mdoc or HTML."""


class Page:
    def __init__(self, name, section, names, brief):
        self.name, self.section, self.names, self.brief = name, section, names, brief
        self.links = []     # further names of its file
        self.header = None  # what SYNOPSIS includes
        self.synopsis = []  # declarations
        self.sections = []  # (title, blocks)
        self.also = []      # (name, section)

    def has(self, title):
        return any(t == title for t, _ in self.sections)

    def add(self, title, blocks):
        if blocks:
            self.sections.append((title, blocks))


def wrapped(head, parameters, width=76):
    """A declaration in lines that fit."""
    lines, line = [], head.replace("* ", "*") + "("
    margin = " " * 4
    for i, p in enumerate(parameters):
        piece = p + (");" if i == len(parameters) - 1 else ", ")
        if len(line) + len(piece.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = margin
        line += piece
    return "\n".join(lines + [line if parameters else line + "void);"])
