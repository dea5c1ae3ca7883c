//! Where arbitrary bytes enter the program: each door builds an image around them, reads it as a
//! user would, and looks for what must hold whatever the bytes were. The fuzz targets and the test
//! that replays their corpus use the same doors.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, LazyLock};

use flate2::write::ZlibEncoder;
use freehold::facts::model::{Facts, Verdict};
use freehold::facts::{
    self, BaseChoice, EvidenceOptions, Given, GivenKind, Matcher, Trust, TrustRoot,
    TrustedIdentity, TrustedKey,
};
use freehold::image::{ImageError, Limits, Silent};
use freehold::source::{self, OpenOptions, Reference};

use crate::support::image_builder::{ImageBuilder, OCI_MANIFEST, digest_of};
use crate::support::layer::{Compression, Layer, compress};
use crate::support::layout::Layout;
use crate::support::rpm;
use crate::support::segments::{DATA, Segments};
use crate::support::zip::Zip;

/// A door takes any bytes and panics only where the program broke its word.
pub type Door = fn(&[u8]);

/// Every door, by the name of its fuzz target and of its folder in `corpus`.
pub const DOORS: [(&str, Door); 22] = [
    ("apk", apk),
    ("build_info", build_info),
    ("bundle", bundle),
    ("documents", documents),
    ("dpkg", dpkg),
    ("dsse", dsse),
    ("elf", elf),
    ("gems", gems),
    ("jar", jar),
    ("layer", layer),
    ("manifest_wall", manifest_wall),
    ("os_release", os_release),
    ("package_lists", package_lists),
    ("pacman", pacman),
    ("python", python),
    ("rpm_hash", rpm_hash),
    ("rpm_header", rpm_header),
    ("rpm_slots", rpm_slots),
    ("rpm_sqlite", rpm_sqlite),
    ("rpm_text", rpm_text),
    ("sbom", sbom),
    ("statement", statement),
];

/// Where rpm's own database is on SUSE.
const RPM_SLOTS: &str = "usr/lib/sysimage/rpm/Packages.db";

/// Between the parts of an input that holds several files or layers.
const SEPARATOR: &[u8] = b"\n%%%%\n";

/// Caps small enough for many runs a second, and reached by small inputs.
fn limits() -> Limits {
    Limits {
        max_entries: 5_000,
        max_tar_bytes: 64 << 20,
        max_header_bytes: 64 << 10,
        max_file_bytes: 1 << 20,
        max_kept_bytes: 8 << 20,
        ..Limits::default()
    }
}

/// `t`: tar streams of up to four layers, their header checksums put right. Any other letter: one
/// layer's stored bytes as they are, compressed or not.
pub fn layer(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let plain = |bytes: Vec<u8>| Layer::verbatim(bytes).compressed(Compression::Plain);
    let image = match kind {
        b't' => parts(rest, 4)
            .into_iter()
            .map(|tar| plain(with_right_checksums(tar)))
            .fold(ImageBuilder::new(), ImageBuilder::layer),
        _ => ImageBuilder::new().layer(plain(rest.to_vec())),
    };
    read(&image.layout());
}

/// A JSON document in place of a sound one; the first letter says which: `i` the index, `l` the
/// layout's marker, `m` the manifest, `c` the configuration, `n` an index below the index.
pub fn documents(input: &[u8]) {
    let Some((kind, document)) = input.split_first() else {
        return;
    };
    let image = documents_image();
    let layout = match kind {
        b'i' => image.layout().index_bytes(document),
        b'l' => image.layout().layout_bytes(document),
        b'm' => with_document(&image, &image.manifest_digest(), document),
        b'c' => with_configuration(&image, document),
        b'n' => with_nested_index(&image, document),
        _ => return,
    };
    read(&layout);
}

/// `etc/os-release`, `usr/lib/os-release`, `etc/debian_version`, `etc/alpine-release`.
pub fn os_release(input: &[u8]) {
    let paths = [
        "etc/os-release",
        "usr/lib/os-release",
        "etc/debian_version",
        "etc/alpine-release",
    ];
    read_files(&paths, input);
}

