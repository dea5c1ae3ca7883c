//! Files with credentials: found by name, parsed, said, never shown.

use freehold::facts::model::{CredentialFile, CredentialKind, Facts, GapKind, Topic};

use super::{gaps, printed, read, read_once};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;

/// Stands where the secret is.
const SECRET: &str = "hunter2verymuch";

fn facts(path: &str, text: impl Into<Vec<u8>>) -> Facts {
    let facts = read_once(&Layer::new().file(path, text).with_parents());
    assert!(!printed(&facts).contains(SECRET), "the secret was kept");
    facts
}

fn found(path: &str, text: impl Into<Vec<u8>>) -> Vec<CredentialFile> {
    let facts = facts(path, text);
    assert_eq!(gaps(&facts), [], "{path}");
    facts.credentials.items
}

/// A path, what is in it with `{}` for the secret, and its kind.
const SAMPLES: &[(&str, &str, CredentialKind)] = {
    use CredentialKind::*;
    &[
        (
            "root/.npmrc",
            "; mine\n//registry.example/:_authToken={}\n",
            Npm,
        ),
        (
            "app/.npmrc",
            "registry=https://registry.example\r\n_auth = \"{}\"\r\n",
            Npm,
        ),
        (
            "usr/local/etc/npmrc",
            "//registry.example/:_password={}",
            Npm,
        ),
        (
            "root/.pypirc",
            "[distutils]\nindex-servers=x\n[x]\nusername: a\npassword: {}\n",
            Pypi,
        ),
        (
            "home/a/.netrc",
            "# mine\nmachine git.example\n  login a\n  password {}\n",
            Netrc,
        ),
        ("root/_netrc", "machine a login password password {}", Netrc),
        ("root/.git-credentials", "https://a:{}@git.example/x\n", Git),
        (
            "root/.config/git/credentials",
            "https://a:{}@git.example\n",
            Git,
        ),
        (
            "root/.docker/config.json",
            r#"{"auths":{"registry.example":{"auth":"{}"}}}"#,
            Registry,
        ),
        (
            "root/.dockercfg",
            r#"{"registry.example":{"auth":"{}","email":""}}"#,
            Registry,
        ),
        (
            "root/.config/containers/auth.json",
            r#"{"auths":{"a":{"identitytoken":"{}"}}}"#,
            Registry,
        ),
        (
            "run/containers/0/auth.json",
            r#"{"auths":{"a":{"auth":"{}"}}}"#,
            Registry,
        ),
        (
            "root/.aws/credentials",
            "[default]\naws_access_key_id = AKIA\naws_secret_access_key = {} # of a\n",
            Aws,
        ),
        (
            "root/.config/gcloud/application_default_credentials.json",
            r#"{"type":"authorized_user","refresh_token":"{}"}"#,
            GoogleCloud,
        ),
        (
            "app/my-key-1.json",
            r#"{"type":"service_account","private_key":"{}"}"#,
            GoogleCloud,
        ),
        (
            "app/service-account.json",
            r#"{"type":"service_account","private_key":"{}"}"#,
            GoogleCloud,
        ),
        (
            "app/gcp-credentials.json",
            r#"{"type":"service_account","private_key":"{}"}"#,
            GoogleCloud,
        ),
        (
            "root/.kube/config",
            "users:\n- name: a\n  user:\n    token: {}\n",
            Kubernetes,
        ),
        (
            "root/.kube/config",
            "users:\n- user: {password: '{}', username: a} # mine\n",
            Kubernetes,
        ),
        (
            "root/.kube/config",
            "{\"users\":[{\"user\":{\"client-key-data\":\"{}\"}}]}",
            Kubernetes,
        ),
        (
            "root/.pgpass",
            "#h:1:d:u:no\n\\:\\:1:5432:*:postgres:{}\n",
            Postgresql,
        ),
        (
            "root/.my.cnf",
            "[client]\nuser=root\npassword=\"{}\"\n",
            Mysql,
        ),
        (
            "root/.terraformrc",
            "credentials \"app.example\" { token = \"{}\" }\n",
            Terraform,
        ),
        (
            "root/.terraform.d/credentials.tfrc.json",
            r#"{"credentials":{"app.example":{"token":"{}"}}}"#,
            Terraform,
        ),
        (
            "root/.cargo/credentials",
            "[registry]\ntoken = \"{}\"\n",
            Cargo,
        ),
        (
            "usr/local/cargo/credentials.toml",
            "registries.mine.token = '{}'\n",
            Cargo,
        ),
        (
            "root/.m2/settings.xml",
            "<?xml version=\"1.0\"?><settings><servers><server><id>a</id><password>{}</password>\
             </server></servers></settings>",
            Maven,
        ),
        (
            "root/.m2/settings.xml",
            "<settings><server><passphrase><![CDATA[{}]]></passphrase></server></settings>",
            Maven,
        ),
        (
            "root/.gem/credentials",
            "---\n:rubygems_api_key: {}\n",
            Rubygems,
        ),
        (
            "root/.composer/auth.json",
            r#"{"http-basic":{"a":{"username":"b","password":"{}"}}}"#,
            Composer,
        ),
        (
            "app/auth.json",
            r#"{"github-oauth":{"git.example":"{}"}}"#,
            Composer,
        ),
        (
            "etc/apt/auth.conf",
            "machine deb.example login a password {}\n",
            Apt,
        ),
        (
            "etc/apt/auth.conf.d/a.conf",
            "machine deb.example login a password {}\n",
            Apt,
        ),
    ]
};

