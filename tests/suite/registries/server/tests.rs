//! The registry itself, judged by hand-written requests and the OCI distribution-spec 1.1.

use std::io::{Read, Write};
use std::net::TcpStream;

use data_encoding::BASE64;
use serde_json::Value;

use super::super::{image, layout};
use super::{Fault, Login, Referrers, Registry, Settings};
use crate::support::image_builder::{ImageBuilder, OCI_INDEX, digest_of};

/// An answer as it came over the wire.
struct Got {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn ask(registry: &Registry, method: &str, target: &str, headers: &str) -> Got {
    let mut stream = TcpStream::connect(registry.address()).unwrap();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: it\r\nConnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    Got {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: bytes[end + 4..].to_vec(),
    }
}

fn get(registry: &Registry, target: &str) -> Got {
    ask(registry, "GET", target, "")
}

fn serving(image: &ImageBuilder, settings: Settings) -> (Registry, tempfile::TempDir) {
    let (folder, _) = layout(image);
    (
        settings.repository("team/app", folder.path()).start(),
        folder,
    )
}

#[test]
fn manifests_and_blobs_have_endpoints_of_their_own() {
    let image = image(2);
    let (registry, _folder) = serving(&image, Settings::default());
    assert_eq!(get(&registry, "/v2/").status, 200);
    let digest = image.manifest_digest();
    for reference in ["latest", &digest] {
        let target = format!("/v2/team/app/manifests/{reference}");
        let got = get(&registry, &target);
        assert_eq!((got.status, digest_of(&got.body)), (200, digest.clone()));
        assert_eq!(got.header("docker-content-digest"), Some(&digest[..]));
        assert_eq!(
            Some(got.json()["mediaType"].as_str().unwrap()),
            got.header("content-type")
        );
        let head = ask(&registry, "HEAD", &target, "");
        assert_eq!((head.head, head.body), (got.head, Vec::new()));
    }
    let layer = image.layer_digest(1);
    let got = get(&registry, &format!("/v2/team/app/blobs/{layer}"));
    assert_eq!((got.status, digest_of(&got.body)), (200, layer.clone()));
    for target in [
        format!("/v2/team/app/manifests/{layer}"),
        "/v2/team/app/manifests/other".into(),
        "/v2/team/other/manifests/latest".into(),
        format!("/v2/team/app/blobs/{}", digest_of(b"nothing")),
    ] {
        let got = get(&registry, &target);
        assert_eq!(got.status, 404, "{target}");
        assert!(got.json()["errors"][0]["code"].is_string(), "{target}");
    }
    let got = ask(&registry, "DELETE", "/v2/team/app/manifests/latest", "");
    assert_eq!(got.status, 405);
}

#[test]
fn a_part_of_a_blob_is_that_part() {
    let image = image(2);
    let (registry, _folder) = serving(&image, Settings::default());
    let target = format!("/v2/team/app/blobs/{}", image.layer_digest(1));
    let whole = get(&registry, &target).body;
    let length = whole.len();
    for (range, part) in [
        ("10-", 10..length),
        ("0-0", 0..1),
        ("5-9", 5..10),
        ("7-99999999", 7..length),
    ] {
        let got = ask(
            &registry,
            "GET",
            &target,
            &format!("Range: bytes={range}\r\n"),
        );
        let span = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        assert_eq!(
            (got.status, got.header("content-range")),
            (206, Some(&span[..]))
        );
        assert_eq!(got.body, whole[part]);
    }
    let past = format!("Range: bytes={length}-\r\n");
    let got = ask(&registry, "GET", &target, &past);
    let span = format!("bytes */{length}");
    assert_eq!(
        (got.status, got.header("content-range")),
        (416, Some(&span[..]))
    );
    for (method, range) in [("GET", "9-5"), ("GET", "-5"), ("HEAD", "10-")] {
        let got = ask(
            &registry,
            method,
            &target,
            &format!("Range: bytes={range}\r\n"),
        );
        let stated = got.header("content-length").unwrap();
        assert_eq!(
            (got.status, stated),
            (200, &length.to_string()[..]),
            "{range}"
        );
    }
}

#[test]
fn referrers_come_in_pages_and_by_type() {
    let subject = image(1);
    let mut layout = subject.layout();
    for (number, kind) in ["a/b+c", "a/d", "a/b+c", "a/b+c"].into_iter().enumerate() {
        let about = serde_json::json!({"digest": subject.manifest_digest()});
        let one = ImageBuilder::new()
            .untagged()
            .label("number", &number.to_string())
            .manifest_field("artifactType", kind.into())
            .manifest_field("subject", about);
        layout = layout.image(&one);
    }
    let folder = tempfile::tempdir().unwrap();
    layout.write_oci_dir(folder.path());
    let settings = Settings::default().referrers(Referrers::Pages(2));
    let registry = settings.repository("app", folder.path()).start();
    let first = format!("/v2/app/referrers/{}", subject.manifest_digest());
    for (query, filter, pages) in [
        ("", None, vec![2, 2]),
        ("?artifactType=a%2Fb%2Bc", Some("artifactType"), vec![2, 1]),
        ("?artifactType=a%2Fe", Some("artifactType"), vec![0]),
    ] {
        let (mut next, mut counts) = (Some(format!("{first}{query}")), Vec::new());
        while let Some(target) = next {
            let got = get(&registry, &target);
            assert_eq!(
                (got.status, got.header("content-type")),
                (200, Some(OCI_INDEX))
            );
            assert_eq!(got.header("oci-filters-applied"), filter);
            counts.push(got.json()["manifests"].as_array().unwrap().len());
            next = got.header("link").map(|link| {
                let link = link.strip_suffix(">; rel=\"next\"").unwrap();
                link.strip_prefix('<').unwrap().to_owned()
            });
        }
        assert_eq!(counts, pages, "{query}");
    }
    // A subject nobody knows has no referrers: that is an empty list, and no error.
    let got = get(
        &registry,
        &format!("/v2/app/referrers/{}", digest_of(b"nothing")),
    );
    assert_eq!(
        (got.status, got.json()["manifests"].clone()),
        (200, serde_json::json!([]))
    );
}

#[test]
fn a_token_opens_one_repository_so_many_times() {
    let login = Login::Token("me", "s3cret");
    let (folder, _) = layout(&image(1));
    let server = Settings::default()
        .login(login.clone())
        .token_uses(2)
        .start();
    let registry = Settings::default()
        .repository("app", folder.path())
        .repository("other", folder.path())
        .login(login)
        .token_server(&server)
        .start();
    let refused = get(&registry, "/v2/app/manifests/latest");
    let challenge = format!(
        "Bearer realm=\"http://{}/token\",service=\"it\"",
        server.address()
    );
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (401, Some(&challenge[..]))
    );
    let basic = |text: &str| {
        format!(
            "Authorization: Basic {}\r\n",
            BASE64.encode(text.as_bytes())
        )
    };
    let scope = "scope=repository%3Aapp%3Apull";
    for (query, who) in [
        (format!("service=it&{scope}"), "me:wr0ng"),
        (format!("service=other&{scope}"), "me:s3cret"),
        ("service=it".into(), "me:s3cret"),
    ] {
        let got = ask(&server, "GET", &format!("/token?{query}"), &basic(who));
        assert_eq!(got.status, 401, "{query} {who}");
    }
    let target = format!("/token?service=it&{scope}");
    let token = ask(&server, "GET", &target, &basic("me:s3cret")).json()["token"].clone();
    let bearer = format!("Authorization: Bearer {}\r\n", token.as_str().unwrap());
    for (name, status) in [("other", 401), ("app", 200), ("app", 200), ("app", 401)] {
        let target = format!("/v2/{name}/manifests/latest");
        assert_eq!(
            ask(&registry, "GET", &target, &bearer).status,
            status,
            "{name}"
        );
    }
}

