#!/usr/bin/env python3
"""compare.py FREEHOLD OUT: what Freehold says about the images of build.sh, against what dpkg says about them.

Prints one line per comparison and a last line "N passed, N failed"; exits 1 when one failed. Standard library only.
"""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile

PLANTED = ("setuid", "changed-binary", "private-key")
WALK_LINKS = 40


class Results:
    """Comparisons made so far."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, image, question, holds, detail=""):
        """Prints one comparison; details of a failure are cut to what fits a terminal."""
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(f"{'ok  ' if holds else 'FAIL'}  {image:<24} {question:<58} {str(detail)[:400]}".rstrip())


class Root:
    """An unpacked root file system; every link is followed inside it."""

    def __init__(self, path):
        self.path = path

    def resolve(self, path):
        """The path without links in its directories, as the image's tree spells it; the last part is not followed."""
        todo, done, links = [p for p in path.split("/") if p not in ("", ".")], [], 0
        while todo:
            part = todo.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            here = os.path.join(self.path, *done, part)
            if todo and os.path.islink(here):
                links += 1
                if links > WALK_LINKS:
                    break
                target = os.readlink(here)
                done = [] if target.startswith("/") else done
                todo = [p for p in target.split("/") if p not in ("", ".")] + todo
                continue
            done.append(part)
        return "/" + "/".join(done)

    def mode(self, path):
        """lstat mode of a resolved path, or None."""
        try:
            return os.lstat(self.path + path).st_mode
        except OSError:
            return None

    def files(self):
        """Every regular file and symbolic link."""
        for directory, names, files in os.walk(self.path):
            for name in names + files:
                path = os.path.join(directory, name)
                if os.path.islink(path) or stat.S_ISREG(os.lstat(path).st_mode):
                    yield path[len(self.path):]

    def md5(self, path):
        with open(self.path + path, "rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()


class Dpkg:
    """dpkg's own database of a root file system, or distroless' status.d made into one."""

    def __init__(self, root):
        self.root, self.info = root, f"{root.path}/var/lib/dpkg/info"
        self.lists = os.path.isdir(self.info)
        if not self.lists:
            self.info = f"{root.path}/var/lib/dpkg/status.d"

    def packages(self):
        """(name, version, architecture, what it provides, state unless installed) as dpkg-query prints them."""
        with tempfile.TemporaryDirectory() as made:
            admin = f"{self.root.path}/var/lib/dpkg"
            if not self.lists:
                admin = made
                os.makedirs(f"{made}/info")
                with open(f"{made}/status", "w", encoding="utf-8") as status:
                    for name in sorted(os.listdir(self.info)):
                        if not name.endswith(".md5sums"):
                            with open(f"{self.info}/{name}", encoding="utf-8") as stanza:
                                first, rest = stanza.read().strip().split("\n", 1)
                            status.write(f"{first}\nStatus: install ok installed\n{rest}\n\n")
            out = run(["dpkg-query", f"--admindir={admin}", "-W", "-f",
                       "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${Provides}\n"])
        rows = [line.split("\t") for line in out.splitlines()]
        return sorted((name, version, arch, tuple(filter(None, provides.split(", "))), "" if state == "installed" else state)
                      for state, name, version, arch, provides in rows if state not in ("not-installed", "config-files"))

    def _entries(self, suffix):
        for name in sorted(os.listdir(self.info)):
            if name.endswith(suffix):
                with open(f"{self.info}/{name}", encoding="utf-8") as file:
                    for line in file:
                        yield name[: -len(suffix)], line.rstrip("\n")

    def diverted(self):
        """{(path, package it is kept for): where other packages' copy went}; see dpkg-divert(1)."""
        path = f"{self.root.path}/var/lib/dpkg/diversions"
        if not os.path.exists(path):
            return {}
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        return {lines[i]: (lines[i + 1], lines[i + 2]) for i in range(0, len(lines) - 2, 3)}

    def place(self, package, path, diversions):
        """Where a path of a package really is."""
        target, keeper = diversions.get(path, (path, package))
        return self.root.resolve(path if keeper == package.split(":")[0] else target)

    def owned(self):
        """{resolved path: packages} of every recorded path that is there and is no directory."""
        diversions, owned = self.diverted(), {}
        entries = self._entries(".list") if self.lists else (
            (package, "/" + line.split("  ", 1)[1]) for package, line in self._entries(".md5sums"))
        for package, path in entries:
            place = self.place(package, path, diversions)
            mode = self.root.mode(place)
            if mode is not None and not stat.S_ISDIR(mode):
                owned.setdefault(place, set()).add(package.split(":")[0])
        return owned

    def recorded(self):
        """(resolved path, md5) of every file whose digest a package recorded."""
        diversions = self.diverted()
        for package, line in self._entries(".md5sums"):
            digest, path = line.split("  ", 1)
            yield self.place(package, "/" + path, diversions), digest
        yield from self.configuration(diversions)

    def configuration(self, diversions):
        """The same of configuration files, as dpkg-query prints them."""
        if not self.lists:
            return
        out = run(["dpkg-query", f"--admindir={self.root.path}/var/lib/dpkg", "-W", "-f", "${Package}\\n${Conffiles}\\n"])
        package = None
        for line in out.splitlines():
            found = re.match(r"^ (/.*) ([0-9a-f]{32})( obsolete)?( remove-on-upgrade)?$", line)
            if found:
                yield self.place(package, found[1], diversions), found[2]
            elif line and not line.startswith(" "):
                package = line

    def modified(self):
        """Recorded files that are there with other bytes, by their md5."""
        return {path for path, digest in self.recorded()
                if stat.S_ISREG(self.root.mode(path) or 0) and self.root.md5(path) != digest}

    def verified(self):
        """Files with other bytes as `dpkg --verify` has them, configuration included."""
        return self.verify()["changed"]

    def verify(self):
        """{changed, replaced (by what is no regular file), missing: paths} as `dpkg --verify` has them. What is missing
        and has no digest may be a directory and is left out."""
        out = run(["dpkg", f"--root={self.root.path}", "--verify"], any_status=True)
        said, recorded = {"changed": set(), "replaced": set(), "missing": set()}, {path for path, _ in self.recorded()}
        for line in out.splitlines():
            flags, path = re.match(r"^(missing|\S{9}) +(?:c )?(/.*?)(?: \(.*\))?$", line).groups()
            path = self.root.resolve(path)
            if flags != "missing":
                said["replaced" if flags[1] == "M" else "changed"].add(path)
            elif path in recorded:
                said["missing"].add(path)
        return said

    def debsums(self):
        """(changed, missing) as `debsums -a` has them."""
        done = subprocess.run(["debsums", "-r", self.root.path, "-a", "-s"], capture_output=True, text=True, check=False)
        lines = [re.match(r"^debsums: (changed|missing) file (/.*) \(from \S+ package\)$", line)
                 for line in (done.stdout + done.stderr).splitlines()]
        return tuple({self.root.resolve(line[2].removeprefix(self.root.path)) for line in lines if line and line[1] == word}
                     for word in ("changed", "missing"))


def run(command, any_status=False):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not any_status:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
    return done.stdout


class Freehold:
    """The program under test."""

    def __init__(self, program, out):
        self.program, self.out = os.path.abspath(program), os.path.abspath(out)

    def reference(self, image):
        return f"oci-dir:{self.out}/{image}"

    def facts_text(self, image, *flags):
        return run([self.program, "facts", *flags, self.reference(image)])

    def facts(self, image):
        return json.loads(self.facts_text(image))

    def scan(self, image):
        card = json.loads(run([self.program, "scan", "-f", "json", self.reference(image)]))["images"][0]["scorecard"]
        rules = {rule["id"]: rule for rule in card["rules"]}
        return card["axes"], rules

    def check(self, image):
        """Exit code, and ids of the rules that a failing report names."""
        done = subprocess.run([self.program, "check", self.reference(image)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


def compare_packages(results, image, facts, dpkg):
    said = sorted((p["name"], p["version"], p["arch"], tuple(p["provides"]), p["broken_state"] or "")
                  for p in facts["packages"] if p["type"] == "deb")
    true = dpkg.packages()
    missing, phantom = set(true) - set(said), set(said) - set(true)
    results.check(image, "packages are dpkg-query's, with what they provide and state", said == true and true,
                  f"{len(true)} of {len(said)}, missing {sorted(missing)[:3]}, phantom {sorted(phantom)[:3]}")


def compare_files(results, image, facts, dpkg):
    ownership, root = facts["ownership"], dpkg.root
    files, owned = set(root.files()), dpkg.owned()
    totals = ownership["files"]
    results.check(image, "files and links are counted as they are on disk", totals["total"] == len(files),
                  f"{totals['total']} said, {len(files)} there")
    parts = sum(totals[key] for key in ("owned", "generated", "plumbing", "unowned", "undetermined"))
    # status.d does not list configuration files: whether one belongs to a package cannot be said.
    results.check(image, "every file has exactly one verdict, and a known one",
                  parts == totals["total"] and (not dpkg.lists or totals["undetermined"] == 0), totals)
    there = {path for path in owned if path in files}
    results.check(image, "files owned are those dpkg lists", totals["owned"] == len(there),
                  f"{totals['owned']} said, {len(there)} listed")
    unowned = {item["path"] for item in ownership["unowned"]["items"]}
    results.check(image, "no packaged file is called unowned", not unowned & set(owned), sorted(unowned & set(owned))[:5])
    results.check(image, "nothing called unowned is missing from the tree", unowned <= files, sorted(unowned - files)[:5])
    programs_said = ownership["executables"]
    share = programs_said["traceable"] / max(programs_said["total"], 1)
    programs = [i["path"] for i in ownership["unowned"]["items"] if i["executable"]]
    wanted = 0.999 if dpkg.lists else 0.99
    results.check(image, f"{wanted:.1%} of the executables are traceable", share >= wanted,
                  f"{programs_said['traceable']} of {programs_said['total']}, others {programs[:5]}")
    results.check(image, "the share is stated where every executable has an owner or none",
                  programs_said["share"] is not None or programs_said["undetermined"] > 0, programs_said)
    if dpkg.lists:
        compare_file_counts(results, image, facts, owned)
        compare_named_owners(results, image, facts, owned, root)


def compare_file_counts(results, image, facts, owned):
    """How many of each package's files are present, package by package."""
    true = {}
    for packages in owned.values():
        for package in packages:
            true[package] = true.get(package, 0) + 1
    said = {p["name"]: p["files"]["present"] for p in facts["packages"] if p["files"]}
    wrong = {name: (said.get(name, 0), count) for name, count in true.items() if said.get(name, 0) != count}
    results.check(image, "present files of each package are those of its list", not wrong,
                  f"{len(true)} packages, wrong (said, true) {dict(sorted(wrong.items())[:4])}")


def compare_named_owners(results, image, facts, owned, root):
    """Every place where the facts name an owner, against the lists."""
    entries = list(facts["layout"]["setuid"]["items"]) + facts["shells"] + facts["trust_keys"]
    wrong = []
    for entry in entries:
        true = owned.get(root.resolve(entry["path"]), set())
        said = (entry["owner"] or "").split("/")[-1].split(":")[0]
        if (true or said) and said not in true and entry["path"] not in link_names(entry, facts):
            wrong.append((entry["path"], said, sorted(true)))
    results.check(image, "owners named for setuid files, shells and keys agree", entries and not wrong,
                  f"{len(entries)} entries, wrong {wrong[:3]}")


def link_names(entry, facts):
    """A shell's owner is that of the program behind it: a link made by nobody (/bin/sh -> dash) is not its own."""
    return {entry["path"]} if entry in facts["shells"] and entry["path"].split("/")[-1] != entry["program"] else set()


def compare_digests(results, image, facts, dpkg):
    modified = facts["ownership"]["modified"]
    said = {item["path"] for item in modified["items"]}
    true = dpkg.modified()
    results.check(image, "modified files are those whose md5 differs", said == true and not modified["truncated"],
                  f"said {sorted(said)[:3]}, true {sorted(true)[:3]}")
    if dpkg.lists:
        verified = dpkg.verified()
        results.check(image, "modified files are those dpkg --verify names", said == verified,
                      f"said {sorted(said)[:3]}, dpkg {sorted(verified)[:3]}")
    compared = facts["ownership"]["digests_compared"]
    there = {path for path, _ in dpkg.recorded() if stat.S_ISREG(dpkg.root.mode(path) or 0)}
    results.check(image, "every recorded digest was compared", compared == len(there), f"{compared} of {len(there)}")


def compare_tampered(results, freehold):
    image = "debian12:tampered"
    facts, dpkg = freehold.facts(image), Dpkg(Root(f"{freehold.out}/bundle/debian12-tampered/rootfs"))
    verified, (changed, missing) = dpkg.verify(), dpkg.debsums()
    ownership = facts["ownership"]
    differs = {change: {item["path"] for item in ownership["modified"]["items"] if item["change"] == change}
               for change in ("modified", "type_changed", "link_changed")}
    gone = {item["path"]: item for item in ownership["missing"]["items"]}
    for what, said, true in (("changed", differs["modified"], verified["changed"]),
                             ("replaced", differs["type_changed"], verified["replaced"]),
                             ("missing", set(gone), verified["missing"])):
        results.check(image, f"{what} files are those dpkg --verify names", said == true and true,
                      f"said {sorted(said)}, dpkg {sorted(true)}")
    # debsums compares what a link leads to.
    both = differs["modified"] | differs["type_changed"]
    results.check(image, "changed and replaced files are those debsums names", both == changed and changed,
                  f"said {sorted(both)}, debsums {sorted(changed)}")
    results.check(image, "missing files are those debsums names", set(gone) == missing and missing,
                  f"said {sorted(gone)}, debsums {sorted(missing)}")
    classes = {path: item["class"] for path, item in gone.items()}
    wanted = {"/usr/bin/ssh-keygen": "content", "/usr/share/doc/curl/copyright": "documentation",
              "/etc/nanorc": "configuration"}
    results.check(image, "a missing program, document and configuration are told apart", classes == wanted, classes)
    layers = {item["removed_in"] for item in gone.values()}
    results.check(image, "what is missing names the layer that removed it", layers == {2}, layers)
    code, said = freehold.check(image)
    results.check(image, "check blocks it", code == 1, f"exit {code} {said[:300] if code != 1 else ''}")


def compare_unexplained(results, image, facts):
    """Nothing in an untouched image differs from its packages without a reason."""
    ownership = facts["ownership"]
    wrong = {name: ownership["differences"].get(name, 0) for name in ("content", "branding")}
    results.check(image, "nothing differs without a reason", not any(wrong.values()), wrong)
    both, gone = ownership["claimed_twice"]["items"], ownership["packages_without_files"]["items"]
    results.check(image, "no file is claimed twice, no package has lost all of its", not both and not gone, (both, gone))


def compare_untouched(results, freehold):
    for name in ("debian12", "debian13", "distroless"):
        image = f"{name}:untouched"
        facts, dpkg = freehold.facts(image), Dpkg(Root(f"{freehold.out}/bundle/{name}-untouched/rootfs"))
        compare_packages(results, image, facts, dpkg)
        compare_files(results, image, facts, dpkg)
        compare_digests(results, image, facts, dpkg)
        compare_unexplained(results, image, facts)
        states = [d["state"] for d in facts["package_databases"] if d["type"] == "deb"]
        expected = "complete" if dpkg.lists else "reduced"
        results.check(image, f"its database is {expected}", states == [expected], states)
        said = sorted((m["level"], m["operational"]) for m in facts["package_managers"])
        wanted = [("file", True), ("repository", True)] if dpkg.lists else []
        results.check(image, "its package managers work, or there are none", said == wanted, facts["package_managers"])
        results.check(image, "nothing could not be read", not facts["gaps"], facts["gaps"][:2])
        code, said = freehold.check(image)
        results.check(image, "check passes it", code == 0, f"exit {code} {said[:300] if code else ''}")


def compare_stripped(results, freehold):
    image = "debian12:hardened"
    facts, dpkg = freehold.facts(image), Dpkg(Root(f"{freehold.out}/bundle/debian12-hardened/rootfs"))
    compare_packages(results, image, facts, dpkg)
    compare_digests(results, image, facts, dpkg)
    unowned = {item["path"] for item in facts["ownership"]["unowned"]["items"]}
    results.check(image, "no packaged file is called unowned", not unowned & set(dpkg.owned()), sorted(unowned)[:5])
    managers = [m["name"] for m in facts["package_managers"] if m["operational"]]
    results.check(image, "no package manager works and no shell is left", not managers and not facts["shells"],
                  f"{managers} {[s['path'] for s in facts['shells']]}")
    image = "debian12:opaque"
    facts = freehold.facts(image)
    states = [d["state"] for d in facts["package_databases"] if d["type"] == "deb"]
    packages = [p["name"] for p in facts["packages"] if p["type"] == "deb"]
    results.check(image, "its database is absent, and it has no packages of Debian's", states == ["absent"] and not packages,
                  f"{states}, {packages[:5]}")
    owned = facts["ownership"]["files"]
    results.check(image, "none of its files is called owned", owned["owned"] == owned["language"] == 0, owned)
    gone = facts["topics"]["package_databases"]["coverage"]
    results.check(image, "a deleted database is a fact and not a gap", gone == "complete" and not facts["gaps"], facts["gaps"][:2])


def compare_scores(results, freehold):
    before, _ = freehold.scan("debian12:untouched")
    after, rules = freehold.scan("debian12:opaque")
    for axis, lower in (("portability", True), ("operability", True), ("hardening", False)):
        was, now = before[axis]["score"], after[axis]["score"]
        results.check("debian12:opaque", f"scores {'below' if lower else 'above'} untouched on {axis}",
                      None not in (was, now) and (now < was if lower else now > was), f"{was} then {now}")
    outcome = rules.get("proprietary.traceable_executables", {}).get("outcome")
    results.check("debian12:opaque", "proprietary.traceable_executables fails", outcome == "fail", outcome)


def compare_damaged(results, freehold):
    image = "debian12:damaged-database"
    facts = freehold.facts(image)
    states = [d["state"] for d in facts["package_databases"] if d["type"] == "deb"]
    results.check(image, "its database is damaged, and that is a gap", states == ["damaged"] and facts["gaps"], states)
    files = facts["ownership"]["files"]
    results.check(image, "files are undetermined, none is called unowned",
                  files["undetermined"] > 0 and files["unowned"] == 0, files)
    for image, other in (("damaged-database", "untouched"), ("garbage-database", "deleted-database")):
        said, axes = freehold.scan(f"debian12:{image}")[0], freehold.scan(f"debian12:{other}")[0]
        higher = {a: (axes[a]["score"], d["score"]) for a, d in said.items()
                  if None not in (d["score"], axes[a]["score"]) and d["score"] > axes[a]["score"]}
        results.check(f"debian12:{image}", f"no axis scores above {other}", not higher, f"higher than before: {higher}")


def compare_planted(results, freehold):
    for tag in PLANTED:
        code, said = freehold.check(f"debian12:{tag}")
        results.check(f"debian12:{tag}", "check blocks it", code == 1, f"exit {code} {said[:300] if code != 1 else ''}")
    facts = freehold.facts("debian12:setuid")
    found = [e for e in facts["layout"]["setuid"]["items"] if e["path"] == "/usr/local/bin/helper"]
    results.check("debian12:setuid", "the file is setuid, nobody's, of layer 2",
                  len(found) == 1 and found[0]["setuid"] and not found[0]["owner"] and found[0]["layer"] == 2, found)
    found = freehold.facts("debian12:changed-binary")["ownership"]["modified"]["items"]
    results.check("debian12:changed-binary", "exactly the changed file is named, with its package and layer",
                  [(f["path"], "curl" in f["package"], f["layer"]) for f in found] == [("/usr/bin/curl", True, 2)], found)
    found = freehold.facts("debian12:private-key")["private_keys"]["items"]
    results.check("debian12:private-key", "the key file is named with its layer",
                  [(f["path"], f["owner"], f["layer"]) for f in found] == [("/etc/service/service.key", None, 2)], found)
    with open(f"{freehold.out}/planted/service.key", encoding="ascii") as file:
        secret = file.read().splitlines()[2]
    said = freehold.facts_text("debian12:private-key") + freehold.check("debian12:private-key")[1]
    results.check("debian12:private-key", "nothing of the key itself is printed", secret not in said)
    items = freehold.facts("debian12:dropped-elf")["ownership"]["unowned"]["items"]
    found = {(i["path"], i["kind"], i["layer"]) for i in items if i["executable"]}
    wanted = {("/opt/tool/tool", "elf_program", 2), ("/usr/local/bin/tool", "elf_program", 3)}
    results.check("debian12:dropped-elf", "both dropped programs are named with their layers", wanted <= found, sorted(found)[:4])


def compare_threads(results, freehold):
    for image in ("debian12:untouched", "debian12:opaque", "debian12:dropped-elf"):
        one, four = freehold.facts_text(image, "--threads", "1"), freehold.facts_text(image, "--threads", "4")
        results.check(image, "one thread and four give the same bytes", one == four, f"{len(one)} bytes")


def report_cost(_results, freehold):
    """Time and memory of one scan: reported, never judged, since the machine decides."""
    # A small process of its own: a child's peak counts what its parent held when it was started.
    measure = ("import resource, subprocess, sys, time; begun = time.monotonic(); "
               "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
               "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024; "
               "print(f'{time.monotonic() - begun:.2f} s and {peak:.0f} MB')")
    cost = run([sys.executable, "-c", measure, freehold.program, "scan", freehold.reference("debian12:untouched")])
    print(f"      a scan of debian12:untouched took {cost.strip()}")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: compare.py FREEHOLD OUT")
    results, freehold = Results(), Freehold(sys.argv[1], sys.argv[2])
    parts = (compare_untouched, compare_stripped, compare_tampered, compare_planted, compare_damaged, compare_scores,
             compare_threads,
             report_cost)
    for part in parts:
        try:
            part(results, freehold)
        except Exception as error:  # one broken part must not hide the others
            results.check(part.__name__, "ran to its end", False, f"{type(error).__name__}: {error}")
    print(f"{results.passed} passed, {results.failed} failed")
    sys.exit(1 if results.failed else 0)


if __name__ == "__main__":
    main()
