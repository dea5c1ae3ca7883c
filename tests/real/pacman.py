#!/usr/bin/env python3
"""pacman.py FREEHOLD OUT: pacman's database as pacman itself writes it, against what pacman says about it.

Makes two packages, installs them with pacman into a root file system below OUT, and compares packages, paths and changed
files before and after some of them are changed. Prints one line per comparison; exits 1 when one failed. Needs pacman
(Debian: pacman-package-manager) and bsdtar (libarchive-tools).
"""

import json
import os
import re
import shutil
import subprocess
import sys

# What makepkg asks bsdtar for (makepkg, lib `create_package`).
MTREE = "!all,use-set,type,uid,gid,mode,time,size,md5,sha256,link"
PACKAGES = {
    "tool": {
        "info": {"pkgbase": "tool-src", "pkgver": "1:1.2-3", "arch": "x86_64", "license": "MIT", "provides": "tool-api=2",
                 "backup": "etc/tool.d/tool.conf"},
        "files": {"usr/bin/tool": (b"#!/bin/sh\n", 0o755), "usr/bin/helper": (b"helper", 0o4711),
                  "usr/share/with space/file": (b"a", 0o644), "usr/share/man/man1/tool.1": (b"m", 0o644),
                  "usr/share/tool/gone": (b"g", 0o644), "usr/share/tool/name": ("ünï".encode(), 0o600),
                  "etc/tool.d/tool.conf": (b"a=1\n", 0o640)},
        "links": {"usr/bin/t": "tool", "usr/lib/long": "../share/with space/file"},
    },
    "tool-data": {"info": {"pkgver": "2.0-1", "arch": "any"}, "files": {"usr/share/data/d": (b"d", 0o644)}, "links": {}},
    "tool-meta": {"info": {"pkgver": "7-1", "arch": "any"}, "files": {}, "links": {}},
}
CONF = "[options]\nArchitecture = x86_64\nSigLevel = Never\nNoExtract = usr/share/man/* !usr/share/man/man8/*\n"

failed = passed = 0


def check(question, holds, detail=""):
    global failed, passed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(f"{'ok  ' if holds else 'FAIL'}  {'pacman':<24} {question:<58} {str(detail)[:400]}".rstrip())


