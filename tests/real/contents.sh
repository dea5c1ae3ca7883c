#!/usr/bin/env bash
# contents.sh OUT: programs and archives as real tools make them, below OUT/contents, for contents.py to ask their own
# tools about. Kept once made. Needs go, cargo, apt-get, python3; the Go module proxy and the crate index the first time.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=$(realpath -m "${1:?usage: contents.sh OUT}")/contents
DEBIAN=(libcommons-io-java libjackson2-databind-java libjackson2-core-java libslf4j-java libspring-core-java
  libguava-java liblog4j2-java libtomcat10-java libjetty9-java libmaven-shared-utils-java)
AUDITABLE_VERSION=0.7.2
MADE=$OUT/made-$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)
[ -e "$MADE" ] && exit 0
rm -rf "$OUT"; mkdir -p "$OUT"/{debs,go,rust,tools,root/usr/bin,root/srv}

# One program in the ways Go writes its build information: for each byte order, stripped, from a replaced module.
go_programs() {
  cd "$OUT/go"; mkdir -p own
  printf 'module example.org/own\ngo 1.21\n' >own/go.mod
  printf 'package own\nfunc Say() string { return "own" }\n' >own/own.go
  cat >main.go <<'GO'
package main

import (
	"fmt"

	"example.org/own"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"
)

func main() {
	out, _ := yaml.Marshal(language.English.String())
	fmt.Print(string(out), own.Say())
}
GO
  cat >go.mod <<'GO'
module example.org/tool

go 1.21

require (
	example.org/own v1.2.3
	golang.org/x/text v0.14.0
	gopkg.in/yaml.v3 v3.0.1
)

replace example.org/own => ./own
GO
  export GOFLAGS=-mod=mod CGO_ENABLED=0 GOWORK=off
  go mod tidy
  go build -o "$OUT/root/usr/bin/plain" .
  go build -trimpath -ldflags='-s -w' -o "$OUT/root/usr/bin/stripped" .
  local arch
  for arch in 386 arm64 mips s390x; do GOARCH=$arch go build -o "$OUT/root/usr/bin/$arch" .; done
  # Programs of Debian's, made by other versions of Go.
  cp /usr/bin/{skopeo,umoci,podman,docker-registry} "$OUT/root/usr/bin/"
}

rust_program() {
  cargo install --quiet --locked --root "$OUT/tools" "cargo-auditable@$AUDITABLE_VERSION"
  cd "$OUT/rust"; mkdir -p src
  printf '[package]\nname = "made"\nversion = "0.3.1"\nedition = "2021"\n[dependencies]\nitoa = "1"\n[build-dependencies]\nautocfg = "1"\n[workspace]\n' >Cargo.toml
  printf 'fn main() { println!("{}", itoa::Buffer::new().format(7u8)); }\n' >src/main.rs
  printf 'fn main() { autocfg::rerun_path("build.rs"); }\n' >build.rs
  PATH=$OUT/tools/bin:$PATH CARGO_TARGET_DIR=$OUT/rust/target cargo auditable build --quiet --release
  cp target/release/made "$OUT/root/usr/bin/made"
}

# Debian's jars where Debian puts them, and a war, a shaded jar and an archive within an archive made of them.
java_archives() {
  cd "$OUT/debs"
  apt-get download -qq "${DEBIAN[@]}"
  local deb
  for deb in *.deb; do dpkg-deb -x "$deb" "$OUT/root"; done
  python3 -B - "$OUT/root" <<'PY'
import glob, os, sys, zipfile
root = sys.argv[1]
jars = sorted(path for path in glob.glob(f"{root}/usr/share/java/*.jar") if not os.path.islink(path))
def war(path, inside):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in inside:
            out.write(name, f"WEB-INF/lib/{os.path.basename(name)}")
war(f"{root}/srv/app.war", jars[:4])
war(f"{root}/srv/deep.ear", [f"{root}/srv/app.war", *jars[4:6]])
with zipfile.ZipFile(f"{root}/srv/shaded.jar", "w", zipfile.ZIP_DEFLATED) as out:
    for jar in jars[:3]:
        with zipfile.ZipFile(jar) as of:
            for name in of.namelist():
                if name not in out.namelist():
                    out.writestr(name, of.read(name))
PY
}

go_programs; rust_program; java_archives
touch "$MADE"
