"""The programs of docs/domains.md, compiled against the installed package and run; the wrong one must abort with
the message that the page shows. Arguments: the page, the prefix, the folder to work in, more compiler flags."""
import os
import re
import subprocess
import sys

page, prefix, work = sys.argv[1:4]
flags = sys.argv[4].split() if len(sys.argv) > 4 else []
text = open(page, encoding="utf-8").read()
os.makedirs(work, exist_ok=True)
pc = next(os.path.join(folder, "pkgconfig") for folder, folders, _ in os.walk(prefix) if "pkgconfig" in folders)
library = subprocess.run(["pkg-config", "--cflags", "--libs", "sley"], check=True, stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "PKG_CONFIG_PATH": pc}).stdout.split()
libraries = os.path.dirname(pc)


def run(name):
    program = os.path.join(work, name.removesuffix(".c"))
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", *flags, name, *library,
                    f"-Wl,-rpath,{libraries}", "-o", program], check=True, cwd=work)
    return subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


checked = 0
for name, how, wanted, code in re.findall(
        r"<!-- file: (\S+\.c)(?: (prints|prints-error): (.*?))? -->\n```c\n(.*?)```", text, re.S):
    with open(os.path.join(work, name), "w", encoding="utf-8") as file:
        file.write(code)
    aborts = re.search(rf"<!-- aborts: {name} -->\n```\n(.*?)```", text, re.S)
    result = run(name)
    if aborts:
        assert result.returncode == -6, (name, result)
        sentence = re.sub(r"^    #.*\n|^\n", "", result.stderr, flags=re.M)  # a checker adds the stack, or the library
        sentence = re.sub(r"^sley: called from .*", "", sentence, flags=re.M | re.S)
        assert aborts.group(1) == sentence, f"{name} wrote\n{result.stderr}instead of\n{aborts.group(1)}"
    else:
        assert result.returncode == 0, (name, result)
        if how == "prints":
            assert result.stdout == wanted + "\n", (name, result)
        else:
            assert wanted in result.stderr, (name, result)
    checked += 1
assert checked == 6, checked
print("ok")