/// dpkg's status, a package's list and digests, diversions, distroless' pair, path filters, stat
/// overrides.
pub fn dpkg(input: &[u8]) {
    let paths = [
        "var/lib/dpkg/status",
        "var/lib/dpkg/info/a.list",
        "var/lib/dpkg/info/a.md5sums",
        "var/lib/dpkg/diversions",
        "var/lib/dpkg/status.d/b",
        "var/lib/dpkg/status.d/b.md5sums",
        "etc/dpkg/dpkg.cfg",
        "var/lib/dpkg/statoverride",
    ];
    read_files(&paths, input);
}

/// apk's database, its repositories, a database in the place newer versions keep it, and rules of
/// what is configuration.
pub fn apk(input: &[u8]) {
    let paths = [
        "lib/apk/db/installed",
        "etc/apk/repositories",
        "usr/lib/apk/db/installed",
        "etc/apk/protected_paths.d/a.list",
    ];
    read_files(&paths, input);
}

/// chisel's manifest: `t` the text, which is compressed; any other letter, the bytes as stored.
pub fn manifest_wall(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let stored = match kind {
        b't' => compress(rest, Compression::Zstd),
        _ => rest.to_vec(),
    };
    read_files(&["var/lib/chisel/manifest.wall"], &stored);
}

/// A package's description, list and `mtree` in pacman's database: `t` with the text of the last,
/// which is compressed; any other letter, with its bytes as stored.
pub fn pacman(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let mut all = parts(rest, 3);
    let mtree = all.get(2).copied().unwrap_or_default();
    let mtree = match kind {
        b't' => compress(mtree, Compression::Gzip),
        _ => mtree.to_vec(),
    };
    all.truncate(2);
    let names = ["desc", "files", "mtree"];
    let paths = names.map(|name| format!("var/lib/pacman/local/a-1-1/{name}"));
    all.push(&mtree);
    read_parts(paths.iter().map(String::as_str).zip(all));
}

/// Headers of up to four packages of rpm, in a sound database around them.
pub fn rpm_header(input: &[u8]) {
    read_files(&[RPM_SLOTS], &rpm::ndb(&parts(input, 4)));
}

/// rpm's SQLite database and the log beside it.
pub fn rpm_sqlite(input: &[u8]) {
    let paths = ["var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite-wal"];
    read_files(&paths, input);
}

/// rpm's database as a Berkeley DB hash.
pub fn rpm_hash(input: &[u8]) {
    read_files(&["var/lib/rpm/Packages"], input);
}

/// rpm's own database.
pub fn rpm_slots(input: &[u8]) {
    read_files(&[RPM_SLOTS], input);
}

/// The lists in place of rpm's database, repositories of dnf and zypper, and a key.
pub fn rpm_text(input: &[u8]) {
    let paths = [
        "var/lib/rpmmanifest/container-manifest-2",
        "etc/yum.repos.d/a.repo",
        "etc/dnf/dnf.conf",
        "etc/zypp/repos.d/b.repo",
        "etc/pki/rpm-gpg/RPM-GPG-KEY-a",
        "var/lib/rpmmanifest/container-manifest-1",
    ];
    read_files(&paths, input);
}

/// A program and a library beside a sound loader; between the first parts lies code of ten
/// megabytes, so that what headers point at may be far away.
pub fn elf(input: &[u8]) {
    let parts = parts(input, 3);
    let library = parts.get(1).copied().unwrap_or_default();
    let far = match (parts.first(), parts.get(2)) {
        (Some(first), Some(last)) => [first, &vec![0x90; 10 << 20][..], last].concat(),
        (first, _) => first.copied().unwrap_or_default().to_vec(),
    };
    let layer = Layer::new()
        .executable("usr/bin/x", far)
        .file("usr/lib/liba.so", library)
        .file("etc/ld.so.conf", "include ld.so.conf.d/*.conf\n")
        .symlink("lib64", "usr/lib");
    read(&ImageBuilder::new().layer(layer).layout());
}

/// A Python package's METADATA and RECORD, and the two files of an egg-info.
pub fn python(input: &[u8]) {
    let paths = [
        "usr/lib/python3/dist-packages/a-1.dist-info/METADATA",
        "usr/lib/python3/dist-packages/a-1.dist-info/RECORD",
        "usr/lib/python3/dist-packages/b.egg-info/PKG-INFO",
        "usr/lib/python3/dist-packages/b.egg-info/installed-files.txt",
    ];
    read_files(&paths, input);
}

