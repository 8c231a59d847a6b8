"""A bill of materials in the form of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/): what the library is made of, and what it
is linked with."""
import datetime
import json
import re

from . import tree

# What a build of the whole library links. Neither is part of a release.
NEEDED = [("libev", "4.33", "BSD-2-Clause OR GPL-2.0-or-later", "http://software.schmorp.de/pkg/libev.html", "pkg:deb/debian/libev-dev"),
          ("ConcurrencyKit", "0.7.0", "BSD-2-Clause", "https://github.com/concurrencykit/ck", "pkg:github/concurrencykit/ck")]
LICENSE = "MIT"
HOLDER = "Copyright (c) 2026 The sley authors"


def identifier(kind, text):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def checksums(data):
    return [{"algorithm": name, "checksumValue": tree.sum_of(data, name.lower())} for name in ("SHA1", "SHA256")]


def file_entry(number, name, data):
    kind = "SOURCE" if name.endswith((".c", ".h", ".py", ".sh", ".map")) else "TEXT"
    return {"fileName": "./" + name, "SPDXID": identifier("File", f"{number}-{name}"), "fileTypes": [kind],
            "checksums": checksums(data), "licenseConcluded": LICENSE, "licenseInfoInFiles": [LICENSE], "copyrightText": HOLDER}


def verification_code(contents):
    """Section 7.9 of the specification: of the sorted sums of all files."""
    return tree.sum_of("".join(sorted(tree.sum_of(data, "sha1") for data in contents)).encode(), "sha1")


def package(name, version, license_of, where, **more):
    return {"name": name, "SPDXID": identifier("Package", name), "versionInfo": version, "downloadLocation": where,
            "licenseConcluded": license_of, "licenseDeclared": license_of, **more}


def write(version, seconds, members, artifacts):
    """The text of the bill, of the members (name, bytes, ...) of the source archive and the other files of the release."""
    files = [file_entry(i, name, data) for i, (name, data, _) in enumerate(members)]
    code = verification_code([data for _, data, _ in members])
    own = package("sley", version, LICENSE, "NOASSERTION", filesAnalyzed=True, copyrightText=HOLDER,
                  packageVerificationCode={"packageVerificationCodeValue": code}, licenseInfoFromFiles=[LICENSE],
                  hasFiles=[f["SPDXID"] for f in files], primaryPackagePurpose="LIBRARY")
    made = [package(name, version, LICENSE, "NOASSERTION", filesAnalyzed=False, copyrightText=HOLDER, checksums=checksums(data),
                    packageFileName=name, primaryPackagePurpose="ARCHIVE") for name, data in artifacts]
    needed = [package(name, least, license_of, where, filesAnalyzed=False, copyrightText="NOASSERTION",
                      comment=f"{least} or later", externalRefs=[
                          {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}])
              for name, least, license_of, where, locator in NEEDED]
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": own["SPDXID"]}]
    relations += [{"spdxElementId": m["SPDXID"], "relationshipType": "GENERATED_FROM", "relatedSpdxElement": own["SPDXID"]} for m in made]
    relations += [{"spdxElementId": own["SPDXID"], "relationshipType": "DEPENDS_ON", "relatedSpdxElement": n["SPDXID"]} for n in needed]
    created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"sley-{version}",
                "documentNamespace": f"https://spdx.org/spdxdocs/sley-{version}-{code}",
                "creationInfo": {"created": created, "creators": ["Organization: The sley authors", "Tool: sley-scripts-release"]},
                "packages": [own, *made, *needed], "files": files, "relationships": relations}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
