#!/usr/bin/env bash
# languages.sh OUT: makes the image OUT/languages:app from Debian's packages and what Python's, Node's, Ruby's and PHP's own
# tools install on top of them, in three layers: the base, what is installed, what is changed again. Its root file system
# stays in OUT/bundle/languages, so that languages.py can ask those tools about it.
#
# Needs root (chroot, mount) and: mmdebstrap skopeo umoci. Needs a Debian mirror and the registries of Python and Node.
# Idempotent: what is there is kept; a change of this script makes the image again, from the same base archive.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=$(realpath -m "${1:?usage: languages.sh OUT}")
PACKAGES=ca-certificates,composer,make,nodejs,npm,python3-pip,python3-venv,python3-yaml,ruby,ruby-nokogiri
PYTHON='flask pyyaml zope.interface cryptography tqdm requests==2.31.0 pythonnet dotnetcore2'
NODE='express@4 @babel/core chalk eslint'
# Pure Ruby, whole below a directory of their own, and in Debian's ruby.
GEMS='minitest power_assert rake'
BUNDLE=$OUT/bundle/languages
ROOT=$BUNDLE/rootfs

say() { printf '[languages] %s\n' "$*" >&2; }

# inside COMMAND: runs it in the root file system, with the network and what is needed for it mounted for so long.
inside() {
  ROOT=$ROOT COMMAND=$1 unshare -m bash -ec '
    touch "$ROOT/etc/resolv.conf"
    mkdir -p "$ROOT/run/host"
    mount -t tmpfs tmpfs "$ROOT/run/host"
    cp -L /etc/ssl/certs/ca-certificates.crt "$ROOT/run/host/ca.crt"
    mount -t proc proc "$ROOT/proc"
    mount --bind /dev "$ROOT/dev"
    mount --bind /etc/resolv.conf "$ROOT/etc/resolv.conf"
    mount -t tmpfs tmpfs "$ROOT/root"
    mount -t tmpfs tmpfs "$ROOT/tmp"
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      PIP_CERT=/run/host/ca.crt PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore \
      npm_config_cafile=/run/host/ca.crt npm_config_audit=false npm_config_fund=false npm_config_ignore_scripts=true \
      npm_config_update_notifier=false COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_DISABLE_NETWORK=1 \
      chroot "$ROOT" /bin/sh -ec "$COMMAND"' >"$OUT/languages.log" 2>&1 ||
    { tail -n 20 "$OUT/languages.log" >&2; return 1; }
  rmdir "$ROOT/run/host"
}

# layer WHAT: what was changed since the last one.
layer() { umoci repack --refresh-bundle --image "$OUT/languages:app" --history.created_by "RUN $1" "$BUNDLE"; }

python_app() {
  say "Python: $PYTHON"
  inside "python3 -m venv /opt/venv; /opt/venv/bin/pip -q install $PYTHON; pip -q install --target /srv/lib click"
}

node_app() {
  say "Node: $NODE"
  inside "mkdir /app; cd /app; npm init -y >/dev/null; npm install --silent $NODE
    npm install --silent --global --prefix /usr/local typescript"
}

# Ruby's own registry need not be reached: real gems are packed again from Debian's, one with an extension and one of a
# platform are made here, and rubygems installs them.
ruby_app() {
  say "Ruby: $GEMS"
  mkdir -p "$ROOT/srv/gems/built/ext"
  cat >"$ROOT/srv/gems/pack.rb" <<'RUBY'
require "rubygems/package"
ARGV.each do |name|
  spec = Gem::Specification.find_by_name(name)
  copy = Gem::Specification.new do |s|
    %w[name version authors summary licenses homepage require_paths bindir executables].each { |a| s.send("#{a}=", spec.send(a)) }
    s.files = Dir.chdir(spec.gem_dir) { Dir["**/*"].select { |f| File.file?(f) } }
  end
  Dir.chdir(spec.gem_dir) { Gem::Package.build(copy, true, false, "/srv/gems/#{copy.file_name}") }
end
RUBY
  # rubygems says in this way where an extension is to be installed.
  cat >"$ROOT/srv/gems/built/ext/extconf.rb" <<'RUBY'
place = RbConfig::MAKEFILE_CONFIG["sitearchdir"]
File.write("Makefile", "all:\n\techo > built.so\ninstall:\n\tmkdir -p #{place}; cp built.so #{place}/\nclean:\n")
RUBY
  cat >"$ROOT/srv/gems/built/built.gemspec" <<'RUBY'
Gem::Specification.new do |s|
  s.name, s.version, s.summary, s.authors, s.license = "built", "1.0.2", "x", ["x"], "MIT"
  s.files = ["ext/extconf.rb"]
  s.extensions = ["ext/extconf.rb"]
end
RUBY
  sed -e 's/"built"/"native"/' -e '/extensions/s/.*/  s.platform = "x86_64-linux"/' "$ROOT/srv/gems/built/built.gemspec" \
    >"$ROOT/srv/gems/built/native.gemspec"
  inside "ruby /srv/gems/pack.rb $GEMS
    cd /srv/gems/built; gem build built.gemspec; gem build native.gemspec; mv *.gem ..; cd ..
    GEM_HOME=/usr/local/bundle gem install --local --force *.gem
    gem install --local --no-document minitest-*.gem
    rm -r /srv/gems"
}

