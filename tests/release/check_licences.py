"""Every file says by the REUSE specification whose it is and under which licence, and both copies of the licence are the same."""
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "scripts/support"))
from release import tree  # noqa: E402


def lint(files, changes=()):
    """reuse's verdict on the given files, as they are in a release."""
    with tempfile.TemporaryDirectory() as work:
        for name in files:
            place = pathlib.Path(work, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((root / name).read_bytes())
        for name, text in changes:
            pathlib.Path(work, name).write_text(text)
        run = subprocess.run(["reuse", "--root", work, "lint"], capture_output=True, text=True)
        return run.returncode == 0 and "ERROR" not in run.stderr, run.stdout + run.stderr


failures = []
names = tree.names(root)
good, text = lint(names)
if not good:
    failures.append(text)
some = ["LICENSE", "LICENSES/MIT.txt", ".reuse/dep5", "README.md"]
if not lint(some)[0]:
    failures.append("four files of the tree alone do not pass")
if lint(some, [(".reuse/dep5", (root / ".reuse/dep5").read_text().replace("Files: *", "Files: src/*"))])[0]:
    failures.append("files of nobody pass")
if (root / "LICENSE").read_bytes() != (root / "LICENSES/MIT.txt").read_bytes():
    failures.append("LICENSE and LICENSES/MIT.txt differ")
print("\n".join(failures) or f"{len(names)} files")
sys.exit(bool(failures))
