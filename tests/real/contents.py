#!/usr/bin/env python3
"""contents.py FREEHOLD ROOT...: packages inside binaries and Java archives, against what their own tools say.

Each ROOT is a directory read as `rootfs:`. Go programs are held against `go version -m`, programs of cargo-auditable
against the list in their section `.dep-v0` as Python's zlib inflates it, Java archives against Python's zipfile. Prints
one line per file that differs and a last line with counts; exits 1 when one differs. Needs go and readelf; the rest is
the standard library.
"""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections import Counter

ARCHIVES = (".jar", ".war", ".ear", ".par", ".sar", ".nar", ".hpi", ".jpi", ".kar")


def files(root):
    """Every regular file once, by inode."""
    seen = set()
    for directory, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = os.path.join(directory, name)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            key = (os.stat(path).st_dev, os.stat(path).st_ino)
            if key not in seen:
                seen.add(key)
                yield path


def go_modules(path):
    """(name, version) of each module as `go version -m` prints them, a replaced one left out for its replacement."""
    run = subprocess.run(["go", "version", "-m", path], capture_output=True, text=True, check=False)
    if run.returncode != 0 or not run.stdout:
        return []
    first, *lines = run.stdout.splitlines()
    version = first.removeprefix(f"{path}: ").split(" ")[0].split("-")[0]
    found = [("stdlib", version.removeprefix("go"))] if version.startswith("go") else []
    for line in lines:
        fields = line.removeprefix("\t").split("\t")
        if fields[0] in ("mod", "dep"):
            found.append((fields[1], fields[2] if len(fields) > 2 else ""))
        elif fields[0] == "=>":
            name, version = fields[1], fields[2] if len(fields) > 2 else ""
            old, _ = found.pop()
            found.append((old if name.startswith(("./", "../", "/")) else name, version))
    return found


def crates(path):
    """(name, version) of each crate in `.dep-v0` that is not only used to build."""
    with open(path, "rb") as file:
        data = file.read()
    out = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=False).stdout
    section = re.search(r"\.dep-v0\s+\S+\s+\S+\s+([0-9a-f]+)\s+([0-9a-f]+)", out)
    if not section:
        return []
    start, size = (int(number, 16) for number in section.groups())
    listed = json.loads(zlib.decompress(data[start : start + size]))["packages"]
    return [(crate["name"], crate["version"]) for crate in listed if crate.get("kind") != "build"]


def properties(text):
    return dict(re.findall(r"^\s*(groupId|artifactId|version)\s*[=:]\s*(\S+)\s*$", text, re.MULTILINE))


def coordinates(data, place, found, archives):
    """Adds (place, group:artifact, version) of each pom.properties, in inner archives too, and each archive's names."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        return
    archives[place] = archive.namelist()
    for name in archive.namelist():
        if name.startswith("META-INF/maven/") and name.endswith("/pom.properties"):
            values = properties(archive.read(name).decode("utf-8", "replace"))
            if len(values) == 3 and "${" not in "".join(values.values()):
                found.add((place, f"{values['groupId']}:{values['artifactId']}", values["version"]))
        elif name.lower().endswith(ARCHIVES):
            coordinates(archive.read(name), f"{place}!/{name}", found, archives)


def main():
    freehold, roots = sys.argv[1], sys.argv[2:]
    counts, wrong = Counter(), 0

    def differ(path, kind, ours, theirs):
        nonlocal wrong
        if ours != theirs:
            wrong += 1
            missing, phantom = list((theirs - ours).items())[:5], list((ours - theirs).items())[:5]
            print(f"FAIL  {path}  {kind}: missing {missing}, phantom {phantom}")

    for root in roots:
        root = os.path.abspath(root)
        out = subprocess.run([freehold, "facts", f"rootfs:{root}"], capture_output=True, check=True).stdout
        facts = json.loads(out)
        packages = {}
        for package in facts["packages"]:
            packages.setdefault((package["database"], package["type"]), []).append((package["name"], package["version"]))
        unread = {gap["path"] for gap in facts["gaps"] if gap["topic"] == "binaries"}
        for path in files(root):
            inside = path[len(root):]
            with open(path, "rb") as file:
                magic = file.read(4)
            if magic == b"\x7fELF":
                for kind, theirs in (("golang", go_modules(path)), ("cargo", crates(path))):
                    ours = packages.get((inside, kind), [])
                    counts[f"{kind} files"] += bool(theirs)
                    counts[f"{kind} packages"] += len(theirs)
                    differ(inside, kind, Counter(ours), Counter(theirs))
            elif path.lower().endswith(ARCHIVES):
                with open(path, "rb") as file:
                    data = file.read()
                theirs, archives = set(), {}
                coordinates(data, inside, theirs, archives)
                if not archives and magic[:2] == b"PK" and inside not in unread:
                    differ(inside, "archive", Counter(), Counter(["a gap"]))
                counts["archives"] += len(archives)
                counts["coordinates"] += len(theirs)
                ours = {
                    (place, *package)
                    for (place, kind), listed in packages.items()
                    if kind == "maven" and (place == inside or place.startswith(f"{inside}!/"))
                    for package in listed
                }
                named = {entry for entry in ours if ":" in entry[1]}
                # Where Maven left only its pom.xml, its path names group and artifact.
                by_path = {
                    (place, *package)
                    for place, *package in named
                    if f"META-INF/maven/{package[0].replace(':', '/')}/pom.xml" in archives.get(place, [])
                }
                differ(inside, "maven", Counter(named - (by_path - theirs)), Counter(theirs))
                counts["archives named otherwise"] += len(ours) - len(named)
                counts["archives with a name"] += len({place for place, *_ in ours})
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())), f"; {wrong} differ", sep="")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
