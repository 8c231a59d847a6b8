"""Examples of pages: regions of programs that the tests run.

A region begins with a comment /* example: NAME...: what it shows. */ at the beginning of a line, and ends with the comment
/* end */. Its text goes into EXAMPLES of each page that one of the names leads to; "sley" is the overview."""
import re

BEGIN = re.compile(r"(?m)^/\* example: (?P<names>[^:]*?):(?P<text>.*?)\*/\n(?P<code>.*?)^/\* end \*/$", re.S)


class Example:
    def __init__(self, place, names, text, code):
        self.place, self.names, self.text, self.code = place, names, text, code


def read(folder, root):
    found = []
    for path in sorted(folder.glob("*.c")):
        source = path.read_text()
        for match in BEGIN.finditer(source):
            line = source.count("\n", 0, match.start()) + 1
            text = " ".join(re.sub(r"\n \*", " ", match["text"]).split())
            found.append(Example(f"{path.relative_to(root)}:{line}", match["names"].replace(",", " ").split(), text,
                                 match["code"].strip("\n").expandtabs()))
    return found
