#!/usr/bin/env python3
"""rpm.py FREEHOLD OUT: rpm's databases as rpm itself writes them, against what rpm says about them.

Builds and signs packages, has rpm install them into a root file system below OUT, copies the database into each format
and compares packages, keys, paths and changed files. Prints one line per comparison; exits 1 when one failed. Needs rpm with
rpmbuild and rpmsign, gpg, and db5.3_load (Debian: rpm, gnupg, db5.3-util).
"""

import json
import os
import re
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import zlib

DATABASE = "var/lib/rpm"
SPEC = """Name: {name}
Version: {version}
Release: {release}
Summary: a package
License: {license}
{more}
%description
A package.
%install
{install}
%files
{files}
"""
PLAIN = {"license": "MIT", "more": "BuildArch: noarch", "install": "true", "files": ""}
FULL = {
    "license": "MIT AND (GPL-2.0-or-later OR Apache-2.0)",
    "more": "Epoch: 2\nVendor: Example Builders\nPackager: Example Builders <b@example.org>\n"
            "ModularityLabel: full:1:20231114:abcd",
    "install": "mkdir -p %{buildroot}/usr/bin %{buildroot}/etc/full %{buildroot}/usr/share/doc/full %{buildroot}/var/log\n"
               "cp /bin/true %{buildroot}/usr/bin/full; cp /bin/false %{buildroot}/usr/bin/gone\n"
               "cp /bin/true %{buildroot}/usr/bin/other; ln -s full %{buildroot}/usr/bin/link\n"
               "ln -s /nowhere %{buildroot}/usr/bin/moved; echo a=1 > %{buildroot}/etc/full/full.conf\n"
               "echo a > '%{buildroot}/usr/share/doc/full/with space'; echo b > %{buildroot}/usr/share/doc/full/ünï",
    "files": "%attr(4755, root, root) /usr/bin/full\n/usr/bin/gone\n/usr/bin/other\n/usr/bin/link\n/usr/bin/moved\n"
             "%dir /etc/full\n%config(noreplace) /etc/full/full.conf\n%doc /usr/share/doc/full\n"
             "%ghost %attr(0640, root, root) /var/log/full.log",
}
# What is said of each file, how it is made, and the changes of spoil() to it. Names are below /usr/share/kinds.
KINDS = [
    ("", "untouched", ()), ("", "content", ("write",)), ("", "same-size", ("write same size",)), ("", "deleted", ("delete",)),
    ("", "opened", ("chmod 666",)), ("%attr(4755, root, root)", "tightened", ("chmod 755",)), ("", "user", ("chown 7:0",)),
    ("", "group", ("chown 0:7",)), ("", "all", ("write", "chmod 777", "chown 7:7")),
    ("%attr(0640, web, web)", "of-web", ()), ("%attr(0640, web, web)", "to-root", ("chown 0:0",)),
    ("", "now-link", ("delete", "link")), ("", "now-directory", ("delete", "mkdir")),
    ("%config", "config-content", ("write",)), ("%config(noreplace)", "config-deleted", ("delete",)),
    ("%config", "config-mode", ("chmod 666",)), ("%config(missingok)", "config-may-be-missing", ("delete",)),
    ("%doc", "doc-content", ("write",)), ("%doc", "doc-deleted", ("delete",)), ("%license", "license-content", ("write",)),
    ("%license", "license-deleted", ("delete",)), ("%readme", "readme-content", ("write",)),
    ("%ghost", "ghost-absent", ()), ("%ghost", "ghost-content", ("write", "chmod 644")),
    ("%ghost", "ghost-mode", ("write", "chmod 666")), ("%ghost", "ghost-directory", ("mkdir", "chmod 644")),
    ("%verify(not md5 size mtime)", "free", ("write",)), ("%verify(not md5 mtime)", "free-of-size", ("write same size",)),
    ("%verify(not md5 mtime)", "bound-to-size", ("write",)), ("%verify(not size)", "bound-to-content", ("write",)),
    ("%verify(not mode)", "free-mode", ("chmod 666",)), ("%verify(not mode)", "free-mode-content", ("chmod 666", "write")),
    ("%verify(not user group)", "free-owner", ("chown 7:7",)), ("%verify(not user)", "free-user", ("chown 7:0",)),
    ("%verify(not user)", "bound-group", ("chown 0:7",)), ("%config %verify(not md5 size)", "free-config", ("write",)),
    ("%verify(not mode)", "free-mode-link", ("delete", "link")), ("%verify(not mtime)", "deleted-too", ("delete",)),
    ("", "twin", ("write",)), ("", "a space", ("write",)),
]
LINKS = [("", "link-kept", ()), ("", "link-moved", ("delete", "link")), ("", "link-gone", ("delete",)),
         ("", "link-now-file", ("delete", "write")), ("%config", "link-config", ("delete", "link")),
         ("%verify(not link)", "link-free", ("delete", "link")), ("", "link-owner", ("chown 7:7",)),
         ("%ghost", "link-ghost", ("delete", "link"))]
