//! What a place of several images holds, as references that can be copied into the next command.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::platform::Platform;

/// Lines or words of a message.
const LISTED: usize = 12;
/// Names of one image that are looked at.
const NAMES: usize = 16;
/// Characters of a tag that is shown. Tags have at most 128 (OCI distribution-spec, "Pulling
/// manifests"), and here a repository may stand before them.
const TAG_CHARACTERS: usize = 256;

/// An image that a reference may mean.
#[derive(Debug, Clone)]
pub(super) struct Candidate<T> {
    /// Its platform.
    pub(super) platform: Platform,
    /// Its tags or names. Shared, since all images of an index have those of the index.
    pub(super) names: Arc<[String]>,
    /// The digest that chooses it. Two candidates with the same one are one image.
    pub(super) identity: String,
    /// The rest.
    pub(super) item: T,
}

/// Each image once, with all its names, in the order they came.
pub(super) fn distinct<T>(candidates: Vec<Candidate<T>>) -> Vec<Candidate<T>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut out: Vec<Candidate<T>> = Vec::new();
    for candidate in candidates {
        let known = places.get(&candidate.identity).copied();
        match known.and_then(|place| out.get_mut(place)) {
            Some(known) if known.names.len() < NAMES => {
                let names = known.names.iter().chain(candidate.names.iter());
                known.names = names.take(NAMES).cloned().collect();
            }
            Some(_) => {}
            None => {
                places.insert(candidate.identity.clone(), out.len());
                out.push(candidate);
            }
        }
    }
    out
}

/// The images of a place, one to a line: the reference that means it, and its platforms. `place`
/// is the reference without what chooses. An image without a name of its own is named by its
/// digest.
pub(super) fn references<T>(images: &[Candidate<T>], place: &str) -> String {
    let names = |image: &Candidate<T>| -> BTreeSet<String> {
        let copyable = image.names.iter().filter(|name| is_copyable(name));
        copyable.take(NAMES).cloned().collect()
    };
    let mut bearers: BTreeMap<(String, Platform), usize> = BTreeMap::new();
    for image in images {
        for name in names(image) {
            let count = bearers.entry((name, image.platform.normalised()));
            let count = count.or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut lines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for image in images {
        let platform = image.platform.normalised();
        let mut own = names(image).into_iter();
        let own = own.find(|name| bearers.get(&(name.clone(), platform.clone())) == Some(&1));
        let line = match own {
            Some(name) => format!("{place}:{name}"),
            None => format!("{place}@{}", image.identity),
        };
        let platforms = lines.entry(line).or_default();
        platforms.insert(image.platform.to_string());
    }
    let line = |(line, platforms): (&String, &BTreeSet<String>)| {
        let platforms: Vec<&str> = platforms.iter().map(String::as_str).collect();
        format!("{line} ({})", first(&platforms).join(", "))
    };
    let lines: Vec<String> = lines.iter().map(line).collect();
    first(&lines).join("\n")
}

/// A sorted list of words for a message.
pub(super) fn words<T>(items: &[T], describe: impl Fn(&T) -> String) -> String {
    let set: BTreeSet<String> = items.iter().map(describe).collect();
    first(&set.into_iter().collect::<Vec<_>>()).join(", ")
}

/// The first few, and how many more there are.
fn first(items: &[impl ToString]) -> Vec<String> {
    let mut shown: Vec<String> = items.iter().take(LISTED).map(ToString::to_string).collect();
    if let Some(more) = items.len().checked_sub(LISTED).filter(|more| *more > 0) {
        shown.push(format!("{more} more"));
    }
    shown
}

/// Whether a name goes through a shell and the parser of references unchanged.
fn is_copyable(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+/:".contains(&byte);
    !name.is_empty() && name.len() <= TAG_CHARACTERS && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(names: &[&str], platform: &str, identity: &str) -> Candidate<()> {
        Candidate {
            platform: platform.parse().unwrap(),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            identity: identity.to_owned(),
            item: (),
        }
    }

    #[test]
    fn a_name_that_two_images_have_names_neither() {
        let images = [
            image(&["1", "a:1"], "linux/amd64", "sha256:a"),
            image(&["1"], "linux/amd64", "sha256:b"),
            image(&["2"], "linux/amd64", "sha256:c"),
            image(&["2"], "linux/arm64", "sha256:d"),
            image(&["a\nb", "$(x)"], "linux/amd64", "sha256:e"),
        ];
        assert_eq!(
            references(&images, "oci-dir:x"),
            "oci-dir:x:2 (linux/amd64, linux/arm64)\n\
             oci-dir:x:a:1 (linux/amd64)\n\
             oci-dir:x@sha256:b (linux/amd64)\n\
             oci-dir:x@sha256:e (linux/amd64)"
        );
    }

    #[test]
    fn an_image_listed_twice_is_one_with_both_names() {
        let twice = vec![
            image(&[], "linux/amd64", "sha256:a"),
            image(&["1"], "linux/amd64", "sha256:a"),
        ];
        let images = distinct(twice);
        assert_eq!(references(&images, "x"), "x:1 (linux/amd64)");
    }

    #[test]
    fn a_long_list_ends_with_how_many_more_there_are() {
        let images: Vec<_> = (0..LISTED + 3)
            .map(|n| image(&[&n.to_string()], "linux/amd64", &n.to_string()))
            .collect();
        let listed = references(&images, "x");
        assert_eq!(listed.lines().count(), LISTED + 1);
        assert!(listed.ends_with("\n3 more"), "{listed}");
    }
}
