"""Running text of the headers as blocks of marked words.

A block is ("text", [word]), ("code", text), ("bullets", [blocks]), ("tags", [(words, blocks)]).
A word is (kind, text, before, behind): what sticks to it in front and behind is plain text. Kinds: text; function, type,
constant, error, argument, header, page (another manual page, text is name and section)."""
import re

# Parameters that are English words, too, are marked only where they stand as a name.
ENGLISH = set("""a accepts after all and args at base body bound capacity change clock cleanup code connection count data deadline
domain drop end ends equal events failed fill first fds format free from functions group handler host how in index input into io items
job key kind last left limit list low high match max message moment most mode name node note number object of on once ok
operation options other out output pack part path peer pool port priority processor promise ready receive request result room rooms run
runtime scope seconds send server shared signal site size slices source space start start_at state stack stream task team text
test time timeout to transfer truth type types units until v_ value values wait when which whence with work workers write""".split())
FOLLOWS = r"(?=(?:'s|,? (?:is|are|can|may|must|has|have|was|were|holds|lies|says|stays|NULL|0|points)\b|: |, (?:which|if)\b))"
CALL = r"\((?:[^()]|\([^()]*\))*\)"
MARK = re.compile(
    r"(?P<function>\bsley_[a-z0-9_]+" + CALL + r")"
    r"|(?P<page>\b[a-z_][a-z0-9_.]*\([1-9]\))"
    r"|(?P<header><?\bsley/\w+\.h\b>?|\bsley\.h\b)"
    r"|(?P<name>\bsley_[a-z0-9_]+\b(?![*]))"
    r"|(?P<error>(?<!\w)-?SLEY_E[A-Z]+\b|\bE(?!OF\b|AI\b)[A-Z]{3,}[A-Z0-9]*\b)"
    r"|(?P<constant>(?<!\w)-?\b(?:SLEY_[A-Z0-9_]+[A-Z0-9]|SIG[A-Z]{3,}|O_[A-Z]+|TCP_[A-Z]+|SO_[A-Z]+|NULL)\b(?!\())"
    r"|(?P<macro>\bSLEY_[A-Z0-9_]+" + CALL + r")"
    r"|(?P<quoted>`[^`\s]+`)"
    r"|(?P<argument>\*?\b[a-z]\w*\b)")


class Marker:
    """Marks the words of texts; knows all names of the library."""

    def __init__(self, names):
        self.names = names  # name -> its declaration

    def words(self, text, arguments=()):
        """The words of one paragraph."""
        text = " ".join(text.split())
        kinds, at = [], 0
        for found in MARK.finditer(text):
            kind, word = self.kind(found, text, arguments)
            if kind:
                kinds.append((found.start(), found.end(), kind, word))
        words, spans = [], iter(kinds + [(len(text), len(text), "", "")])
        start, end, kind, word = next(spans)
        while at < len(text):
            if text[at] == " ":
                at += 1
                continue
            stop = text.find(" ", max(at, 0))
            stop = len(text) if stop < 0 else stop
            if start < stop:  # a marked word sticks to what stands around it
                stop = text.find(" ", end)
                stop = len(text) if stop < 0 else stop
                words.append((kind, word, text[at:start], text[end:stop]))
                while start < stop:
                    start, end, kind, word = next(spans)
                    if start == len(text):
                        break
            else:
                words.append(("text", text[at:stop], "", ""))
            at = stop
        return words

    def kind(self, found, text, arguments):
        kind, word = found.lastgroup, found[0]
        if kind in ("name", "function"):
            name = word.split("(")[0]
            declared = self.names.get(name)
            if not declared:
                return (None, word) if kind == "name" else ("literal", word)
            if declared.kind in ("function",):
                return "function", word
            if kind == "function":
                return "literal", word
            return ("data" if declared.kind == "data" else "type"), word
        if kind == "macro":
            return "literal", word
        if kind == "header":
            return "header", word.strip("<>")
        if kind == "quoted":
            return "argument", word.strip("`")
        if kind == "argument":
            bare = word.lstrip("*")
            if bare not in arguments or bare in ("a", "i"):
                return None, word
            if bare == "drop" and text[found.end():found.end() + 1] == "(":
                return "argument", word
            if bare in ENGLISH and not word.startswith("*") and not re.match(FOLLOWS, text[found.end():]):
                return None, word
            if bare in ENGLISH and not word.startswith("*") and re.search(
                    r"\b(?:an?|the|its|their|this|that|each|no|one|same|every|other|of)(?: \w+)? $", text[:found.start()].lower()):
                return None, word
            return "argument", word
        return kind, word

    def blocks(self, text, arguments=()):
        """The blocks of a text whose paragraphs are parted by blank lines, with lists and code by their indentation."""
        blocks, lines, at = [], text.split("\n"), 0
        while at < len(lines):
            line = lines[at]
            indent = len(line) - len(line.lstrip())
            if not line.strip():
                at += 1
            elif indent >= 4:
                end = at
                while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) >= 4):
                    end += 1
                code = "\n".join(lines[at:end]).rstrip("\n")
                margin = min(len(l) - len(l.lstrip()) for l in code.split("\n") if l.strip())
                blocks.append(("code", "\n".join(l[margin:] for l in code.split("\n"))))
                at = end
            elif indent in (2, 3) and (item := re.match(r" {2,3}(?:(?P<dash>- )|(?P<tag>\S+(?: \S+)*) {2,})(?=\S)", line)):
                end = at + 1
                while end < len(lines) and lines[end].strip() and len(lines[end]) - len(lines[end].lstrip()) >= 4:
                    end += 1
                body = line[item.end():] + "\n" + "\n".join(l.strip() for l in lines[at + 1:end])
                inner = [("text", self.words(body, arguments))]
                if item["dash"]:
                    self.grow(blocks, "bullets", inner)
                else:
                    self.grow(blocks, "tags", (self.words(item["tag"], arguments), inner))
                at = end
            else:
                end = at + 1
                while end < len(lines) and lines[end].strip() and len(lines[end]) - len(lines[end].lstrip()) < 2:
                    end += 1
                blocks.append(("text", self.words("\n".join(lines[at:end]), arguments)))
                at = end
        return blocks

    @staticmethod
    def grow(blocks, kind, item):
        if blocks and blocks[-1][0] == kind:
            blocks[-1][1].append(item)
        else:
            blocks.append((kind, [item]))


