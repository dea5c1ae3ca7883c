//! Digests, and readers that check them (OCI image-spec, descriptor.md, "Digests").

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use sha2::digest::Digest as _;
use sha2::{Sha256, Sha512};

use super::error::{SourceError, printable};

/// The registered algorithms (descriptor.md, "Registered algorithms") this program checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The name as it stands before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn hex_digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// A digest whose form has been checked, so that its parts are safe to use as file names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    hex: String,
}

impl Digest {
    /// SHA-256 of some bytes.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::Sha256,
            hex: hex(&Sha256::digest(bytes)),
        }
    }

    /// Parses the digest of `what`, a phrase such as `layer 2`.
    ///
    /// # Errors
    /// [`SourceError::InvalidDigest`] unless the text is `sha256:` and 64, or `sha512:` and 128,
    /// lower-case hexadecimal digits.
    pub fn parse(text: &str, what: &str) -> Result<Self, SourceError> {
        let invalid = || SourceError::InvalidDigest {
            what: what.to_owned(),
            text: printable(text),
        };
        let (name, hex) = text.split_once(':').ok_or_else(invalid)?;
        let algorithm = match name {
            "sha256" => Algorithm::Sha256,
            "sha512" => Algorithm::Sha512,
            _ => return Err(invalid()),
        };
        let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if hex.len() != algorithm.hex_digits() || !hex.bytes().all(lower_hex) {
            return Err(invalid());
        }
        Ok(Self {
            algorithm,
            hex: hex.to_owned(),
        })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hexadecimal digits.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl FromStr for Digest {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        Self::parse(text, "the text")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.algorithm.name(), self.hex)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[derive(Clone)]
enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

/// Compares bytes, given piece by piece, with the digest they should have.
#[derive(Clone)]
pub struct DigestVerifier {
    hasher: Hasher,
    expected: Digest,
    what: String,
}

impl DigestVerifier {
    /// Starts; `what` names the bytes in the error, such as `layer 2`.
    pub fn new(expected: Digest, what: impl Into<String>) -> Self {
        let hasher = match expected.algorithm {
            Algorithm::Sha256 => Hasher::Sha256(Sha256::new()),
            Algorithm::Sha512 => Hasher::Sha512(Sha512::new()),
        };
        Self {
            hasher,
            expected,
            what: what.into(),
        }
    }

    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.hasher {
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// Ends and compares.
    ///
    /// # Errors
    /// [`SourceError::DigestMismatch`] when the bytes have another digest.
    pub fn finish(self) -> Result<(), SourceError> {
        let hex = match self.hasher {
            Hasher::Sha256(hasher) => hex(&hasher.finalize()),
            Hasher::Sha512(hasher) => hex(&hasher.finalize()),
        };
        if hex == self.expected.hex {
            return Ok(());
        }
        let found = Digest {
            algorithm: self.expected.algorithm,
            hex,
        };
        Err(SourceError::DigestMismatch {
            what: self.what,
            expected: Box::new(self.expected),
            found: Box::new(found),
        })
    }
}

/// What a [`VerifyingReader`] has come to.
enum State {
    Reading(Box<DigestVerifier>),
    Verified,
    Failed(SourceError),
}

/// A reader that checks size and digest of what passes through it.
///
/// The check happens at the end: only a caller that reads until `Ok(0)` knows that the bytes are
/// the right ones. A mismatch is an [`io::Error`] that carries a [`SourceError`] (see
/// [`SourceError::from_io`]). After a mismatch every further read fails the same way.
pub struct VerifyingReader<R> {
    inner: R,
    state: State,
    what: String,
    expected_bytes: Option<u64>,
    bytes: u64,
}

impl<R: Read> VerifyingReader<R> {
    /// Reads `inner`, which should have this digest; `what` names it in errors.
    pub fn new(inner: R, expected: Digest, what: impl Into<String>) -> Self {
        let what = what.into();
        let verifier = DigestVerifier::new(expected, what.clone());
        Self {
            inner,
            state: State::Reading(Box::new(verifier)),
            what,
            expected_bytes: None,
            bytes: 0,
        }
    }

    /// Also checks that there are exactly `bytes` bytes; reading stops once there are more.
    #[must_use]
    pub fn with_size(mut self, bytes: u64) -> Self {
        self.expected_bytes = Some(bytes);
        self
    }

    fn size_mismatch(&self, stated: u64) -> SourceError {
        SourceError::SizeMismatch {
            what: self.what.clone(),
            stated,
            found: self.bytes,
        }
    }

    /// Takes in what the inner reader returned; the state of a read that goes on, or its error.
    fn take_in(&mut self, mut verifier: Box<DigestVerifier>, piece: &[u8]) -> State {
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        match self.expected_bytes {
            Some(stated) if self.bytes > stated => State::Failed(self.size_mismatch(stated)),
            Some(stated) if piece.is_empty() && self.bytes < stated => {
                State::Failed(self.size_mismatch(stated))
            }
            _ if piece.is_empty() => match verifier.finish() {
                Ok(()) => State::Verified,
                Err(error) => State::Failed(error),
            },
            _ => {
                verifier.update(piece);
                State::Reading(verifier)
            }
        }
    }
}

impl<R: Read> Read for VerifyingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // An empty buffer would look like the end of the stream.
        if buffer.is_empty() {
            return Ok(0);
        }
        let verifier = match std::mem::replace(&mut self.state, State::Verified) {
            State::Reading(verifier) => verifier,
            State::Verified => return Ok(0),
            State::Failed(error) => {
                self.state = State::Failed(error.clone());
                return Err(error.into());
            }
        };
        let count = match self.inner.read(buffer) {
            Ok(count) => count,
            Err(error) => {
                // The bytes so far are still good: the caller may retry, as after `Interrupted`.
                self.state = State::Reading(verifier);
                return Err(error);
            }
        };
        let piece = buffer.get(..count).unwrap_or_default();
        self.state = self.take_in(verifier, piece);
        match &self.state {
            State::Failed(error) => Err(error.clone().into()),
            _ => Ok(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(reader: impl Read) -> io::Result<Vec<u8>> {
        let mut reader = reader.take(1 << 20);
        let mut out = Vec::new();
        io::copy(&mut reader, &mut out).map(|_| out)
    }

    #[test]
    fn a_digest_with_anything_but_lower_case_hex_is_refused() {
        let good = Digest::sha256(b"x").to_string();
        assert!(good.parse::<Digest>().is_ok());
        for bad in [
            "sha256:../../etc/passwd",
            "sha256:",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
            &good.to_uppercase().replace("SHA", "sha"),
            &good.replace("sha256", "sha512"),
            &format!("{good} "),
            &good.replace(':', "/"),
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_empty_string_has_the_published_sha_512() {
        let text = "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
        let verifier = DigestVerifier::new(text.parse().unwrap(), "nothing");
        assert_eq!(verifier.finish(), Ok(()));
    }

    #[test]
    fn bytes_with_the_stated_digest_pass_unchanged() {
        let reader = VerifyingReader::new(&b"abc"[..], Digest::sha256(b"abc"), "it").with_size(3);
        assert_eq!(read_all(reader).unwrap(), b"abc");
    }

    #[test]
    fn a_changed_byte_fails_at_the_end_and_stays_failed() {
        let mut reader = VerifyingReader::new(&b"abd"[..], Digest::sha256(b"abc"), "it");
        let mut buffer = [0; 8];
        assert_eq!(reader.read(&mut buffer).unwrap(), 3);
        for _ in 0..2 {
            let error = reader.read(&mut buffer).unwrap_err();
            let source = SourceError::from_io(&error).unwrap();
            assert!(matches!(source, SourceError::DigestMismatch { .. }));
        }
    }

    #[test]
    fn a_stream_longer_or_shorter_than_stated_fails() {
        for stated in [2, 4] {
            let reader =
                VerifyingReader::new(&b"abc"[..], Digest::sha256(b"abc"), "it").with_size(stated);
            let error = read_all(reader).unwrap_err();
            let source = SourceError::from_io(&error).unwrap();
            assert!(
                matches!(source, SourceError::SizeMismatch { .. }),
                "{source}"
            );
        }
    }

    #[test]
    fn the_digest_of_nothing_is_the_published_one() {
        // FIPS 180-4, example of the empty message.
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::sha256(b"").hex(), expected);
    }
}
