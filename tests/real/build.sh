#!/usr/bin/env bash
# build.sh OUT: makes real container images from Debian's own packages with Debian's and OCI's own tools, as OCI
# layouts below OUT, and unpacks some of them so that compare.py can ask dpkg about them. README.md lists them.
#
# Needs root (chroot, mknod) and: mmdebstrap skopeo umoci openssl. Needs a Debian mirror the first time.
# Idempotent: what is there is kept; a change of this script makes the images again, from the same base archives.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=$(realpath -m "${1:?usage: build.sh OUT}")
PACKAGES12=ca-certificates,curl,nano,openssh-client,openssl,procps,python3-minimal
DISTROLESS='base-files ca-certificates libc6 libssl3 netbase tzdata'

say() { printf '[images] %s\n' "$*" >&2; }

# base NAME SUITE [mmdebstrap options]: OUT/base/NAME.tar, a root file system nobody has touched.
base() {
  local name=$1 suite=$2 archive=$OUT/base/$1.tar; shift 2
  [ -s "$archive" ] && return 0
  say "mmdebstrap $name"
  mmdebstrap --quiet --mode=root --format=tar --variant=apt --skip=output/dev,output/mknod "$@" \
    "$suite" "$archive.part" >"$archive.log" 2>&1 || { tail -n 20 "$archive.log" >&2; return 1; }
  mv "$archive.part" "$archive"
}

# layout NAME ARCHIVE [umoci config options]: the archive as the only layer of OUT/NAME, tag "untouched".
layout() {
  local name=$1 archive=$2; shift 2
  say "layout $name"
  skopeo --insecure-policy copy --quiet "tarball:$archive" "oci:$OUT/$name:untouched"
  umoci config --no-history --image "$OUT/$name:untouched" "$@"
}

# unpack LAYOUT TAG: the image's root file system as umoci sees it, in OUT/bundle/LAYOUT-TAG/rootfs.
unpack() { umoci unpack --image "$OUT/$1:$2" "$OUT/bundle/$1-$2"; }

# plant TAG FILE PATH [PATH...]: Debian 12 with FILE added as PATH, one more layer for each path.
plant() {
  local tag=$1 file=$2 path from=untouched; shift 2
  say "debian12:$tag"
  for path in "$@"; do
    umoci insert --image "$OUT/debian12:$from" --tag "$tag" --history.created_by "COPY ${path##*/} $path" "$file" "$path"
    from=$tag
  done
}

# What post-hoc hardening tools do: package managers, shells and setuid bits go, the bytes stay in the layer below.
harden() {
  local root=$1 name
  for name in sh bash dash rbash apt apt-cache apt-cdrom apt-config apt-get apt-key apt-mark dpkg dpkg-deb dpkg-divert \
    dpkg-maintscript-helper dpkg-query dpkg-realpath dpkg-split dpkg-statoverride dpkg-trigger; do
    rm -f "$root/usr/bin/$name" "$root/bin/$name"
  done
  rm -rf "$root"/etc/apt "$root"/usr/lib/apt "$root"/usr/lib/dpkg "$root"/var/lib/apt "$root"/var/cache/apt
  find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
}

# hardened TAG [DIR...]: Debian 12 hardened after the fact in a second layer, DIRs removed too.
hardened() {
  local tag=$1 bundle=$OUT/bundle/debian12-$1 dir; shift
  say "debian12:$tag"
  unpack debian12 untouched
  mv "$OUT/bundle/debian12-untouched" "$bundle"
  harden "$bundle/rootfs"
  for dir in "$@"; do rm -rf "${bundle:?}/rootfs$dir"; done
  umoci repack --image "$OUT/debian12:$tag" --history.created_by "RUN harden $tag" "$bundle"
  umoci config --no-history --image "$OUT/debian12:$tag" --config.user 65532 --config.entrypoint /usr/bin/python3
}

# Files of packages changed, deleted, replaced and relinked; what was documentation or configuration among them too.
tampered() {
  local bundle=$OUT/bundle/debian12-tampered root
  say "debian12:tampered"
  unpack debian12 untouched
  mv "$OUT/bundle/debian12-untouched" "$bundle"; root=$bundle/rootfs
  printf x >>"$root/usr/bin/curl"
  printf x >>"$root/usr/share/ca-certificates/mozilla/ACCVRAIZ1.crt"
  printf '#\n' >>"$root/etc/ssl/openssl.cnf"
  rm "$root/usr/bin/ssh-keygen" "$root/usr/share/doc/curl/copyright" "$root/etc/nanorc"
  rm "$root/usr/bin/free"; ln -s uptime "$root/usr/bin/free"
  ln -sfn libcurl-other.so "$root/usr/lib/x86_64-linux-gnu/libcurl.so.4"
  chmod 4755 "$root/usr/bin/openssl"; chmod 600 "$root/usr/bin/nano"
  umoci repack --image "$OUT/debian12:tampered" --history.created_by "RUN tamper" "$bundle"
}

