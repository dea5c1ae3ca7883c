//! The build image beside an image: named with `--build-sibling`, or another image of the same
//! comparison. Never guessed: what it rests on is reported.

use std::collections::BTreeSet;

use super::concerning::Concerning;
use super::error::CliError;
use super::facts_command;
use super::network;
use super::settings::{Reading, Settings};
use super::terminal::Terminal;
use crate::facts::BaseChoice;
use crate::facts::model::{Facts, RoleName};
use crate::policy::requirements::Answer;
use crate::report::document::BuildSibling;
use crate::scan::{self, Scan};
use crate::scorecard::serving::{self, Serving, Sibling};
use crate::source::{Reference, without_login};

/// The word that says there is no build image.
const NONE: &str = "none";

/// What a sibling that a flag names rests on.
const NAMED: &str = "named with --build-sibling";

/// What a flag says of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// There is none.
    Nothing,
    /// The build image's reference.
    Image(String),
}

/// What the flags say, by position of the image among the arguments.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    named: Vec<Option<Named>>,
    /// Registries of the images themselves, which a login is meant for.
    registries: BTreeSet<String>,
}

/// What one image was found to offer, and its build sibling.
pub(super) type Served = (Serving, BuildSibling);

impl Siblings {
    /// Reads the flags. An image is named as among the arguments, or by its letter (`A`, `B`, …).
    ///
    /// # Errors
    /// [`CliError::BuildSibling`] where a flag names no image of `images`, or one twice.
    pub(super) fn new(flags: &[String], images: &[String]) -> Result<Self, CliError> {
        let mut named = vec![None; images.len()];
        for flag in flags {
            let refused = |detail: &str| CliError::BuildSibling {
                flag: without_login(flag),
                detail: detail.to_owned(),
            };
            let (position, build) = split(flag, images)
                .ok_or_else(|| refused("it names none of the images that are asked for"))?;
            let build = match build {
                "" => return Err(refused("it names no build image")),
                NONE => Named::Nothing,
                build => Named::Image(build.to_owned()),
            };
            match named.get_mut(position) {
                Some(place @ None) => *place = Some(build),
                _ => return Err(refused("that image has been given a build sibling already")),
            }
        }
        let references = images.iter().filter_map(|image| image.parse().ok());
        let registries = references.filter_map(|one| network::registry(&one).map(str::to_owned));
        Ok(Self {
            named,
            registries: registries.collect(),
        })
    }

    /// Whether a build image that was named is read over the network.
    pub(super) fn use_network(&self, reading: &Reading) -> bool {
        let environment = &reading.options.network.environment;
        self.named.iter().any(|named| match named {
            Some(Named::Image(text)) => Reference::parse(text)
                .is_ok_and(|reference| network::is_remote(&reference, environment)),
            _ => false,
        })
    }

    /// What each of `scans` offers to the profile's services; `positions` are theirs among the
    /// arguments. Build images that were named and are not among them are read, and whether all could
    /// be read is returned beside it.
    pub(super) fn serve(
        &self,
        scans: &[Scan],
        positions: &[usize],
        (settings, reading): (&Settings, &Reading),
        terminal: &Terminal,
    ) -> (Vec<Served>, bool) {
        let requirements = &settings.profile.requirements;
        if requirements.counts.is_empty() {
            return (Vec::new(), true);
        }
        let mut all_read = true;
        let mut served = Vec::new();
        for (at, scan) in scans.iter().enumerate() {
            let position = positions.get(at).copied().unwrap_or(at);
            let named = self.named.get(position).and_then(Option::as_ref);
            let sibling = match named {
                Some(Named::Nothing) => Found::stated(),
                Some(Named::Image(text)) => known_sibling(text, scans)
                    .unwrap_or_else(|| self.read(text, settings, reading, terminal)),
                None => beside(scan, scans),
            };
            all_read &= !matches!(sibling.says, Says::NotRead);
            let says = match &sibling.says {
                Says::NotGiven => Sibling::NotGiven,
                Says::Nothing => Sibling::None,
                Says::NotRead => Sibling::NotRead,
                Says::Answers(answers) => Sibling::Answers(answers),
            };
            let serving = serving::serve(&scan.answers, says, requirements.services);
            served.push((serving, sibling.report));
        }
        (served, all_read)
    }

    /// Reads the build image a flag names, and asks it. What flags say of the images that are judged
    /// is not said of this one, and a login meant for their registry is not sent to another.
    fn read(
        &self,
        text: &str,
        settings: &Settings,
        reading: &Reading,
        terminal: &Terminal,
    ) -> Found {
        let mut reading = reading.clone();
        reading.options.evidence.given.clear();
        reading.options.base = BaseChoice::Unknown;
        reading.options.role = None;
        reading.layer_flag = None;
        let answers = Reference::parse(text)
            .map_err(CliError::from)
            .and_then(|reference| {
                let registry = network::registry(&reference);
                if registry.is_some_and(|registry| !self.registries.contains(registry)) {
                    reading.options.network.login = None;
                }
                facts_command::read(text, &reading, terminal)
            })
            .and_then(|facts| {
                let answers = scan::requirements(&facts, settings.judgement())?;
                Ok((facts, answers))
            });
        match answers {
            Ok((facts, answers)) => Found::image(&facts, answers, NAMED),
            Err(error) => {
                let shown = without_login(text);
                terminal.error(&Concerning::new(&shown, error));
                let mut found = Found::without(Says::NotRead, &format!("{NAMED}, not read"));
                found.report.reference = Some(shown);
                found
            }
        }
    }
}

