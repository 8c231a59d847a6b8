"""The C forms in docs/direct.md are those that tests/direct/test_forms.c runs, each followed by its OCaml form."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
page = (root / "docs/direct.md").read_text()
program = (root / "tests/direct/test_forms.c").read_text()
run = dict(re.findall(r"/\* form: ([\w-]+) \*/\n(.*?)/\* end \*/", program, re.S))
shown = dict(re.findall(r"<!-- form: ([\w-]+) -->\n```c\n(.*?)```", page, re.S))
beside = re.findall(r"<!-- form: ([\w-]+) -->\n```c\n[^`]*```\n\nIn OCaml:\n\n```ocaml\n", page)
failures = 0
for name in sorted(run.keys() | shown.keys()):
    if run.get(name) != shown.get(name):
        print(f"{name}: the page and the program differ")
        failures += 1
    if name not in beside:
        print(f"{name}: its OCaml form does not follow it")
        failures += 1
print(f"{len(shown)} forms, {failures} failures")
sys.exit(failures != 0 or len(shown) < 10)