fn samples() -> impl Iterator<Item = (&'static str, &'static str, CredentialKind)> {
    SAMPLES.iter().copied()
}

#[test]
fn every_kind_is_found_and_its_value_is_not_kept() {
    for (path, text, kind) in samples() {
        let items = found(path, text.replace("{}", SECRET));
        let [item] = items.as_slice() else {
            panic!("{path}: {text}: {items:?}");
        };
        assert_eq!(
            (item.path.as_str(), item.kind),
            (&*format!("/{path}"), kind)
        );
        assert_eq!(
            (item.layer, &item.owner, item.owner_known),
            (1, &None, true)
        );
    }
}

#[test]
fn what_stands_for_a_secret_is_none() {
    for (path, text, _) in samples() {
        for value in ["", "${TOKEN}", "xxx", "changeme", "%s", "$TOKEN"] {
            assert_eq!(
                found(path, text.replace("{}", value)),
                [],
                "{path}: {value}"
            );
        }
        if !path.ends_with(".xml") {
            assert_eq!(found(path, text.replace("{}", "<token>")), [], "{path}");
        }
    }
    let encrypted =
        "<settings><server><password>{COQLCE6DU6GtcS5P=}</password></server></settings>";
    assert_eq!(found("root/.m2/settings.xml", encrypted), []);
}

