"""lintian has nothing to say of the packages but what packaging/debian answers with a reason. Usage: check_lintian.py MADE"""
import pathlib
import subprocess
import sys

changes = next(pathlib.Path(sys.argv[1]).glob("*.changes"))
run = subprocess.run(["lintian", "--allow-root", "--display-info", "--pedantic", "--tag-display-limit", "0", str(changes)],
                     capture_output=True, text=True)
said = [line for line in run.stdout.splitlines() if not line.startswith("N:")]
print("\n".join(said) or run.stderr)
sys.exit(bool(said) or run.returncode != 0)