/// Specifications of a gem that was installed and of one that came with Ruby.
pub fn gems(input: &[u8]) {
    let paths = [
        "usr/lib/ruby/gems/3.1.0/specifications/a-1.gemspec",
        "usr/lib/ruby/gems/3.1.0/specifications/default/b-1.gemspec",
        "usr/lib/ruby/gems/3.1.0/gems/a-1/a.rb",
    ];
    read_files(&paths, input);
}

/// JSON that lists packages: Composer's, .NET's, conda's, Bitnami's two, melange's, a package.json.
pub fn package_lists(input: &[u8]) {
    let paths = [
        "srv/vendor/composer/installed.json",
        "srv/a.deps.json",
        "srv/conda-meta/a.json",
        "opt/bitnami/a/.spdx-a.spdx",
        "opt/bitnami/.bitnami_components.json",
        "var/lib/db/sbom/a.spdx.json",
        "srv/node_modules/a/package.json",
    ];
    read_files(&paths, input);
}

/// An in-toto statement beside the image, as BuildKit attaches it; `@` in it stands for the digest of
/// the image in hexadecimal.
pub fn statement(input: &[u8]) {
    let image = documents_image();
    let digest = image.manifest_digest();
    let hex = digest.trim_start_matches("sha256:").as_bytes();
    let statement = input.split(|byte| *byte == b'@').collect::<Vec<_>>();
    let layout = image.layout().statement(&digest, statement.join(hex));
    read(&layout.nested(Some("latest"))).expect("a sound image with an odd statement is read");
}

/// A Sigstore bundle that was given, checked by the keys, identity and root of the fixtures.
pub fn bundle(input: &[u8]) {
    let given = Given {
        kind: GivenKind::Bundle,
        name: "it".to_owned(),
        bytes: input.to_vec(),
    };
    let evidence = EvidenceOptions {
        given: vec![given],
        trust: TRUST.clone(),
    };
    let facts = read_with(&documents_image().layout(), evidence);
    unsigned(&facts.expect("a sound image with an odd bundle is read"));
}

/// What cosign attaches: `s` a payload of simple signing, any other letter an envelope (DSSE); then
/// the annotations of its layer, as JSON.
pub fn dsse(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let all = parts(rest, 2);
    let (payload, annotations) = (all[0], all.get(1).copied().unwrap_or_default());
    let annotations: BTreeMap<String, String> =
        serde_json::from_slice(annotations).unwrap_or_default();
    let (suffix, media_type) = match kind {
        b's' => ("sig", "application/vnd.dev.cosign.simplesigning.v1+json"),
        _ => ("att", "application/vnd.dsse.envelope.v1+json"),
    };
    let image = documents_image();
    let config = b"{}";
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(config), "size": config.len()},
        "layers": [{"mediaType": media_type, "digest": digest_of(payload), "size": payload.len(), "annotations": annotations}],
    });
    let manifest = manifest.to_string();
    let tag = image.manifest_digest().replace(':', "-");
    let entry = serde_json::json!({
        "mediaType": OCI_MANIFEST,
        "digest": digest_of(manifest.as_bytes()),
        "size": manifest.len(),
        "annotations": {"org.opencontainers.image.ref.name": format!("{tag}.{suffix}")},
    });
    let layout = image
        .layout()
        .blob(payload)
        .blob(&config[..])
        .blob(manifest);
    let evidence = EvidenceOptions {
        given: Vec::new(),
        trust: TRUST.clone(),
    };
    let facts = read_with(&layout.entry(entry), evidence);
    let facts = facts.expect("a sound image with an odd signature is read");
    let found = facts.signatures.items.len() + facts.attestations.items.len();
    assert!(found > 0, "what is attached is listed");
    unsigned(&facts);
}

