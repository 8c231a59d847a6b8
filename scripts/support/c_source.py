"""A C or C++ file as tokens: enough to find calls, their arguments, and the functions that are defined."""
import re

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|(?:[uUL])?'(?:\\.|[^'\\\n])*')
      | (?P<name>[A-Za-z_]\w*)
      | (?P<number>\.?\d(?:[eEpP][+-]|[\w.'])*)
      | (?P<space>\s+|\\\n)
      | (?P<sign>->|\+\+|--|<<|>>|[<>=!]=|&&|\|\||.)""",
    re.X | re.S)


class Source:
    """A C file as tokens, each (kind, text)."""

    def __init__(self, text):
        self.tokens = [(m.lastgroup, m.group()) for m in TOKEN.finditer(text)]

    def text(self, begin=0, end=None):
        return "".join(text for _, text in self.tokens[begin:end])

    def line(self, at):
        return self.text(0, at).count("\n") + 1

    def next(self, at):
        """The token after this one that is neither space nor comment."""
        at += 1
        while at < len(self.tokens) and self.tokens[at][0] in ("space", "comment"):
            at += 1
        return at

    def before(self, at):
        at -= 1
        while at >= 0 and self.tokens[at][0] in ("space", "comment"):
            at -= 1
        return at

    def sign(self, at):
        return self.tokens[at][1] if 0 <= at < len(self.tokens) else ""

    def end_of(self, begin, closing):
        """The first token from begin, outside brackets, that is one of closing; brackets that close more count."""
        depth = 0
        for at in range(begin, len(self.tokens)):
            kind, text = self.tokens[at]
            if kind != "sign":
                continue
            if depth == 0 and text in closing:
                return at
            depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
            if depth < 0:
                return at
        return None

    def arguments(self, opening):
        """The places (begin, end) of what stands between the "(" at opening and its ")", and the place after it."""
        found, begin = [], opening + 1
        while True:
            end = self.end_of(begin, (",", ")"))
            if end is None or self.sign(end) not in (",", ")"):
                return None
            if found or self.sign(end) == "," or self.text(begin, end).strip():
                found.append((begin, end))
            if self.sign(end) == ")":
                return found, end + 1
            begin = end + 1

    def is_declared(self, at):
        """Whether the name at this place is declared or defined here, not called."""
        before = self.before(at)
        while self.sign(before) in ("*", "("):
            if self.sign(before) == "(" and self.sign(self.next(at)) != ")":
                return False  # f(name(...)); but a function in parentheses, (name)(...), is looked at
            before = self.before(before)
        if before < 0 or self.tokens[before][0] != "name":
            return False
        return self.sign(before) not in ("return", "else", "do", "case", "co_return", "co_await", "sizeof")

    def replace(self, begin, end, text):
        self.tokens[begin:end] = [(m.lastgroup, m.group()) for m in TOKEN.finditer(text)]

    def definition(self, name):
        """The parameters of the function that this file defines under a name, and its body; None: it does not."""
        for at, (kind, text) in enumerate(self.tokens):
            if kind != "name" or text != name or not self.is_declared(at):
                continue
            opening = self.next(at)
            found = self.arguments(opening) if self.sign(opening) == "(" else None
            if found is None or self.sign(self.next(found[1] - 1)) != "{":
                continue
            body = self.next(found[1] - 1)
            return found[0], (body, self.end_of(body + 1, ("}",)) + 1)
        return None

    def declarations(self, name):
        """The parameters at each place where this file declares or defines a function of that name, last first."""
        for at in range(len(self.tokens) - 1, -1, -1):
            if self.tokens[at] == ("name", name) and self.is_declared(at):
                opening = self.next(at)
                found = self.arguments(opening) if self.sign(opening) == "(" else None
                if found is not None:
                    yield found[0]