DIRECTORIES = [("", "dir-kept", ()), ("", "dir-gone", ("rmdir",)), ("", "dir-open", ("chmod 777",)),
               ("%verify(not mode)", "dir-free", ("chmod 777",)), ("", "dir-moved", ("move behind a link",)),
               ("", "dir-now-file", ("rmdir", "write"))]
PLACE = "/usr/share/kinds"


def kinds():
    """The package of these files, one of them with a second name, one behind a link of the root file system."""
    install, files = ["mkdir -p %{buildroot}/bin %{buildroot}" + PLACE, "cd %{buildroot}" + PLACE], ["/bin/merged"]
    for flags, name, _ in KINDS:
        install += [] if name.startswith("ghost") else [f"echo '{name}' > '{name}'"]
        files.append(f'{flags or "%attr(0644, root, root)"} "{PLACE}/{name}"')
    install += ["echo merged > %{buildroot}/bin/merged", "touch ghost-absent ghost-content ghost-mode ghost-directory",
                "ln twin twin-2", "chmod 644 *"]
    files.append(PLACE + "/twin-2")
    for flags, name, _ in LINKS:
        install.append(f"ln -s untouched {name}")
        files.append(f"{flags} {PLACE}/{name}")
    for flags, name, _ in DIRECTORIES:
        install.append(f"mkdir {name}; echo inside > {name}/inside")
        files += [f"%dir %attr(0755, root, root) {flags} {PLACE}/{name}", f"%attr(0644, root, root) {PLACE}/{name}/inside"]
    return {"more": "BuildArch: noarch", "install": "\n".join(install), "files": "\n".join(files)}


MANY = {"install": "mkdir -p %{buildroot}/usr/share/many; cd %{buildroot}/usr/share/many\n"
                   "for n in $(seq 1 3000); do echo $n > a-file-with-a-rather-long-name-$n; done",
        "files": "/usr/share/many"}


def one_file(name):
    path = f"/usr/share/{name}"
    return {"install": f"mkdir -p %{{buildroot}}{path}; echo {name} > %{{buildroot}}{path}/f", "files": path}


# Name, version, release, fields, and the number of the digest algorithm (RFC 9580, section 9.5).
PACKAGES = [
    ("full", "1.4~rc1", "3.el9", FULL, 8), ("kinds", "1", "1", kinds(), 8), ("many", "2^git1", "1.module+el8+1", MANY, 8),
    ("with-md5", "1", "1", one_file("with-md5"), 1), ("with-sha1", "1", "1", one_file("with-sha1"), 2),
    ("with-sha512", "1", "1", one_file("with-sha512"), 10), ("Capital_Name+x", "1.0", "1", {}, 8),
    ("twice", "1.0", "1", {}, 8), ("twice", "2.0", "1", {}, 8),
    ("epoch-zero", "1", "1", {"more": "BuildArch: noarch\nEpoch: 0"}, 8),
] + [(f"small-{number}", f"1.{number}", "1", {}, 8) for number in range(60)]
QUERY = ("%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{LICENSE}\\t%{VENDOR}\\t%{PACKAGER}\\t"
         "%{MODULARITYLABEL}\\t%{SOURCERPM}\\t%{RSAHEADER:pgpsig}\\n")

failed = passed = 0


def check(what, question, holds, detail=""):
    global failed, passed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(f"{'ok  ' if holds else 'FAIL'}  {what:<24} {question:<58} {str(detail)[:400] if not holds else ''}".rstrip())


