//! An image of a vendor's own distribution, in the layout of Wolfi: apk, no shell, an SBOM for
//! each package, and a tree of the vendor's own that no package owns.

use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::keys;
use super::package_table::{self, Contents, Item, Kind, Package};
use super::{base64, hex, service};
use crate::support::elf::Elf;
use crate::support::image_builder::{CREATED, ImageBuilder, json_bytes};
use crate::support::layer::{Layer, MTIME};

const OS_RELEASE: &str = "ID=wolfi\nNAME=\"Wolfi\"\nPRETTY_NAME=\"Wolfi\"\n\
    VERSION_ID=\"20230201\"\nHOME_URL=\"https://wolfi.dev\"\n\
    BUG_REPORT_URL=\"https://github.com/wolfi-dev/os/issues\"\n";

const PASSWD: &str = "root:x:0:0:root:/root:/sbin/nologin\n\
    nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";

/// Directories the packages put no file into.
const DIRECTORIES: [&str; 9] = [
    "dev",
    "home",
    "proc",
    "root",
    "run",
    "sys",
    "usr/local/bin",
    "var/cache",
    "var/log",
];

/// Wolfi's packages with Python, and a vendor's agent beside them; runs as `nonroot`.
pub fn vendor_distro() -> ImageBuilder {
    let agent = Elf::static_executable().payload("vendor agent");
    let vendor = Layer::new()
        .executable("opt/vendor/bin/agent", agent.bytes())
        .file(
            "opt/vendor/agent.yaml",
            "report_to: https://vendor.example.org/inventory\n",
        )
        .file(
            "opt/vendor/LICENSE",
            "Use of the agent is subject to the vendor's agreement.\n",
        );
    service(
        ImageBuilder::new()
            .layer(root())
            .history("apko build")
            .layer(vendor.with_parents())
            .history("COPY vendor /opt/vendor"),
    )
    .entrypoint(&["/usr/bin/python3", "-m", "http.server"])
    .cmd(&["--directory", "/srv/www", "8080"])
    .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/bin")
    .user("65532")
    .label(
        "org.opencontainers.image.source",
        "https://example.org/vendor-images",
    )
    .label(
        "org.opencontainers.image.revision",
        &commit("vendor-images"),
    )
    .label("org.opencontainers.image.vendor", "Example vendor")
}

fn contents() -> Contents {
    Contents::from([
        ("/usr/lib/os-release", OS_RELEASE.into()),
        ("/etc/apk/repositories", "https://wolfi.dev/os\n".into()),
        (
            "/etc/apk/keys/wolfi-signing.rsa.pub",
            keys::RSA_PUBLIC_KEY.into(),
        ),
        ("/etc/passwd", PASSWD.into()),
        ("/etc/group", "root:x:0:\nnonroot:x:65532:\n".into()),
        (
            "/etc/nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\n".into(),
        ),
    ])
}

fn root() -> Layer {
    let contents = contents();
    let mut layer = Layer::new();
    for path in DIRECTORIES {
        layer = layer.dir(path);
    }
    layer = layer
        .dir("tmp")
        .mode(0o1777)
        .dir("home/nonroot")
        .owned_by(65532, 65532);
    let mut database = String::new();
    for package in package_table::read(include_str!("wolfi.txt")) {
        layer = package
            .items
            .iter()
            .fold(layer, |layer, item| item.place(layer, &contents));
        let document = sbom(&package);
        layer = layer.file(&sbom_path(&package), document.clone());
        database.push_str(&record(&package, &contents, &document));
        database.push('\n');
    }
    layer
        .file("usr/lib/apk/db/installed", database)
        .file("usr/lib/apk/db/triggers", "")
        .file(
            "etc/apk/world",
            "ca-certificates-bundle\npython-3.13\nwolfi-baselayout\n",
        )
        .file("etc/apk/arch", "x86_64\n")
        .with_parents()
}

/// A package as `installed` records it (apk-tools, `apk(5)`: one letter a line; `F:` and `R:` with
/// their checksum at the end).
fn record(package: &Package, contents: &Contents, document: &[u8]) -> String {
    let size: usize = package
        .items
        .iter()
        .filter_map(|i| i.bytes(contents))
        .map(|b| b.len())
        .sum();
    let mut text = format!(
        "C:{}\nP:{}\nV:{}\nA:{}\nS:{}\nI:{size}\nT:{} of Wolfi\nU:https://wolfi.dev\nL:{}\no:{}\n\
         t:{MTIME}\nc:{}\n",
        checksum(package.name.as_bytes()),
        package.name,
        package.version,
        package.arch,
        size / 3,
        package.name,
        package.license,
        package.source,
        commit(&package.source),
    );
    if !package.depends.is_empty() {
        text.push_str(&format!("D:{}\n", package.depends.join(" ")));
    }
    let own_sbom = Item {
        path: format!("/{}", sbom_path(package)),
        kind: Kind::Data,
    };
    let mut items: Vec<&Item> = package.items.iter().chain([&own_sbom]).collect();
    items.sort_by_key(|item| item.path.rsplit_once('/'));
    let mut folder = None;
    for item in items {
        let (parent, name) = item.path.rsplit_once('/').unwrap_or(("", &item.path));
        if folder != Some(parent) {
            text.push_str(&format!("F:{}\n", parent.trim_start_matches('/')));
            folder = Some(parent);
        }
        let bytes = match &item.kind {
            Kind::Link { target } => target.clone().into_bytes(),
            _ if item.path == own_sbom.path => document.to_vec(),
            _ => item.bytes(contents).unwrap_or_default(),
        };
        let mode = match &item.kind {
            Kind::Program { mode, .. } | Kind::Script { mode, .. } => *mode,
            Kind::Link { .. } => 0o777,
            _ => 0o644,
        };
        if mode != 0o644 {
            text.push_str(&format!(
                "R:{name}\na:0:0:{mode:o}\nZ:{}\n",
                checksum(&bytes)
            ));
        } else {
            text.push_str(&format!("R:{name}\nZ:{}\n", checksum(&bytes)));
        }
    }
    text
}

/// `Q1` and the base64 of a SHA-1, apk's spelling; of a link, the SHA-1 of its target.
fn checksum(bytes: &[u8]) -> String {
    format!("Q1{}", base64(&Sha1::digest(bytes)))
}

/// A commit id that is the same on every run; it names no real commit.
fn commit(name: &str) -> String {
    hex(&Sha1::digest(name.as_bytes()))
}

fn sbom_path(package: &Package) -> String {
    format!(
        "var/lib/db/sbom/{}-{}.spdx.json",
        package.name, package.version
    )
}

/// The SBOM melange writes into each package: SPDX 2.3 with the package itself.
fn sbom(package: &Package) -> Vec<u8> {
    json_bytes(&json!({
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": format!("apk-{}-{}", package.name, package.version),
        "spdxVersion": "SPDX-2.3",
        "creationInfo": {"created": CREATED, "creators": ["Tool: freehold example generator"]},
        "dataLicense": "CC0-1.0",
        "documentNamespace": format!("https://example.org/spdx/{}-{}", package.name, package.version),
        "packages": [{
            "SPDXID": format!("SPDXRef-Package-{}", package.name),
            "name": package.name,
            "versionInfo": package.version,
            "licenseDeclared": package.license,
            "downloadLocation": "NOASSERTION",
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator":
                    format!("pkg:apk/wolfi/{}@{}?arch={}", package.name, package.version, package.arch),
            }],
        }],
        "relationships": [{
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": format!("SPDXRef-Package-{}", package.name),
        }],
    }))
}
