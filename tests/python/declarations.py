"""The declarations of sley's public headers, as cffi's parser takes them: no C compiler is needed, only the headers.

    import cffi, declarations
    ffi = cffi.FFI()
    ffi.cdef(declarations.read("/usr/include"))
    lib = ffi.dlopen("libsley.so.0.1")
"""
import pathlib
import re

# What the macros of base.h stand for where there is no compiler: nothing.
NOTHING = r"\b(SLEY_API|SLEY_SITE|SLEY_NODISCARD|SLEY_RETURNS_NONNULL|SLEY_EXTERN_C_BEGIN|SLEY_EXTERN_C_END)\b"
# A struct that is passed by value and has a union in it: libffi cannot. All of its members are passed as an integer of 64 bits is.
UNION = r"(typedef struct sley_value \{\s*)union \{[^}]*\};"
LIMITS = {"INT32_MIN": -(2**31), "INT64_MAX": 2**63 - 1}


def headers(include):
    """The public headers in the order in which sley.h includes them, each once, without the forms with a site of sley/sites."""
    order = []

    def visit(path):
        if path in order:
            return
        for name in re.findall(r"(?m)^#include <(sley/\w+\.h)>", (include / path).read_text()):
            visit(name)
        order.append(path)

    visit("sley.h")
    return order


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def of_no_compiler(text):
    """What is left under conditions if neither a compiler nor C++ nor an option of the library is defined."""
    kept, taken = [], []
    for line in text.split("\n"):
        if re.match(r"#\s*(if|ifdef|ifndef)\b", line):
            taken.append(line.startswith("#ifndef"))
        elif re.match(r"#\s*else\b", line):
            taken[-1] = not taken[-1]
        elif re.match(r"#\s*endif\b", line):
            taken.pop()
        elif not re.match(r"#\s*elif\b", line) and all(taken):
            kept.append(line)
    return "\n".join(kept)


def forms_with_a_site(text):
    """The text, and NAME_at(const char *site, ...) beside each function that records its call site."""

    def twin(match):
        result, name, rest = match.groups()
        return f"{match.group(0)}\n{result}{name}_at(const char *site{');' if rest == 'void);' else ', ' + rest}"

    return re.sub(r"SLEY_API SLEY_SITE\s+((?:SLEY_NODISCARD |SLEY_RETURNS_NONNULL )*[^;()]*?)(\bsley_\w+)\(([^;]*;)", twin, text)


def read(folder):
    """All declarations, from the folder that has sley.h."""
    include = pathlib.Path(folder)
    text = without_comments("\n".join((include / name).read_text() for name in headers(include)))
    text = of_no_compiler(text.replace("\\\n", " "))
    constants = re.findall(r"(?m)^#define (SLEY_[A-Z0-9_]+) (-?\d+|INT32_MIN|INT64_MAX)\s*$", text)
    text = re.sub(r"(?m)^#.*$", "", text)
    text = forms_with_a_site(text)
    text = re.sub(r"\bSLEY_OPTIONAL\((\w+)\)", r"\1", text)
    text = re.sub(r"\bSLEY_PRINTF\([^)]*\)|SLEY_DEPRECATED\(\"[^\"]*\"\)", "", text)
    text = re.sub(NOTHING, "", text)
    text = text.replace("extern const ", "extern ")  # cffi takes constant data for constants of the compiler
    text = re.sub(UNION, r"\1int64_t i;", text)
    lines = [f"#define {name} {LIMITS.get(number, number)}" for name, number in constants]
    return "\n".join(lines) + "\n" + text


def functions(folder):
    """The names of all functions and data that the headers declare."""
    text = re.sub(r"\{[^{}]*\}", "", re.sub(r"\{[^{}]*\}", "", read(folder)))
    text = re.sub(r"(?m)^#.*$", "", text)
    found = set()
    for statement in text.split(";"):
        words = statement.strip()
        if words.startswith("typedef") or not words:
            continue
        match = re.match(r"extern [^;]*?\b(sley_\w+)$", words) or re.match(r"[\w\s*]*?\b(sley_\w+)\s*\(", words)
        if match:
            found.add(match.group(1))
    return found


def macros(folder):
    """Macros with arguments, whose meaning a binding must have as a function."""
    include = pathlib.Path(folder)
    text = "".join(without_comments(path.read_text()) for path in sorted(include.glob("sley/**/*.h")) if "old" not in path.parts)
    return set(re.findall(r"(?m)^#define (sley_\w+)\(", text))