def run(command, any_status=False, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode and not any_status:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
    return done.stdout + done.stderr


def package(out, name, made):
    """A package file as makepkg makes it: .PKGINFO, .MTREE, then the files."""
    root = f"{out}/{name}"
    os.makedirs(root)
    for path, (content, mode) in made["files"].items():
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        with open(f"{root}/{path}", "wb") as file:
            file.write(content)
        os.chmod(f"{root}/{path}", mode)
    for path, target in made["links"].items():
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        os.symlink(target, f"{root}/{path}")
    info = {"pkgname": name, "pkgdesc": "a package", "builddate": "1700000000", "packager": "Builder <b@example.org>",
            "size": "1", **made["info"]}
    with open(f"{root}/.PKGINFO", "w", encoding="ascii") as file:
        file.writelines(f"{key} = {value}\n" for key, value in info.items())
    names = sorted(entry for entry in os.listdir(root) if entry != ".PKGINFO")
    run(["bsdtar", "-czf", ".MTREE", "--format=mtree", f"--options={MTREE}", ".PKGINFO", *names], cwd=root)
    run(["bsdtar", "-czf", f"../{name}.pkg.tar.gz", ".MTREE", ".PKGINFO", *names], cwd=root)
    return f"{out}/{name}.pkg.tar.gz"


class Pacman:
    """pacman at work on a root file system."""

    def __init__(self, root):
        self.root = root

    def ask(self, *flags):
        command = ["pacman", "--config", f"{self.root}/etc/pacman.conf", "--root", self.root, "--dbpath",
                   f"{self.root}/var/lib/pacman", "--cachedir", f"{self.root}/var/cache", "--noconfirm", *flags]
        return run(command, any_status="-Qkk" in flags)

    def packages(self):
        return sorted(tuple(line.split(" ")) for line in self.ask("-Q").splitlines())

    def paths(self):
        """Paths of each package that are no directories and are there."""
        all_paths = {}
        for line in self.ask("-Ql").splitlines():
            name, path = line.split(" ", 1)
            path = "/" + os.path.relpath(path, self.root)
            if os.path.lexists(self.root + path) and not line.endswith("/"):
                all_paths.setdefault(name, set()).add(path)
        return all_paths

    def changed(self):
        """Paths whose content pacman finds changed, and those it misses; configuration left out."""
        said = self.ask("-Qkk")
        lines = [line for line in said.splitlines() if not line.startswith("backup file:")]
        pattern = re.compile(r"^(?:warning: )?[\w-]+: (/.*) \((.*)\)$")
        found = [pattern.match(line) for line in lines]
        paths = [("/" + os.path.relpath(hit[1], self.root), hit[2]) for hit in found if hit]
        return ({path for path, why in paths if "checksum" in why or "Size" in why or "Symlink" in why},
                {path for path, why in paths if "No such file" in why})


def compare(freehold, pacman, state):
    facts = json.loads(run([freehold, "facts", f"rootfs:{pacman.root}"]))
    said = sorted((p["name"], p["version"]) for p in facts["packages"])
    check(f"{state}: packages are pacman's: name and version", said == pacman.packages() and said, said)
    paths = pacman.paths()
    present = {p["name"]: p["files"]["present"] for p in facts["packages"]}
    true = {name: len(paths.get(name, ())) for name in present}
    check(f"{state}: present files of each package are those of its list", present == true, (present, true))
    owned = set().union(*paths.values())
    unowned = {item["path"] for item in facts["ownership"]["unowned"]["items"]}
    check(f"{state}: no packaged file is called unowned", not unowned & owned and facts["ownership"]["files"]["owned"] ==
          len(owned), sorted(unowned))
    changed, missing = pacman.changed()
    # pacman counts changed configuration apart.
    modified = {item["path"] for item in facts["ownership"]["modified"]["items"] if item["class"] != "configuration"}
    # Links are compared by their targets, which is not part of what is called modified.
    changed = {path for path in changed if not os.path.islink(pacman.root + path)}
    check(f"{state}: modified files are those pacman -Qkk names", modified == changed, (sorted(modified), sorted(changed)))
    gone = sum(facts["ownership"]["missing_by_package"].values())
    # pacman names the directory it did not make; of its files it knows.
    excluded = {path for path in missing if path.startswith("/usr/share/man")}
    check(f"{state}: missing files are those, less what NoExtract left out", gone == len(missing - excluded),
          (gone, sorted(missing)))
    states = [(d["type"], d["state"]) for d in facts["package_databases"]]
    check(f"{state}: its database is complete, nothing could not be read", states == [("alpm", "complete")] and
          not facts["gaps"], (states, facts["gaps"][:2]))
    return facts


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: pacman.py FREEHOLD OUT")
    freehold, out = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]) + "/pacman"
    shutil.rmtree(out, ignore_errors=True)
    root = f"{out}/root"
    for directory in ("etc", "var/lib/pacman", "var/cache", "var/log"):
        os.makedirs(f"{root}/{directory}")
    with open(f"{root}/etc/pacman.conf", "w", encoding="ascii") as file:
        file.write(CONF)
    with open(f"{root}/etc/os-release", "w", encoding="ascii") as file:
        file.write("ID=arch\n")
    files = [package(out, name, made) for name, made in PACKAGES.items()]
    pacman = Pacman(root)
    pacman.ask("-U", *files)
    facts = compare(freehold, pacman, "untouched")
    tool = next(p for p in facts["packages"] if p["name"] == "tool")
    check("untouched: a package has what its .PKGINFO says", (tool["purl"], tool["source"]["name"], tool["licenses"],
          tool["provides"], tool["packager"]) == ("pkg:alpm/arch/tool@1:1.2-3?arch=x86_64", "tool-src", ["MIT"],
          ["tool-api=2"], "Builder <b@example.org>"), tool)
    with open(f"{root}/usr/bin/tool", "ab") as file:
        file.write(b"exit 1\n")
    with open(f"{root}/etc/tool.d/tool.conf", "ab") as file:
        file.write(b"b=2\n")
    os.remove(f"{root}/usr/share/tool/gone")
    os.chmod(f"{root}/usr/bin/helper", 0o755)
    compare(freehold, pacman, "changed")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
