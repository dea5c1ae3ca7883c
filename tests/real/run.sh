#!/usr/bin/env bash
# run.sh [FREEHOLD [OUT]]: makes the real images, compares what Freehold says about them with what dpkg and the
# tools of languages say, and reads them through registries and podman.
# Defaults: target/release/freehold, tests/real/out. Needs root, see README.md.
set -euo pipefail
# What a scan remembered would hide what a registry or a disk did to a layer.
export FREEHOLD_NO_CACHE=1
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
FREEHOLD=${1:-$HERE/../../target/release/freehold}
OUT=${2:-$HERE/out}
[ -x "$FREEHOLD" ] || { echo "run.sh: no program at $FREEHOLD (cargo build --release)" >&2; exit 2; }
"$HERE/build.sh" "$OUT"
"$HERE/languages.sh" "$OUT"
python3 -B "$HERE/compare.py" "$FREEHOLD" "$OUT"
python3 -B "$HERE/languages.py" "$FREEHOLD" "$OUT"
python3 -B "$HERE/sources.py" "$FREEHOLD" "$OUT"
python3 -B "$HERE/pacman.py" "$FREEHOLD" "$OUT"
"$HERE/contents.sh" "$OUT"
python3 -B "$HERE/contents.py" "$FREEHOLD" "$OUT/contents/root"
python3 -B "$HERE/elf.py" "$FREEHOLD" "$OUT"
python3 -B "$HERE/rpm.py" "$FREEHOLD" "$OUT"