#[test]
fn files_without_a_secret_are_none() {
    for (path, text) in [
        (
            "root/.npmrc",
            "registry=https://registry.example/\n# _auth=abc\n",
        ),
        (
            "root/.netrc",
            "machine a login password\nmacdef init\npassword abc\n\n",
        ),
        ("root/.git-credentials", "https://a@git.example\n"),
        (
            "root/.docker/config.json",
            r#"{"auths":{"a":{}},"credsStore":"pass"}"#,
        ),
        ("root/.docker/config.json", ""),
        (
            "root/.kube/config",
            "users:\n- user:\n    tokenFile: /run/token\n    exec: {command: a}\n",
        ),
        ("root/.my.cnf", "[client]\npassword\nuser = a\n"),
        (
            "root/.m2/settings.xml",
            "<settings><!-- <password>abc</password> --></settings>",
        ),
        ("app/keys.json", r#"{"type":"object","private_key":"abc"}"#),
        ("app/auth.json", r#"{"password":"abc"}"#),
        ("app/.env", "PASSWORD=abc\n"),
    ] {
        assert_eq!(found(path, text), [], "{path}: {text}");
    }
}

#[test]
fn a_file_of_another_format_than_its_name_says_is_a_gap() {
    let deep = "[".repeat(200_000);
    for (path, text) in [
        (
            "root/.docker/config.json",
            "{\"auths\":{\"a\":{\"auth\":\"abc".as_bytes(),
        ),
        (
            "root/.docker/config.json",
            b"{\"auths\":{\"a\":{\"auth\":\"\xff\xfe\"}}}",
        ),
        ("root/.dockercfg", deep.as_bytes()),
        ("root/.composer/auth.json", b"[]"),
        ("root/.m2/settings.xml", b"<settings><server>"),
        ("root/.m2/settings.xml", b"<settings></server>"),
        ("root/.m2/settings.xml", b"settings"),
        ("root/.npmrc", b"\0GITCRYPT\0"),
    ] {
        let facts = facts(path, text);
        assert_eq!(facts.credentials.items, [], "{path}");
        let place = format!("/{path}");
        let expected = [(Topic::Credentials, Some(place.as_str()), GapKind::Corrupt)];
        assert_eq!(gaps(&facts), expected, "{path}");
    }
}

#[test]
fn a_file_that_anybody_may_call_so_is_no_gap() {
    for text in [&b"{"[..], b"\xff\0", "[".repeat(60_000).as_bytes()] {
        for path in ["app/keyboard.json", "app/auth.json", "app/credentials.json"] {
            assert_eq!(found(path, text), [], "{path}");
        }
    }
    let long = format!("{{\"private_key\":\"{}\"}}", "a".repeat(17 << 20));
    assert_eq!(found("app/key.json", long), []);
}

#[test]
fn a_file_that_is_too_long_is_a_gap() {
    let long = format!("{}\n_auth={SECRET}\n", "#".repeat(1 << 20));
    let facts = facts("root/.npmrc", long);
    assert_eq!(facts.credentials.items, []);
    let expected = [(Topic::Credentials, Some("/root/.npmrc"), GapKind::Limit)];
    assert_eq!(gaps(&facts), expected);
}

#[test]
fn bytes_that_are_no_text_hide_nothing() {
    let mut text = b"\xef\xbb\xbf\xff\xfe = \x80\n_auth=".to_vec();
    text.extend(SECRET.bytes());
    assert_eq!(found("root/.npmrc", text).len(), 1);
}

#[test]
fn a_file_that_was_deleted_or_replaced_is_not_in_the_merged_tree() {
    let below = Layer::new()
        .file("root/.npmrc", format!("_auth={SECRET}\n"))
        .with_parents();
    let gone = [
        below.clone(),
        Layer::new().whiteout("root/.npmrc").with_parents(),
    ];
    assert_eq!(read(gone).credentials.items, []);
    let replaced = [
        below,
        Layer::new()
            .file("root/.npmrc", "_auth=${A}\n")
            .with_parents(),
    ];
    assert_eq!(read(replaced).credentials.items, []);
}

#[test]
fn a_link_names_the_file_behind_it_once() {
    let layer = Layer::new()
        .file(
            "etc/apt/auth.conf.d/a.conf",
            format!("machine a login b password {SECRET}\n"),
        )
        .symlink("etc/apt/auth.conf", "auth.conf.d/a.conf")
        .with_parents();
    let facts = read([layer]);
    let paths: Vec<&str> = facts
        .credentials
        .items
        .iter()
        .map(|c| c.path.as_str())
        .collect();
    assert_eq!(paths, ["/etc/apt/auth.conf.d/a.conf"]);
}

#[test]
fn what_packages_own_comes_last_and_is_named() {
    let text = format!("_auth={SECRET}\n");
    let packaged = Installed::new("app", "1").file("opt/app/.npmrc", text.clone());
    let added = Layer::new().file("srv/.npmrc", text).with_parents();
    let owners = |facts: &Facts| -> Vec<_> {
        let items = facts.credentials.items.iter();
        items
            .map(|c| (c.path.clone(), c.owner.clone(), c.owner_known, c.layer))
            .collect()
    };
    let facts = read([debian(std::slice::from_ref(&packaged)), added.clone()]);
    let expected = [
        ("/srv/.npmrc".to_owned(), None, true, 2),
        (
            "/opt/app/.npmrc".to_owned(),
            Some("app".to_owned()),
            true,
            1,
        ),
    ];
    assert_eq!(owners(&facts), expected);
    let facts = read([debian(&[packaged.without_list()]), added]);
    assert!(
        owners(&facts)
            .iter()
            .all(|(_, owner, known, _)| owner.is_none() && !known)
    );
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let text = format!("_auth={SECRET}\n");
    let layer = (0..1_001).fold(Layer::new(), |layer, n| {
        layer.file(&format!("srv/{n}/.npmrc"), text.clone())
    });
    let facts = read_once(&layer.with_parents());
    let list = &facts.credentials;
    assert_eq!(
        (list.items.len(), list.total, list.truncated),
        (1_000, 1_001, true)
    );
    let topic = &facts.topics[&Topic::Credentials];
    assert_eq!(
        topic.reason.as_deref(),
        Some("the list of credentials was cut")
    );
}