#[test]
fn a_fault_happens_as_often_as_it_was_asked_for() {
    let image = image(2);
    let digest = image.layer_digest(1);
    let retry = vec![("Retry-After", "7".to_owned())];
    let settings = Settings::default()
        .fault_of(Some("GET"), &digest, 1, Fault::Status(429, retry))
        .fault_of(Some("GET"), &digest, 1, Fault::Cut(1000))
        .fault_of(Some("GET"), &digest, 1, Fault::Trickle(9000, 1))
        .fault_of(Some("GET"), &digest, 1, Fault::Stall(1));
    let (registry, _folder) = serving(&image, settings);
    let target = format!("/v2/team/app/blobs/{digest}");
    assert_eq!(ask(&registry, "HEAD", &target, "").status, 200);
    let got = get(&registry, &target);
    assert_eq!((got.status, got.header("retry-after")), (429, Some("7")));
    let cut = get(&registry, &target);
    let whole: Vec<Got> = (0..3).map(|_| get(&registry, &target)).collect();
    assert_eq!(
        (&cut.head, &cut.body[..]),
        (&whole[2].head, &whole[2].body[..1000])
    );
    for got in &whole {
        assert_eq!((got.status, digest_of(&got.body)), (200, digest.clone()));
    }
    assert_eq!(registry.count("GET", &digest), 5);
}

#[test]
fn with_a_registry_its_connections_end() {
    let image = image(1);
    let stall = Fault::Stall(u64::from(u32::MAX));
    let (registry, _folder) = serving(&image, Settings::default().fault("/stalled", 1, stall));
    let address = registry.address();
    let mut silent = TcpStream::connect(address).unwrap();
    let mut stalled = TcpStream::connect(address).unwrap();
    write!(stalled, "GET /stalled HTTP/1.1\r\n\r\n").unwrap();
    while registry.log().is_empty() {
        std::thread::yield_now();
    }
    drop(registry);
    for stream in [&mut silent, &mut stalled] {
        // A connection that was never accepted is reset, the others are closed.
        assert!(matches!(stream.read(&mut [0; 10]), Ok(0) | Err(_)));
    }
    assert!(TcpStream::connect(address).is_err());
}
