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
MANY = {"install": "mkdir -p %{buildroot}/usr/share/many; cd %{buildroot}/usr/share/many\n"
                   "for n in $(seq 1 3000); do echo $n > a-file-with-a-rather-long-name-$n; done",
        "files": "/usr/share/many"}


def one_file(name):
    path = f"/usr/share/{name}"
    return {"install": f"mkdir -p %{{buildroot}}{path}; echo {name} > %{{buildroot}}{path}/f", "files": path}


# Name, version, release, fields, and the number of the digest algorithm (RFC 9580, section 9.5).
PACKAGES = [
    ("full", "1.4~rc1", "3.el9", FULL, 8), ("many", "2^git1", "1.module+el8+1", MANY, 8),
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


def verified(root):
    """What `rpm -Va` finds: paths whose content or link, whose mode or owner differ, and those that are gone."""
    content, attributes, missing = set(), set(), set()
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    for line in run(["rpm", *at(root), "-Va", "--nodeps"], any_status=True, env=environment).splitlines():
        flags, _, path = re.match(r"(missing|\S{9}) +(?:([cdglr]) )?(/.*?)(?: \(.*\))?$", line).groups()
        if flags == "missing":
            missing.add(path)
        elif set(flags) & set("5L"):
            content.add(path)
        elif set(flags) & set("MUG"):
            attributes.add(path)
    return content, attributes, missing


def compare_files(freehold, root, what):
    facts = json.loads(run([freehold, "facts", f"rootfs:{root}"]))
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    listed = run(["rpm", *at(root), "-qla"], env=environment).splitlines()
    owned = {path for path in listed if os.path.lexists(root + path) and
             (os.path.islink(root + path) or not os.path.isdir(root + path))}
    unowned = {item["path"] for item in facts["ownership"]["unowned"]["items"]}
    counted = facts["ownership"]["files"]["owned"]
    check(what, "owned files are those of rpm -qla that are there", not unowned & owned and counted == len(owned),
          (counted, len(owned), sorted(unowned & owned)[:3]))
    content, attributes, missing = verified(root)
    ownership = facts["ownership"]
    for question, key, true in (("files changed are those rpm -Va names", "modified", content),
                                ("modes and owners changed are those rpm -Va names", "attributes_changed", attributes),
                                ("missing files are those rpm -Va names", "missing", missing)):
        found = {item["path"] for item in ownership[key]["items"]}
        check(what, question, found == true, (sorted(found), sorted(true)))


def spoil(root):
    """A change of each kind."""
    with open(f"{root}/usr/bin/full", "ab") as file:
        file.write(b"changed")
    with open(f"{root}/etc/full/full.conf", "ab") as file:
        file.write(b"b=2\n")
    os.remove(f"{root}/usr/bin/gone")
    os.chmod(f"{root}/usr/bin/other", 0o4755)
    os.remove(f"{root}/usr/bin/moved")
    os.symlink("/elsewhere", f"{root}/usr/bin/moved")
    with open(f"{root}/usr/share/with-md5/f", "w", encoding="ascii") as file:
        file.write("changed\n")
    os.remove(f"{root}/usr/share/doc/full/with space")


def other_formats(freehold, root, out, true, fingerprint):
    """The installed database as each of the other formats, at each of the places."""
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
        os.makedirs(f"{other}/{directory}")
        os.makedirs(f"{other}/etc")
        shutil.copy(f"{root}/etc/os-release", f"{other}/etc")
        make(f"{other}/{directory}/{name}")
        if backend:
            rpm = Rpm(f"{other}/{directory}", backend)
            check(what, "rpm itself reads it", rpm.packages() == true)
            rpm.close()
        compare_list(freehold, other, what, true, fingerprint)


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
    compare_list(freehold, root, "SQLite", true, fingerprint)
    compare_files(freehold, root, "untouched")
    spoil(root)
    compare_files(freehold, root, "changed")
    other_formats(freehold, root, out, true, fingerprint)
    manifests(freehold, root, out, true)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
