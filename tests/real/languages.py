#!/usr/bin/env python3
"""languages.py FREEHOLD OUT: the image of languages.sh, against what Python's, Node's, Ruby's and PHP's own tools say of it.

Each ecosystem's packages by name, version and place: none missing, none that is not there. Prints one line per comparison
and a last line "N passed, N failed"; exits 1 when one failed. Standard library only; the tools are those in the image.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections import Counter
from urllib.parse import quote

from compare import Dpkg, Freehold, Results, Root

IMAGE = "languages:app"
# Mounts end with the namespace.
INSIDE = """mount -t proc proc "$0/proc"; mount --bind /dev "$0/dev"; mount -t tmpfs tmpfs "$0/root"
exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin HOME=/root LC_ALL=C.UTF-8 COMPOSER_ALLOW_SUPERUSER=1 \
  npm_config_update_notifier=false $1 chroot "$0" /bin/sh -ec "$2" """
METADATA = (".dist-info", ".egg-info")
NODE_PLACES = ("/usr/share/nodejs/", "/usr/lib/")


def inside(root, command, environment=""):
    """What a tool in the image prints. npm also fails for what it finds amiss in the tree it prints."""
    done = subprocess.run(["unshare", "-m", "bash", "-ec", INSIDE, root, environment, command],
                          capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def directories(root):
    """(path from the root, names in it) of every directory; links are not followed."""
    for directory, names, files in os.walk(root):
        yield directory[len(root):], names + files


def python_packages(root):
    """Distributions in every directory that holds metadata of one, as importlib.metadata finds them."""
    found = Counter()
    for directory, names in directories(root):
        if any(name.endswith(METADATA) for name in names):
            for each in importlib.metadata.distributions(path=[root + directory]):
                place = os.path.join(directory, each._path.name)  # pylint: disable=protected-access
                found[each.metadata["Name"], each.metadata["Version"], place] += 1
    return found


def node_packages(root):
    """Directories in `node_modules`, or in a scope there, whose package.json has a name and a version; Debian's likewise."""
    found = Counter()
    for directory, names in directories(root):
        base = os.path.basename(directory)
        if not (base == "node_modules" or base == "nodejs" and f"{directory}/".startswith(NODE_PLACES)):
            continue
        places = []
        for name in names:
            below = root + f"{directory}/{name}"
            if name.startswith("@") and os.path.isdir(below):
                places += [f"{directory}/{name}/{each}" for each in os.listdir(below)]
            else:
                places.append(f"{directory}/{name}")
        for place in places:
            path = f"{root}{place}/package.json"
            linked = os.path.islink(root + place) or os.path.islink(path)
            if not linked and os.path.isfile(path):
                with open(path, encoding="utf-8") as file:
                    package = json.load(file)
                if package.get("name") and package.get("version"):
                    found[package["name"], package["version"], f"{place}/package.json"] += 1
    return found


def npm_tree(tree, found):
    """(name, version, place) of every package in the output of `npm ls --all --json --long`."""
    for each in tree.get("dependencies", {}).values():
        if not each.get("missing") and each.get("path"):
            found.add((each["name"], each["version"], each["path"] + "/package.json"))
            npm_tree(each, found)
    return found


def gems(listing):
    """(name, version) and platform of each line of `gem list`, `name (1.2, default: 1.0 x86_64-linux)`."""
    found = set()
    for name, versions in re.findall(r"^(\S+) \((.*)\)$", listing, re.MULTILINE):
        for version in versions.split(", "):
            number, *platforms = version.removeprefix("default: ").split(" ")
            found |= {(name, number, None if platform == "ruby" else platform) for platform in platforms or ["ruby"]}
    return found


def dotnet_libraries(root):
    """(name, version, file) of every package in every `*.deps.json`, and those of shared frameworks."""
    found = Counter()
    for directory, names in directories(root):
        for name in names:
            if name.endswith(".deps.json"):
                path = f"{directory}/{name}"
                with open(root + path, encoding="utf-8-sig") as file:
                    libraries = json.load(file)["libraries"]
                for key, library in libraries.items():
                    if library["type"] in ("package", "runtimepack"):
                        found[(*key.removeprefix("runtimepack.").split("/"), path)] += 1
    return found


def url(package):
    """The purl as its specification has it, made from name and version alone."""
    kind, name, qualifiers = package["type"], package["name"], ""
    if kind == "pypi":
        name = name.lower().replace("_", "-")
    if kind in ("npm", "composer"):
        name = name.lower()
    if kind == "gem" and package["arch"]:
        qualifiers = f"?platform={package['arch']}"
    path = "/".join(quote(part, safe="") for part in name.split("/"))
    return f"pkg:{kind}/{path}@{quote(package['version'], safe=':')}{qualifiers}"


