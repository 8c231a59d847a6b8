"""scripts/bench --pair and --null end to end, with a difference too large for any machine to hide.
Usage: test_pair.py ROOT LOAD SERVER FOLDER"""
import json
import os
import subprocess
import sys

root, load, scripted, folder = sys.argv[1:5]
bench = [sys.executable, os.path.join(root, "scripts", "support", "bench.py")]
out = os.path.join(folder, "measure-pair")


def check(what, condition, *shown):
    if not condition:
        print("FAILED:", what, *shown)
        sys.exit(1)
    print("ok:", what)


def run(*words):
    return subprocess.run([*bench, *words, "--generator", load, "--out", out], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=100)


plain, slow = f"{scripted} --port {{port}}", f"{scripted} --port {{port}} --spin 20000"
short = ("--starts", "3", "--seconds", "20", "--slice", "requests 300", "--load", "--connections 8 --warm-up 0.02")
told = run("--pair", plain, slow, *short)
check("a server that takes several times as much is slower", "B is slower than A" in told.stdout, told)
check("with its interval, null run, and what could have been seen", " to " in told.stdout and "null run" in told.stdout
      and "would have been told" in told.stdout and "slices of" in told.stdout, told)
with open(os.path.join(out, "rows.jsonl")) as file:
    rows = [json.loads(line) for line in file]
check("rows are kept", len(rows) == 2 and rows[1]["ratio"] > 1.5 and rows[1]["verdict"] == "slower", rows)
check("the other way round it is faster", "B is faster than A" in run("--pair", slow, plain, *short).stdout)
told = run("--null", plain, *short)
check("the null run of one", "null run, A : A = " in told.stdout, told)
busy = "{} -c 'n = 0\nwhile n < {}: n += 1'"
told = run("--pair", busy.format(sys.executable, 1000), busy.format(sys.executable, 500000), "--starts", "1", "--seconds", "20")
check("programs, by their processor time", "B is slower than A" in told.stdout, told)
lines = "sh -c 'echo other 1; echo row {}'"
told = run("--pair", lines.format(100), lines.format(101), "--row", "row", "--starts", "1")
check("programs, by a row that they print", "B is slower than A" in told.stdout and "1.010" in told.stdout, told)
for words, sentence in ((("--pair", plain, "true"), "is a server"), (("--pair", "true", "true", "--row", "x"), "prints no line"),
                        (("--null", "false"), "ended with 1"), (("--null", "/no/such/program"), "No such file"),
                        (("--null", f"{scripted} --port {{port}} --what"), "before it listened"),
                        (("--pair", "true", "echo 'one"), "No closing quotation"),
                        (("--null", plain, "--load", "'one"), "No closing quotation"),
                        (("--pair", "true"), "expected 2 arguments"), (("--null", "true", "--measure", "p99"), "for servers"),
                        (("--null", f"{scripted} --after 1 status --port {{port}}"), "status 503"),
                        (("--null", f"sh -c '{scripted} --port {{port}}; true'"), "used no time")):
    told = run(*words, "--starts", "3", "--seconds", "15")
    check(f"{' '.join(words)}: {sentence}", told.returncode != 0 and sentence in told.stderr, told)
left = subprocess.run(["pgrep", "-f", f"{scripted} --port [1-9]"], stdout=subprocess.PIPE, text=True).stdout.split()
check("no server is left, also of a shell's", not left, left)
wrong = subprocess.run([*bench, "what"], stderr=subprocess.PIPE, text=True, timeout=60)
check("a part that is none", wrong.returncode != 0 and "no part what" in wrong.stderr, wrong)
