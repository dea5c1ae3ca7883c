#!/usr/bin/env python3
"""engines.py FREEHOLD OPA IMAGE...: every rule under the real OPA and under Freehold's engine, on the same facts.

IMAGE: any reference, or a document that `freehold facts` wrote (facts:FILE). For each, the whole pack is evaluated by `opa
eval --strict-builtin-errors` and by `freehold eval`, and what every rule and every requirement says (deny, warn, score,
not_applicable, unknown, met, unmet) must be the same; where OPA stops on a builtin's error, rule by rule, the same must fail.
Prints one line per image and a last line "N passed, N failed"; exits 1 when one failed. Standard library only.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

NOW = "2026-11-21T00:00:00Z"
SAYS = ("deny", "warn", "score", "not_applicable", "unknown", "met", "unmet")
POLICIES = pathlib.Path(__file__).resolve().parents[2] / "policies"


def rules():
    """Ids of rules and requirements: the folders that hold a file of their own name."""
    found = []
    for file in sorted(POLICIES.glob("*/*/*.rego")):
        category, rule = file.parts[-3:-1]
        if category != "lib" and file.stem == rule:
            found.append(f"{category}.{rule}")
    return found


def ordered(value):
    """A value that does not depend on the order in which an engine lists a set or adds numbers."""
    if isinstance(value, list):
        return sorted((ordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, dict):
        return {key: ordered(item) for key, item in value.items()}
    # Engines add fractions up in another order: the last digits of a double may differ.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(f"{value:.12g}") if is_number else value


def said(package):
    """What a rule says; findings are sets, the rest single values. An empty set and one that is not there are the same."""
    if not isinstance(package, dict):
        return {}
    return {key: ordered(package[key]) for key in SAYS if package.get(key) not in (None, [])}


class Failed(Exception):
    """An engine stopped on an error."""


class Opa:
    def __init__(self, program, facts, now):
        self.command = [program, "eval", "--strict-builtin-errors", "--format=json", "--ignore=profiles",
                        "--data", f"freehold:{POLICIES}", "--data", now, "--input", facts]

    def __call__(self, query):
        done = subprocess.run([*self.command, query], capture_output=True, text=True)
        answer = json.loads(done.stdout or "{}")
        if done.returncode or answer.get("errors"):
            raise Failed(str(answer.get("errors") or done.stderr)[:300])
        results = answer.get("result") or []
        return results[0]["expressions"][0]["value"] if results else None


class Freehold:
    def __init__(self, program, facts):
        self.program, self.facts = program, facts

    def __call__(self, query):
        done = subprocess.run([self.program, "eval", query, f"facts:{self.facts}", "-f", "json", f"--effective-time={NOW}"],
                              capture_output=True, text=True)
        if done.returncode == 2:
            raise Failed(done.stderr[:300])
        return json.loads(done.stdout) if done.stdout.strip() else None


def whole(ask):
    """What every rule says; one that cannot be evaluated says so."""
    try:
        tree = ask("data.freehold")
        return {rule: said(tree[rule.split(".")[0]][rule.split(".")[1]]) for rule in rules()}
    except Failed:
        found = {}
        for rule in rules():
            try:
                found[rule] = said(ask(f"data.freehold.{rule}"))
            except Failed:
                found[rule] = "stopped"
        return found


def compare(freehold, opa, image, folder):
    """Differences on one image, as lines."""
    facts, now = f"{folder}/facts.json", f"{folder}/now.json"
    if image.startswith("facts:"):
        facts = image.removeprefix("facts:")
    else:
        subprocess.run([freehold, "facts", image, "-q", "-o", facts], check=True)
    pathlib.Path(now).write_text(json.dumps({"freehold": {"now": NOW}}))
    theirs, ours = whole(Opa(opa, facts, now)), whole(Freehold(freehold, facts))
    lines = []
    for rule in rules():
        if theirs[rule] != ours[rule]:
            lines.append(f"     {rule}\n       opa       {json.dumps(theirs[rule])[:600]}\n"
                         f"       freehold  {json.dumps(ours[rule])[:600]}")
    says = sum(1 for value in ours.values() if value)
    return image, len(ours), says, lines


def main():
    freehold, opa, *images = sys.argv[1:]
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        def one(numbered):
            number, image = numbered
            own = pathlib.Path(folder, str(number))
            own.mkdir()
            return compare(freehold, opa, image, own)
        for image, number, says, lines in pool.map(one, enumerate(images)):
            failed, passed = failed + len(lines), passed + number - len(lines)
            print(f"{'FAIL' if lines else 'ok  '} {image}: {number} rules and requirements, {says} of them say something")
            for line in lines:
                print(line)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not images else 0


if __name__ == "__main__":
    sys.exit(main())