def run(command, any_status=False, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode and not any_status:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def at(root):
    """Flags for a root file system; Debian's rpm keeps its own database elsewhere."""
    return ["--root", root, "--dbpath", f"/{DATABASE}"]


def key_pair(home):
    """A key to sign with: its fingerprint, and its public half in a file."""
    environment = {**os.environ, "GNUPGHOME": home}
    run(["gpg", "--batch", "--passphrase", "", "--quick-gen-key", "Example Signer <s@example.org>", "rsa2048", "sign",
         "never"], env=environment)
    listed = run(["gpg", "--batch", "--with-colons", "--list-keys"], env=environment)
    public = f"{home}/public.asc"
    run(["gpg", "--batch", "--armor", "--output", public, "--export"], env=environment)
    return re.search(r"^fpr:+([0-9A-F]+):", listed, re.M)[1].lower(), public, environment


def build(out, fingerprint, environment):
    """Package files, every second one signed."""
    files = []
    for number, (name, version, release, fields, algorithm) in enumerate(PACKAGES):
        spec, top = f"{out}/{number}.spec", f"{out}/top-{number}"
        with open(spec, "w", encoding="utf-8") as file:
            file.write(SPEC.format(name=name, version=version, release=release, **{**PLAIN, **fields}))
        run(["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {top}", "--define", "debug_package %{nil}",
             "--define", f"_binary_filedigest_algorithm {algorithm}", "--define", "_build_id_links none",
             "--define", "__os_install_post %{nil}", spec], env={**os.environ, "LC_ALL": "C.UTF-8"})
        built = run(["find", top, "-name", "*.rpm"]).split()
        if number % 2 == 0:
            run(["rpmsign", "--define", "__gpg /usr/bin/gpg", "--define", f"_gpg_name {fingerprint}", "--addsign", *built], env=environment)
        files += built
    return files


def headers(path):
    """Header blobs of a SQLite database, by number."""
    with sqlite3.connect(path) as database:
        return database.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()


def berkeley(rows, path, page_size, order):
    """The same headers as a Berkeley DB hash, by Berkeley DB itself."""
    number = "<I" if order == 1234 else ">I"
    lines = ["VERSION=3", "format=bytevalue", "type=hash", f"db_pagesize={page_size}", f"db_lorder={order}", "HEADER=END"]
    for key, value in [(0, struct.pack(number, len(rows))), *rows]:
        lines += [f" {struct.pack(number, key).hex()}", f" {value.hex()}"]
    with open(f"{path}.dump", "w", encoding="ascii") as file:
        file.write("\n".join([*lines, "DATA=END", ""]))
    run(["db5.3_load", "-f", f"{path}.dump", path])
    os.remove(f"{path}.dump")


def ndb(rows, path):
    """The same headers as rpm's own format, after its lib/backend/ndb/rpmpkg.c; Debian's rpm is built without it."""
    pages = (len(rows) + 2 + 255) // 256
    slots, blobs, block = b"", b"", pages * 256
    for key, value in rows:
        blocks = (16 + len(value) + 12 + 15) // 16
        slots += b"Slot" + struct.pack("<3I", key, block, blocks)
        held = (b"BlbS" + struct.pack("<3I", key, 1, len(value)) + value).ljust(blocks * 16 - 12, b"\0")
        blobs += held + struct.pack("<2I", zlib.adler32(held), len(value)) + b"BlbE"
        block += blocks
    slots += (b"Slot" + bytes(12)) * (pages * 256 - 2 - len(rows))
    with open(path, "wb") as file:
        file.write(b"RpmP" + struct.pack("<4I", 0, 1, pages, len(rows) + 1) + bytes(12) + slots + blobs)


def unfinished(rows, path):
    """The database as it is in the midst of work: its newest half still in the write-ahead log."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("DELETE FROM Packages WHERE hnum > ?", (rows[len(rows) // 2][0],))
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.executemany("INSERT OR REPLACE INTO Packages VALUES (?, ?)", rows)
        database.commit()
        for name in (path, f"{path}-wal"):
            shutil.copy(name, f"{name}.kept")
    database.close()
    for name in (path, f"{path}-wal"):
        os.rename(f"{name}.kept", name)


class Rpm:
    """rpm, asked about a database."""

    def __init__(self, directory, backend="sqlite"):
        # It writes files beside what it reads.
        self.copy = tempfile.mkdtemp()
        shutil.copytree(directory, self.copy, dirs_exist_ok=True)
        self.options = ["--define", f"_db_backend {backend}", "--dbpath", self.copy]

    def packages(self):
        lines = run(["rpm", *self.options, "-qa", "--qf", QUERY], env={**os.environ, "LC_ALL": "C.UTF-8"}).splitlines()
        fields = [line.split("\t") for line in lines if not line.startswith("gpg-pubkey\t")]
        return sorted(tuple(None if field == "(none)" else field for field in line[:8])
                      + (line[8][-16:] if "Key ID" in line[8] else None,) for line in fields)

    def close(self):
        shutil.rmtree(self.copy)


def said(facts):
    """Packages as Rpm.packages has them."""
    return sorted((p["name"], p["version"], p["arch"], p["licenses"][0], p["vendor"], p["packager"], p["modularity"],
                   f"{p['source']['name']}-{p['source']['version']}.src.rpm", (p["signature_keys"] or [None])[0])
                  for p in facts["packages"])


def compare_list(freehold, root, what, true, fingerprint):
    facts = json.loads(run([freehold, "facts", f"rootfs:{root}"]))
    mine = said(facts)
    check(what, "packages are rpm's, field by field", mine == true, sorted(set(mine) ^ set(true))[:4])
    states = [(d["type"], d["state"]) for d in facts["package_databases"]]
    gaps = [(gap["topic"], gap["kind"]) for gap in facts["gaps"]]
    check(what, "complete; the SHA-512 alone could not be compared",
          states == [("rpm", "complete")] and gaps == [("integrity", "unsupported")], (states, facts["gaps"]))
    keys = [key["fingerprint"] for key in facts["trust_keys"]]
    check(what, "the imported key is trusted, and no package", keys == [fingerprint], keys)
    return facts


class Verified:
    """What rpm owns in a root file system, and what `rpm -Va` finds there."""

    def __init__(self, root, options=()):
        self.root, self.content, self.missing, self.modes, self.owners = root, {}, {}, {}, {}
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        ask = lambda *command: run(["rpm", *at(root), *options, *command], any_status=True, env=environment).splitlines()
        self.installed = dict(line.split("\t") for line in ask("-qa", "--qf", "[%{FILENAMES}\t%{FILEMODES}\n]"))
        there = (path for path in self.installed if os.path.lexists(root + path))
        self.owned = {self.real(path) for path in there if os.path.islink(root + path) or not os.path.isdir(root + path)}
        for line in ask("-Va", "--nodeps"):
            self.take(*re.match(r"(missing|\S{9}) {2,3}([cdglr ]) (/.*?)(?: \(.*\))?$", line).groups())

    def real(self, path):
        """A path as Freehold names it: links of its directory are followed, links of the root file system alone."""
        directory, name = os.path.split(path)
        return "/" + os.path.relpath(os.path.realpath(self.root + directory), self.root) + "/" + name

    def take(self, flags, mark, path):
        mode, real = int(self.installed[path]), self.real(path)
        if flags == "missing":
            # Freehold names the files that were in a directory, and not the directory as well.
            self.missing.update({} if stat.S_ISDIR(mode) else {real: mark})
            return
        is_other = mark != "g" and stat.S_IFMT(mode) != stat.S_IFMT(os.lstat(self.root + path).st_mode)
        # A link to a directory in a directory's place is as good to rpm, if it belongs to root.
        is_other = is_other and not (stat.S_ISDIR(mode) and os.path.isdir(self.root + path))
        if set(flags) & set("5SL") or is_other:
            self.content[real] = mark
        if "M" in flags and not is_other:
            self.modes[real] = mark
        if set(flags) & set("UG"):
            self.owners[real] = mark


# What rpm marks files with, as Freehold calls it. Permissions that were only taken away are told apart beside it.
CLASSES = {" ": {"content"}, "c": {"configuration"}, "d": {"documentation"}, "l": {"documentation"}, "r": {"documentation"},
           "g": {"not_shipped"}}


def compare_files(facts, what, true):
    """Owned, changed and missing files."""
    ownership = facts["ownership"]
    unowned = {item["path"] for item in ownership["unowned"]["items"]}
    counted = ownership["files"]["owned"]
    check(what, "owned files are those of rpm -qla that are there", not unowned & true.owned and counted == len(true.owned),
          (counted, len(true.owned), sorted(unowned & true.owned)[:3]))
    changed = ownership["attributes_changed"]["items"]
    sides = [("files changed", ownership["modified"]["items"], true.content),
             ("modes changed", [i for i in changed if i["change"] != "owner_changed"], true.modes),
             ("owners changed", [i for i in changed if i["change"] == "owner_changed"], true.owners),
             ("files missing", ownership["missing"]["items"], true.missing)]
    for question, items, expected in sides:
        found = {item["path"]: item["class"] for item in items}
        check(what, f"{question} are those rpm -Va names ({len(expected)})", found.keys() == expected.keys(),
              sorted(found.keys() ^ expected.keys()))
        wrong = [(path, found[path], mark) for path, mark in expected.items()
                 if path in found and found[path] != "tightened" and found[path] not in CLASSES[mark]]
        check(what, "  and are configuration, documentation or ghosts as it marks", not wrong, wrong)
    differences = sum(ownership["differences"].values())
    named = sum(len(items) for _, items, _ in sides)
    check(what, "  and every difference is counted", differences == named, (ownership["differences"], named))


def change(path, how):
    """One change to one path."""
    word, _, more = how.partition(" ")
    if word == "write":
        text = "x" * os.path.getsize(path) if more else "changed\n"
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    elif word == "chown":
        os.lchown(path, *map(int, more.split(":")))
    elif word == "chmod":
        os.chmod(path, int(more, 8))
    elif word == "move":
        os.rename(path, path + "-behind")
        os.symlink(os.path.basename(path) + "-behind", path)
    else:
        {"delete": os.remove, "link": lambda path: os.symlink("elsewhere", path), "mkdir": os.mkdir,
         "rmdir": shutil.rmtree}[word](path)


def spoil(root):
    """A change of each kind."""
    for _, name, changes in KINDS + LINKS + DIRECTORIES:
        for how in changes:
            path = f"{root}{PLACE}/{name}"
            if how != "delete" or os.path.lexists(path):
                change(path, how)
    with open(f"{root}/usr/bin/full", "ab") as file:
        file.write(b"changed")
    with open(f"{root}/etc/full/full.conf", "ab") as file:
        file.write(b"b=2\n")
    change(f"{root}/bin/merged", "write")
    change(f"{root}/usr/bin/gone", "delete")
    change(f"{root}/usr/bin/other", "chmod 4755")
    change(f"{root}/usr/bin/moved", "delete")
    change(f"{root}/usr/bin/moved", "link")
    change(f"{root}/usr/share/with-md5/f", "write")
    change(f"{root}/usr/share/with-sha1/f", "write same size")
    change(f"{root}/usr/share/doc/full/with space", "delete")


def other_formats(freehold, root, out, said_by_rpm, fingerprint):
    """The installed database as each of the other formats, at each of the places, beside the changed files."""
    true, verified = said_by_rpm
    source = f"{root}/{DATABASE}/rpmdb.sqlite"
    rows = headers(source)
    made = [(f"Berkeley DB, {size}, {order}", "usr/share/rpm", "Packages", "bdb_ro",
             lambda path, size=size, order=order: berkeley(rows, path, size, order))
            for size in (512, 4096, 65536) for order in (1234, 4321)]
    made += [("NDB", "usr/lib/sysimage/rpm", "Packages.db", None, lambda path: ndb(rows, path)),
             ("SQLite with a log", "usr/lib/sysimage/rpm", "rpmdb.sqlite", "sqlite",
              lambda path: (shutil.copy(source, path), unfinished(rows, path)))]
    for what, directory, name, backend, make in made:
        other = f"{out}/other"
        shutil.rmtree(other, ignore_errors=True)
        run(["cp", "-al", root, other])
        shutil.rmtree(f"{other}/{DATABASE}")
        os.makedirs(f"{other}/{directory}", exist_ok=True)
        make(f"{other}/{directory}/{name}")
        facts = compare_list(freehold, other, what, true, fingerprint)
        if backend:
            rpm = Rpm(f"{other}/{directory}", backend)
            check(what, "rpm itself reads it", rpm.packages() == true)
            rpm.close()
            again = Verified(other, ["--define", f"_db_backend {backend}", "--dbpath", f"/{directory}"])
            check(what, "rpm itself verifies with it", vars(again) == {**vars(verified), "root": other})
        compare_files(facts, what, verified)


def manifests(freehold, root, out, true):
    """The lists Azure Linux leaves in place of a database, made as its toolkit makes them."""
    other = f"{out}/manifest"
    os.makedirs(f"{other}/var/lib/rpmmanifest")
    rpm = Rpm(f"{root}/{DATABASE}")
    query = "\\t".join(["%{NAME}", "%{VERSION}-%{RELEASE}", "%{INSTALLTIME}", "%{BUILDTIME}", "%{VENDOR}", "(none)",
                        "%{SIZE}", "%{ARCH}", "%{EPOCHNUM}", "%{SOURCERPM}"]) + "\\n"
    for number, query in (("2", ["--qf", query]), ("1", [])):
        text = run(["rpm", *rpm.options, "-qa", *query])
        with open(f"{other}/var/lib/rpmmanifest/container-manifest-{number}", "w", encoding="ascii") as file:
            file.write(text)
    rpm.close()
    plain = [tuple(field if at != 1 else re.sub("^0:", "", field) for at, field in enumerate(line)) for line in true]
    for number, epoch in (("2", True), ("1", False)):
        facts = json.loads(run([freehold, "facts", f"rootfs:{other}"]))
        mine = sorted((p["name"], p["version"], p["arch"]) for p in facts["packages"])
        expected = sorted((line[0], line[1] if epoch else line[1].split(":")[-1], line[2]) for line in plain)
        check(f"manifest {number}", "packages are rpm's: name, version, architecture", mine == expected,
              sorted(set(mine) ^ set(expected))[:4])
        states = [d["state"] for d in facts["package_databases"]]
        check(f"manifest {number}", "the database is reduced", states == ["reduced"], states)
        os.remove(f"{other}/var/lib/rpmmanifest/container-manifest-{number}")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: rpm.py FREEHOLD OUT")
    freehold, out = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]) + "/rpm"
    shutil.rmtree(out, ignore_errors=True)
    root = f"{out}/root"
    os.makedirs(f"{root}/etc")
    with open(f"{root}/etc/os-release", "w", encoding="ascii") as file:
        file.write("ID=fedora\nVERSION_ID=42\n")
    for name in ("passwd", "group"):
        with open(f"{root}/etc/{name}", "w", encoding="ascii") as file:
            file.write(f"root:x:0:{'0::/root:/bin/sh' if name == 'passwd' else ''}\n"
                       f"web:x:7:{'7::/:/bin/false' if name == 'passwd' else ''}\n")
    os.makedirs(f"{root}/usr/bin")
    os.symlink("usr/bin", f"{root}/bin")
    with tempfile.TemporaryDirectory() as home:
        fingerprint, public, environment = key_pair(home)
        files = build(out, fingerprint, environment)
        run(["rpm", *at(root), "--import", public])
        run(["rpm", *at(root), "-i", "--nodeps", "--noscripts", "--force", *files])
        run(["gpgconf", "--kill", "all"], env=environment)
    rpm = Rpm(f"{root}/{DATABASE}")
    true = rpm.packages()
    rpm.close()
    check("SQLite", "every package was installed", len(true) == len(PACKAGES), len(true))
    check("SQLite", "every second one is signed", sum(line[8] is not None for line in true) == (len(PACKAGES) + 1) // 2)
    facts = compare_list(freehold, root, "SQLite", true, fingerprint)
    untouched = Verified(root)
    compare_files(facts, "untouched", untouched)
    check("untouched", "neither finds anything", not facts["ownership"]["differences"] and
          not any((untouched.content, untouched.modes, untouched.owners, untouched.missing)), facts["ownership"]["differences"])
    spoil(root)
    verified = Verified(root)
    compare_files(compare_list(freehold, root, "changed", true, fingerprint), "changed", verified)
    other_formats(freehold, root, out, (true, verified), fingerprint)
    manifests(freehold, root, out, true)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
