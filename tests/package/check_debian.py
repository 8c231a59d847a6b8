"""The packages of the tree: built, checked by lintian, for hardening and contents, and used unpacked; and the same
bytes when they are made again elsewhere. Usage: check_debian.py ROOT"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
missing = [tool for tool in ("dpkg-buildpackage", "dh", "lintian", "meson", "man") if not shutil.which(tool)]
if missing:
    print(f"skipped: {', '.join(missing)} missing: scripts/install-packages test")
    sys.exit(77)
with tempfile.TemporaryDirectory() as out:
    sys.exit(subprocess.run([sys.executable, str(root / "scripts/package"), "--check", "--briefly", "--twice", out]).returncode)
