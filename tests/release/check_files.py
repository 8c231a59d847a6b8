"""scripts/release: the same bytes whoever makes them; sums, archives and the bill of materials agree; what is no release is refused.
The tree itself has nothing built in it."""
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "scripts/support"))
from release import tree  # noqa: E402

failures = []


def expect(holds, what):
    if not holds:
        failures.append(what)


def made(where, at, *flags, umask=0o022, **more):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **more}
    return subprocess.run([sys.executable, str(at / "scripts/release"), *flags, str(where)], env=environment, cwd=where.parent,
                          preexec_fn=lambda: os.umask(umask), capture_output=True, text=True)


def check_tree(names):
    for name in names:
        data = (root / name).read_bytes()
        expect(len(data) < 1 << 20 and not data.startswith((b"\x7fELF", b"!<arch>")), f"{name}: large, or built")


def check_bill(text, archive):
    """By chapters 6 to 11 of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/), and by the bytes that are shipped."""
    bill = json.loads(text)
    for member in ("spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo"):
        expect(bill.get(member), f"the bill has no {member}")
    expect((bill["spdxVersion"], bill["dataLicense"], bill["SPDXID"]) == ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"), "constants")
    expect(re.fullmatch(r"https?://[^#\s]+", bill["documentNamespace"]), "documentNamespace is no URI without a fragment")
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bill["creationInfo"]["created"]), "created")
    expect(all(re.match(r"(Tool|Organization|Person): ", c) for c in bill["creationInfo"]["creators"]), "creators")
    names = [x["SPDXID"] for x in bill["packages"] + bill["files"]] + [bill["SPDXID"]]
    expect(len(set(names)) == len(names), "an SPDXID stands for two things")
    expect(all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", n) for n in names), "an SPDXID has other characters")
    for p in bill["packages"]:
        expect(all(p.get(m) for m in ("name", "downloadLocation", "licenseConcluded", "licenseDeclared", "versionInfo")), f"{p}")
        expect(p.get("filesAnalyzed") == ("packageVerificationCode" in p), f"{p['name']}: verification code and filesAnalyzed")
    for r in bill["relationships"]:
        expect({r["spdxElementId"], r["relatedSpdxElement"]} <= set(names), f"a relationship of nothing: {r}")
    kinds = [r["relationshipType"] for r in bill["relationships"]]
    expect(kinds.count("DESCRIBES") == 1 and kinds.count("DEPENDS_ON") == 2, f"relationships: {kinds}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        shipped = {"./" + m.name.split("/", 1)[1]: tar.extractfile(m).read() for m in tar.getmembers()}
    listed = {f["fileName"]: {c["algorithm"]: c["checksumValue"] for c in f["checksums"]} for f in bill["files"]}
    expect(set(listed) == set(shipped), f"listed and shipped differ: {sorted(set(listed) ^ set(shipped))[:5]}")
    for name, data in shipped.items():
        wanted = {"SHA1": hashlib.sha1(data).hexdigest(), "SHA256": hashlib.sha256(data).hexdigest()}
        expect(listed.get(name) == wanted, f"{name}: checksums")
    code = hashlib.sha1("".join(sorted(hashlib.sha1(d).hexdigest() for d in shipped.values())).encode()).hexdigest()
    expect(bill["packages"][0]["packageVerificationCode"]["packageVerificationCodeValue"] == code, "the verification code")
    return bill


with tempfile.TemporaryDirectory() as text:
    work = pathlib.Path(text)
    names = tree.names(root)
    check_tree(names)
    first, second = work / "first", work / "second"
    run = made(first, root, "--rehearse")
    expect(run.returncode == 0, run.stderr)
    version = tree.version(root)
    archive = (first / f"sley-{version}.tar.gz").read_bytes()
    # Unpacked elsewhere, by somebody else, elsewhere on earth, and not under version control.
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(work)
    copy = work / f"sley-{version}"
    run = made(second, copy, "--rehearse", umask=0o077, TZ="Pacific/Auckland", LC_ALL="C.UTF-8", PYTHONHASHSEED="7")
    expect(run.returncode == 0, run.stderr)
    for path in sorted(first.iterdir()):
        expect(path.read_bytes() == (second / path.name).read_bytes(), f"{path.name} differs when it is made again")
    sums = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=first, capture_output=True, text=True)
    expect(sums.returncode == 0 and sums.stdout.count("OK") == 4, sums.stdout + sums.stderr)
    bill = check_bill((first / f"sley-{version}.spdx.json").read_text(), archive)
    one = (first / f"sley-{version}-amalgamation.tar.gz").read_bytes()
    artifact = next(p for p in bill["packages"] if p["name"].endswith("-amalgamation.tar.gz"))
    expect({c["algorithm"]: c["checksumValue"] for c in artifact["checksums"]}["SHA256"] == hashlib.sha256(one).hexdigest(), "its sum")
    with tarfile.open(fileobj=io.BytesIO(one)) as tar:
        expect({m.name.split("/", 1)[1] for m in tar.getmembers()} == {"LICENSE", "VERSION", "embedding.md", "meson.build",
                                                                     "meson_options.txt", *(
            f"{form}/sley.{end}" for form in ("whole", "promise") for end in "ch")}, "files of the amalgamation")
        expect(all(m.mtime == 1700000000 and m.mode == 0o644 and m.uid == 0 for m in tar.getmembers()), "their times, modes and owner")
    expect(gzip.decompress(archive)[:1] != b"", "empty")

    # What is no release.
    shutil.rmtree(second)
    run = made(second, copy)
    expect(run.returncode == 1 and "no clone" in run.stderr and not second.exists(), f"a release of no commit: {run.stderr}")
    header = copy / "include/sley/version.h"
    header.write_text(re.sub(r"(SLEY_VERSION_PATCH) \d+", r"\1 9", header.read_text()))
    run = made(second, copy, "--rehearse")
    expect(run.returncode == 1 and "the versions differ" in run.stderr and not second.exists(), f"two versions: {run.stderr}")
print("\n".join(failures) or f"{len(names)} files")
sys.exit(bool(failures))