# Google distroless' layout: per package one status.d file and its md5sums, no file lists, no maintainer script run.
distroless() {
  local root=$OUT/base/distroless.root package deb
  rm -rf "$root"; mkdir -p "$root/var/lib/dpkg/status.d"
  for package in $DISTROLESS; do
    deb=$(find "$OUT/base/debs" -name "${package}_*.deb" | sort | tail -n 1)
    dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -xpf - --numeric-owner --keep-directory-symlink \
      --exclude=./usr/share/man --exclude=./usr/share/locale --exclude='./usr/share/doc/*/changelog*'
    dpkg-deb --field "$deb" >"$root/var/lib/dpkg/status.d/$package"
    dpkg-deb --ctrl-tarfile "$deb" | tar -xOf - ./md5sums >"$root/var/lib/dpkg/status.d/$package.md5sums"
  done
  mkdir -p "$root/etc/ssl/certs" "$root/home/nonroot"
  find "$root/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat >"$root/etc/ssl/certs/ca-certificates.crt"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
  tar -C "$root" --numeric-owner --sort=name -cf "$OUT/base/distroless.tar" .
}

main() {
  local made stamp
  stamp=$(sha256sum "$HERE/build.sh" | cut -c1-16); made=$OUT/made-$stamp
  [ -e "$made" ] && { say "already made: $OUT"; return 0; }
  mkdir -p "$OUT/base/debs"
  rm -rf "$OUT"/made-* "$OUT"/{debian12,debian13,distroless,bundle,planted}
  mkdir -p "$OUT/bundle" "$OUT/planted"

  # shellcheck disable=SC2016 # the hook is expanded by mmdebstrap's shell
  DEBS=$OUT/base/debs DISTROLESS=$DISTROLESS base debian12 bookworm --include="$PACKAGES12" --customize-hook='
    cd "$DEBS" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq -o APT::Sandbox::User=root download $DISTROLESS'
  base debian13 trixie
  distroless
  layout debian12 "$OUT/base/debian12.tar" --config.cmd bash
  layout debian13 "$OUT/base/debian13.tar" --config.cmd bash
  layout distroless "$OUT/base/distroless.tar" --config.user 65532:65532 --config.workingdir /home/nonroot
  hardened hardened
  hardened opaque /var/lib/dpkg /usr/share/doc
  tampered
  unpack debian12 untouched; unpack debian13 untouched; unpack distroless untouched

  local root=$OUT/bundle/debian12-untouched/rootfs files=$OUT/planted
  cp "$root/usr/bin/id" "$files/helper"; chmod 4755 "$files/helper"
  plant setuid "$files/helper" /usr/local/bin/helper
  cp "$root/usr/bin/curl" "$files/curl"; printf 'changed' >>"$files/curl"
  plant changed-binary "$files/curl" /usr/bin/curl
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$files/service.key" 2>/dev/null ||
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$files/service.key" 2>/dev/null
  plant private-key "$files/service.key" /etc/service/service.key
  cp "$root/usr/bin/id" "$files/tool"; printf 'dropped' >>"$files/tool"; chmod 755 "$files/tool"
  plant dropped-elf "$files/tool" /opt/tool/tool /usr/local/bin/tool
  # Half a database: the packages before the zeros can still be read, and it does not say what is lost. Then none of it.
  cp "$root/var/lib/dpkg/status" "$files/status"
  local size half; size=$(stat -c %s "$files/status"); half=$((size / 2))
  truncate -s "$half" "$files/status"; truncate -s "$size" "$files/status"
  plant damaged-database "$files/status" /var/lib/dpkg/status
  truncate -s 0 "$files/status"; truncate -s "$size" "$files/status"
  plant garbage-database "$files/status" /var/lib/dpkg/status
  say "debian12:deleted-database"
  umoci insert --image "$OUT/debian12:untouched" --tag deleted-database --history.created_by "RUN rm /var/lib/dpkg/status" \
    --whiteout /var/lib/dpkg/status
  touch "$made"
  say "made: $OUT"
}
main