/// The keys, the identity and the root that the fixtures of signatures were made with; of keys no
/// entry of a log is asked for.
static TRUST: LazyLock<Arc<Trust>> = LazyLock::new(|| {
    let keys = [
        &include_bytes!("../fixtures/signatures/p256.pub")[..],
        include_bytes!("../fixtures/signatures/p384.pub"),
        include_bytes!("../fixtures/signatures/p521.pub"),
        include_bytes!("../fixtures/signatures/rsa.pub"),
        include_bytes!("../fixtures/signatures/ed25519.pub"),
    ];
    let mut keys = TrustedKey::from_pem("them", &keys.concat()).expect("keys");
    for key in &mut keys {
        key.unlogged = true;
    }
    let root = include_bytes!("../fixtures/signatures/trusted_root.json");
    let exact = |text| Matcher::exact(text).expect("a name");
    let build = "https://ci.example/team/image/build.yml@refs/heads/main";
    Arc::new(Trust {
        keys,
        identities: vec![TrustedIdentity::new(
            "the build",
            exact("https://ci.example"),
            exact(build),
        )],
        root: Some(TrustRoot::from_json("it", root).expect("a root")),
        ..Trust::default()
    })
});

/// Nobody has signed the image of these doors, and so nothing about it is good; what is said of that
/// is fit to print.
fn unsigned(facts: &Facts) {
    let signatures = facts.signatures.items.iter().map(|it| &it.verification);
    let attestations = facts.attestations.items.iter().map(|it| &it.verification);
    for verification in signatures.chain(attestations) {
        assert!(
            verification.verdict > Verdict::Authentic,
            "{verification:?}"
        );
        let reason = verification.reason.as_deref().unwrap_or_default();
        assert!(!reason.contains(char::is_control), "{reason:?}");
    }
}

/// A Java archive: `t` with the texts of its manifest, its `pom.properties` and a file within an
/// archive in it; any other letter, its bytes.
pub fn jar(input: &[u8]) {
    let Some((b't', rest)) = input.split_first() else {
        read_files(&["srv/app-1.0.jar"], input.get(1..).unwrap_or_default());
        return;
    };
    let all = parts(rest, 3);
    let part = |at: usize| all.get(at).copied().unwrap_or_default();
    let inner = Zip::new()
        .deflated("META-INF/maven/g/a/pom.properties", part(2))
        .stored("A.class", b"A");
    let outer = Zip::new()
        .deflated("META-INF/MANIFEST.MF", part(0))
        .deflated("META-INF/maven/g/b/pom.properties", part(1))
        .stored("BOOT-INF/lib/a-1.0.jar", &inner.bytes());
    read_files(&["srv/app-1.0.jar"], &outer.bytes());
}

/// What a program says of itself: `g` Go's build information, `r` the list of crates once inflated,
/// `z` the same as stored, `n` the note of its package; any other letter, the texts in it.
pub fn build_info(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let list = |bytes: Vec<u8>| {
        let length = bytes.len();
        let program = Segments::new().load(DATA, 0x5000, bytes);
        program.section(".dep-v0", 0x5000, length)
    };
    let program = match kind {
        b'g' => Segments::new().load(DATA, 0x5000, [&b"\xff Go buildinf:"[..], rest].concat()),
        b'r' => list(zlib(rest)),
        b'z' => list(rest.to_vec()),
        b'n' => Segments::new().note("FDO", 0xcafe_1a7e, rest),
        _ => Segments::new().load(DATA, 0x5000, rest),
    };
    let program = program.bytes();
    let layer = Layer::new()
        .executable("usr/sbin/nginx", &*program)
        .executable("usr/bin/redis-server", program);
    read(&ImageBuilder::new().layer(layer).layout());
}

