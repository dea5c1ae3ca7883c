//! Debian images: the `mainstream` one, the same `hardened` after the fact, and a `distroless` one.

use std::collections::BTreeSet;

use md5::{Digest as _, Md5};

use super::keys;
use super::package_table::{self, Contents, Item, Kind, Package};
use super::{hex, service};
use crate::support::elf::Elf;
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

const OS_RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\n\
    VERSION_ID=\"13\"\nVERSION=\"13 (trixie)\"\nVERSION_CODENAME=trixie\nDEBIAN_VERSION_FULL=13.7\n\
    ID=debian\nHOME_URL=\"https://www.debian.org/\"\nSUPPORT_URL=\"https://www.debian.org/support\"\n\
    BUG_REPORT_URL=\"https://bugs.debian.org/\"\n";

const DEBIAN_SOURCES: &str = "Types: deb\nURIs: https://debian.org/debian\n\
    Suites: trixie trixie-updates\nComponents: main\n\
    Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp\n\n\
    Types: deb\nURIs: https://debian.org/debian-security\n\
    Suites: trixie-security\nComponents: main\n\
    Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp\n";

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
    _apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n";

const GROUP: &str = "root:x:0:\ndaemon:x:1:\nshadow:x:42:\nnogroup:x:65534:\n";

/// Directories of base-files (FHS 3.0, chapters 3 to 5), with their modes.
const DIRECTORIES: [(&str, u32); 36] = [
    ("boot", 0o755),
    ("dev", 0o755),
    ("etc", 0o755),
    ("home", 0o755),
    ("media", 0o755),
    ("mnt", 0o755),
    ("opt", 0o755),
    ("proc", 0o755),
    ("root", 0o700),
    ("run", 0o755),
    ("srv", 0o755),
    ("sys", 0o755),
    ("tmp", 0o1777),
    ("usr", 0o755),
    ("usr/bin", 0o755),
    ("usr/games", 0o755),
    ("usr/include", 0o755),
    ("usr/lib", 0o755),
    ("usr/lib64", 0o755),
    ("usr/local", 0o755),
    ("usr/local/bin", 0o755),
    ("usr/local/lib", 0o755),
    ("usr/local/sbin", 0o755),
    ("usr/local/share", 0o755),
    ("usr/sbin", 0o755),
    ("usr/share", 0o755),
    ("usr/src", 0o755),
    ("var", 0o755),
    ("var/backups", 0o755),
    ("var/cache", 0o755),
    ("var/lib", 0o755),
    ("var/local", 0o755),
    ("var/log", 0o755),
    ("var/opt", 0o755),
    ("var/spool", 0o755),
    ("var/tmp", 0o1777),
];

/// Packages of the distroless image.
const DISTROLESS: [&str; 10] = [
    "base-files",
    "gcc-14-base",
    "libc6",
    "libgcc-s1",
    "libssl3t64",
    "libstdc++6",
    "libzstd1",
    "netbase",
    "tzdata",
    "zlib1g",
];

/// What hardening after the fact removes: package managers, shells, the setuid program, and the
/// records of what the image is made of.
const REMOVED: [&str; 24] = [
    "etc/apt",
    "usr/bin/apt",
    "usr/bin/apt-cache",
    "usr/bin/apt-config",
    "usr/bin/apt-get",
    "usr/bin/apt-mark",
    "usr/bin/bash",
    "usr/bin/dash",
    "usr/bin/dpkg",
    "usr/bin/dpkg-deb",
    "usr/bin/dpkg-divert",
    "usr/bin/dpkg-maintscript-helper",
    "usr/bin/dpkg-query",
    "usr/bin/dpkg-split",
    "usr/bin/rbash",
    "usr/bin/sh",
    "usr/bin/su",
    "usr/lib/apt",
    "usr/lib/dpkg",
    "usr/libexec/dpkg",
    "usr/share/keyrings",
    "var/cache/apt",
    "var/lib/apt",
    "var/lib/dpkg",
];

