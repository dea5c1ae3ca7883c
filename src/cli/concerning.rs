//! Which image a diagnostic is about.

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode};

use super::error::CliError;

/// A diagnostic about one of several images: the same, with the image named first where its
/// message does not name it already.
#[derive(Debug)]
pub(crate) struct Concerning {
    image: String,
    error: CliError,
}

impl Concerning {
    /// `error` happened to `image`.
    pub(crate) fn new(image: &str, error: CliError) -> Self {
        Self {
            image: image.to_owned(),
            error,
        }
    }
}

impl fmt::Display for Concerning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.error.to_string();
        if message.contains(&format!("`{}`", self.image)) {
            formatter.write_str(&message)
        } else {
            write!(formatter, "`{}`: {message}", self.image)
        }
    }
}

impl Error for Concerning {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl Diagnostic for Concerning {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.error.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.error.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.error.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        self.error.related()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_once() {
        let named = |path: &str| {
            let error = CliError::NothingToExplain {
                part: path.to_owned(),
            };
            Concerning::new("a.tar", error).to_string()
        };
        assert_eq!(named("x"), "`a.tar`: there is no `x` to explain");
        assert_eq!(named("a.tar"), "there is no `a.tar` to explain");
    }
}