/// A sibling, or none, as it is reported and as it is asked.
struct Found {
    report: BuildSibling,
    says: Says,
}

enum Says {
    NotGiven,
    Nothing,
    NotRead,
    Answers(Vec<Answer>),
}

impl Found {
    fn without(says: Says, basis: &str) -> Self {
        Self {
            report: BuildSibling {
                reference: None,
                digest: None,
                basis: basis.to_owned(),
            },
            says,
        }
    }

    fn stated() -> Self {
        Self::without(Says::Nothing, "none, as --build-sibling says")
    }

    fn image(facts: &Facts, answers: Vec<Answer>, basis: &str) -> Self {
        Self {
            report: BuildSibling {
                reference: Some(facts.image.reference.clone()),
                digest: facts.image.digest.clone(),
                basis: basis.to_owned(),
            },
            says: Says::Answers(answers),
        }
    }
}

/// The position of the image a flag names, and the rest of it.
fn split<'a>(flag: &'a str, images: &[String]) -> Option<(usize, &'a str)> {
    let by_reference = images.iter().enumerate().find_map(|(at, image)| {
        let rest = flag.strip_prefix(image.as_str())?;
        Some((at, rest.strip_prefix('=')?))
    });
    by_reference.or_else(|| {
        let (letter, build) = flag.split_once('=')?;
        let mut letters = letter.chars();
        let (Some(letter @ 'A'..='Z'), None) = (letters.next(), letters.next()) else {
            return None;
        };
        let position = ('A'..=letter).count().checked_sub(1)?;
        (position < images.len()).then_some((position, build))
    })
}

/// The build image a flag names, where it was judged already.
fn known_sibling(text: &str, scans: &[Scan]) -> Option<Found> {
    let shown = without_login(text);
    let mut scans = scans.iter();
    let scan = scans.find(|scan| scan.facts.image.reference == shown)?;
    Some(Found::image(&scan.facts, scan.answers.clone(), NAMED))
}

/// Ends the tag of a build image: Chainguard and Docker Hardened Images name the variant with package
/// manager and shell so (their documentation, "-dev variants").
const DEV: &str = "-dev";

/// The build image among the others of the same repository or layout: the one whose tag is the
/// image's with `-dev`, else the only one whose role is build.
fn beside(scan: &Scan, scans: &[Scan]) -> Found {
    let not_given = |basis: &str| Found::without(Says::NotGiven, basis);
    let reference = &scan.facts.image.reference;
    let is_build = |scan: &Scan| scan.facts.image.role.name == RoleName::Build;
    let Some(place) = repository(reference).filter(|_| !is_build(scan)) else {
        return not_given("none given; may exist");
    };
    let others: Vec<&Scan> = scans
        .iter()
        .filter(|other| other.facts.image.reference != *reference)
        .filter(|other| repository(&other.facts.image.reference).as_ref() == Some(&place))
        .collect();
    let found = |other: &Scan, basis| Found::image(&other.facts, other.answers.clone(), basis);
    let is_dev = |other: &&&Scan| other.facts.image.reference.strip_prefix(reference) == Some(DEV);
    if let Some(other) = others.iter().find(is_dev) {
        return found(other, "its tag with -dev, in this comparison");
    }
    let builds: Vec<&Scan> = others.into_iter().filter(|other| is_build(other)).collect();
    match builds.as_slice() {
        [] => not_given("none given; may exist"),
        [one] => found(
            one,
            "the build image of the same repository in this comparison",
        ),
        _ => not_given(
            "several build images of its repository are compared; --build-sibling names the one",
        ),
    }
}

fn repository(reference: &str) -> Option<String> {
    Reference::parse(reference).ok()?.repository()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images() -> Vec<String> {
        ["oci-dir:a", "registry.example/b=c:1"]
            .map(str::to_owned)
            .to_vec()
    }

    fn named(flags: &[&str]) -> Result<Vec<Option<Named>>, CliError> {
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        Siblings::new(&flags, &images()).map(|siblings| siblings.named)
    }

    #[test]
    fn an_image_is_named_by_its_reference_or_its_letter() {
        let build = || Some(Named::Image("oci-dir:x".to_owned()));
        assert_eq!(named(&["oci-dir:a=oci-dir:x"]).unwrap(), [build(), None]);
        assert_eq!(named(&["B=oci-dir:x"]).unwrap(), [None, build()]);
        let both = named(&["A=none", "registry.example/b=c:1=oci-dir:x"]).unwrap();
        assert_eq!(both, [Some(Named::Nothing), build()]);
    }

    #[test]
    fn a_flag_that_names_no_image_or_one_twice_is_refused() {
        for flags in [
            &["oci-dir:b=x"][..],
            &["C=x"],
            &["A"],
            &["A="],
            &["AB=x"],
            &["A=x", "oci-dir:a=y"],
        ] {
            assert!(named(flags).is_err(), "{flags:?}");
        }
    }
}