class Said:
    """What Freehold says of one image."""

    def __init__(self, facts, results):
        self.facts, self.results = facts, results

    def of(self, kind):
        return [package for package in self.facts["packages"] if package["type"] == kind]

    def places(self, kind, place=lambda path: path):
        return Counter((p["name"], p["version"], place(p["database"])) for p in self.of(kind))

    def same(self, question, ours, theirs):
        missing, phantom = sorted((theirs - ours), key=str), sorted((ours - theirs), key=str)
        self.results.check(IMAGE, question, theirs and not missing and not phantom,
                           f"{len(theirs)} of {len(ours)}, missing {missing[:3]}, phantom {phantom[:3]}")


def metadata_place(path):
    """The directory or file that importlib.metadata takes for the metadata of a distribution."""
    return path if path.endswith(METADATA) else os.path.dirname(path)


def compare_packages(said, root):
    said.same("Python: every distribution importlib.metadata finds", said.places("pypi", metadata_place), python_packages(root))
    listed = json.loads(inside(root, "/opt/venv/bin/pip list --format json"))
    venv = {(p["name"], p["version"]) for p in said.of("pypi") if re.match(r"/opt/venv/lib/[^/]*/site-packages/[^/]*/[^/]*$", p["database"])}
    said.same("Python: pip list of the environment", venv, {(each["name"], each["version"]) for each in listed})
    said.same("Node: every package of the true walk", said.places("npm"), node_packages(root))
    tree = npm_tree(json.loads(inside(root, "cd /app; npm ls --all --json --long 2>/dev/null || :")), set())
    app = {key for key in said.places("npm") if key[2].startswith("/app/")}
    said.same("Node: npm ls --all", app, tree)
    bundle = {(p["name"], p["version"], p["arch"]) for p in said.of("gem") if p["database"].startswith("/usr/local/bundle/")}
    home = "/usr/local/bundle"
    listed = gems(inside(root, "gem list", f"GEM_HOME={home} GEM_PATH={home}"))
    default = {(p["name"], p["version"], p["arch"]) for p in said.of("gem") if "/default/" in p["database"]}
    said.same("Ruby: gem list of the bundle, and what came with Ruby", bundle | default, listed)
    system = {(p["name"], p["version"], p["arch"]) for p in said.of("gem") if not p["database"].startswith(home)}
    said.same("Ruby: gem list of the system", system, gems(inside(root, "gem list")))
    shown = json.loads(inside(root, "cd /srv/php/app; composer show --format=json"))["installed"]
    said.same("PHP: composer show", {(p["name"], p["version"]) for p in said.of("composer")},
              {(each["name"], each["version"]) for each in shown})
    said.same(".NET: packages of every dependency file", said.places("nuget"), dotnet_libraries(root))
    said.same("each purl is what its specification says", {p["purl"] for kind in ("pypi", "npm", "gem", "composer", "nuget") for p in said.of(kind)},
              {url(p) for kind in ("pypi", "npm", "gem", "composer", "nuget") for p in said.of(kind)})


def compare_owners(said, root):
    """A package whose description dpkg lists is one thing under two names; files belong to somebody."""
    owned = Dpkg(Root(root)).owned()
    language = [p for p in said.facts["packages"] if p["type"] not in ("deb", "golang", "cargo", "generic")]
    wrong = [p["database"] for p in language
             if (p["owner"] is None) != (p["database"] not in owned) or p["owner"] and p["owner"] not in owned[p["database"]]]
    by_debian = sum(p["owner"] is not None for p in language)
    said.results.check(IMAGE, "owner is dpkg's for what Debian packaged, else nobody", not wrong and by_debian,
                       f"{by_debian} of {len(language)}, wrong {wrong[:3]}")
    files = said.facts["ownership"]["files"]
    nobody = files["unowned"] + files["undetermined"]
    said.results.check(IMAGE, "99 % of the files belong to somebody", nobody <= files["total"] / 100,
                       f"{nobody} of {files['total']} do not, {files['language']} to language packages")
    unowned = {each["path"] for each in said.facts["ownership"]["unowned"]["items"]}
    gem = ("/usr/local/bundle/gems/", "/usr/local/bundle/extensions/", "/usr/local/bundle/specifications/", "/var/lib/gems/")
    astray = [path for path in unowned if path.startswith(gem) or "/site-packages/" in path and "__pycache__" not in path
              or path.startswith(("/srv/php/app/vendor/example/", "/app/node_modules/", "/usr/local/lib/node_modules/"))
              and "/node_modules/." not in path]
    said.results.check(IMAGE, "nothing a language's tool installed is called unowned", not astray, astray[:5])


def main():
    program, out = sys.argv[1:]
    results = Results()
    root = os.path.join(os.path.abspath(out), "bundle/languages/rootfs")
    said = Said(Freehold(program, out).facts(IMAGE), results)
    compare_packages(said, root)
    compare_owners(said, root)
    results.check(IMAGE, "nothing is left unread", not said.facts["gaps"], said.facts["gaps"][:2])
    print(f"{results.passed} passed, {results.failed} failed")
    return results.failed > 0


if __name__ == "__main__":
    sys.exit(main())