ABBREVIATIONS = re.compile(r"(?:\be\.g|\bi\.e|\betc|\bvs|\.\.)[.]$")


def ends_sentence(word):
    return word[-1:] in ".?!)\"'" and bool(re.search(r"[.?!][)\"']*$", word)) and not ABBREVIATIONS.search(word.rstrip(")\"'"))


def sentences(text):
    """The sentences of a text without code."""
    found = [[]]
    for word in " ".join(l for l in text.split("\n") if not l.startswith("    ")).split():
        found[-1].append(word)
        if ends_sentence(word):
            found.append([])
    return [" ".join(words) for words in found if words]


CLAUSE = re.compile(r"(?:When|If|While|After|Where|Until|In|From|For|if|while|for|which|with|including|or|and)\b[^,:;]*[,:] (?=\w.{14})")


def brief(text, most=72):
    """What a NAME line says: the beginning of the first sentence, cut where it can end."""
    first = (sentences(text) or [""])[0].replace("`", "").replace("()", "")
    if re.match(r"sley_\w+(?:,| and) sley_", first):
        most = 120
    first = re.sub(r"\s*\((?:[^()]|\([^()]*\))*\)", "", first) if len(first) > most else first
    first = first.rstrip(".:;")
    clause = re.match(r"(?:When|If|While|After|Where|Until|In|From|For)\b", first)
    while clause and (clause := CLAUSE.match(first)):
        first = first[clause.end():]
    if len(first) > most:
        def cuts(pattern):
            return [m.start() for m in re.finditer(pattern, first) if 14 <= m.start() <= most]

        ends = cuts(r"[;:](?= )") or cuts(r",(?= (?:which|but|if|where|so|as|without|with|unless|because|until)\b)") \
            or cuts(r",(?= (?:and|or)\b)") or cuts(r",(?= )")
        if ends:
            first = first[:ends[-1]]
        else:
            first = first[:first.rfind(" ", 0, most)]
            first = re.sub(r"(?: (?:an?|the|of|to|in|by|with|for|from|and|or|as|that|which|it|is|are|at|on|so|its|if|its|without|"
                           r"than|has))+$", "", first)
    first = first.rstrip(",;: ")
    if re.match(r"[A-Z][a-z]*\b(?! [A-Z][a-z]+ )", first) and not re.match(r"(?:Canceled|Lwt|Unix|Linux|I)\b", first):
        first = first[:1].lower() + first[1:]
    return first


def sentence(text):
    """Text as a sentence: a capital in front, a full stop behind. A name keeps its case."""
    text = text.strip()
    if re.match(r"(?:[a-z][a-z]+(?:[ ,.;:]|$)|an? )", text) and not re.match(r"(?:fd|ctx|sley|drop)\b", text):
        text = text[:1].upper() + text[1:]
    return text if re.search(r"[.?!:]['\")]*$", text) else text + "."