# Composer's registry is not needed either: packages from directories, copied as it copies any others.
php_app() {
  say "PHP: packages from directories"
  local name
  mkdir -p "$ROOT/srv/php/app"
  for name in log cli meta; do
    mkdir -p "$ROOT/srv/php/$name/src" "$ROOT/srv/php/$name/bin"
    printf '<?php\n' | tee "$ROOT/srv/php/$name/src/$name.php" >"$ROOT/srv/php/$name/bin/$name"
    printf '{"name": "example/%s", "version": "v1.2.3", "license": ["MIT"], "bin": ["bin/%s"]}\n' "$name" "$name" \
      >"$ROOT/srv/php/$name/composer.json"
  done
  printf '{"name": "example/meta", "version": "2.0.0", "type": "metapackage", "require": {"example/log": "*"}}\n' \
    >"$ROOT/srv/php/meta/composer.json"
  cat >"$ROOT/srv/php/app/composer.json" <<'JSON'
{
  "name": "example/app",
  "repositories": [{"type": "path", "url": "../{log,cli,meta}", "options": {"symlink": false}}, {"packagist.org": false}],
  "require": {"example/meta": "*"},
  "require-dev": {"example/cli": "*"}
}
JSON
  inside 'cd /srv/php/app; composer --no-interaction --quiet install; rm -r ../log ../cli ../meta'
}

# What a later layer takes away or replaces must not be named.
change() {
  say "changes: uninstalled, upgraded, removed"
  inside 'pip install -q --target /srv/lib --upgrade click==8.1.6
    /opt/venv/bin/pip -q uninstall -y tqdm; /opt/venv/bin/pip -q install requests==2.32.3
    cd /app; npm uninstall --silent chalk; rm -r node_modules/eslint
    GEM_HOME=/usr/local/bundle gem uninstall --all --executables --force power_assert
    cd /srv/php/app; composer --no-interaction --quiet install --no-dev'
}

main() {
  local made; made=$OUT/made-languages-$(sha256sum "$HERE/languages.sh" | cut -c1-16)
  [ -e "$made" ] && { say "already made: $OUT/languages"; return 0; }
  mkdir -p "$OUT/base" "$OUT/bundle"
  rm -rf "$OUT"/made-languages-* "$OUT/languages" "$BUNDLE"
  if [ ! -s "$OUT/base/languages.tar" ]; then
    say "mmdebstrap $PACKAGES"
    mmdebstrap --quiet --mode=root --format=tar --variant=apt --skip=output/dev,output/mknod --include="$PACKAGES" \
      bookworm "$OUT/base/languages.tar.part" >"$OUT/base/languages.log" 2>&1 || { tail -n 20 "$OUT/base/languages.log" >&2; return 1; }
    mv "$OUT/base/languages.tar.part" "$OUT/base/languages.tar"
  fi
  skopeo --insecure-policy copy --quiet "tarball:$OUT/base/languages.tar" "oci:$OUT/languages:app"
  umoci unpack --image "$OUT/languages:app" "$BUNDLE"
  mkdir -p "$ROOT/dev"
  python_app; node_app; ruby_app; php_app
  layer install
  change
  layer change
  umoci config --no-history --image "$OUT/languages:app" --config.cmd sh
  touch "$made"
  say "made: $OUT/languages"
}
main