/// An SBOM of any format: read within its caps, or refused, in words that are fit to print.
pub fn sbom(input: &[u8]) {
    let told = match facts::sbom::read(input) {
        Ok(document) => {
            assert_eq!(document.format, facts::sbom::recognise(input).format);
            assert!(document.components.len() <= facts::sbom::MAX_COMPONENTS);
            assert!(document.files.len() <= facts::sbom::MAX_FILES);
            assert!(document.related.is_sorted_by(|a, b| a < b));
            document.unread
        }
        Err(error) => vec![error.to_string()],
    };
    for line in told {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// The parts of an input; what comes after the last of them belongs to it.
fn parts(input: &[u8], at_most: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = input;
    while parts.len() + 1 < at_most {
        let place = rest
            .windows(SEPARATOR.len())
            .position(|window| window == SEPARATOR);
        let Some(place) = place else { break };
        parts.push(&rest[..place]);
        rest = &rest[place + SEPARATOR.len()..];
    }
    parts.push(rest);
    parts
}

/// Random changes would hardly ever pass a checksum, so every header gets the right one.
fn with_right_checksums(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(512) {
        if &block[257..262] != b"ustar" {
            continue;
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    tar
}

fn read_files(paths: &[&str], input: &[u8]) {
    read_parts(paths.iter().copied().zip(parts(input, paths.len())));
}

fn read_parts<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) {
    let sound = Layer::new()
        .executable("usr/bin/x", "x")
        .symlink("bin", "usr/bin")
        .symlink("loop", "loop");
    let layer = files
        .filter(|(_, part)| !part.is_empty())
        .fold(sound, |layer, (path, part)| layer.file(path, part));
    let image = ImageBuilder::new().layer(layer.compressed(Compression::Plain));
    let facts = read(&image.layout()).expect("a sound image with an odd file is read");
    let files = &facts.ownership.files;
    let packaged = files.owned + files.language + files.generated;
    let declared = files.self_described + files.sbom_declared;
    let counted = packaged + declared + files.plumbing + files.unowned + files.undetermined;
    assert_eq!(counted, files.total, "every file is counted once");
}

/// The sound image whose documents are replaced.
pub fn documents_image() -> ImageBuilder {
    let layer = Layer::new().file("etc/os-release", "ID=debian\n");
    ImageBuilder::new()
        .layer(layer.compressed(Compression::Plain))
        .user("65532")
        .label("a", "b")
        .env("PATH", "/usr/bin")
        .history("RUN true")
}

/// Adds a document as a blob and lets the index name it in place of the sound one.
fn with_document(image: &ImageBuilder, sound: &str, document: &[u8]) -> Layout {
    let mut layout = image.layout().blob(document);
    for entry in layout.entries_mut() {
        if entry["digest"] == sound {
            entry["digest"] = digest_of(document).into();
            entry["size"] = document.len().into();
        }
    }
    layout
}

fn with_configuration(image: &ImageBuilder, document: &[u8]) -> Layout {
    let digest = digest_of(document);
    let manifest = serde_json::json!({
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": digest,
        "size": document.len(),
    });
    image
        .clone()
        .manifest_field("config", manifest)
        .layout()
        .blob(document)
}

fn with_nested_index(image: &ImageBuilder, document: &[u8]) -> Layout {
    let mut layout = image.layout().nested(Some("latest"));
    let digest = layout.entries_mut()[0]["digest"]
        .as_str()
        .expect("a digest")
        .to_owned();
    layout = layout.blob(document);
    for entry in layout.entries_mut() {
        if entry["digest"] == digest.as_str() {
            entry["digest"] = digest_of(document).into();
            entry["size"] = document.len().into();
        }
    }
    layout
}

/// Reads a layout end to end; `None` when it is refused, in words that are fit to print.
fn read(layout: &Layout) -> Option<Facts> {
    read_with(layout, EvidenceOptions::default())
}

fn read_with(layout: &Layout, evidence: EvidenceOptions) -> Option<Facts> {
    let folder = tempfile::tempdir().expect("a folder");
    layout.write_oci_dir(folder.path());
    let text = format!("oci-dir:{}", folder.path().display());
    let reference = Reference::parse(&text).expect("a reference");
    let source = match source::open(&reference, &OpenOptions::default()) {
        Ok(source) => source,
        Err(error) => return refused(&error),
    };
    let options = facts::Options {
        limits: limits(),
        threads: 1,
        role: None,
        base: BaseChoice::Unknown,
        cache: None,
        evidence,
    };
    match facts::collect(&source, &options, &Silent) {
        Ok(facts) => Some(sound(facts)),
        Err(error) => {
            assert!(!matches!(error, ImageError::Thread(_)), "{error}");
            refused(&error)
        }
    }
}

fn refused(error: &dyn miette::Diagnostic) -> Option<Facts> {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(told, ": {error}").expect("writing to memory");
        cause = error.source();
    }
    if let Some(help) = error.help() {
        write!(told, "; {help}").expect("writing to memory");
    }
    assert!(!told.contains(char::is_control), "{told:?}");
    assert!(!told.contains("decoder died"), "{told}");
    None
}

/// Facts can be saved and read back, and say of every gap where it is.
fn sound(facts: Facts) -> Facts {
    let text = serde_json::to_string(&facts).expect("facts are JSON");
    let again: Facts = serde_json::from_str(&text).expect("facts that were saved");
    assert_eq!(again, facts);
    facts
}
