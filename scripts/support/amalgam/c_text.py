"""C as tokens: enough of it to find what a file declares at file scope in the style that the tree keeps."""
import re

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_]\w*|\.?\d(?:[eEpP][+-]|[\w.])*'
                   r'|->|\.\.\.|##|\\\n|\n|[ \t]+|.', re.S)
WORD = re.compile(r"[A-Za-z_]\w*\Z")
KEYWORDS = set("""if while for return sizeof switch static inline const struct union enum typedef void int char unsigned signed long short
    float double bool extern volatile else do break continue case default goto restrict register _Noreturn _Alignas _Alignof _Bool
    _Static_assert _Thread_local _Atomic _Generic __attribute__ __asm__ __inline__ __extension__ __typeof__ defined""".split())


class Text:
    """A text's tokens; solid: places of those that are neither space nor comment nor in a directive; directives: lists of
    places of solid tokens, one for each line of the preprocessor."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        self.solid, self.directives = [], []
        line_is_empty, inside = True, None
        for at, token in enumerate(self.tokens):
            if token == "\n":
                line_is_empty, inside = True, None
            elif token[0] in " \t\\" or token.startswith(("//", "/*")):
                if inside is None and "\n" in token:
                    line_is_empty = True
            else:
                if line_is_empty and token == "#" and inside is None:
                    inside = []
                    self.directives.append(inside)
                (self.solid if inside is None else inside).append(at)
                line_is_empty = False

    def words(self):
        """The identifiers of code and directives that are not read as members."""
        result = set()
        for places in [self.solid] + self.directives:
            before = ""
            for at in places:
                token = self.tokens[at]
                if WORD.match(token) and before not in (".", "->"):
                    result.add(token)
                before = token
        return result - KEYWORDS

    def macros(self):
        """Of each macro the parameters (None: takes none) and the tokens of its body, by name and in order."""
        result = {}
        for places in self.directives:
            line = [self.tokens[at] for at in places]
            if line[1:2] != ["define"]:
                continue
            parameters, body = None, 3
            if len(places) > 3 and line[3] == "(" and places[3] == places[2] + 1:
                body = line.index(")") + 1
                parameters = [t for t in line[4:body - 1] if t != ","]
            result.setdefault(line[2], (parameters, line[body:]))
        return result

    def items(self, macros):
        """Declarations and definitions at file scope, each a list of places. macros: function-like ones, calls of which need
        no semicolon."""
        result, item, depth = [], [], 0
        for k, at in enumerate(self.solid):
            token = self.tokens[at]
            item.append(at)
            after = self.tokens[self.solid[k + 1]] if k + 1 < len(self.solid) else ""
            if token in "({[":
                depth += 1
            elif token in ")}]":
                depth -= 1
                if depth == 0 and (token == "}" and self.is_function(item) or
                                   token == ")" and self.tokens[item[0]] in macros and after not in (";", "{", "=")
                                   and [self.tokens[i] for i in item].count("(") and self.is_call(item)):
                    result.append(item)
                    item = []
            elif token == ";" and depth == 0:
                result.append(item)
                item = []
        return result

    def is_call(self, item):
        return len(item) > 1 and self.tokens[item[1]] == "("

    def flat(self, item):
        """Tokens outside of brackets with their places; a group is one token: "()", "{}" or "[]"."""
        result, depth = [], 0
        for at in item:
            token = self.tokens[at]
            if token in "({[":
                if depth == 0:
                    result.append((token + {"(": ")", "{": "}", "[": "]"}[token], at))
                depth += 1
            elif token in ")}]":
                depth -= 1
            elif depth == 0:
                result.append((token, at))
        return result

    def is_function(self, item):
        """Whether an item with a block is a function's definition, not a type or something initialized."""
        flat = [t for t, _ in self.flat(item)]
        head = flat[:flat.index("{}")]
        return "()" in head and "=" not in head and "typedef" not in head and not (
            len(head) > 1 and head[-2] in ("struct", "union", "enum") or head[-1] in ("struct", "union", "enum"))

    def declared(self, item):
        """What an item declares at file scope: pairs of a name and its sort (function, datum, type)."""
        flat = [pair for pair in self.flat(item) if pair[0] not in ("__attribute__",)]
        tokens = [t for t, _ in flat]
        if not tokens or tokens[0] in ("_Static_assert", "__asm__", ";"):
            return []
        if "typedef" in tokens:
            text = " ".join(self.tokens[at] for at in item)
            pointer = re.search(r"\( \* (?:const )?(\w+) \) \(", text)
            words = [t for k, t in enumerate(tokens[:-1]) if WORD.match(t) and tokens[k + 1] in ("()", "[]", ";", ",")]
            if pointer and words[-1:] and not re.search(r"\b%s ;" % words[-1], text):
                return [(pointer[1], "type")]
            return [(words[0] if words and tokens[tokens.index(words[0]) + 1] == "()" else words[-1], "type")] if words else []
        result = []
        for k, token in enumerate(tokens):
            after = tokens[k + 1] if k + 1 < len(tokens) else ";"
            if token == "{}" and self.is_function_head(tokens[:k]):
                break
            if token == "=":  # the initializer is no declaration
                skipping = True
                continue
            if token == ",":
                skipping = False
                continue
            if "=" in tokens[:k] and skipping:
                continue
            if not WORD.match(token) or token in KEYWORDS or k and tokens[k - 1] in ("struct", "union", "enum"):
                continue
            if after == "()" and k and token.isupper() is False:
                return [(token, "function")]
            if after in ("=", ";", ",", "[]") and k:
                result.append((token, "datum"))
        if not result:  # NAME in brackets: a function that a macro of the same name would replace, or a pointer to one
            for k, (token, at) in enumerate(flat):
                if token == "()" and k:
                    inside = self.inside(at)
                    following = tokens[k + 1] if k + 1 < len(tokens) else ""
                    if len(inside) == 1 and following == "()":
                        return [(inside[0], "function")]
                    if len(inside) > 1 and inside[0] == "*" and WORD.match(inside[-1]) or "[" in inside:
                        words = [w for w in inside if WORD.match(w) and w not in KEYWORDS]
                        return [(words[0], "datum")] if words else []
        return result

    @staticmethod
    def is_function_head(tokens):
        return "()" in tokens and "=" not in tokens

    def inside(self, at):
        """The solid tokens of a group that opens at a place."""
        depth, result = 0, []
        for place in range(at, len(self.tokens)):
            token = self.tokens[place]
            if token.isspace() or token.startswith(("/*", "//")):
                continue
            if token in "({[":
                depth += 1
                if depth == 1:
                    continue
            elif token in ")}]":
                depth -= 1
                if depth == 0:
                    return result
            result.append(token)
        return result

    def tags(self):
        """Tags of structs, unions and enums: (mentioned, defined with their members)."""
        mentioned, defined = set(), set()
        for places in [self.solid] + self.directives:
            for k, at in enumerate(places[:-1]):
                if self.tokens[at] in ("struct", "union", "enum") and WORD.match(self.tokens[places[k + 1]]):
                    mentioned.add(self.tokens[places[k + 1]])
                    if k + 2 < len(places) and self.tokens[places[k + 2]] == "{":
                        defined.add(self.tokens[places[k + 1]])
        return mentioned, defined

    def enumerators(self):
        result = set()
        for k, at in enumerate(self.solid[:-1]):
            if self.tokens[at] != "enum":
                continue
            opens = next((j for j in (k + 1, k + 2) if j < len(self.solid) and self.tokens[self.solid[j]] == "{"), None)
            if opens is None:
                continue
            depth, expected = 0, True
            for place in self.solid[opens:]:
                token = self.tokens[place]
                if token in "({[":
                    depth += 1
                elif token in ")}]":
                    depth -= 1
                    if depth == 0:
                        break
                elif depth == 1 and token == ",":
                    expected = True
                elif depth == 1 and expected and WORD.match(token):
                    result.add(token)
                    expected = False
        return result
