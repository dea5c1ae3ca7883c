# Recipes for people who work on Freehold. `just` lists them; `.ci/run` holds the commands themselves.

# List the recipes.
default:
    @just --list

# Everything CI does, without the real images (no root needed).
[group('check')]
check:
    .ci/run format lint test fresh deny policies quickstart

# Real images from Debian's packages, compared with dpkg (root; see tests/real/README.md).
[group('check')]
real:
    .ci/run real

# One part of the tests: `just test sources::`.
[group('check')]
test filter='':
    cargo test {{ filter }}

# Fuzz one target of tests/fuzz/README.md for some seconds (cargo install cargo-fuzz).
[group('check')]
fuzz target seconds='300':
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none {{ target }} -- -max_total_time={{ seconds }} -timeout=10 -rss_limit_mb=1024

# Rewrite the generated files: schemas, RULES.md.
[group('generate')]
bless:
    FREEHOLD_BLESS=1 cargo test
    git diff --stat

# Rewrite the example images.
[group('generate')]
examples:
    cargo run --example generate-images -- examples/images

# How far a scan is from its floor; FREEHOLD_BENCH_IMAGE names an image of your own.
[group('measure')]
bench:
    cargo bench --bench scan

# The table of the README: `just table IMAGE...`; SYFT and TRIVY name the peers.
[group('measure')]
table +layouts:
    cargo build --release
    benches/table.py target/release/freehold "$(cargo bench --no-run --bench scan 2>&1 | sed -n 's/.*(\(.*scan-.*\))/\1/p')" {{ layouts }}
