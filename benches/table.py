#!/usr/bin/env python3
"""table.py FREEHOLD BENCH LAYOUT...: what a scan costs beside its floor and beside its peers, as a Markdown table.

FREEHOLD is the program, BENCH the bench binary (`cargo bench --no-run` prints its path), LAYOUT OCI image layouts. Peers are
taken from SYFT and TRIVY where those variables name them. Every command is started fresh each time, in turn with the others,
so that all meet the same machine; the least of RUNS (5) wall times counts, and the most memory. Linux, standard library only.
"""

import os
import subprocess
import sys
import tempfile
import time


# Stands for a folder that is new for every run.
FRESH = "fresh"


def once(command, env):
    """Wall seconds and peak memory in MB of one run."""
    with tempfile.TemporaryDirectory() as fresh:
        return timed(command, {name: fresh if value is FRESH else value for name, value in env.items()})


def timed(command, env):
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"table.py: {' '.join(command)}: status {status}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def commands(freehold, bench, layout):
    """Name, command and additions to the environment of each contender."""
    yield "floor", [bench, "--floor"], {"FREEHOLD_BENCH_IMAGE": layout}
    yield "scan", [freehold, "scan", "-f", "json", f"oci-dir:{layout}"], {}
    if syft := os.environ.get("SYFT"):
        yield "syft", [syft, "scan", f"oci-dir:{layout}", "-o", "json"], {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
    if trivy := os.environ.get("TRIVY"):
        flags = ["--offline-scan", "--skip-db-update", "--skip-java-db-update", "--skip-files", "**/*.jar"]
        yield "trivy", [trivy, "image", "--input", layout, "--format", "cyclonedx", "--quiet", *flags], {"TRIVY_CACHE_DIR": FRESH}


def main():
    freehold, bench, *layouts = sys.argv[1:]
    runs = int(os.environ.get("RUNS", "5"))
    print("| image | floor | scan | x floor | peak | Syft | factor | Trivy | factor |")
    print("|---|---|---|---|---|---|---|---|---|")
    for layout in layouts:
        contenders = list(commands(freehold, bench, layout))
        best = {}
        for _ in range(runs):
            for name, command, more in contenders:
                seconds, peak = once(command, {**os.environ, **more})
                before = best.get(name, (seconds, 0.0))
                best[name] = (min(before[0], seconds), max(before[1], peak))
        scan, peak = best["scan"]
        cells = [os.path.basename(layout.rstrip("/")), f"{best['floor'][0]:.2f} s", f"{scan:.2f} s",
                 f"{scan / best['floor'][0]:.2f}", f"{peak:.0f} MB"]
        for peer in ("syft", "trivy"):
            cells += [f"{best[peer][0]:.1f} s", f"{best[peer][0] / scan:.1f}"] if peer in best else ["-", "-"]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
