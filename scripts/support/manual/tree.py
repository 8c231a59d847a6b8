"""The manual of a tree: read from its headers and tests, written as files."""
import datetime
import re
import shutil

from . import examples, headers, mdoc, pages, web

# The day that pages carry before their version is released.
UNRELEASED = datetime.date(2026, 11, 1)
MONTHS = "January February March April May June July August September October November December".split()


def read(root):
    overview = root / "scripts/support/manual/overview.txt"
    return pages.Manual(headers.parse_all(root / "include"), examples.read(root / "tests/manual", root), overview.read_text())


def version(root):
    return re.search(r'SLEY_VERSION_TEXT "(.*?)"', (root / "include/sley/version.h").read_text())[1]


def date(root):
    """The day that CHANGELOG.md gives the version, "## 0.1.0, 2026-12-24": the same whenever and wherever pages are made."""
    found = re.search(r"^## " + re.escape(version(root)) + r"[^\d\n]*(\d{4})-(\d\d)-(\d\d)", (root / "CHANGELOG.md").read_text(), re.M)
    day = datetime.date(*map(int, found.groups())) if found else UNRELEASED
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def write(manual, root, out):
    """Writes out/man and out/html anew. A further name of a page is a symbolic link, which readers and packages know."""
    for folder in (out / "man/man3", out / "man/man7", out / "html"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    day = date(root)
    for page in manual.pages:
        folder = out / f"man/man{page.section}"
        (folder / f"{page.name}.{page.section}").write_text(mdoc.write(page, day), encoding="ascii")
        for name in page.links:
            (folder / f"{name}.{page.section}").symlink_to(f"{page.name}.{page.section}")
    for name, text in web.files(manual, version(root)).items():
        (out / "html" / name).write_text(text, encoding="utf-8")
