//! What can go wrong between the command line and its answer.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

use crate::facts::TrustError;
use crate::image::CacheRefused;
use crate::policy::error::PolicyError;
use crate::report::sbom::SbomError;
use crate::scan::ScanError;
use crate::source::SourceError;

/// A command cannot do what was asked.
#[derive(Debug, Error, Diagnostic)]
pub enum CliError {
    /// `--effective-time` makes no sense.
    #[error("`{text}` is not a time")]
    #[diagnostic(
        code(cli::time),
        help("write it as 2026-11-21 or 2026-11-21T08:00:00Z")
    )]
    Time {
        /// What was given.
        text: String,
    },
    /// A saved facts document cannot be used.
    #[error("`{path}` is not a facts document of this version: {detail}")]
    #[diagnostic(
        code(cli::facts_document),
        help("write it anew with `freehold facts IMAGE -o FILE`")
    )]
    FactsDocument {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A file cannot be read.
    #[error("`{path}` cannot be read")]
    #[diagnostic(code(cli::unreadable), help("check the path and its permissions"))]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// Evidence given for several images.
    #[error("{flag} names evidence of one image, and several are given")]
    #[diagnostic(code(cli::given_for_one), help("read them one by one"))]
    GivenForOne {
        /// The flag.
        flag: &'static str,
    },
    /// Something that was to be trusted cannot be.
    #[error("{what} cannot be used: {error}")]
    #[diagnostic(
        code(cli::trust),
        help(
            "--key takes public keys in PEM; an identity needs its issuer; --trusted-root takes what `cosign trusted-root create` writes"
        )
    )]
    Trust {
        /// A file, flag or entry.
        what: String,
        /// Why not.
        error: TrustError,
    },
    /// A trust root holds something that cannot be used. A warning: the rest of it is.
    #[error("{what}: one part is left out: {part}")]
    #[diagnostic(
        code(cli::trust_skipped),
        severity(Warning),
        help("what only that part vouches for is reported as not to be checked")
    )]
    TrustSkipped {
        /// The file.
        what: String,
        /// Which list, which entry of it, and why.
        part: String,
    },
    /// There is no SBOM to compare with the image.
    #[error("no SBOM of the image was found: inside it: none; {searched}")]
    #[diagnostic(code(cli::no_sbom), help("give one with --sbom FILE"))]
    NoSbom {
        /// Where it was looked for.
        searched: String,
    },
    /// A user's rule could not be asked, and the rule is why.
    #[error("rule `{rule}` ({file}) has no answer about `{image}`: {reason}")]
    #[diagnostic(
        code(cli::rule_fault),
        help(
            "mend the rule: `freehold policy check` and `freehold policy explain {rule} --image IMAGE` show what it reads; or switch it off in a profile"
        )
    )]
    RuleFault {
        /// The rule.
        rule: String,
        /// Its file.
        file: String,
        /// The image.
        image: String,
        /// What went wrong.
        reason: String,
    },
    /// A file that was to be made is there already.
    #[error("`{path}` is there already")]
    #[diagnostic(
        code(cli::exists),
        help("nothing is overwritten: name another file, or move it away")
    )]
    Exists {
        /// The file.
        path: String,
    },
    /// The report cannot be written.
    #[error("`{path}` cannot be written")]
    #[diagnostic(
        code(cli::unwritable),
        help("choose another file with --output, or with -f FORMAT=FILE")
    )]
    Unwritable {
        /// The file, or `standard output`.
        path: String,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// A report that is to be compared with cannot be used.
    #[error("`{path}` is not a report of this version: {detail}")]
    #[diagnostic(
        code(cli::baseline),
        help("write one with `freehold check IMAGE -f json -o FILE`")
    )]
    Baseline {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// It cannot be said which image of a baseline one is compared with.
    #[error("`{path}` {detail}, so `{image}` cannot be compared with it")]
    #[diagnostic(
        code(cli::baseline_image),
        help("check one image with a baseline of its own: the report on one image")
    )]
    BaselineImage {
        /// The baseline.
        path: String,
        /// The image.
        image: String,
        /// What stands in the way.
        detail: String,
    },
    /// A waiver ends soon. A warning.
    #[error("the waiver of {what} at {place} counts until {expires}, and then no more")]
    #[diagnostic(
        code(cli::waiver_lapses),
        severity(Warning),
        help("repair what it excuses, or have it prolonged")
    )]
    WaiverLapses {
        /// Rule and subject.
        what: String,
        /// File and line.
        place: String,
        /// The last day.
        expires: String,
    },
    /// `--explain` names something that is not there.
    #[error("there is no `{part}` to explain")]
    #[diagnostic(
        code(cli::explain),
        help("name a category of the axis, or the letter of an image")
    )]
    NothingToExplain {
        /// What was asked for.
        part: String,
    },
    /// `--build-sibling` makes no sense.
    #[error("`--build-sibling {flag}`: {detail}")]
    #[diagnostic(
        code(cli::build_sibling),
        help(
            "write IMAGE=BUILD with an image as it is asked for, or its letter in a comparison: `B=name:1.2-dev`, or `B=none`"
        )
    )]
    BuildSibling {
        /// What was given.
        flag: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A flag that only means something while layers are read.
    #[error("{flag} does not apply to a saved facts document")]
    #[diagnostic(
        code(cli::saved_facts),
        help("give it when the document is made: `freehold facts IMAGE`")
    )]
    SavedFacts {
        /// The flag.
        flag: &'static str,
    },
    /// The base that was named is not below the image. A warning: the image is read all the same.
    #[error("{basis}")]
    #[diagnostic(
        code(cli::base),
        severity(Warning),
        help(
            "the base stays unknown: name the image this one was built from, in the same version"
        )
    )]
    NotTheBase {
        /// What was found instead, as the facts say it.
        basis: String,
    },
    /// `--explain` prints text, and another format was asked for.
    #[error("--explain prints a table, and -f asks for another format")]
    #[diagnostic(
        code(cli::explain_format),
        help(
            "leave out one of the two, or add -f table: -f json already holds `points` and `share` \
             of every rule, which add up to the score"
        )
    )]
    ExplainFormat,
    /// Two formats for one place.
    #[error("{first} and {second} would both go to {place}")]
    #[diagnostic(
        code(cli::formats),
        help("give each format but one a file of its own: -f {second}=FILE")
    )]
    OnePlace {
        /// A format.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Where they would meet.
        place: String,
    },
    /// An output file, and every format has one already.
    #[error("nothing would be written to {file}: every format names a file of its own")]
    #[diagnostic(
        code(cli::formats),
        help("leave out --output, or name a format without a file: -f table")
    )]
    NothingToWrite {
        /// The file.
        file: String,
    },
    /// A format for findings, and a comparison.
    #[error(
        "-f {format} lists the findings of images one by one, and `compare` puts them side by side"
    )]
    #[diagnostic(
        code(cli::formats),
        help("use -f markdown or -f json, or `freehold scan -f {format}` on the same images")
    )]
    CompareFormat {
        /// The format.
        format: &'static str,
    },
    /// One login, and several registries it could be sent to.
    #[error("--username is for one registry, and the images are in several: {registries}")]
    #[diagnostic(
        code(cli::one_login),
        help("log in to each with `docker login` or `podman login`, or read them one by one")
    )]
    OneLogin {
        /// The registries.
        registries: String,
    },
    /// No password came.
    #[error("no password on standard input")]
    #[diagnostic(
        code(cli::password),
        help(
            "pipe it in: printf '%s' \"$TOKEN\" | freehold scan --username NAME --password-stdin IMAGE"
        )
    )]
    Password,
    /// The cache directory that was named cannot be used.
    #[error(transparent)]
    #[diagnostic(
        code(cli::cache),
        help("name a directory that only you can write to, or scan with --no-cache")
    )]
    Cache(CacheRefused),
    /// `policy test` or `policy check` was given a file.
    #[error("`{file}` is a file; rules are {done} with everything beside them")]
    #[diagnostic(code(cli::not_a_directory))]
    NotADirectory {
        /// The file.
        file: String,
        /// `tested` or `checked`.
        done: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// There is no such rule.
    #[error("there is no rule `{rule}`")]
    #[diagnostic(code(cli::no_rule))]
    NoRule {
        /// What was asked for.
        rule: String,
        /// What may have been meant.
        #[help]
        help: String,
    },
    /// A query gave nothing. A warning: it is an answer too.
    #[error("the query is undefined, or has no solution")]
    #[diagnostic(code(cli::undefined), severity(Warning))]
    Undefined {
        /// What may be the reason.
        #[help]
        help: Option<String>,
    },
    /// The tests reach fewer lines than asked for.
    #[error("the tests reach {percent} % of the lines, and {threshold} % are asked for")]
    #[diagnostic(code(cli::coverage))]
    Coverage {
        /// Lines reached.
        percent: f64,
        /// Lines asked for.
        threshold: f64,
    },
    /// No test has a name the pattern matches.
    #[error("no test matches `{pattern}`")]
    #[diagnostic(
        code(cli::no_tests_match),
        help("names are package and test: `freehold.hardening.no_shell_test.test_denies_a_shell`")
    )]
    NoTestsMatch {
        /// The pattern.
        pattern: String,
    },
    /// A directory of rules without a test.
    #[error("there is no test in `{directory}`")]
    #[diagnostic(
        code(cli::no_tests),
        help("tests are rules called `test_...` in files called `*_test.rego`")
    )]
    NoTests {
        /// The directory.
        directory: String,
    },
    /// An image cannot be named, read or judged.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scan(#[from] ScanError),
    /// A pack or a profile cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Policy(#[from] PolicyError),
    /// A reference or a platform makes no sense.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] SourceError),
    /// A document cannot be put into JSON.
    #[error("the report cannot be put into JSON")]
    #[diagnostic(code(cli::json))]
    Json(#[from] serde_json::Error),
    /// An SBOM cannot be written.
    #[error("the SBOM cannot be put into JSON")]
    #[diagnostic(code(cli::sbom))]
    Sbom(#[from] SbomError),
    /// The program itself is at fault.
    #[error("freehold stopped because of a fault of its own: {detail}")]
    #[diagnostic(
        code(cli::fault),
        help("please report this, with the command and, if you may, the image")
    )]
    Fault {
        /// What is known of it.
        detail: String,
    },
}