/// Debian 13 with Python, apt and dpkg working, every file accounted for; runs as root.
pub fn mainstream() -> ImageBuilder {
    service(
        ImageBuilder::new()
            .layer(root())
            .history("COPY rootfs / # debian 13, python3"),
    )
    .entrypoint(&["/usr/bin/python3", "-m", "http.server"])
    .cmd(&["--directory", "/srv/www", "8080"])
    .env(
        "PATH",
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    )
}

/// The mainstream image with everything removed that a scanner could object to, and a user set.
pub fn hardened() -> ImageBuilder {
    let stripped = REMOVED
        .iter()
        .fold(Layer::new(), |layer, path| layer.whiteout(path));
    mainstream()
        .layer(stripped)
        .history("RUN /hardening/strip.sh # package managers, shells, setuid, records")
        .user("65532")
        .label(
            "org.opencontainers.image.description",
            "Hardened web server",
        )
}

/// Debian packages unpacked without their tools, in the layout of Google's distroless images, and
/// one program of our own.
pub fn distroless() -> ImageBuilder {
    let contents = contents();
    let packages: Vec<Package> = packages()
        .into_iter()
        .filter(|package| DISTROLESS.contains(&package.name.as_str()))
        .map(without_scripts)
        .collect();
    let mut layer = tree(&packages, &contents);
    for package in &packages {
        let record = format!("var/lib/dpkg/status.d/{}", package.name);
        layer = layer
            .file(&format!("{record}.md5sums"), md5sums(package, &contents))
            .file(&record, stanza(package, &contents, false));
    }
    let passwd = "root:x:0:0:root:/root:/sbin/nologin\n\
        nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";
    layer = layer
        .file("etc/passwd", passwd)
        .file("etc/group", "root:x:0:\nnonroot:x:65532:\n")
        .file(
            "etc/ssl/certs/ca-certificates.crt",
            "Stands for the CA bundle.\n",
        )
        .dir("home/nonroot")
        .owned_by(65532, 65532);
    let server = Elf::executable()
        .protected()
        .needs("libssl.so.3")
        .needs("libc.so.6")
        .payload("site-server");
    let program = Layer::new().executable("usr/local/bin/site-server", server.bytes());
    service(
        ImageBuilder::new()
            .layer(layer.with_parents())
            .history("bazel build //base:base_nonroot_amd64_debian13")
            .layer(program.with_parents())
            .history("COPY site-server /usr/local/bin/site-server"),
    )
    .entrypoint(&["/usr/local/bin/site-server"])
    .cmd(&["--root", "/srv/www", "--port", "8080"])
    .user("65532")
    .annotation(
        "org.opencontainers.image.source",
        "https://example.org/site",
    )
}

fn packages() -> Vec<Package> {
    package_table::read(include_str!("debian13.txt"))
}

fn contents() -> Contents {
    Contents::from([
        ("/usr/lib/os-release", OS_RELEASE.into()),
        ("/etc/debian_version", "13.7\n".into()),
        (
            "/usr/share/keyrings/debian-archive-keyring.pgp",
            keys::openpgp(),
        ),
        (
            "/etc/ld.so.conf",
            "include /etc/ld.so.conf.d/*.conf\n".into(),
        ),
    ])
}

/// Distroless carries no shell, so no scripts for one.
fn without_scripts(mut package: Package) -> Package {
    package
        .items
        .retain(|item| !matches!(item.kind, Kind::Script { .. }));
    package
}

/// Directories, package files and copyright files.
fn tree(packages: &[Package], contents: &Contents) -> Layer {
    let mut layer = Layer::new();
    for (path, mode) in DIRECTORIES {
        layer = layer.dir(path).mode(mode);
    }
    for package in packages {
        layer = package
            .items
            .iter()
            .fold(layer, |layer, item| item.place(layer, contents));
        let item = copyright(package);
        layer = item.place(layer, contents);
    }
    layer
}

