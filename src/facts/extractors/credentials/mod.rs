//! Files that hold credentials: passwords and tokens of package registries, clouds, databases.
//!
//! What is read has a name that programs look for by themselves, so what it says is in use. `.env` and
//! other names that anybody gives to anything are left out: most of them hold settings and examples,
//! and a gate that is wrong is turned off. Only that a file holds one is said, never what it is.

mod formats;
mod literal;

use formats::NotParsed;

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{CredentialFile, CredentialKind, GapKind, Side, Topic};
use crate::facts::wanted::{Files, Found};

/// Bytes of a file with a name of its own; real ones have some hundred.
const MAX_BYTES: usize = 1 << 20;
/// Bytes of a file with a name that others use, too: a key of a service account has less than 4 KiB.
const MAX_GUESSED_BYTES: usize = 64 << 10;

/// Files of one kind and format.
struct Place {
    wants: Want,
    kind: CredentialKind,
    holds: fn(&[u8]) -> Result<bool, NotParsed>,
    /// Whether anybody may call a file so: one that is of another format is no gap.
    is_guess: bool,
}

const fn place(
    wants: Want,
    kind: CredentialKind,
    holds: fn(&[u8]) -> Result<bool, NotParsed>,
) -> Place {
    Place {
        wants,
        kind,
        holds,
        is_guess: false,
    }
}

const fn guess(
    pattern: &'static str,
    kind: CredentialKind,
    holds: fn(&[u8]) -> Result<bool, NotParsed>,
) -> Place {
    Place {
        wants: Want::Anywhere(pattern),
        kind,
        holds,
        is_guess: true,
    }
}

/// Where they lie; the sources are with their formats.
const PLACES: [Place; 30] = {
    use CredentialKind::*;
    use Want::{Anywhere, In, Path};
    use formats::{
        aws, cargo, composer, docker, dockercfg, git, google, kubernetes, maven, mysql, netrc, npm,
        pgpass, pypi, rubygems, terraform, terraform_login,
    };
    [
        place(Anywhere(".npmrc"), Npm, npm),
        place(Anywhere("npmrc"), Npm, npm),
        place(Anywhere(".pypirc"), Pypi, pypi),
        place(Anywhere(".netrc"), Netrc, netrc),
        place(Anywhere("_netrc"), Netrc, netrc),
        place(Anywhere(".git-credentials"), Git, git),
        place(Anywhere("git/credentials"), Git, git),
        place(Anywhere(".docker/config.json"), Registry, docker),
        place(Anywhere(".dockercfg"), Registry, dockercfg),
        place(Anywhere("containers/auth.json"), Registry, docker),
        place(Anywhere("containers/*/auth.json"), Registry, docker),
        place(Anywhere(".aws/credentials"), Aws, aws),
        place(
            Anywhere("gcloud/application_default_credentials.json"),
            GoogleCloud,
            google,
        ),
        guess("*credentials*.json", GoogleCloud, google),
        guess("*service-account*.json", GoogleCloud, google),
        guess("*service_account*.json", GoogleCloud, google),
        guess("*key*.json", GoogleCloud, google),
        place(Anywhere(".kube/config"), Kubernetes, kubernetes),
        place(Anywhere(".pgpass"), Postgresql, pgpass),
        place(Anywhere(".my.cnf"), Mysql, mysql),
        place(Anywhere(".terraformrc"), Terraform, terraform),
        place(
            Anywhere("credentials.tfrc.json"),
            Terraform,
            terraform_login,
        ),
        place(Anywhere("*cargo/credentials"), Cargo, cargo),
        place(Anywhere("*cargo/credentials.toml"), Cargo, cargo),
        place(Anywhere(".m2/settings.xml"), Maven, maven),
        place(Anywhere(".gem/credentials"), Rubygems, rubygems),
        place(Anywhere("*composer/auth.json"), Composer, composer),
        guess("auth.json", Composer, composer),
        place(Path("etc/apt/auth.conf"), Apt, netrc),
        place(In("etc/apt/auth.conf.d", ""), Apt, netrc),
    ]
};

/// Reads them.
pub struct CredentialsExtractor;

impl Extractor for CredentialsExtractor {
    fn name(&self) -> &'static str {
        "credentials"
    }

    fn wants(&self) -> Vec<Want> {
        PLACES.iter().map(|place| place.wants).collect()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        for place in &PLACES {
            for file in place.files(files, &mut out) {
                place.read(&file, &mut out);
            }
        }
        // One file may have names of several kinds, or be reached by a link.
        out.credentials.sort_by(|a, b| a.path.cmp(&b.path));
        out.credentials.dedup_by(|a, b| a.path == b.path);
        out.cut_credentials();
        out
    }
}

impl Place {
    fn files<'a>(&self, files: &Files<'a>, out: &mut Extraction) -> Vec<Found<'a>> {
        let topic = Topic::Credentials;
        match self.wants {
            Want::Path(path) => files.one(path, topic, out).into_iter().collect(),
            Want::In(directory, suffix) => files.within(directory, suffix, topic, out),
            Want::Below(directory, names) => files.below(directory, names, topic, out),
            Want::Anywhere(pattern) if self.is_guess => {
                let mut own = Extraction::default();
                let found = files.anywhere(pattern, topic, &mut own);
                // One that is too large to be kept is none of these.
                own.gaps
                    .retain(|gap| gap.kind != GapKind::Limit || gap.path.is_none());
                out.gaps.append(&mut own.gaps);
                found
            }
            Want::Anywhere(pattern) => files.anywhere(pattern, topic, out),
        }
    }

    fn read(&self, file: &Found<'_>, out: &mut Extraction) {
        let mut gap = |kind, detail| {
            if !self.is_guess {
                let at = (file.real_path.as_str(), file.layer);
                out.gap(Topic::Credentials, kind, at, detail);
            }
        };
        let most = if self.is_guess {
            MAX_GUESSED_BYTES
        } else {
            MAX_BYTES
        };
        if file.bytes.len() > most {
            gap(GapKind::Limit, "it has more than 1 MiB");
            return;
        }
        match (self.holds)(&file.bytes) {
            Ok(true) => out.credentials.push(CredentialFile {
                path: file.real_path.clone(),
                kind: self.kind,
                owner: None,
                owner_known: false,
                layer: file.layer,
                side: Side::Unknown,
            }),
            Ok(false) => {}
            Err(NotParsed) => gap(GapKind::Corrupt, "it is not of the format its name says"),
        }
    }
}
