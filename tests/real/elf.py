#!/usr/bin/env python3
"""elf.py FREEHOLD OUT [IMAGE=ROOT...]: what Freehold says about ELF files, against readelf and the image's own loader.

Without more arguments: the untouched images of build.sh, one of them with a library removed, and one with programs and
libraries that cc links in every way there is. IMAGE=ROOT: any other image beside its unpacked root file system. Every ELF
file is read with readelf, every dynamic program is listed by the loader inside a chroot. Prints one line per comparison and
a last line "N passed, N failed"; exits 1 when one failed. Needs root, gcc and binutils. Standard library only.
"""

import collections
import concurrent.futures
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

from compare import Results, Root

FAMILIES = (("glibc", "GLIBC_"), ("glibcxx", "GLIBCXX_"), ("cxxabi", "CXXABI_"))
MADE = "/opt/made"
# Libraries: file, what they are linked with.
LIBRARIES = [("lib/libgood.so", ()), ("deep/libdeep.so", ()), ("lib/libneeds.so", ("deep/libdeep.so",)),
             ("lib/libknows.so", ("deep/libdeep.so", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../deep"))]
RUNPATH, RPATH = "-Wl,--enable-new-dtags,-rpath,", "-Wl,--disable-new-dtags,-rpath,"
PROGRAMS = [
    ("plain", ("lib/libgood.so",)), ("runpath", ("lib/libgood.so", RUNPATH + MADE + "/lib")),
    ("rpath", ("lib/libgood.so", RPATH + MADE + "/lib")), ("origin", ("lib/libgood.so", RUNPATH + "$ORIGIN/../lib")),
    ("elsewhere", ("lib/libgood.so", RUNPATH + "/nowhere:" + MADE + "/deep")),
    ("runpath-of-it-alone", ("lib/libneeds.so", RUNPATH + MADE + "/lib:" + MADE + "/deep")),
    ("rpath-of-all", ("lib/libneeds.so", RPATH + MADE + "/lib:" + MADE + "/deep")),
    ("each-its-own", ("lib/libknows.so", RUNPATH + MADE + "/lib")),
    ("twice", ("lib/libneeds.so", "deep/libdeep.so", RUNPATH + MADE + "/lib")),
    ("no-pie", ("-no-pie",)), ("static", ("-static",)), ("static-pie", ("-static-pie",)), ("exec-stack", ("-z", "execstack")),
    ("no-relro", ("-z", "norelro")), ("now", ("-z", "now")), ("lazy", ("-z", "lazy")), ("no-build-id", ("-Wl,--build-id=none",)),
    ("protected", ("-fstack-protector-all",)), ("no-loader", ("-Wl,--dynamic-linker=/nowhere/ld.so",)),
]
REMOVED = "/usr/lib/x86_64-linux-gnu/libz.so.1"


class Elf:
    """One file as readelf shows it."""

    def __init__(self, root, path):
        self.path, self.mode = path, os.lstat(root.path + path).st_mode
        done = subprocess.run(["readelf", "-hldnVSW", "--dyn-syms", root.path + path], capture_output=True,
                              text=True, errors="replace", env={**os.environ, "LC_ALL": "C"})
        self.text = done.stdout
        find = lambda pattern: re.search(pattern, self.text, re.M)
        kind = find(r"^\s+Type:\s+(\w+)")
        self.type = kind.group(1) if kind else None
        machine = find(r"^\s+Machine:\s+(.*)")
        self.machine = machine.group(1) if machine else None
        self.is_64 = bool(find(r"^\s+Class:\s+ELF64"))
        self.linux = bool(find(r"OS/ABI:\s+UNIX - (System V|GNU)"))
        loads = re.findall(r"^\s+LOAD\s+\S+\s+\S+\s+\S+\s+(0x[0-9a-f]+)", self.text, re.M)
        empty = loads and all(int(size, 16) == 0 for size in loads)
        self.counts = self.type in ("EXEC", "DYN") and self.machine not in ("None", "Linux BPF") and not empty
        self.needed = re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", self.text)
        soname = find(r"\(SONAME\)")
        interpreter = find(r"\[Requesting program interpreter: (.*)\]")
        self.interpreter = interpreter.group(1) if interpreter else None
        self.run_paths = re.findall(r"\((?:RPATH|RUNPATH)\)\s+Library (?:rpath|runpath): \[(.*)\]", self.text)
        identity = find(r"Build ID: ([0-9a-f]+)")
        self.identity = identity.group(1) if identity else None
        pie = find(r"\(FLAGS_1\).*\bPIE\b")
        self.program = self.type == "EXEC" or (not soname and bool(interpreter or pie))
        self.dynamic = bool(self.interpreter or self.needed)
        now = find(r"\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b")
        self.relro = ("full" if now else "partial") if find(r"^\s+GNU_RELRO\s") else "none"
        gnu_stack = find(r"^\s+GNU_STACK\s+(?:0x\S+\s+){5}([RWE ]+?)\s+\S+$")
        self.nx = None if not gnu_stack else "E" not in gnu_stack.group(1)
        self.text_relocations = bool(find(r"\(TEXTREL\)|\(FLAGS\).*TEXTREL"))
        symbols = set(re.findall(r"\s([A-Za-z_]\w*)(?:@\S+)?(?: \(\d+\))?$", self.text, re.M))
        self.stack_protector = bool(symbols & {"__stack_chk_fail", "__stack_chk_guard", "__stack_chk_fail_local"})
        self.fortify = any(name.startswith("__") and name.endswith("_chk") for name in symbols)
        self.build_id = "NT_GNU_BUILD_ID" in self.text
        self.go = bool(find(r"\.note\.go\.buildid|\.go\.buildinfo|\.gopclntab"))
        self.versions = collections.defaultdict(list)
        needs = self.text.split("Version needs section", 1)
        for name, flags in re.findall(r"Name: (\S+)\s+Flags: (\S+)", needs[1] if len(needs) > 1 else ""):
            for family, prefix in FAMILIES:
                number = name.removeprefix(prefix) if name.startswith(prefix) else None
                number = "2.36" if number == "ABI_DT_RELR" else number
                if "WEAK" not in flags and number and re.fullmatch(r"\d+(\.\d+){0,2}", number):
                    parts = [int(part) for part in number.split(".")]
                    self.versions[family].append(parts + [0] * (3 - len(parts)))


def elf_files(root):
    """Every ELF file with each of its names."""
    paths = []
    for path in root.files():
        whole = root.path + path
        if stat.S_ISREG(os.lstat(whole).st_mode):
            with open(whole, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    paths.append(path)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda path: Elf(root, path), sorted(paths)))


def real(root, path):
    """Where a path leads inside the root, the last component followed as well."""
    for _ in range(40):
        path = root.resolve(path)
        if not os.path.islink(root.path + path):
            return path
        target = os.readlink(root.path + path)
        path = target if target.startswith("/") else os.path.join(os.path.dirname(path), target)
    return path


def loaded(root, elf):
    """What the program's own loader finds and misses: files, names."""
    loader = elf.interpreter
    found, missing = {elf.path}, set()
    if not os.path.exists(root.path + real(root, loader)):
        return found, missing
    # As ldd asks: glibc by a variable, so that it goes on where one is missing; musl by an option.
    def enter():
        os.chroot(root.path)
        os.chdir("/")
    listing = [loader, "--list", elf.path] if "ld-musl" in loader else [loader, elf.path]
    done = subprocess.run(listing, capture_output=True, text=True, preexec_fn=enter,
                          env={"LD_TRACE_LOADED_OBJECTS": "1"})
    for line in (done.stdout + done.stderr).splitlines():
        absent = re.search(r"^\s*(\S+) => not found|Error loading shared library (\S+):", line)
        present = re.search(r"=> (/\S+) \(", line)
        if absent:
            missing.add(absent.group(1) or absent.group(2))
        elif present:
            found.add(real(root, present.group(1)))
    return found, missing


def missing_pairs(root, elves):
    """File and library for every library a program that can be started does not find."""
    by_path, pairs = {elf.path: elf for elf in elves}, set()
    native = collections.Counter(elf.machine for elf in elves).most_common(1)[0][0]
    programs = [elf for elf in elves if elf.program and elf.interpreter and elf.linux and elf.machine == native
                and elf.counts and elf.mode & 0o111]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found, missing in pool.map(lambda elf: loaded(root, elf), programs):
            for path in found:
                needs = by_path[path].needed if path in by_path else []
                pairs |= {(path, library) for library in needs if library in missing}
    return pairs


def compare_image(results, name, facts, root):
    """Everything that readelf and the loader can tell."""
    check = lambda question, ours, theirs: results.check(
        name, question, ours == theirs, f"{ours}" if ours == theirs else f"freehold {ours}, readelf {theirs}")
    elves = elf_files(root)
    counted = [elf for elf in elves if elf.counts]
    programs = [elf for elf in counted if elf.program]
    elf, groups = facts["elf"], facts["elf"]["groups"]
    total = lambda key, kind=None: sum(group[key] for group in groups if kind in (None, group["kind"]))
    count = lambda holds, among=counted: sum(1 for elf in among if holds(elf))
    check("ELF files", elf["total"] - elf["unreadable"], count(lambda elf: elf.type, elves))
    check("programs", elf["programs"], len(programs))
    check("libraries", elf["libraries"], len(counted) - len(programs))
    check("statically linked programs", total("static_files", "elf_program"), count(lambda e: not e.dynamic, programs))
    check("position-independent programs", total("pie", "elf_program"), count(lambda e: e.type == "DYN", programs))
    for relro in ("none", "partial", "full"):
        check(f"RELRO {relro}", sum(group["relro"].get(relro, 0) for group in groups),
              count(lambda e: e.relro == relro))
    check("stack not executable", total("nx"), count(lambda e: e.nx is True))
    check("stack executable", total("executable_stack"), count(lambda e: e.nx is False))
    check("text relocations", total("text_relocations"), count(lambda e: e.text_relocations))
    check("refer to the stack protector", total("stack_protector"), count(lambda e: e.stack_protector))
    check("refer to checking functions", total("fortify"), count(lambda e: e.fortify))
    check("build IDs", total("build_id"), count(lambda e: e.build_id))
    check("Go by its sections", sum(g["files"] for g in groups if g["language"] == "go"), count(lambda e: e.go))
    interpreters = collections.Counter(e.interpreter for e in programs if e.interpreter and e.mode & 0o111)
    present = lambda path: os.path.exists(root.path + real(root, path))
    check("interpreters", {i["path"]: (i["programs"], i["present"]) for i in elf["interpreters"]},
          {path: (number, present(path)) for path, number in interpreters.items()})
    for family, prefix in FAMILIES:
        ours = elf["symbol_versions"]["all"][family]
        every = [version for e in counted for version in e.versions[family]]
        check(f"highest {prefix[:-1]} required", ours and ours["numbers"], max(every, default=None))
        if ours:
            theirs = {e.path: e for e in counted}[ours["path"]].versions[family]
            check(f"  {ours['path']} requires it", ours["numbers"] in theirs, True)
    compare_missing(results, name, elf, root, elves)
    compare_weak(results, name, elf, counted)


def compare_missing(results, name, elf, root, elves):
    ours = {(item["path"], item["library"]) for item in elf["missing_libraries"]["items"]
            if item["needed_by"] != "plugin"}
    theirs = missing_pairs(root, elves)
    results.check(name, "libraries missing, as the loader lists them", ours == theirs,
                  len(ours) if ours == theirs else f"only freehold {sorted(ours - theirs)[:5]}, "
                                                   f"only the loader {sorted(theirs - ours)[:5]}")
    by_path = {e.path: e for e in elves}
    written = lambda e: [part for path in e.run_paths for part in path.split(":")]
    wrong = [(item["path"], item["searched"]) for item in elf["missing_libraries"]["items"]
             if item["searched"] != written(by_path[item["path"]])]
    results.check(name, "their run paths are those readelf shows", not wrong, wrong)


def compare_weak(results, name, elf, counted):
    """Each named file lacks what is said, and no file with an executable stack or writable code is left out."""
    by_path = {e.path: e for e in counted}
    lacks = {"nx": lambda e: e.nx is False, "no_text_relocations": lambda e: e.text_relocations,
             "pie": lambda e: e.type == "EXEC", "relro": lambda e: e.relro == "none"}
    wrong = [(item["path"], what) for item in elf["weak"]["items"] for what in item["lacks"]
             if not lacks[what](by_path[item["path"]])]
    results.check(name, "files named as weak are", not wrong, wrong or elf["weak"]["total"])
    wrong = [item["path"] for item in elf["weak"]["items"] if item["build_id"] != by_path[item["path"]].identity]
    results.check(name, "  with their build IDs", not wrong, wrong)
    named = {item["path"] for item in elf["weak"]["items"]}
    left_out = [e.path for e in counted if (e.nx is False or e.text_relocations) and e.path not in named]
    results.check(name, "no executable stack is left out", not left_out, left_out)


def facts_of(freehold, image):
    done = subprocess.run([freehold, "facts", image], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def compare_removed_library(results, freehold, out):
    """Debian without a library: every program that needs it, and no other, as the loader says."""
    layout = f"{out}/debian12"
    subprocess.run(["umoci", "insert", "--image", f"{layout}:untouched", "--tag", "elf-missing", "--whiteout", REMOVED],
                   check=True, capture_output=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        copy = f"{folder}/root"
        subprocess.run(["cp", "-al", f"{out}/bundle/debian12-untouched/rootfs", copy], check=True)
        os.unlink(copy + REMOVED)
        root = Root(copy)
        elf = facts_of(freehold, f"oci-dir:{layout}:elf-missing")["elf"]
        results.check("debian12:elf-missing", "libraries are missing", elf["missing_libraries"]["total"] > 0)
        compare_missing(results, "debian12:elf-missing", elf, root, elf_files(root))
        shutil.rmtree(copy)


def link_all(root):
    """Programs and libraries below MADE, as cc links them."""
    whole = root + MADE
    for folder in ("lib", "deep", "bin"):
        os.makedirs(f"{whole}/{folder}")
    def link(target, source, inputs):
        flags = [f"{whole}/{part}" if "/lib" in part and part[0] != "-" else part for part in inputs]
        command = ["cc", "-x", "c", "-", "-x", "none", "-o", f"{whole}/{target}", "-Wl,--no-as-needed",
                   "-Wl,--allow-shlib-undefined", *flags]
        subprocess.run(command, input=source, text=True, check=True, capture_output=True)
    for path, inputs in LIBRARIES:
        soname = f"-Wl,-soname,{os.path.basename(path)}"
        link(path, "int answer(void) { return 42; }", ["-shared", "-fPIC", soname, *inputs])
    for name, inputs in PROGRAMS:
        link(f"bin/{name}", "#include <stdio.h>\nint main(int n, char **a) { char b[9]; return sprintf(b, a[0]); }", inputs)
    shutil.copy(f"{whole}/bin/plain", f"{whole}/bin/not-executable")
    os.chmod(f"{whole}/bin/not-executable", 0o644)


def compare_made(results, freehold, out):
    """Debian with programs linked in every way, some of which find their libraries."""
    with tempfile.TemporaryDirectory(dir=out) as folder:
        copy = f"{folder}/root"
        subprocess.run(["cp", "-al", f"{out}/bundle/debian12-untouched/rootfs", copy], check=True)
        link_all(copy)
        facts = facts_of(freehold, f"rootfs:{copy}")
        results.check("debian12:elf-made", "libraries are missing", facts["elf"]["missing_libraries"]["total"] > 2)
        compare_image(results, "debian12:elf-made", facts, Root(copy))


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: elf.py FREEHOLD OUT [IMAGE=ROOT...]")
    results, freehold, out, pairs = Results(), sys.argv[1], sys.argv[2], sys.argv[3:]
    images = [pair.rsplit("=", 1) for pair in pairs] or [
        (f"oci-dir:{out}/{name}:untouched", f"{out}/bundle/{name}-untouched/rootfs")
        for name in ("debian12", "debian13", "distroless")]
    parts = [(image.rstrip("/").rsplit("/", 1)[-1],
              lambda name, image=image, root=root: compare_image(results, name, facts_of(freehold, image), Root(root)))
             for image, root in images]
    if not pairs:
        parts.append(("debian12:elf-missing", lambda name: compare_removed_library(results, freehold, out)))
        parts.append(("debian12:elf-made", lambda name: compare_made(results, freehold, out)))
    for name, part in parts:
        try:
            part(name)
        except Exception as error:  # one broken part must not hide the others
            results.check(name, "ran to its end", False, f"{type(error).__name__}: {error}")
    print(f"{results.passed} passed, {results.failed} failed")
    sys.exit(1 if results.failed else 0)


if __name__ == "__main__":
    main()