/// The root file system of the mainstream image.
fn root() -> Layer {
    let (packages, contents) = (packages(), contents());
    let mut status = String::new();
    let mut layer = tree(&packages, &contents);
    for package in &packages {
        let suffix = if package.is_multi_arch() {
            ":amd64"
        } else {
            ""
        };
        let record = format!("var/lib/dpkg/info/{}{suffix}", package.name);
        layer = layer.file(&format!("{record}.list"), list(package));
        let sums = md5sums(package, &contents);
        if !sums.is_empty() {
            layer = layer.file(&format!("{record}.md5sums"), sums);
        }
        status.push_str(&stanza(package, &contents, true));
        status.push('\n');
    }
    layer
        .file("var/lib/dpkg/info/format", "1\n")
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/diversions", "")
        .file("var/lib/dpkg/statoverride", "")
        .file("var/lib/dpkg/lock", "")
        .dir("var/lib/dpkg/updates")
        .dir("var/lib/dpkg/triggers")
        .file("var/lib/apt/extended_states", "")
        .dir("var/lib/apt/lists/partial")
        .dir("var/cache/apt/archives/partial")
        .dir("etc/apt/preferences.d")
        .dir("etc/apt/trusted.gpg.d")
        .file("etc/apt/sources.list.d/debian.sources", DEBIAN_SOURCES)
        .file("etc/passwd", PASSWD)
        .file("etc/group", GROUP)
        .file(
            "etc/ssl/certs/ca-certificates.crt",
            "Stands for the CA bundle.\n",
        )
        .with_parents()
}

fn copyright(package: &Package) -> Item {
    let path = format!("/usr/share/doc/{}/copyright", package.name);
    Item {
        path,
        kind: Kind::Data,
    }
}

/// `info/<package>.list`: directories, then files, as dpkg writes them.
fn list(package: &Package) -> String {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    let copyright = copyright(package);
    for item in package.items.iter().chain([&copyright]) {
        let ends = item
            .path
            .match_indices('/')
            .map(|(at, _)| at)
            .filter(|at| *at > 0);
        paths.extend(ends.map(|end| item.path[..end].to_owned()));
        paths.insert(item.path.clone());
    }
    if package.name == "base-files" {
        paths.extend(DIRECTORIES.iter().map(|(path, _)| format!("/{path}")));
    }
    let lines = paths.into_iter().map(|path| path + "\n");
    std::iter::once("/.\n".to_owned()).chain(lines).collect()
}

/// `info/<package>.md5sums`: files only, configuration files left out.
fn md5sums(package: &Package, contents: &Contents) -> String {
    let copyright = copyright(package);
    package
        .items
        .iter()
        .chain([&copyright])
        .filter(|item| !matches!(item.kind, Kind::Config))
        .filter_map(|item| {
            let digest = hex(&Md5::digest(item.bytes(contents)?));
            Some(format!("{digest}  {}\n", item.path.trim_start_matches('/')))
        })
        .collect()
}

/// One package as dpkg's `status` (or a `.deb`'s control file) describes it.
fn stanza(package: &Package, contents: &Contents, installed: bool) -> String {
    let mut text = format!("Package: {}\n", package.name);
    let mut field = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\n"));
    if package.essential {
        field("Essential", "yes");
    }
    if installed {
        field("Status", "install ok installed");
    }
    field("Maintainer", &package.maintainer);
    field("Architecture", &package.arch);
    if package.is_multi_arch() {
        field("Multi-Arch", "same");
    }
    if (&package.source, &package.source_version) != (&package.name, &package.version) {
        let version = match package.source_version == package.version {
            true => String::new(),
            false => format!(" ({})", package.source_version),
        };
        field("Source", &format!("{}{version}", package.source));
    }
    field("Version", &package.version);
    if !package.depends.is_empty() {
        field("Depends", &package.depends.join(", "));
    }
    field("Description", &format!("{} of Debian 13", package.name));
    let configs: Vec<&Item> = package
        .items
        .iter()
        .filter(|item| matches!(item.kind, Kind::Config))
        .collect();
    if installed && !configs.is_empty() {
        text.push_str("Conffiles:\n");
        for item in configs {
            let digest = hex(&Md5::digest(item.bytes(contents).unwrap_or_default()));
            text.push_str(&format!(" {} {digest}\n", item.path));
        }
    }
    text
}
